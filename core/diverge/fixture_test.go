package diverge

import (
	"encoding/binary"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/mmtui/mmtui/core/family/familytest"
	"github.com/mmtui/mmtui/core/infer"
	"github.com/mmtui/mmtui/core/plan"
	"github.com/mmtui/mmtui/core/safetensors"
	"github.com/mmtui/mmtui/core/variant"
	"github.com/mmtui/mmtui/int2"
)

// bundled is the folder of the command's small models.
func bundled(name string) string {
	return filepath.Join("..", "..", "cmd", "mmtui", "testdata", "models", name)
}

// folder is a model of random weights with the tokenizer of a bundled one.
type folder struct {
	dir  string
	from string // the bundled folder
	task infer.Task
}

func (f folder) write(t *testing.T, model *familytest.Folder, seed uint64) folder {
	t.Helper()
	if err := model.Write(t.Context(), f.dir, safetensors.F32, seed); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"tokenizer.json", "tokenizer_config.json", "chat_template.jinja", "generation_config.json"} {
		data, err := os.ReadFile(filepath.Join(bundled(f.from), name))
		if os.IsNotExist(err) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(f.dir, name), data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return f
}

// vlm writes a SmolVLM or an Idefics3 whose layers are wide enough to quantize.
func vlm(t *testing.T, kind string, seed uint64) folder {
	model := familytest.VLM{
		Type: kind, Vision: familytest.Encoder{Hidden: 64, MLP: 128, Layers: 2, Heads: 4}, Image: 64, Patch: 16, Scale: 2, Longest: 128,
		Hidden: 64, MLP: 128, Layers: 2, Heads: 4, KVHeads: 2, HeadDim: 16, Vocabulary: 608, Positions: 512, ImageToken: 598, Theta: 1e4,
	}
	if kind == "idefics3" {
		model.Tied = true
	}
	return folder{t.TempDir(), "smolvlm-tiny", infer.Caption}.write(t, model.Folder(), seed)
}

func clip(t *testing.T, seed uint64) folder {
	model := familytest.Dual{
		Type: "clip", Vision: familytest.Encoder{Hidden: 64, MLP: 128, Layers: 2, Heads: 4}, Text: familytest.Encoder{Hidden: 64, MLP: 128, Layers: 2, Heads: 4},
		Image: 32, Patch: 8, Vocabulary: 601, Positions: 20, Width: 64, EOS: 2,
	}
	return folder{t.TempDir(), "clip-tiny", infer.Retrieval}.write(t, model.Folder(), seed)
}

// options ask the folder's question.
func (f folder) options(spec variant.Spec) Options {
	whole := false
	q := infer.Request{Task: f.task, Split: &whole, Images: []string{filepath.Join(bundled(f.from), "images", "land.png")}, MaxNewTokens: 3}
	if f.task == infer.Retrieval {
		q.Split = nil
		q.Images = append(q.Images, filepath.Join(bundled(f.from), "images", "port.png"))
		q.Texts = []string{"a cat", "two dogs", "a house by the sea"}
	}
	return Options{Model: f.dir, Request: q, Variant: spec, Workers: 2}
}

// run compares, with a cache of packed tensors of its own where opt names none.
func run(t *testing.T, opt Options) *Report {
	t.Helper()
	if opt.PackDir == "" {
		opt.PackDir = t.TempDir()
	}
	r, err := Run(t.Context(), opt)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// eight is a plan of 8 bits with rules on top.
func eight(rules ...plan.Rule) variant.Spec {
	bits := 8
	return variant.Spec{Name: "eight", Plan: &plan.Plan{Default: plan.Choice{Bits: &bits}, Rules: rules}}
}

// damaged is a rule of 2 bits by rounding with one scale a row: the coarsest
// scheme there is.
func damaged(name string) plan.Rule {
	s := int2.Scheme{Bits: 2, Grid: int2.Half, Group: int2.PerChannel, Solver: int2.RTN}
	return plan.Rule{Match: plan.Exact(name), Choice: plan.FromScheme(&s)}
}

// edit changes the values of one F32 tensor of a folder in place.
func (f folder) edit(t *testing.T, name string, change func(data []byte, shape []int)) {
	t.Helper()
	path := filepath.Join(f.dir, "model.safetensors")
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	header := int(binary.LittleEndian.Uint64(file))
	var all map[string]json.RawMessage
	if err := json.Unmarshal(file[8:8+header], &all); err != nil {
		t.Fatal(err)
	}
	var at struct {
		Shape   []int
		Offsets [2]int `json:"data_offsets"`
	}
	if err := json.Unmarshal(all[name], &at); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	change(file[8+header+at.Offsets[0]:8+header+at.Offsets[1]], at.Shape)
	if err := os.WriteFile(path, file, 0o666); err != nil {
		t.Fatal(err)
	}
}

// row finds a row by its name.
func (r *Report) row(t *testing.T, name string) Row {
	t.Helper()
	for _, x := range r.Rows {
		if x.Name == name {
			return x
		}
	}
	t.Fatalf("there is no row %s", name)
	return Row{}
}
