package run

import (
	"math"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"github.com/mmtui/mmtui/core/infer"
	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/core/variant"
	"github.com/mmtui/mmtui/ui/internal/viewtest"
	"github.com/mmtui/mmtui/ui/keys"
	"github.com/mmtui/mmtui/ui/msg"
	"github.com/mmtui/mmtui/ui/theme"
)

// twin is the INT2 source of the model on the desk.
func twin() msg.Source { return msg.Source{Path: "/m/vlm", Variant: variant.INT2()} }

// One key asks for the INT2 twin, says how far its quantizing is and where its
// weights came from, and takes it away again.
func TestINT2ColumnComesAndGoes(t *testing.T) {
	d := withPicture(t, desk(viewtest.Plain(theme.Braille), 140, 36, vlm()), "/p/cat.png").Do(t, keys.AddINT2)
	need, ok := viewtest.Last[msg.NeedRunner](d)
	if !ok || need.Key() != twin().Key() {
		t.Fatalf("asked for %+v", need)
	}
	screen := func() string { return d.View.Render(140, 36) }
	d.Send(msg.RunnerPacks{Source: twin(), Done: 12, Of: 84, Name: "layers.3.weight"})
	if !strings.Contains(screen(), "2 int2  quantizing 12/84 layers.3.weight") {
		t.Errorf("while it is quantized:\n%s", screen())
	}
	info := vlm()
	info.Variant, info.WeightBytes = "int2", 45e6
	info.Quantized = []variant.Layer{{Origin: variant.FromCache}, {Origin: variant.FromQuantizing}}
	d.Send(msg.RunnerReady{Source: twin(), Info: info})
	if !strings.Contains(screen(), "2 tensors quantized, 1 of them from the cache, 45.0 MB") {
		t.Errorf("when it is ready:\n%s", screen())
	}
	d.Do(t, keys.RunNow)
	if start, ok := viewtest.Last[msg.StartRun](d); !ok || len(start.Columns) != 2 || start.Columns[1].Key() != twin().Key() {
		t.Errorf("the run asks %+v", start.Columns)
	}
	if d.Offer(t, keys.AddINT2).Off == "" {
		t.Error("the column can go while it answers")
	}
	d.Send(msg.RunProgress{ID: of(d).nextID, Last: true}).Do(t, keys.AddINT2)
	if drop, ok := viewtest.Last[msg.DropRunner](d); !ok || drop.Key() != twin().Key() || len(of(d).models) != 1 {
		t.Errorf("the second press drops %+v", drop)
	}
}

// A column that was added after a run is shown beside its answers until it is asked.
func TestANewColumnStandsBesideTheLastAnswer(t *testing.T) {
	d := answered(t, withPicture(t, desk(viewtest.Plain(theme.Braille), 140, 36, vlm()), "/p/cat.png"), answer)
	d.Do(t, keys.AddINT2)
	d.Send(msg.RunnerPacks{Source: twin(), Done: 1, Of: 4, Name: "a.weight"})
	if s := d.View.Render(140, 36); !strings.Contains(s, "quantizing 1/4 a.weight") || !strings.Contains(s, "ginger") {
		t.Errorf("the screen:\n%s", s)
	}
	d.Send(msg.RunnerReady{Source: twin(), Info: vlm()})
	if s := d.View.Render(140, 36); !strings.Contains(s, "Enter asks it too") {
		t.Errorf("when it is ready:\n%s", s)
	}
}

// The Diverge view is told what would be asked, of the variant beside float.
func TestAnnounces(t *testing.T) {
	d := desk(viewtest.Plain(theme.Braille), 120, 36, vlm())
	last := func() msg.RequestChanged { m, _ := viewtest.Last[msg.RequestChanged](d); return m }
	if got := last(); !strings.Contains(got.Why, "no picture") || got.Variant.Key() != variant.INT2().Key() {
		t.Errorf("at first: %+v", got)
	}
	withPicture(t, d, "/p/cat.png")
	if got := last(); got.Why != "" || len(got.Request.Images) != 1 {
		t.Errorf("with a picture: %+v", got)
	}
	mine := variant.INT2().Lift("a.weight", 8)
	mine.Name = "mine"
	d.Send(msg.ColumnChosen{Source: msg.Source{Path: "/m/vlm", Variant: variant.Float()}}, msg.ColumnChosen{Source: msg.Source{Path: "/m/vlm", Variant: mine}})
	if got := last(); got.Variant.Key() != mine.Key() {
		t.Errorf("with a column of a plan: %+v", got)
	}
	if got := of(d).Asks(); got.Variant.Key() != mine.Key() || got.Why != "" {
		t.Errorf("asked, it says %+v", got)
	}
	d.Send(msg.ColumnChosen{Source: twin()}, msg.ColumnChosen{Source: twin()})
	if len(of(d).models) != maxColumns {
		t.Errorf("there are %d columns", len(of(d).models))
	}
}

// The first token that differs is marked in both columns; the ribbon of KL can
// be switched off; the token under the cursor tells its KL, or why it has none.
func TestKLRibbon(t *testing.T) {
	d := twoColumns(t, 140, 36).Do(t, keys.NextFocus, keys.NextFocus, keys.Top)
	one := of(d).shown()
	if one.marked(0) != 2 || one.marked(1) != 2 {
		t.Errorf("marked are %d and %d, want 2", one.marked(0), one.marked(1))
	}
	screen := func() string { return ansi.Strip(d.View.Render(140, 36)) }
	for _, want := range []string{"KL 0 nats", "▁▁▅▅▅▅▅▅▅████"} {
		if !strings.Contains(screen(), want) {
			t.Errorf("the screen lacks %q:\n%s", want, screen())
		}
	}
	d.Do(t, keys.Bottom)
	if !strings.Contains(screen(), "KL n/a: the answers differ from token 3 on") {
		t.Errorf("the last token:\n%s", screen())
	}
	d.Do(t, keys.ShowKL)
	if strings.Contains(screen(), "▅▅▅▅▅████") {
		t.Errorf("the ribbon stays:\n%s", screen())
	}
	sum, mean, n := one.columns[1].klSums()
	if n != 3 || math.Abs(sum-0.83) > 1e-12 || math.Abs(mean-0.83/3) > 1e-12 {
		t.Errorf("the sums are %g, %g of %d", sum, mean, n)
	}
}

// Rankings that differ say where, and how far the probabilities are apart.
func TestScoresSideBySide(t *testing.T) {
	d := withPicture(t, desk(viewtest.Plain(theme.Braille), 160, 36, clip()), "/p/cat.png", "/p/dog.png")
	of(d).form.texts = []string{"a cat", "a dog"}
	d.Do(t, keys.AddINT2).Do(t, keys.RunNow)
	start, ok := viewtest.Last[msg.StartRun](d)
	if !ok {
		t.Fatal("nothing is asked")
	}
	part := func(i int, scores [][]float64) msg.RunPart {
		r := result(start.Request, "")
		r.Scores, r.TextsByImage, r.ImagesByText = scores, [][]int{{0, 1}, {1, 0}}, [][]int{{0, 1}, {1, 0}}
		c := &infer.Column{Result: r, WeightBytes: 90e6, MemoryBytes: 120e6, MeanKL: 0.02, KL: []report.Number{0.01, 0.03}, Agreement: 0.5,
			FirstDifference: &infer.Difference{Index: 1}}
		return msg.RunPart{Column: i, Ended: true, Result: r, Compared: c}
	}
	d.Send(msg.RunProgress{ID: start.ID, Last: true, Parts: []msg.RunPart{part(0, [][]float64{{2, 1}, {1, 2}}), part(1, [][]float64{{2, 1}, {2, 1}})}})
	for _, want := range []string{"KL mean 0.020", "best text agrees 50%", "model 90.0 MB", "▲ dog.png"} {
		if s := d.View.Render(200, 36); !strings.Contains(s, want) {
			t.Errorf("the screen lacks %q:\n%s", want, s)
		}
	}
}
