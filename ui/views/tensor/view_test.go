package tensor

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/exp/golden"

	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/ui/chart"
	"github.com/mmtui/mmtui/ui/internal/sample"
	"github.com/mmtui/mmtui/ui/internal/viewtest"
	"github.com/mmtui/mmtui/ui/keys"
	"github.com/mmtui/mmtui/ui/msg"
	"github.com/mmtui/mmtui/ui/theme"
)

// opened is the view of one of the sample's tensors at a size.
func opened(name string, th theme.Theme, w, h int) *viewtest.Desk {
	d := &viewtest.Desk{View: New(th, keys.Default())}
	return d.Send(msg.ReportChanged{Report: sample.Report(sample.Scheme())}, msg.SelectionChanged{Name: name},
		msg.Resized{Width: w, Height: h}, msg.Show{View: msg.Tensor}, msg.Focus{On: true})
}

func of(d *viewtest.Desk) View { return d.View.(View) }

func TestGolden(t *testing.T) {
	for _, size := range [][2]int{{60, 20}, {100, 30}, {160, 45}} {
		for _, name := range []string{sample.Outlier, sample.Kept, sample.Integer} {
			t.Run(fmt.Sprintf("%s/%dx%d", name, size[0], size[1]), func(t *testing.T) {
				t.Parallel()
				d := opened(name, viewtest.Plain(theme.Braille), size[0], size[1])
				frame := d.View.Render(size[0], size[1])
				viewtest.Exact(t, frame, size[0], size[1])
				golden.RequireEqual(t, frame)
			})
		}
	}
}

func TestGoldenGraphs(t *testing.T) {
	for _, g := range []theme.Graph{theme.Block, theme.ASCII} {
		t.Run(g.String(), func(t *testing.T) {
			frame := opened(sample.Outlier, viewtest.Plain(g), 120, 32).View.Render(120, 32)
			golden.RequireEqual(t, frame)
			if g != theme.ASCII {
				return
			}
			for i, r := range frame {
				if r > 126 || r < 32 && r != '\n' {
					t.Fatalf("%q at byte %d is not printable ASCII", r, i)
				}
			}
		})
	}
}

func TestSweep(t *testing.T) {
	for _, name := range []string{sample.Outlier, sample.Kept, sample.Integer, sample.Failed, "no such tensor"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			viewtest.Sweep(t, opened(name, viewtest.Theme(theme.Dark, theme.Braille), 120, 36))
		})
	}
	t.Run("every panel in focus", func(t *testing.T) {
		t.Parallel()
		d := opened(sample.Outlier, viewtest.Theme(theme.Mono, theme.ASCII), 60, 17)
		for range panelCount {
			d.Do(t, keys.NextFocus)
			for _, size := range [][2]int{{60, 17}, {60, 9}, {80, 20}, {120, 32}, {250, 80}} {
				d.Send(msg.Resized{Width: size[0], Height: size[1]})
				frame := d.View.Render(size[0], size[1])
				viewtest.Exact(t, frame, size[0], size[1])
				if title := of(d).focus.title(); !strings.Contains(frame, title) {
					t.Fatalf("%v: the panel in focus, %s, is not on screen", size, title)
				}
			}
		}
	})
	t.Run("metrics", func(t *testing.T) {
		t.Parallel()
		d := opened(sample.Outlier, viewtest.Theme(theme.Dark, theme.Braille), 120, 36).Do(t, keys.Metrics)
		viewtest.Sweep(t, d)
	})
}

func TestEveryThemeAndWidthOfCode(t *testing.T) {
	for _, name := range theme.Names() {
		for _, bits := range []int{2, 3, 4, 8} {
			scheme := sample.Scheme()
			scheme.Bits = bits
			d := &viewtest.Desk{View: New(viewtest.Theme(name, theme.Block), keys.Default())}
			detail, err := sample.Detail(sample.Plain, &scheme)
			if err != nil {
				t.Fatal(err)
			}
			d.Send(msg.ReportChanged{Report: sample.Report(scheme)}, msg.SelectionChanged{Name: sample.Plain},
				msg.DetailReady{Name: sample.Plain, Scheme: scheme, Detail: detail})
			if of(d).facts == nil {
				t.Fatalf("%s, %d bits: the detail was not taken", name, bits)
			}
			viewtest.Exact(t, d.View.Render(120, 40), 120, 40)
		}
	}
}

func TestAsksOnlyWhileShown(t *testing.T) {
	d := &viewtest.Desk{View: New(viewtest.Plain(theme.Braille), keys.Default()), Hold: true}
	d.Send(msg.ReportChanged{Report: sample.Report(sample.Scheme())}, msg.SelectionChanged{Name: sample.Plain})
	if _, asked := viewtest.Last[msg.NeedDetail](d); asked {
		t.Fatal("asked for a detail that nobody looks at")
	}
	d.Send(msg.Show{View: msg.Tensor}, msg.Focus{On: true})
	need, asked := viewtest.Last[msg.NeedDetail](d)
	if !asked || need.Name != sample.Plain || need.Scheme != nil {
		t.Fatalf("after it is shown: %+v, %v; want the plan's detail of %s", need, asked, sample.Plain)
	}
	count := len(d.Sent)
	d.Send(msg.Focus{On: true})
	if len(d.Sent) != count {
		t.Fatal("asked twice for one detail")
	}
	d.Send(msg.Show{View: msg.Layers}, msg.SelectionChanged{Name: sample.Outlier})
	if need, _ := viewtest.Last[msg.NeedDetail](d); need.Name != sample.Plain {
		t.Fatalf("asked for %s while another view was shown", need.Name)
	}
}

func TestPlanChangeAsksAgainAndDropsOldAnswers(t *testing.T) {
	d := opened(sample.Plain, viewtest.Plain(theme.Braille), 120, 36)
	d.Hold = true
	four := sample.Scheme()
	four.Bits = 4
	d.Send(msg.ReportChanged{Report: sample.Report(four)})
	if _, asked := viewtest.Last[msg.NeedDetail](d); !asked {
		t.Fatal("a new plan did not ask for the detail")
	}
	old, err := sample.Detail(sample.Plain, nil)
	if err != nil {
		t.Fatal(err)
	}
	before := of(d).facts
	d.Send(msg.DetailReady{Name: sample.Plain, Scheme: old.Scheme, Detail: old})
	if of(d).facts != before {
		t.Fatal("took the detail of a scheme that the plan no longer has")
	}
	now, err := sample.Detail(sample.Plain, &four)
	if err != nil {
		t.Fatal(err)
	}
	d.Send(msg.DetailReady{Name: sample.Plain, Scheme: four, Detail: now})
	if got := of(d).facts.detail.Scheme.Bits; got != 4 {
		t.Fatalf("detail has %d bits, want 4", got)
	}
}

func TestOvertakenQuestionsAreAskedAgain(t *testing.T) {
	d := opened(sample.Outlier, viewtest.Plain(theme.Braille), 120, 36)
	d.Hold = true
	at := of(d).cursor
	d.Do(t, keys.Bottom, keys.RowEnd)
	d.Sent = nil
	d.Send(msg.GroupReady{Name: sample.Outlier, Row: at.row, Group: at.group, Values: &report.GroupValues{}})
	now := of(d).cursor
	if need, ok := viewtest.Last[msg.NeedGroup](d); !ok || need.Row != now.row || need.Group != now.group {
		t.Errorf("after the values of another group: %+v, %v; want those of %v asked again", need, ok, now)
	}
	if of(d).values != nil {
		t.Error("took the values of another group")
	}
	d.Send(msg.SelectionChanged{Name: sample.Plain})
	d.Sent = nil
	d.Send(msg.DetailReady{Name: sample.Outlier})
	if need, ok := viewtest.Last[msg.NeedDetail](d); !ok || need.Name != sample.Plain {
		t.Errorf("after the detail of another tensor: %+v, %v", need, ok)
	}
}

func TestErrorAndLoading(t *testing.T) {
	d := opened(sample.Failed, viewtest.Plain(theme.Braille), 100, 30)
	frame := d.View.Render(100, 30)
	for _, want := range []string{"n/a", "input/output error"} {
		if !strings.Contains(frame, want) {
			t.Errorf("a tensor that failed does not show %q", want)
		}
	}
	d = &viewtest.Desk{View: New(viewtest.Plain(theme.Braille), keys.Default()), Hold: true}
	d.Send(msg.ReportChanged{Report: sample.Report(sample.Scheme())}, msg.SelectionChanged{Name: sample.Plain}, msg.Focus{On: true})
	if frame := d.View.Render(100, 30); !strings.Contains(frame, "Measuring") {
		t.Error("nothing says that the tensor is being measured")
	}
	if off := d.Offer(t, keys.WorstGroup).Off; off == "" {
		t.Error("worst group is on before there is a map")
	}
	d.Send(msg.DetailReady{Name: sample.Plain, Err: errors.New("evil\x1b[2Jname")})
	if frame := d.View.Render(100, 30); strings.Contains(frame, "\x1b[2J") || !strings.Contains(frame, "evil") {
		t.Error("an error's escape sequence reaches the screen, or the error does not")
	}
}

func TestIntegerTensorSaysWhyNot(t *testing.T) {
	frame := opened(sample.Integer, viewtest.Plain(theme.Braille), 120, 36).View.Render(120, 36)
	for _, want := range []string{"I64", "stays as it is", "n/a: no figures by group: I64: not floating-point", "0 to 511"} {
		if !strings.Contains(frame, want) {
			t.Errorf("the frame lacks %q", want)
		}
	}
	if strings.Contains(frame, "would do") {
		t.Error("the frame promises figures of a scheme that it does not show")
	}
}

func TestMetricsExplainEveryFigure(t *testing.T) {
	d := opened(sample.Plain, viewtest.Plain(theme.Braille), 120, 60).Do(t, keys.Metrics)
	if !of(d).Cancels() {
		t.Fatal("Esc would not close the definitions")
	}
	text := ansi.Strip(strings.Join(of(d).metricLines(400), "\n"))
	for _, definition := range report.Definitions() {
		if !strings.HasPrefix(definition.Key, "total.") && definition.Key != "name" && !strings.Contains(text, definition.Text) {
			t.Errorf("the definition of %s is missing", definition.Key)
		}
	}
	d.Do(t, keys.Bottom, keys.Up, keys.PageUp, keys.HalfDown, keys.Back)
	if of(d).metrics {
		t.Error("Esc did not close the definitions")
	}
}

func TestScopeIsAlwaysShown(t *testing.T) {
	d := opened(sample.Outlier, viewtest.Plain(theme.Braille), 160, 45)
	if frame := d.View.Render(160, 45); !strings.Contains(strings.Join(strings.Fields(frame), " "), "does not predict") {
		t.Error("the verdict lacks the sentence that says what it is not")
	}
	v := of(d)
	detail := *v.facts.detail
	detail.Verdict.Scope = ""
	v.facts = newFacts(&detail)
	if !strings.Contains(v.scope(), "does not predict") {
		t.Error("without the report's words nothing says what a verdict is not")
	}
}

// A map without a single figure has no scale, and says so.
func TestLegendWithoutFigures(t *testing.T) {
	v := View{theme: viewtest.Plain(theme.Braille)}
	v.paint = chart.NewPainter(v.theme)
	c := chart.NewCanvas(40, 1)
	v.scale(c, &mapMemo{lo: math.NaN(), hi: math.NaN()}, 0)
	if got := strings.Join(c.Lines(v.paint), ""); strings.Contains(got, "NaN") || !strings.Contains(got, "n/a") {
		t.Errorf("the legend is %q", got)
	}
}
