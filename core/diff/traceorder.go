package diff

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// Activations have the names of core/trace. This file knows in which order a
// network computes them, and what each is computed from.

// stageOf splits vision.h7 into its tower and number.
func stageOf(name string) (tower string, n int, ok bool) {
	tower, digits, ok := strings.Cut(name, ".h")
	if !ok || tower != "vision" && tower != "text" || digits == "" || len(digits) > 6 {
		return "", 0, false
	}
	n, err := strconv.Atoi(digits)
	return tower, n, err == nil && strconv.Itoa(n) == digits
}

// isActivation says whether only a trace has such a name.
func isActivation(name string) bool {
	_, _, stage := stageOf(name)
	return stage || slices.Contains(fixedNames(), name)
}

// fixedNames are the activations beside the numbered ones, in network order.
func fixedNames() []string {
	return []string{
		"input_ids", "attention_mask", "pixel_attention_mask", "tiles_u8", "pixel_values", "vision.position_ids",
		"vision.pre_layrnorm", "vision.post", "vision.head", "image_pooled", "image_features", "image_embeds", "connector",
		"text.norm", "text.head", "text_pooled", "text_features", "text_embeds",
		"all_logits", "last_logits", "logits_per_image", "logits_per_text", "probs", "greedy_ids", "greedy_logprobs",
	}
}

// place orders names as a network computes them: group, then number.
func place(name string) (group, number int) {
	fixed := fixedNames()
	before := func(next string) int { return 2*slices.Index(fixed, next) - 1 }
	if tower, n, ok := stageOf(name); ok {
		switch {
		case tower == "text":
			return before("text.norm"), n
		case n == 0:
			return before("vision.pre_layrnorm"), 0
		}
		return before("vision.post"), n
	}
	if i := slices.Index(fixed, name); i >= 0 {
		return 2 * i, 0
	}
	return 2 * len(fixed), 0 // what nobody knows comes last, in the order of the file
}

// inNetworkOrder sorts rows.
func inNetworkOrder(rows []Row) {
	slices.SortStableFunc(rows, func(a, b Row) int {
		ga, na := place(a.Name)
		gb, nb := place(b.Name)
		return cmp.Or(cmp.Compare(ga, gb), cmp.Compare(na, nb))
	})
}

// inputsOf names what an activation is computed from; the first that a trace
// has counts, or both of a pair of towers.
func inputsOf(name string, has func(string) bool) []string {
	first := func(names ...string) []string {
		for _, n := range names {
			if has(n) {
				return []string{n}
			}
		}
		return nil
	}
	if tower, n, ok := stageOf(name); ok {
		switch {
		case n == 0 && tower == "vision":
			return first("pixel_values")
		case n == 0:
			return first("connector")
		}
		for n--; n > 0; n-- {
			if below := tower + ".h" + strconv.Itoa(n); has(below) {
				return []string{below}
			}
		}
		return first(tower+".pre_layrnorm", tower+".h0")
	}
	switch name {
	case "vision.pre_layrnorm":
		return first("vision.h0")
	case "vision.post", "text.norm":
		return first(last(strings.TrimSuffix(strings.TrimSuffix(name, ".post"), ".norm"), has)...)
	case "vision.head", "connector":
		return first("vision.post")
	case "image_pooled":
		return first("vision.post", "vision.head")
	case "image_features":
		return first("image_pooled", "vision.post")
	case "image_embeds":
		return first("image_features", "vision.head", "image_pooled", "vision.post")
	case "text.head", "text_pooled", "all_logits", "last_logits":
		return first("text.norm")
	case "text_features":
		return first("text_pooled", "text.norm")
	case "text_embeds":
		return first("text_features", "text.head", "text_pooled", "text.norm")
	case "logits_per_image", "logits_per_text":
		return append(first("image_embeds"), first("text_embeds")...)
	case "probs":
		return first("logits_per_image")
	}
	return nil
}

// mostLayers bounds the search for the last layer of a tower.
const mostLayers = 10_000

// last is the output of the last layer that a trace has of a tower.
func last(tower string, has func(string) bool) []string {
	found := []string(nil)
	gap := 0
	for n := 0; n < mostLayers && gap < 64; n++ {
		name := tower + ".h" + strconv.Itoa(n)
		if !has(name) {
			gap++
			continue
		}
		found, gap = []string{name}, 0
	}
	return found
}
