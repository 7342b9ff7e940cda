package diverge

import (
	"fmt"
	"testing"

	"github.com/mmtui/mmtui/core/diverge"
	"github.com/mmtui/mmtui/core/infer"
	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/core/variant"
	"github.com/mmtui/mmtui/ui/internal/viewtest"
	"github.com/mmtui/mmtui/ui/keys"
	"github.com/mmtui/mmtui/ui/msg"
	"github.com/mmtui/mmtui/ui/theme"
)

// rows are a small network in the order of execution: an exact embedding, four
// layers of an encoder, a connector, four of a decoder, each block with its state.
func rows() []diverge.Row {
	na := report.NA()
	var out []diverge.Row
	add := func(r diverge.Row) {
		r.Order = len(out)
		out = append(out, r)
	}
	stage := func(name string, part diverge.Part, db float64) {
		add(diverge.Row{Name: name, Part: part, Kind: diverge.Stage, Cols: 64, LocalSQNRdB: na, CumulativeSQNRdB: report.Number(db), Cosine: report.Number(1 - 1/db),
			RelativeRMSE: 0.1, AmplificationDB: na, InputSQNRdB: na, Bits: na, LocalExact: true})
	}
	layer := func(name string, part diverge.Part, local, cumulative, amplification float64) {
		add(diverge.Row{Name: name, Part: part, Kind: diverge.Linear, Quantized: true, Scheme: "2b half g64 search", Bits: 2.25, Rows: 64, Cols: 64,
			LocalSQNRdB: report.Number(local), CumulativeSQNRdB: report.Number(cumulative), Cosine: report.Number(1 - 1/(cumulative+2)), RelativeRMSE: 0.3, AmplificationDB: report.Number(amplification)})
	}
	add(diverge.Row{Name: "model.vision_model.embeddings.patch_embedding.weight", Part: diverge.Encoder, Kind: diverge.Linear, Scheme: "float", Bits: 16,
		LocalSQNRdB: na, CumulativeSQNRdB: na, Cosine: 1, AmplificationDB: na, Exact: true, LocalExact: true})
	for i, db := range []float64{14, 11.5} {
		layer(fmt.Sprintf("model.vision_model.encoder.layers.%d.self_attn.q_proj.weight", i), diverge.Encoder, 15, db+1, 0.2)
		layer(fmt.Sprintf("model.vision_model.encoder.layers.%d.mlp.fc2.weight", i), diverge.Encoder, 13, db, 0.4)
		stage(fmt.Sprintf("vision.h%d", i+1), diverge.Encoder, db)
	}
	layer("model.connector.modality_projection.proj.weight", diverge.Connector, 24, 11, -0.3)
	for i, db := range []float64{8, 4.2} {
		layer(fmt.Sprintf("model.text_model.layers.%d.self_attn.q_proj.weight", i), diverge.Decoder, 12, db+1.5, 0.9)
		layer(fmt.Sprintf("model.text_model.layers.%d.mlp.down_proj.weight", i), diverge.Decoder, 9-4*float64(i), db, 1.1+2*float64(i))
		stage(fmt.Sprintf("text.h%d", i+1), diverge.Decoder, db)
	}
	return out
}

const (
	broken = "model.text_model.layers.1.self_attn.q_proj.weight" // first below 6 dB
	worst  = "model.text_model.layers.1.mlp.down_proj.weight"
)

// made is a report with findings.
func made() *diverge.Report {
	r := &diverge.Report{
		SchemaVersion: 1, Task: string(infer.Caption), Model: "/m/vlm", Family: "smolvlm", Variant: "int2", Images: []string{"/p/cat.png"},
		Prompt: "Describe this image briefly.", Tiles: 13, PromptTokens: 1115, Lifts: []diverge.Lift{}, Basis: diverge.Basis, BreakDB: 6, Rows: rows(),
		KL:     diverge.KL{Mean: 0.214, TrimmedMean: 0.19, Max: 0.9, MaxAt: 4, Agreement: 0.75, Count: 8},
		Answer: "A ginger cat looks into the camera.", VariantAnswer: "A ginger dog sits on a chair.",
	}
	r.FirstBreak = &diverge.Finding{Name: broken, Part: diverge.Decoder, Order: 11, LocalSQNRdB: 12, CumulativeSQNRdB: 5.7, AmplificationDB: 0.9}
	r.MostAmplifying = &diverge.Finding{Name: worst, Part: diverge.Decoder, Order: 12, LocalSQNRdB: 5, CumulativeSQNRdB: 4.2, AmplificationDB: 3.1}
	r.WorstLocal = &diverge.Finding{Name: worst, Part: diverge.Decoder, Order: 12, LocalSQNRdB: 5, CumulativeSQNRdB: 4.2, AmplificationDB: 3.1}
	for i, kl := range []float64{0.001, 0.02, 0.4, 0.05, 0.9, 0.2, 0.1, 0.041} {
		p := diverge.Position{Index: i, ID: 100 + i, Text: fmt.Sprintf(" word%d", i), VariantID: 100 + i, VariantText: fmt.Sprintf(" word%d", i), KL: report.Number(kl), Logprob: -0.1, VariantLog: -0.5}
		if kl >= 0.4 {
			p.VariantID, p.VariantText = 7, " dog"
		}
		r.Positions = append(r.Positions, p)
	}
	return r
}

// lifted is the report after a layer was lifted.
func liftedReport(lifts []diverge.Lift) *diverge.Report {
	r := made()
	r.Lifts, r.VariantAnswer, r.FirstBreak = lifts, r.Answer, nil
	return r
}

func withCombinations() *diverge.Report {
	r := made()
	for i := range 8 {
		one := diverge.Combination{KL: diverge.KL{Mean: report.Number(0.05 * float64(i)), TrimmedMean: report.Number(0.04 * float64(i)), Max: report.Number(0.2 * float64(i)), Agreement: report.Number(1 - 0.1*float64(i))}, Answer: r.Answer}
		for k, p := range []diverge.Part{diverge.Encoder, diverge.Connector, diverge.Decoder} {
			if i>>k&1 == 1 {
				one.Quantized = append(one.Quantized, p)
			}
		}
		r.Combinations = append(r.Combinations, one)
	}
	return r
}

func tensorReport() *report.Model {
	m := &report.Model{}
	for _, r := range rows() {
		if r.Kind != diverge.Stage {
			m.Tensors = append(m.Tensors, report.Tensor{Name: r.Name})
		}
	}
	return m
}

// desk is the view of an open model whose Run view asks something.
func desk(th theme.Theme, w, h int) *viewtest.Desk {
	d := &viewtest.Desk{View: New(th, keys.Default())}
	return d.Send(msg.Resized{Width: w, Height: h}, msg.Focus{On: true}, msg.ModelOpened{Path: "/m/vlm", Label: "vlm"}, msg.ReportChanged{Report: tensorReport()},
		msg.RequestChanged{Request: infer.Request{Task: infer.Caption, Images: []string{"/p/cat.png"}}, Variant: variant.INT2()})
}

// compared has a report on screen.
func compared(t *testing.T, th theme.Theme, w, h int, r *diverge.Report) *viewtest.Desk {
	t.Helper()
	d := desk(th, w, h).Do(t, keys.RunNow)
	return answer(t, d, r)
}

// answer brings the report that was asked for last.
func answer(t *testing.T, d *viewtest.Desk, r *diverge.Report) *viewtest.Desk {
	t.Helper()
	need, ok := viewtest.Last[msg.NeedDivergence](d)
	if !ok {
		t.Fatal("nothing is asked")
	}
	return d.Send(msg.DivergenceReady{ID: need.ID, Report: r})
}

func of(d *viewtest.Desk) *View { return d.View.(*View) }
