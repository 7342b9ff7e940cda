package family

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/mmtui/mmtui/core/nn"
	"github.com/mmtui/mmtui/internal/sharedtest"
)

// The published library's hidden states and logits, which its own variants
// reproduce to 4e-5.
const tolerance = 1e-4

// vlmCases lists the cases of a recording.
func vlmCases(f *fixture) []string {
	var names []string
	for _, info := range f.io.Tensors {
		if name, ok := strings.CutSuffix(info.Name, "/input_ids"); ok && name != "pool" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// prompt is a recorded case as a Prompt.
func (f *fixture) prompt(name string) Prompt {
	p := Prompt{IDs: f.ints(name + "/input_ids")}
	switch {
	case f.has(name + "/tiles_u8"):
		p.Pixels, p.Tiles, p.Height, p.Width = f.pixels(name + "/tiles_u8")
	case name == "two_split": // the tiles of the single pictures, in this order
		for _, other := range []string{"portrait", "split"} {
			v, n, h, w := f.pixels(other + "/tiles_u8")
			p.Pixels, p.Tiles, p.Height, p.Width = append(p.Pixels, v...), p.Tiles+n, h, w
		}
	}
	return p
}

// The small recording that lies beside the test, and all of the reference data.
func TestGenerator(t *testing.T) {
	f := openFixture(t, filepath.Join("testdata", "smolvlm-tiny-sharded-bf16"))
	checkGenerators(t, f, f.network())
}

func TestGenerators(t *testing.T) {
	root := filepath.Join(sharedtest.Dir(t), "fixtures", "models")
	for _, folder := range []string{"smolvlm-tiny", "smolvlm-tiny-sharded-bf16", "idefics3-tiny"} {
		t.Run(folder, func(t *testing.T) {
			f := openFixture(t, filepath.Join(root, folder))
			checkGenerators(t, f, f.network())
		})
		// In float32 throughout, an activation of the recording is as far from
		// the true value as ours (7e-5 each where values come to 20).
		t.Run(folder+" on kernels", func(t *testing.T) {
			f := openFixture(t, filepath.Join(root, folder))
			f.tolerance = 1.5 * tolerance
			checkGenerators(t, f, f.kernelNetwork())
		})
	}
}

func checkGenerators(t *testing.T, f *fixture, n Network) {
	for _, name := range vlmCases(f) {
		t.Run(name, func(t *testing.T) {
			f.t = t
			checkGenerator(t, n.(Generator), f, name)
		})
	}
	t.Run("padded", func(t *testing.T) {
		f.t = t
		checkPadded(t, n.(*idefics3), f)
	})
	t.Run("undersized", func(t *testing.T) {
		f.t = t
		checkUndersized(t, n.(*idefics3), f)
	})
}

// checkGenerator runs a recorded case: activations, logits and greedy ids.
func checkGenerator(t *testing.T, g Generator, f *fixture, name string) {
	p := f.prompt(name)
	greedy := f.ints(name + "/greedy_ids")
	s, err := g.NewSession(len(p.IDs) + len(greedy))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	r := newRecorder()
	p.AllLogits = f.has(name + "/all_logits")
	tiles := 0
	p.Progress = func(done, of int) { tiles = done; _ = of }
	logits, err := s.Prefill(t.Context(), p, r)
	if err != nil {
		t.Fatal(err)
	}
	if tiles != p.Tiles {
		t.Errorf("progress came to %d of %d tiles", tiles, p.Tiles)
	}
	near(t, "last_logits", logits, f.floats(name+"/last_logits"), tolerance)
	compareAll(t, r, f, name+"/")
	for i, want := range greedy {
		if got := argmax(logits); got != want {
			t.Fatalf("token %d is %d, want %d", i, got, want)
		}
		if i == len(greedy)-1 {
			break
		}
		if logits, err = s.Step(t.Context(), want, nil); err != nil {
			t.Fatal(err)
		}
	}
}

// compareAll holds the recorder against every recorded activation of a case.
func compareAll(t *testing.T, r *recorder, f *fixture, prefix string) {
	t.Helper()
	for _, info := range f.io.Tensors {
		name, ok := strings.CutPrefix(info.Name, prefix)
		if !ok || info.DType != "F32" || strings.Contains(name, "/") || name == "last_logits" || name == "greedy_logprobs" {
			continue
		}
		got, ok := r.data[name]
		if !ok {
			t.Errorf("%s was not observed", name)
			continue
		}
		near(t, name, got, f.floats(info.Name), f.tolerance)
	}
}

// checkPadded is a tile whose mask leaves patches out.
func checkPadded(t *testing.T, n *idefics3, f *fixture) {
	pixels, shape := f.floats("padded/pixel_values"), f.shape("padded/pixel_values")
	mask := make([]bool, len(pixels)/3)
	for i, v := range f.floats("padded/pixel_attention_mask") {
		mask[i] = v != 0
	}
	r := newRecorder()
	p := &Prompt{Pixels: pixels, Mask: mask, Tiles: 1, Height: shape[2], Width: shape[3]}
	if _, err := n.encodeAll(t.Context(), nn.NewRun(n.pool), r, p); err != nil {
		t.Fatal(err)
	}
	compareAll(t, r, f, "padded/")
	rows, cols := shape[2]/n.patches.patch, shape[3]/n.patches.patch
	ids, err := positionIDs(rows, cols, n.patches.grid(), validPatches(mask, shape[2], shape[3], n.patches.patch))
	if want := f.ints("padded/vision.position_ids"); err != nil || !slices.Equal(ids, want) {
		t.Errorf("position ids %v, want %v, %v", ids, want, err)
	}
}

// checkUndersized is a tile smaller than those that the encoder was made for.
func checkUndersized(t *testing.T, n *idefics3, f *fixture) {
	pixels, shape := f.floats("undersized/pixel_values"), f.shape("undersized/pixel_values")
	r := newRecorder()
	run := n.tileRun(nn.NewRun(n.pool), r, shape[2], shape[3])
	if err := n.encode(context.Background(), run, tile{pixels: pixels, height: shape[2], width: shape[3]}); err != nil {
		t.Fatal(err)
	}
	compareAll(t, r, f, "undersized/")
	ids, err := positionIDs(run.rows, run.cols, n.patches.grid(), nil)
	if want := f.ints("undersized/vision.position_ids"); err != nil || !slices.Equal(ids, want) {
		t.Errorf("position ids %v, want %v, %v", ids, want, err)
	}
}
