package diverge

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/mmtui/mmtui/core/infer"
	"github.com/mmtui/mmtui/core/variant"
	"github.com/mmtui/mmtui/internal/sharedtest"
)

// models are the three kinds of network.
func models(t *testing.T, seed uint64) map[string]folder {
	return map[string]folder{"smolvlm": vlm(t, "smolvlm", seed), "idefics3": vlm(t, "idefics3", seed), "clip": clip(t, seed)}
}

// Float beside float is exact everywhere, and that is said so.
func TestFloatBesideFloat(t *testing.T) {
	for name, f := range models(t, 1) {
		opt := f.options(variant.Float())
		opt.Combinations = true
		r := run(t, opt)
		if !r.Exact || r.FirstBreak != nil || r.MostAmplifying != nil || r.WorstLocal != nil {
			t.Errorf("%s: exact %v, break %v, amplifying %v, local %v", name, r.Exact, r.FirstBreak, r.MostAmplifying, r.WorstLocal)
		}
		if len(r.Rows) < 20 || len(r.Positions) == 0 {
			t.Errorf("%s: %d rows and %d positions", name, len(r.Rows), len(r.Positions))
		}
		for _, x := range r.Rows {
			if !x.Exact || !x.LocalExact || x.CumulativeSQNRdB.Valid() || x.Samples == 0 || x.Cosine.Valid() && math.Abs(float64(x.Cosine)-1) > 1e-12 {
				t.Errorf("%s: %+v", name, x)
			}
		}
		if r.KL.Mean != 0 || r.KL.Max != 0 || r.KL.Agreement != 1 || r.VariantAnswer != r.Answer {
			t.Errorf("%s: %+v, %q beside %q", name, r.KL, r.VariantAnswer, r.Answer)
		}
		if len(r.Combinations) != 8 {
			t.Fatalf("%s: %d combinations", name, len(r.Combinations))
		}
		for _, c := range r.Combinations {
			if c.KL.Mean != 0 || c.KL.Agreement != 1 || c.Answer != r.Answer {
				t.Errorf("%s: %v: %+v %q", name, c.Quantized, c.KL, c.Answer)
			}
		}
	}
}

// One layer at 2 bits by rounding among layers at 8 is named, whichever it is,
// and lifting it brings the run back.
func TestDamagedLayerIsNamed(t *testing.T) {
	targets := map[string][]string{
		"smolvlm": {
			"model.vision_model.encoder.layers.1.mlp.fc1.weight", "model.connector.modality_projection.proj.weight",
			"model.text_model.layers.0.mlp.down_proj.weight", "lm_head.weight",
		},
		"idefics3": {"model.vision_model.encoder.layers.0.self_attn.v_proj.weight", "model.text_model.layers.1.mlp.gate_proj.weight"},
		"clip":     {"vision_model.encoder.layers.1.mlp.fc2.weight", "text_model.encoder.layers.0.self_attn.out_proj.weight", "visual_projection.weight"},
	}
	for seed := uint64(1); seed <= 3; seed++ {
		for kind, f := range models(t, seed) {
			name := targets[kind][int(seed)%len(targets[kind])]
			t.Run(fmt.Sprintf("%s/%d/%s", kind, seed, name), func(t *testing.T) {
				below := 15.0 // between the coarsest 2 bits and 8
				opt := f.options(eight(damaged(name)))
				opt.BreakDB, opt.PackDir = &below, t.TempDir()
				r := run(t, opt)
				if r.FirstBreak == nil || r.FirstBreak.Name != name {
					t.Errorf("first break %+v", r.FirstBreak)
				}
				if r.WorstLocal == nil || r.WorstLocal.Name != name {
					t.Errorf("worst local %+v", r.WorstLocal)
				}
				if x := r.row(t, name); !x.Quantized || x.Scheme != "2b half channel rtn" || !(x.LocalShare > 0.5) {
					t.Errorf("%+v", x)
				}
				opt.Lifts = []Lift{{name, 8}}
				lifted := run(t, opt)
				if lifted.FirstBreak != nil || lifted.row(t, name).LocalSQNRdB < 30 || !(lifted.KL.Mean < r.KL.Mean) {
					t.Errorf("lifted: break %+v, %+v, KL %v after %v", lifted.FirstBreak, lifted.row(t, name), lifted.KL.Mean, r.KL.Mean)
				}
			})
		}
	}
}

// The report is what its schema says, of both kinds of request and with
// everything in it.
func TestSchema(t *testing.T) {
	for name, f := range models(t, 5) {
		opt := f.options(variant.INT2())
		opt.Combinations = true
		r := run(t, opt)
		data, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		validate(t, "", data)
		checkRows(t, name, r)
	}
}

// checkRows holds the formats that list rows against the report.
func checkRows(t *testing.T, name string, r *Report) {
	t.Helper()
	var table, lines, cells bytes.Buffer
	if err := errors.Join(r.WriteTable(&table), r.WriteJSONL(&lines), r.WriteCSV(&cells)); err != nil {
		t.Fatal(err)
	}
	for line := range bytes.Lines(lines.Bytes()) {
		validate(t, "#/$defs/row", line)
	}
	records, err := csv.NewReader(&cells).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(lines.Bytes(), []byte("\n")); n != len(r.Rows) || len(records) != n+1 {
		t.Errorf("%s: %d lines and %d records of %d rows", name, n, len(records), len(r.Rows))
	}
	for _, want := range []string{"first break", "worst local", Basis, "none ", string(r.Rows[0].Part)} {
		if !strings.Contains(table.String(), want) {
			t.Errorf("%s: the table does not say %q:\n%s", name, want, table.String())
		}
	}
	for i, line := range strings.Split(table.String(), "\n") {
		if strings.Contains(line, "first break") && !strings.HasPrefix(line, r.FirstBreak.Name) {
			t.Errorf("%s: line %d marks another layer than %s: %s", name, i, r.FirstBreak.Name, line)
		}
	}
}

func validate(t *testing.T, pointer string, object []byte) {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(Schema()))
	if err != nil {
		t.Fatal(err)
	}
	delete(doc.(map[string]any), "$id")
	c := jsonschema.NewCompiler()
	if err := c.AddResource("urn:test", doc); err != nil {
		t.Fatal(err)
	}
	compiled, err := c.Compile("urn:test" + pointer)
	if err != nil {
		t.Fatal(err)
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(object))
	if err != nil {
		t.Fatal(err)
	}
	if err := compiled.Validate(v); err != nil {
		t.Errorf("%v\n%s", err, object)
	}
}

// The folders that the published library wrote, SigLIP's among them: float is
// exact, and what a plan gives is what the schema says.
func TestRecordedFolders(t *testing.T) {
	root := filepath.Join(sharedtest.Dir(t), "fixtures", "models")
	for name, task := range map[string]infer.Task{"siglip-tiny": infer.Retrieval, "siglip2-tiny": infer.Retrieval, "idefics3-tiny": infer.OCR} {
		f := folder{dir: filepath.Join(root, name), from: "clip-tiny", task: task}
		if r := run(t, f.options(variant.Float())); !r.Exact || r.KL.Mean != 0 || r.KL.Count == 0 {
			t.Errorf("%s: float beside float: %+v", name, r.KL)
		}
		opt := f.options(variant.INT2())
		opt.Combinations = true
		r := run(t, opt)
		data, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		validate(t, "", data)
		if r.Exact || !(r.KL.Mean > 0) || r.WorstLocal == nil {
			t.Errorf("%s: exact %v, %+v, worst %+v", name, r.Exact, r.KL, r.WorstLocal)
		}
		for _, x := range r.Rows {
			if x.Kind == Linear && (x.Samples == 0 || x.Rows == 0 || x.Cols == 0) {
				t.Errorf("%s: %+v", name, x)
			}
		}
	}
}
