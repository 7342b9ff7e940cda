package family

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/mmtui/mmtui/core/export"
	"github.com/mmtui/mmtui/core/family/familytest"
	"github.com/mmtui/mmtui/core/model"
	"github.com/mmtui/mmtui/core/nn"
	"github.com/mmtui/mmtui/core/plan"
	"github.com/mmtui/mmtui/core/safetensors"
	"github.com/mmtui/mmtui/int2"
)

func smallDual(kind string) familytest.Dual {
	return familytest.Dual{
		Type: kind, Vision: familytest.Encoder{Hidden: 24, MLP: 30, Layers: 2, Heads: 3}, Text: familytest.Encoder{Hidden: 20, MLP: 28, Layers: 2, Heads: 2},
		Image: 20, Patch: 6, Vocabulary: 50, Positions: 9, Width: 24, EOS: 49,
	}
}

// rename gives every tensor of a folder another name; "" leaves it out.
func rename(f *familytest.Folder, to func(string) string) *familytest.Folder {
	tensors := map[string][]int{}
	for name, shape := range f.Tensors {
		if other := to(name); other != "" {
			tensors[other] = shape
		}
	}
	return &familytest.Folder{Config: f.Config, Processor: f.Processor, Tensors: tensors}
}

func tryOpen(t *testing.T, dir string) (Network, error) {
	t.Helper()
	m, err := model.Open(t.Context(), dir, model.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = m.Close() })
	n, err := Open(t.Context(), m, Options{})
	if err == nil {
		t.Cleanup(func() { _ = n.Close() })
	}
	return n, err
}

// Names that transformers loads as well as the published ones.
func TestNameVariants(t *testing.T) {
	v := small()
	v.Tied = false
	trim := func(prefix string) func(string) string {
		return func(n string) string { return strings.TrimPrefix(n, prefix) }
	}
	put := func(prefix string) func(string) string { return func(n string) string { return prefix + n } }
	for name, f := range map[string]*familytest.Folder{
		"as published":      v.Folder(),
		"no model prefix":   rename(v.Folder(), trim("model.")),
		"doubled prefix":    rename(v.Folder(), put("model.")),
		"clip":              smallDual("clip").Folder(),
		"clip with prefix":  rename(smallDual("clip").Folder(), put("clip.")),
		"siglip":            smallDual("siglip").Folder(),
		"siglip, prefix":    rename(smallDual("siglip").Folder(), put("siglip.")),
		"with old buffers":  rename(v.Folder(), func(n string) string { return n }),
		"tied with no head": func() *familytest.Folder { w := v; w.Tied = true; return w.Folder() }(),
		"tied by the head alone": func() *familytest.Folder {
			f := v.Folder()
			f.Config["tie_word_embeddings"] = true
			return rename(f, func(n string) string {
				if n == "model.text_model.embed_tokens.weight" {
					return ""
				}
				return n
			})
		}(),
	} {
		if name == "with old buffers" {
			f.Tensors["model.vision_model.embeddings.position_ids"] = []int{1, 4}
			f.Tensors["model.text_model.layers.0.self_attn.rotary_emb.inv_freq"] = []int{3}
		}
		if _, err := tryOpen(t, writeFolder(t, f, safetensors.F32)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A tied config beside a head of its own uses the head, as transformers 5 does.
// A config with fewer layers than the weights runs, as in the library, and says what it leaves out.
func TestUnusedTensorsAreNamed(t *testing.T) {
	v := small()
	n, err := tryOpen(t, writeFolder(t, v.Folder(), safetensors.F32))
	if err != nil || len(n.Warnings()) != 0 {
		t.Fatalf("a whole folder: %v, %q", err, n.Warnings())
	}
	more := v.Folder()
	more.Tensors["model.text_model.layers.98.input_layernorm.weight"] = []int{4}
	more.Tensors["model.text_model.layers.99.input_layernorm.weight"] = []int{4}
	n, err = tryOpen(t, writeFolder(t, more, safetensors.F32))
	if err != nil {
		t.Fatal(err)
	}
	if w := n.Warnings(); len(w) != 1 || !strings.Contains(w[0], "(2): model.text_model.layers.{98-99}.input_layernorm.weight;") {
		t.Errorf("warnings %q", w)
	}
}

func TestTiedWithOwnHead(t *testing.T) {
	logits := func(change func(f *familytest.Folder)) []float32 {
		v := small()
		v.Tied = false
		f := v.Folder()
		change(f)
		s := session(t, openNetwork(t, writeFolder(t, f, safetensors.F32)), 20)
		got, err := s.Prefill(t.Context(), Prompt{IDs: []int{1, 2, 3}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	untied := logits(func(*familytest.Folder) {})
	near(t, "tied with its own head", logits(func(f *familytest.Folder) { f.Config["tie_word_embeddings"] = true }), untied, 0)
}

// Everything that is missing or of another shape is named in one error.
func TestWrongWeights(t *testing.T) {
	v := small()
	v.Tied = false
	drop := func(f *familytest.Folder, prefixes ...string) *familytest.Folder {
		return rename(f, func(n string) string {
			if slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(n, p) }) {
				return ""
			}
			return n
		})
	}
	wrongShapes := v.Folder()
	wrongShapes.Tensors["model.text_model.norm.weight"] = []int{41}
	wrongShapes.Tensors["model.text_model.layers.1.mlp.up_proj.weight"] = []int{60, 41}
	delete(wrongShapes.Tensors, "model.text_model.layers.2.mlp.up_proj.bias")
	twice := v.Folder()
	twice.Tensors["text_model.norm.weight"] = []int{40}
	for name, c := range map[string]struct {
		folder *familytest.Folder
		want   []string
	}{
		"shapes": {wrongShapes, []string{
			"a tensor is missing: model.text_model.layers.2.mlp.up_proj.bias [60]", "model.text_model.norm.weight is [41], config.json asks for [40]",
			"model.text_model.layers.1.mlp.up_proj.weight is [60 41], config.json asks for [60 40]",
		}},
		"no head":         {drop(v.Folder(), "lm_head"), []string{"the head is missing", "lm_head.weight [101 40]"}},
		"encoder alone":   {drop(v.Folder(), "lm_head", "model.text", "model.conn"), []string{"the image encoder alone", "text_model.layers.{0-2}.self_attn.q_proj.weight [30 40]", "connector.modality_projection.proj.weight"}},
		"text alone":      {drop(v.Folder(), "model.vision", "model.conn"), []string{"the text model alone", "vision_model.embeddings.patch_embedding.weight [36 3 4 4]"}},
		"clip's pictures": {drop(smallDual("clip").Folder(), "text", "logit"), []string{"the image tower alone", "text_projection.weight", "logit_scale"}},
		"siglip's texts":  {drop(smallDual("siglip").Folder(), "vision", "logit"), []string{"the text tower alone", "vision_model.head.probe [1 1 24]"}},
		"two of one":      {twice, []string{"stand for the same"}},
	} {
		_, err := tryOpen(t, writeFolder(t, c.folder, safetensors.BF16))
		if !errors.Is(err, ErrWeights) {
			t.Errorf("%s: error %v", name, err)
			continue
		}
		for _, w := range c.want {
			if !strings.Contains(err.Error(), w) {
				t.Errorf("%s: error %v\nwant %q in it", name, err, w)
			}
		}
	}
	dir := writeFolder(t, v.Folder(), safetensors.F32)
	if err := os.Remove(filepath.Join(dir, "config.json")); err != nil {
		t.Fatal(err)
	}
	if _, err := tryOpen(t, dir); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "config.json") {
		t.Errorf("without config.json: %v", err)
	}
}

// A quantized folder runs with the values that its tensors stand for: as the
// same values written out as float32 do.
func TestQuantizedFolder(t *testing.T) {
	v := small()
	dir := writeFolder(t, v.Folder(), safetensors.F32)
	m, err := model.Open(t.Context(), dir, model.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	scheme := int2.DefaultScheme()
	p := plan.Plan{Default: plan.FromScheme(&scheme)}
	logits := map[string][]float32{}
	for name, write := range map[string]func(context.Context, *model.Model, plan.Plan, string, export.Options) (export.Result, error){
		"int2": export.Quantize, "float": export.Dequantized,
	} {
		out := filepath.Join(t.TempDir(), name)
		if name == "int2" {
			if err := os.MkdirAll(out, 0o755); err != nil {
				t.Fatal(err)
			}
			config, err := os.ReadFile(filepath.Join(dir, "config.json"))
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(out, "config.json"), config, 0o644); err != nil {
				t.Fatal(err)
			}
			if _, err := write(t.Context(), m, p, filepath.Join(out, "model.safetensors"), export.Options{}); err != nil {
				t.Fatal(err)
			}
		} else if _, err := write(t.Context(), m, p, out, export.Options{}); err != nil {
			t.Fatal(err)
		}
		n, err := tryOpen(t, out)
		if err != nil {
			t.Fatal(err)
		}
		got, err := session(t, n, 20).Prefill(t.Context(), smallPrompt(v, 14), nil)
		if err != nil {
			t.Fatal(err)
		}
		logits[name] = got
	}
	near(t, "int2 against its values", logits["int2"], logits["float"], 1e-5)
	whole, err := session(t, openNetwork(t, dir), 20).Prefill(t.Context(), smallPrompt(v, 14), nil)
	if err != nil {
		t.Fatal(err)
	}
	if slices.Equal(whole, logits["int2"]) {
		t.Error("the quantized folder gives the float folder's logits")
	}
}

// What Options.Linears puts behind a layer is what runs.
func TestLinearsSeam(t *testing.T) {
	dir := writeFolder(t, small().Folder(), safetensors.F32)
	m, err := model.Open(t.Context(), dir, model.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	names := map[string]bool{}
	n, err := Open(t.Context(), m, Options{Linears: func(_ *nn.Engine, float nn.Linears) nn.Linears { return spy{float, names} }})
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	for _, want := range []string{
		"model.text_model.layers.2.mlp.down_proj.weight", "model.vision_model.embeddings.patch_embedding.weight",
		"model.connector.modality_projection.proj.weight", "model.text_model.embed_tokens.weight",
	} {
		if !names[want] {
			t.Errorf("%s did not go through the seam; it saw %v", want, slices.Sorted(maps.Keys(names)))
		}
	}
}

type spy struct {
	nn.Linears
	names map[string]bool
}

func (s spy) Linear(name string, bias []float32) (nn.Linear, error) {
	s.names[name] = true
	return s.Linears.Linear(name, bias)
}

// A file that is cut off under a run is an error that says so, not a crash.
func TestTruncatedUnderRun(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows does not shorten a file that is open elsewhere")
	}
	v := small()
	v.Vocabulary = 4000 // pages enough to lose
	dir := writeFolder(t, v.Folder(), safetensors.F32)
	n := openNetwork(t, dir)
	s := session(t, n, 100)
	if _, err := s.Prefill(t.Context(), smallPrompt(v, 12), nil); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(filepath.Join(dir, "model.safetensors"), 4096); err != nil {
		t.Fatal(err)
	}
	var changed *safetensors.ChangedError
	if _, err := s.Step(t.Context(), 3900, nil); !errors.As(err, &changed) {
		t.Errorf("step: %v", err)
	}
	if _, err := session(t, n, 100).Prefill(t.Context(), smallPrompt(v, 12), nil); !errors.As(err, &changed) {
		t.Errorf("prefill: %v", err)
	}
}

// Close waits for the runs under way, and runs after it say that it is closed.
func TestCloseUnderRuns(t *testing.T) {
	v := small()
	n := openNetwork(t, writeFolder(t, v.Folder(), safetensors.BF16))
	want, err := session(t, n, 20).Prefill(t.Context(), smallPrompt(v, 14), nil)
	if err != nil {
		t.Fatal(err)
	}
	var runs sync.WaitGroup
	started := make(chan struct{}, 3)
	for range 3 {
		runs.Go(func() {
			for first := true; ; first = false {
				fresh, err := n.(Generator).NewSession(20)
				if err != nil {
					t.Error(err)
					return
				}
				got, err := fresh.Prefill(t.Context(), smallPrompt(v, 14), nil)
				if first {
					started <- struct{}{}
				}
				if errors.Is(err, fs.ErrClosed) {
					return
				}
				if err != nil || !slices.Equal(got, want) {
					t.Errorf("run beside others: %v", err)
					return
				}
				fresh.Close()
			}
		})
	}
	for range 3 {
		<-started
	}
	if err := n.Close(); err != nil {
		t.Error(err)
	}
	runs.Wait()
	if err := n.Close(); err != nil {
		t.Errorf("second close: %v", err)
	}
	if _, err := session(t, n, 20).Step(t.Context(), 1, nil); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("after close: %v", err)
	}
}
