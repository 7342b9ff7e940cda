package trace

import (
	"slices"
	"strconv"
	"strings"
)

// weights finds a tensor of the open model that belongs to a layer of a trace,
// "" when there is none. Traces name the state after block N "text.hN" and
// "vision.hN"; names of modules, as PyTorch has them, are tried as they are.
func (v View) weights(layer string) string {
	for _, end := range []string{".weight", ""} {
		if slices.Contains(v.tensors, layer+end) {
			return layer + end
		}
	}
	tower, part, ok := strings.Cut(layer, ".")
	if ok && (tower == "text" || tower == "vision") {
		return v.ofTower(tower == "vision", part)
	}
	return v.first(func(name string) bool {
		return strings.HasPrefix(name, layer+".") || strings.Contains(name, "."+layer+".")
	})
}

// ofTower finds a tensor of the text or the vision tower.
func (v View) ofTower(vision bool, part string) string {
	within := func(marks ...string) string {
		return v.first(func(name string) bool {
			if strings.Contains(name, "vision") != vision {
				return false
			}
			return slices.ContainsFunc(marks, func(mark string) bool { return strings.Contains(name, mark) })
		})
	}
	block, err := strconv.Atoi(strings.TrimPrefix(part, "h"))
	switch {
	case err == nil && block == 0:
		return within("embed")
	case err == nil && block > 0:
		return within(".layers." + strconv.Itoa(block-1) + ".")
	case part == "post":
		return within("post_layernorm", "final_layer_norm")
	case part == "norm":
		return within("text_model.norm", "model.norm", "final_layer_norm")
	}
	return within("." + part + ".")
}

func (v View) first(fits func(name string) bool) string {
	if i := slices.IndexFunc(v.tensors, fits); i >= 0 {
		return v.tensors[i]
	}
	return ""
}
