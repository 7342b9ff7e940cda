package export

import (
	"context"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/mmtui/mmtui/core/model"
	"github.com/mmtui/mmtui/core/plan"
	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/core/safetensors"
	"github.com/mmtui/mmtui/int2"
)

// source writes a small model folder: linear layers of several kinds, what no
// linear layer is, and the files around them.
func source(t *testing.T, d safetensors.DType) *model.Model {
	t.Helper()
	dir := t.TempDir()
	linear := func(name string, rows, cols int) safetensors.Entry {
		m := gauss(rows, cols)
		return safetensors.FloatsEntry(name, d, []int{rows, cols}, m.Data)
	}
	entries := []safetensors.Entry{
		linear("model.embed_tokens.weight", 96, 64),
		linear("model.layers.0.self_attn.q_proj.weight", 64, 64),
		linear("model.layers.0.mlp.up_proj.weight", 128, 64),
		linear("model.layers.0.mlp.down_proj.weight", 64, 128),
		linear("model.layers.0.mlp.odd_proj.weight", 12, 64),
		linear("lm_head.weight", 96, 64),
		safetensors.FloatsEntry("model.conv.weight", d, []int{16, 4, 3, 3}, gauss(16, 36).Data),
		safetensors.FloatsEntry("model.norm.weight", d, []int{64}, gauss(1, 64).Data),
	}
	must(t, safetensors.Write(t.Context(), filepath.Join(dir, "model.safetensors"), entries, map[string]string{"format": "pt", "made": "by a test"}))
	files := map[string]string{
		"config.json":                  `{"zeta": 1, "architectures": ["LlamaForCausalLM"], "model_type": "llama", "alpha": {"b": [1, 2]}}`,
		"tokenizer.json":               `{"version": "1.0"}`,
		"vocab.txt":                    "a\nb\n",
		"chat_template.jinja":          "{{ x }}",
		"spiece.model":                 "\x00\x01",
		"README.md":                    "not copied",
		"pytorch_model.bin.index.json": "{}",
	}
	for name, text := range files {
		must(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666))
	}
	return open(t, dir)
}

func open(t *testing.T, path string) *model.Model {
	t.Helper()
	m, err := model.Open(t.Context(), path, model.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	return m
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func planOf(s int2.Scheme) plan.Plan { return plan.Plan{Default: plan.FromScheme(&s)} }

// readAll gives the stored bytes of every tensor of the one file of a folder.
func readAll(t *testing.T, dir string) (*safetensors.File, map[string][]byte) {
	t.Helper()
	f, err := safetensors.Open(filepath.Join(dir, "model.safetensors"), safetensors.Limits{})
	must(t, err)
	t.Cleanup(func() { f.Close() })
	all := map[string][]byte{}
	for _, info := range f.Tensors {
		b := make([]byte, info.Size())
		must(t, f.ReadBytes(info, 0, b))
		all[info.Name] = b
	}
	return f, all
}

func rowOf(t *testing.T, rep report.Model, name string) report.Tensor {
	t.Helper()
	for _, r := range rep.Tensors {
		if r.Name == name {
			return r
		}
	}
	t.Fatalf("no row %s", name)
	return report.Tensor{}
}

const upProj = "model.layers.0.mlp.up_proj"

type configured struct {
	Zeta         int             `json:"zeta"`
	Quantization json.RawMessage `json:"quantization_config"`
}

func readConfig(t *testing.T, dir string, v any) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "config.json"))
	must(t, err)
	var c configured
	must(t, json.Unmarshal(text, &c))
	if c.Zeta != 1 {
		t.Errorf("config.json lost the source's keys: %s", text)
	}
	must(t, json.Unmarshal(c.Quantization, v))
}

func TestGPTQ(t *testing.T) {
	for _, c := range []struct {
		s          int2.Scheme
		bits, plus int
		checkpoint string
		symmetric  bool
	}{
		{int2.Scheme{Bits: 2, Grid: int2.Half, Group: 64, Solver: int2.Search}, 4, 1, "gptq", true},
		{int2.Scheme{Bits: 2, Grid: int2.Twos, Group: 32, Solver: int2.Search}, 2, 1, "gptq", true},
		{int2.Scheme{Bits: 3, Grid: int2.Twos, Group: 64, Solver: int2.RTN}, 3, 1, "gptq", true},
		{int2.Scheme{Bits: 8, Grid: int2.Twos, Group: int2.PerChannel, Solver: int2.RTN}, 8, 1, "gptq", true},
		{int2.Scheme{Bits: 2, Grid: int2.Affine, Group: 64, Solver: int2.LS}, 2, 0, "gptq_v2", false},
		{int2.Scheme{Bits: 4, Grid: int2.Affine, Group: 64, Solver: int2.RTN, IntegerZero: true}, 4, 0, "gptq_v2", false},
	} {
		t.Run(c.s.String(), func(t *testing.T) {
			m := source(t, safetensors.F32)
			out := filepath.Join(t.TempDir(), "out")
			res, err := GPTQ(t.Context(), m, planOf(c.s), out, Options{Tool: "mmtui:1.2.3"})
			must(t, err)
			_, all := readAll(t, out)
			src, _ := m.Lookup(upProj + ".weight")
			row := rowOf(t, res.Report, upProj+".weight")
			got := sqnr(t, src, decodeGPTQ(all, upProj, c.bits, 64, 128, c.plus))
			// The reader computes in F16 as the libraries do: half a unit in the last place of each weight.
			if math.Abs(got-float64(row.SQNRdB)) > 2e-3*math.Max(1, got-35) {
				t.Errorf("decodes to %.4f dB, reported %.4f", got, float64(row.SQNRdB))
			}
			var q struct {
				Bits       int        `json:"bits"`
				Group      int        `json:"group_size"`
				Sym        bool       `json:"sym"`
				DescAct    bool       `json:"desc_act"`
				Method     string     `json:"quant_method"`
				Checkpoint string     `json:"checkpoint_format"`
				Block      string     `json:"block_name_to_quantize"`
				Modules    [][]string `json:"modules_in_block_to_quantize"`
				Dynamic    map[string]any
			}
			readConfig(t, out, &q)
			group := c.s.Group
			if group == int2.PerChannel {
				group = -1
			}
			if q.Bits != c.bits || q.Sym != c.symmetric || q.DescAct || q.Method != "gptq" || q.Checkpoint != c.checkpoint {
				t.Errorf("quantization_config is %+v", q)
			}
			if c.s.Group != 64 && q.Group != group { // 64 columns in groups of 64 are one group a row
				t.Errorf("group_size %d, want %d", q.Group, group)
			}
			if q.Block != "model.layers.0" || !slices.Contains(q.Modules[0], upProj) {
				t.Errorf("modules to quantize are %v in %q", q.Modules, q.Block)
			}
			if _, ok := q.Dynamic[`-:^lm_head$`]; !ok {
				t.Errorf("dynamic does not leave lm_head in float: %v", q.Dynamic)
			}
		})
	}
}

func TestCompressedTensors(t *testing.T) {
	for _, c := range []struct {
		s      int2.Scheme
		d      safetensors.DType
		scales safetensors.DType
		bits   int
		groups int
	}{
		{int2.Scheme{Bits: 2, Grid: int2.Half, Group: 32, Solver: int2.Search}, safetensors.F32, safetensors.BF16, 4, 2},
		{int2.Scheme{Bits: 2, Grid: int2.Twos, Group: 16, Solver: int2.Search}, safetensors.BF16, safetensors.BF16, 2, 4},
		{int2.Scheme{Bits: 3, Grid: int2.Twos, Group: 64, Solver: int2.RTN}, safetensors.F16, safetensors.F16, 4, 1},
		{int2.Scheme{Bits: 2, Grid: int2.Affine, Group: 32, Solver: int2.LS}, safetensors.F32, safetensors.BF16, 2, 2},
		{int2.Scheme{Bits: 8, Grid: int2.Half, Group: 64, Solver: int2.RTN}, safetensors.F16, safetensors.F16, 8, 1},
	} {
		t.Run(c.s.String(), func(t *testing.T) {
			m := source(t, c.d)
			out := filepath.Join(t.TempDir(), "out")
			res, err := CompressedTensors(t.Context(), m, planOf(c.s), out, Options{})
			must(t, err)
			f, all := readAll(t, out)
			if info, _ := f.Lookup(upProj + ".weight_scale"); info.DType != c.scales || !slices.Equal(info.Shape, []int{128, c.groups}) {
				t.Errorf("weight_scale is %s %v", info.DType, info.Shape)
			}
			src, _ := m.Lookup(upProj + ".weight")
			row := rowOf(t, res.Report, upProj+".weight")
			got := sqnr(t, src, decodeCompressed(all, upProj, c.bits, 64, 128, c.groups, c.scales))
			// The reader rounds each weight to the dtype of the scales, as the library does.
			if math.Abs(got-float64(row.SQNRdB)) > 5e-3*math.Max(1, got-20) {
				t.Errorf("decodes to %.4f dB, reported %.4f", got, float64(row.SQNRdB))
			}
			var q struct {
				Groups map[string]struct {
					Targets []string
					Weights struct {
						Bits     int  `json:"num_bits"`
						Sym      bool `json:"symmetric"`
						Strategy string
						Group    *int `json:"group_size"`
					}
				} `json:"config_groups"`
				Format, Status string
				Ignore         []string
			}
			readConfig(t, out, &q)
			if q.Format != "pack-quantized" || !slices.Contains(q.Ignore, "lm_head") || !slices.Contains(q.Ignore, "model.embed_tokens") {
				t.Errorf("quantization_config is %+v", q)
			}
			for _, g := range q.Groups {
				if g.Weights.Bits != c.bits || g.Weights.Sym != (c.s.Grid != int2.Affine) || (g.Weights.Strategy == "channel") != (g.Weights.Group == nil) {
					t.Errorf("group is %+v", g)
				}
			}
		})
	}
}

func TestWhatStaysInFloat(t *testing.T) {
	m := source(t, safetensors.BF16)
	out := filepath.Join(t.TempDir(), "out")
	res, err := GPTQ(t.Context(), m, planOf(int2.DefaultScheme()), out, Options{})
	must(t, err)
	for name, why := range map[string]string{
		"model.embed_tokens.weight":          "an embedding",
		"lm_head.weight":                     "the output head",
		"model.conv.weight":                  "rank 4",
		"model.layers.0.mlp.odd_proj.weight": "12 output channels are not a multiple of 8",
	} {
		row := rowOf(t, res.Report, name)
		if row.State != report.Kept || row.Scheme != nil || !strings.Contains(row.Reason, why) {
			t.Errorf("%s: state %s, reason %q, want %q in it", name, row.State, row.Reason, why)
		}
		if !slices.ContainsFunc(res.Notes, func(n string) bool { return strings.Contains(n, why) }) {
			t.Errorf("no note says %q: %q", why, res.Notes)
		}
	}
	if !slices.ContainsFunc(res.Notes, func(n string) bool { return strings.Contains(n, "2-bit codes on the half grid are stored in 4 bits") }) {
		t.Errorf("no note about the wider codes: %q", res.Notes)
	}
	_, before := readAll(t, m.Root)
	_, after := readAll(t, out)
	for _, name := range []string{"model.embed_tokens.weight", "model.norm.weight", "model.conv.weight"} {
		if string(before[name]) != string(after[name]) {
			t.Errorf("%s is not the same byte for byte", name)
		}
	}
	var names []string
	entries, err := os.ReadDir(out)
	must(t, err)
	for _, e := range entries {
		names = append(names, e.Name())
	}
	want := []string{"chat_template.jinja", "config.json", "model.safetensors", "quantize_config.json", "spiece.model", "tokenizer.json", "vocab.txt"}
	if !slices.Equal(names, want) {
		t.Errorf("the folder holds %v, want %v", names, want)
	}
	text, err := os.ReadFile(filepath.Join(out, "config.json"))
	must(t, err)
	if i, j := strings.Index(string(text), "zeta"), strings.Index(string(text), "alpha"); i < 0 || j < i {
		t.Errorf("config.json does not keep the order of its keys:\n%s", text)
	}
}

// Several kinds of layers: one is the rule, the others are exceptions by name.
func TestMixedPlan(t *testing.T) {
	m := source(t, safetensors.F32)
	eight := int2.Scheme{Bits: 8, Grid: int2.Twos, Group: 32, Solver: int2.RTN}
	p := planOf(int2.Scheme{Bits: 2, Grid: int2.Twos, Group: 32, Solver: int2.RTN}).
		WithRule(plan.Rule{Match: plan.Exact("model.layers.0.self_attn.q_proj.weight"), Choice: plan.FromScheme(&eight)})
	out := filepath.Join(t.TempDir(), "gptq")
	_, err := GPTQ(t.Context(), m, p, out, Options{})
	must(t, err)
	var q struct {
		Bits    int
		Dynamic map[string]struct {
			Bits  int
			Group int `json:"group_size"`
		}
	}
	readConfig(t, out, &q)
	if d, ok := q.Dynamic[`+:^model\.layers\.0\.self_attn\.q_proj$`]; q.Bits != 2 || !ok || d.Bits != 8 || d.Group != 32 {
		t.Errorf("bits %d, dynamic %v", q.Bits, q.Dynamic)
	}
	out = filepath.Join(t.TempDir(), "ct")
	res, err := CompressedTensors(t.Context(), m, p, out, Options{})
	must(t, err)
	var ct struct {
		Groups map[string]struct{ Targets []string } `json:"config_groups"`
	}
	readConfig(t, out, &ct)
	if len(ct.Groups) != 2 || !slices.Equal(ct.Groups["group_1"].Targets, []string{"model.layers.0.self_attn.q_proj"}) {
		t.Errorf("config_groups %v", ct.Groups)
	}
	if row := rowOf(t, res.Report, "model.layers.0.self_attn.q_proj.weight"); float64(row.SQNRdB) < 30 {
		t.Errorf("the 8-bit layer has %g dB", float64(row.SQNRdB))
	}
}

func TestCheckpointRefusals(t *testing.T) {
	m := source(t, safetensors.F32)
	p := planOf(int2.DefaultScheme())
	full := t.TempDir()
	must(t, os.WriteFile(filepath.Join(full, "mine.txt"), []byte("x"), 0o666))
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	for _, c := range []struct {
		name, out, want string
		ctx             context.Context
		p               plan.Plan
	}{
		{"not empty", full, "not empty", t.Context(), p},
		{"the input", m.Root, "the model that is read", t.Context(), p},
		{"no parent", filepath.Join(full, "no", "where"), "cannot be made", t.Context(), p},
		{"nothing to export", filepath.Join(full, "a"), "no linear layer", t.Context(), plan.Plan{Default: plan.FromScheme(nil)}},
		{"canceled", filepath.Join(full, "b"), "canceled", canceled, p},
	} {
		_, err := GPTQ(c.ctx, m, c.p, c.out, Options{})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error is %v, want %q in it", c.name, err, c.want)
		}
	}
	entries, err := os.ReadDir(full)
	must(t, err)
	if len(entries) != 1 {
		t.Errorf("something was left behind: %v", entries)
	}
	if _, err := GPTQ(t.Context(), m, p, full, Options{Replace: true}); err != nil {
		t.Errorf("with Replace: %v", err)
	}
	if _, err := os.Stat(filepath.Join(full, "mine.txt")); err != nil {
		t.Errorf("another file of the folder is gone: %v", err)
	}
}
