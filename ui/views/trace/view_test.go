package trace

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/exp/golden"

	"github.com/mmtui/mmtui/core/diff"
	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/ui/internal/viewtest"
	"github.com/mmtui/mmtui/ui/keys"
	"github.com/mmtui/mmtui/ui/msg"
	"github.com/mmtui/mmtui/ui/theme"
)

// compared is a trace that leaves in the vision tower.
func compared() *diff.Report {
	na := report.NA()
	r := &diff.Report{Kind: diff.Traces, Total: diff.Total{OnlyA: 1, OnlyB: 2}}
	add := func(name string, db report.Number, cosine, rmse, most report.Number) {
		r.Tensors = append(r.Tensors, diff.Row{Name: name, Status: diff.Changed, SQNRdB: db, Cosine: cosine, RelativeRMSE: rmse, MaxAbsError: most})
	}
	add("pixel_values", report.Number(142), 1, 1e-7, 1e-6)
	add("vision.h0", 131, 1, 3e-7, 2e-6)
	add("vision.h1", 118, 1, 1e-6, 1e-5)
	add("vision.h2", 31, 0.9996, 0.028, 0.4)
	add("connector", 29, 0.999, 0.035, 0.6)
	for i := range 30 {
		add(fmt.Sprintf("text.h%d", i), report.Number(28-0.3*float64(i)), 0.998, 0.04, 0.9)
	}
	r.Tensors = append(r.Tensors,
		diff.Row{Name: "text.norm", Status: diff.Shape, Reason: "9x32 in A, 8x32 in B", SQNRdB: na, Cosine: na, RelativeRMSE: na, MaxAbsError: na},
		diff.Row{Name: "logits", Status: diff.OnlyA, SQNRdB: na, Cosine: na, RelativeRMSE: na, MaxAbsError: na})
	r.Trace = &diff.TraceFindings{LeavesBelowDB: 60,
		FirstToLeave:  &diff.Finding{Name: "vision.h2", Input: "vision.h1", SQNRdB: 31, RelativeRMSE: 0.028, Growth: 28000},
		AmplifiesMost: &diff.Finding{Name: "vision.h2", Input: "vision.h1", SQNRdB: 31, RelativeRMSE: 0.028, Growth: 28000}}
	return r
}

func weightsReport() *report.Model {
	m := &report.Model{}
	for _, name := range []string{
		"model.vision_model.embeddings.patch_embedding.weight", "model.vision_model.encoder.layers.1.mlp.fc1.weight", "model.vision_model.post_layernorm.weight",
		"model.connector.modality_projection.proj.weight", "model.text_model.embed_tokens.weight", "model.text_model.layers.0.mlp.up_proj.weight",
		"model.text_model.layers.11.mlp.up_proj.weight", "model.text_model.norm.weight", "lm_head.weight",
	} {
		m.Tensors = append(m.Tensors, report.Tensor{Name: name})
	}
	return m
}

func desk(th theme.Theme, w, h int) *viewtest.Desk {
	d := &viewtest.Desk{View: New(th, keys.Default())}
	return d.Send(msg.ReportChanged{Report: weightsReport()}, msg.Resized{Width: w, Height: h}, msg.Focus{On: true})
}

// filled has two files and their comparison.
func filled(th theme.Theme, w, h int) *viewtest.Desk {
	d := desk(th, w, h).Send(msg.TraceWritten{Path: "/t/run.safetensors"}, msg.TraceFileChosen{Side: "B", Path: "/t/torch.safetensors"})
	return d.Send(msg.TracesCompared{A: "/t/run.safetensors", B: "/t/torch.safetensors", Report: compared()})
}

func of(d *viewtest.Desk) View { return d.View.(View) }

func TestGolden(t *testing.T) {
	for _, size := range [][2]int{{60, 20}, {100, 30}, {160, 45}} {
		t.Run(fmt.Sprintf("%dx%d", size[0], size[1]), func(t *testing.T) {
			frame := filled(viewtest.Plain(theme.Braille), size[0], size[1]).View.Render(size[0], size[1])
			viewtest.Exact(t, frame, size[0], size[1])
			golden.RequireEqual(t, frame)
		})
	}
	t.Run("empty", func(t *testing.T) {
		golden.RequireEqual(t, desk(viewtest.Plain(theme.Braille), 100, 20).View.Render(100, 20))
	})
	t.Run("ascii", func(t *testing.T) {
		frame := filled(viewtest.Plain(theme.ASCII), 120, 24).View.Render(120, 24)
		golden.RequireEqual(t, frame)
		for _, r := range strings.ReplaceAll(frame, "Δ", "d") {
			if r > 126 {
				t.Fatalf("%q is not ASCII", r)
			}
		}
	})
}

func TestSweep(t *testing.T) {
	viewtest.Sweep(t, filled(viewtest.Theme(theme.Dark, theme.Braille), 120, 36).Do(t, keys.Right, keys.Down))
	viewtest.Sweep(t, filled(viewtest.Theme(theme.Mono, theme.ASCII), 120, 36).Do(t, keys.Left))
	viewtest.Sweep(t, desk(viewtest.Plain(theme.Braille), 120, 36))
}

func TestFindings(t *testing.T) {
	d := filled(viewtest.Plain(theme.Braille), 120, 40)
	if got := of(d).current().Name; got != "vision.h2" {
		t.Errorf("the cursor begins on %s", got)
	}
	d.Do(t, keys.Bottom, keys.Amplifies)
	if got := of(d).current().Name; got != "vision.h2" {
		t.Errorf("m leads to %s", got)
	}
	s := d.View.Render(120, 40)
	for _, want := range []string{"the first layer that leaves below 60.00 dB: vision.h2 at 31.00 dB", "by a factor of 2.8e+04 over vision.h1", "activations: 1 only in A, 2 only in B", "9x32 in A, 8x32 in B"} {
		if !strings.Contains(s, want) {
			t.Errorf("the screen lacks %q:\n%s", want, s)
		}
	}
	d.Send(msg.TraceFileChosen{Side: "B", Path: "/t/same"})
	r := compared()
	r.Trace.FirstToLeave, r.Trace.AmplifiesMost = nil, nil
	d.Send(msg.TracesCompared{A: "/t/run.safetensors", B: "/t/same", Report: r})
	if s := d.View.Render(120, 40); !strings.Contains(s, "no layer leaves") || d.Offer(t, keys.FirstLeaves).Off == "" {
		t.Errorf("without findings:\n%s", s)
	}
}

// A layer of a trace leads to weights of the model that belong to it.
func TestWeights(t *testing.T) {
	v := of(desk(viewtest.Plain(theme.Braille), 80, 24))
	for layer, want := range map[string]string{
		"vision.h0": "model.vision_model.embeddings.patch_embedding.weight", "vision.h2": "model.vision_model.encoder.layers.1.mlp.fc1.weight",
		"vision.post": "model.vision_model.post_layernorm.weight", "connector": "model.connector.modality_projection.proj.weight",
		"text.h0": "model.text_model.embed_tokens.weight", "text.h1": "model.text_model.layers.0.mlp.up_proj.weight",
		"text.h12": "model.text_model.layers.11.mlp.up_proj.weight", "text.norm": "model.text_model.norm.weight", "lm_head": "lm_head.weight",
		"model.text_model.layers.0.mlp.up_proj": "model.text_model.layers.0.mlp.up_proj.weight", "text.h7": "", "pixel_values": "",
	} {
		if got := v.weights(layer); got != want {
			t.Errorf("%s leads to %q, want %q", layer, got, want)
		}
	}
	d := filled(viewtest.Plain(theme.Braille), 120, 40).Do(t, keys.Open)
	if m, ok := viewtest.Last[msg.OpenTensor](d); !ok || m.Name != "model.vision_model.encoder.layers.1.mlp.fc1.weight" {
		t.Errorf("Enter opens %q", m.Name)
	}
	d.Do(t, keys.Top)
	if d.Offer(t, keys.Open).Off == "" {
		t.Error("weights are offered for pixel_values")
	}
}

func TestSidesAndErrors(t *testing.T) {
	d := desk(viewtest.Plain(theme.Braille), 100, 20).Send(msg.TraceFileChosen{Side: "A", Path: "/a"})
	if _, asked := viewtest.Last[msg.NeedTraces](d); asked {
		t.Error("one file is compared with nothing")
	}
	d.Send(msg.TraceFileChosen{Side: "B", Path: "/b"})
	if need, _ := viewtest.Last[msg.NeedTraces](d); need != (msg.NeedTraces{A: "/a", B: "/b"}) {
		t.Errorf("asked for %+v", need)
	}
	if s := ansi.Strip(d.View.Render(100, 20)); !strings.Contains(s, "comparing a and b") {
		t.Errorf("while it is compared:\n%s", s)
	}
	d.Send(msg.TracesCompared{A: "/a", B: "/old", Err: errors.New("stale")})
	d.Send(msg.TracesCompared{A: "/a", B: "/b", Err: errors.New("/b: no such file")})
	if s := d.View.Render(100, 20); !strings.Contains(s, "/b: no such file") || strings.Contains(s, "stale") {
		t.Errorf("an error:\n%s", s)
	}
	d.Do(t, keys.SwapSides)
	if need, _ := viewtest.Last[msg.NeedTraces](d); need != (msg.NeedTraces{A: "/b", B: "/a"}) {
		t.Errorf("after the swap asked for %+v", need)
	}
	e := filled(viewtest.Plain(theme.Braille), 100, 20).Do(t, keys.Copy)
	if c, _ := viewtest.Last[msg.Copy](e); !strings.HasPrefix(c.Text, "name\tsqnr_db\tcosine\trelative_rmse\tmax_abs_error\npixel_values\t142\t1\t1e-07\t1e-06\n") {
		t.Errorf("copied %.120q", c.Text)
	}
}

// A layer without any difference has no SQNR: it is exact, and its bar is full.
func TestExactLayers(t *testing.T) {
	r := &diff.Report{Kind: diff.Traces, Trace: &diff.TraceFindings{LeavesBelowDB: 60}}
	r.Tensors = append(r.Tensors,
		diff.Row{Name: "vision.h0", Status: diff.Same, SQNRdB: report.NA(), Cosine: 1},
		diff.Row{Name: "vision.h1", Status: diff.Changed, SQNRdB: 30, Cosine: 0.9995, RelativeRMSE: 0.03, MaxAbsError: 0.1})
	d := desk(viewtest.Plain(theme.Braille), 120, 20).Send(msg.TraceFileChosen{Side: "A", Path: "/a"}, msg.TraceFileChosen{Side: "B", Path: "/b"})
	lines := strings.Split(d.Send(msg.TracesCompared{A: "/a", B: "/b", Report: r}).View.Render(120, 20), "\n")
	if first := lines[headRows+1]; !strings.Contains(first, "exact") || strings.Contains(first, "n/a") || strings.Contains(first, "·") {
		t.Errorf("an exact layer is drawn as %q", first)
	}
	if second := lines[headRows+2]; strings.Contains(second, "exact") || !strings.Contains(second, "·") {
		t.Errorf("a layer of 30 dB is drawn as %q", second)
	}
}

// Where no name fits, a name of each side shows the prefix.
func TestNoNameInCommon(t *testing.T) {
	r := &diff.Report{Kind: diff.Traces, Tensors: []diff.Row{{Name: "split.vision.h0", Status: diff.OnlyA}, {Name: "vision.h0", Status: diff.OnlyB}}}
	d := desk(viewtest.Plain(theme.Braille), 120, 20).Send(msg.TraceFileChosen{Side: "A", Path: "/a"}, msg.TraceFileChosen{Side: "B", Path: "/b"})
	if s := d.Send(msg.TracesCompared{A: "/a", B: "/b", Report: r}).View.Render(120, 20); !strings.Contains(s, "A has split.vision.h0, B has vision.h0") {
		t.Errorf("the screen:\n%s", s)
	}
}
