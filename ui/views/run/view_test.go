package run

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/exp/golden"

	"github.com/mmtui/mmtui/core/infer"
	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/core/vision"
	"github.com/mmtui/mmtui/ui/internal/viewtest"
	"github.com/mmtui/mmtui/ui/keys"
	"github.com/mmtui/mmtui/ui/msg"
	"github.com/mmtui/mmtui/ui/picture"
	"github.com/mmtui/mmtui/ui/theme"
)

func vlm() infer.Info {
	return infer.Info{
		Path: "/m/vlm", Family: "smolvlm", Backend: "cpu float32 (avx2)", Tasks: []infer.Task{infer.Caption, infer.OCR, infer.VQA},
		DefaultPrompts: map[infer.Task]string{infer.Caption: "Describe this image briefly.", infer.OCR: "Read the text."},
	}
}

func clip() infer.Info {
	return infer.Info{Path: "/m/clip", Family: "clip", Backend: "cpu float32 (avx2)", Tasks: []infer.Task{infer.Retrieval}}
}

// desk is the view with a model that is ready.
func desk(th theme.Theme, w, h int, info infer.Info) *viewtest.Desk {
	d := &viewtest.Desk{View: New(th, keys.Default())}
	return d.Send(msg.Resized{Width: w, Height: h}, msg.Focus{On: true}, msg.ModelOpened{Path: info.Path, Label: "model"},
		msg.Show{View: msg.Run}, msg.RunnerReady{Source: msg.Source{Path: info.Path}, Info: info})
}

func of(d *viewtest.Desk) *View { return d.View.(*View) }

// withPicture has a picture chosen, its preview and the estimate.
func withPicture(t *testing.T, d *viewtest.Desk, paths ...string) *viewtest.Desk {
	t.Helper()
	d.Send(msg.PicturesChosen{Paths: paths})
	if need, ok := viewtest.Last[msg.NeedPreview](d); ok {
		img, err := vision.NewImage(64, 48)
		if err != nil {
			t.Fatal(err)
		}
		for i := range img.Pix {
			img.Pix[i] = uint8(i / 3 % 64 * 4)
		}
		p, err := picture.New(context.Background(), img, need.Width, need.Height, picture.Display{})
		if err != nil {
			t.Fatal(err)
		}
		d.Send(msg.PreviewReady{Path: need.Path, Width: need.Width, Height: need.Height, Picture: p, Info: msg.PictureInfo{Format: "PNG", Width: 640, Height: 480, SizeBytes: 123456}})
	}
	if need, ok := viewtest.Last[msg.NeedEstimate](d); ok {
		d.Send(msg.EstimateReady{Seq: need.Seq, Estimate: infer.Estimate{
			Tiles: 13, Rows: []int{3}, Cols: []int{4}, PromptTokens: 1115, FLOP: 54e9, MemoryBytes: 1 << 30, AvailableBytes: 8 << 30, FirstTokenMS: 2100, TotalMS: 5400}})
	}
	return d
}

func tokens(text string, first int) []infer.Event {
	var out []infer.Event
	for i, w := range strings.SplitAfter(text, " ") {
		p := 0.97 - 0.13*float64(i%7)
		out = append(out, infer.Event{Kind: infer.Token, ID: first + i, Text: w, Logprob: math.Log(p), KL: report.NA(), Top: []infer.Choice{
			{ID: first + i, Text: w, Logprob: math.Log(p)}, {ID: 9, Text: " a", Logprob: math.Log((1 - p) * 0.7)}, {ID: 17, Text: "\n", Logprob: math.Log((1 - p) * 0.2)}}})
	}
	return out
}

func result(q infer.Request, text string) *infer.Result {
	return &infer.Result{Task: q.Task, Text: text, Images: q.Images, Texts: q.Texts, Tiles: 13, ImageSize: "native", StopReason: infer.StopEnd, Backend: "cpu float32 (avx2)",
		TimeToFirstToken: 2034, TokensPerSecond: 18.4, TotalMS: 4200, PeakMemoryBytes: 1.4e9}
}

// answered has asked once and has the whole answer in every column.
func answered(t *testing.T, d *viewtest.Desk, texts ...string) *viewtest.Desk {
	t.Helper()
	d.Do(t, keys.RunNow)
	start, ok := viewtest.Last[msg.StartRun](d)
	if !ok {
		t.Fatal("nothing is asked")
	}
	var parts []msg.RunPart
	for i, text := range texts {
		parts = append(parts, msg.RunPart{Column: i, Events: tokens(text, 100), Ended: true, Result: result(start.Request, text)})
	}
	return d.Send(msg.RunProgress{ID: start.ID, Parts: parts, Last: true})
}

const answer = "A ginger cat with green eyes looks straight into the camera; behind it there is a dark wooden wall, out of focus."

func TestGolden(t *testing.T) {
	for _, size := range [][2]int{{60, 20}, {100, 30}, {160, 45}} {
		t.Run(fmt.Sprintf("%dx%d", size[0], size[1]), func(t *testing.T) {
			d := answered(t, withPicture(t, desk(viewtest.Plain(theme.Braille), size[0], size[1], vlm()), "/p/cat.png"), answer)
			d.Do(t, keys.NextFocus, keys.Top, keys.Right)
			frame := d.View.Render(size[0], size[1])
			viewtest.Exact(t, frame, size[0], size[1])
			golden.RequireEqual(t, frame)
		})
	}
	t.Run("form", func(t *testing.T) {
		golden.RequireEqual(t, withPicture(t, desk(viewtest.Plain(theme.Braille), 60, 30, vlm()), "/p/cat.png").View.Render(60, 30))
	})
	t.Run("ascii", func(t *testing.T) {
		d := answered(t, withPicture(t, desk(viewtest.Plain(theme.ASCII), 120, 30, vlm()), "/p/cat.png"), answer)
		frame := d.View.Render(120, 30)
		golden.RequireEqual(t, frame)
		for _, r := range frame {
			if r > 126 {
				t.Fatalf("%q is not ASCII", r)
			}
		}
	})
	t.Run("cannot run", func(t *testing.T) {
		d := &viewtest.Desk{View: New(viewtest.Plain(theme.Braille), keys.Default())}
		d.Send(msg.Resized{Width: 100, Height: 20}, msg.ModelOpened{Path: "/m/odd", Label: "odd"}, msg.Show{View: msg.Run},
			msg.RunnerReady{Source: msg.Source{Path: "/m/odd"}, Err: fmt.Errorf("/m/odd/config.json: the architecture LlamaForCausalLM is none that can be run: %w", errors.New("use SmolVLM, Idefics3, CLIP or SigLIP"))})
		golden.RequireEqual(t, d.View.Render(100, 20))
	})
	t.Run("columns", func(t *testing.T) {
		golden.RequireEqual(t, twoColumns(t, 140, 30).View.Render(140, 30))
	})
	t.Run("retrieval", func(t *testing.T) {
		golden.RequireEqual(t, retrieved(t, 130, 30).View.Render(130, 30))
	})
}

// twoColumns differs in the third token.
func twoColumns(t *testing.T, w, h int) *viewtest.Desk {
	d := withPicture(t, desk(viewtest.Plain(theme.Braille), w, h, vlm()), "/p/cat.png")
	d.Send(msg.ColumnChosen{Source: msg.Source{Path: "/m/other"}, Label: "other"}, msg.RunnerReady{Source: msg.Source{Path: "/m/other"}, Info: vlm()})
	d.Do(t, keys.RunNow)
	start, _ := viewtest.Last[msg.StartRun](d)
	a, b := tokens("A ginger cat sits here.", 100), tokens("A ginger dog lies here.", 100)
	b[2].ID, b[3].ID = 7, 8
	b[0].KL, b[1].KL, b[2].KL = 0, 0.03, 0.8
	b[3].NoKL, b[4].NoKL = "the answers differ from token 3 on", "the answers differ from token 3 on"
	return d.Send(msg.RunProgress{ID: start.ID, Last: true, Parts: []msg.RunPart{
		{Column: 0, Events: a, Ended: true, Result: result(start.Request, "A ginger cat sits here.")},
		{Column: 1, Events: b, Ended: true, Result: result(start.Request, "A ginger dog lies here.")},
	}})
}

// retrieved has three pictures against two texts.
func retrieved(t *testing.T, w, h int) *viewtest.Desk {
	d := withPicture(t, desk(viewtest.Plain(theme.Braille), w, h, clip()), "/p/cat.png", "/p/dog.png", "/p/tea.png")
	v := of(d)
	v.form.texts = []string{"a photo of a cat", "a photo of a dog"}
	d.Do(t, keys.RunNow)
	start, ok := viewtest.Last[msg.StartRun](d)
	if !ok {
		t.Fatal("nothing is asked")
	}
	r := result(start.Request, "")
	r.Scores = [][]float64{{24.1, 18.2}, {17.0, 26.5}, {12.2, 11.9}}
	r.Probabilities = [][]float64{{0.997, 0.003}, {0.0001, 0.9999}, {0.57, 0.43}}
	r.TextsByImage = [][]int{{0, 1}, {1, 0}, {0, 1}}
	r.ImagesByText = [][]int{{0, 1, 2}, {1, 0, 2}}
	return d.Send(msg.RunProgress{ID: start.ID, Last: true, Parts: []msg.RunPart{{Ended: true, Result: r}}})
}

func TestSweep(t *testing.T) {
	dark, mono := viewtest.Theme(theme.Dark, theme.Braille), viewtest.Theme(theme.Mono, theme.ASCII)
	viewtest.Sweep(t, &viewtest.Desk{View: New(dark, keys.Default())})
	viewtest.Sweep(t, answered(t, withPicture(t, desk(mono, 120, 36, vlm()), "/p/cat.png"), strings.Repeat(answer+"\n", 9)))
	viewtest.Sweep(t, answered(t, withPicture(t, desk(dark, 120, 36, vlm()), "/p/cat.png"), "漢字 \x1b[2J and 日本語 ").Do(t, keys.NextFocus))
	viewtest.Sweep(t, twoColumns(t, 120, 36).Do(t, keys.NextFocus, keys.NextFocus))
	viewtest.Sweep(t, retrieved(t, 120, 36).Do(t, keys.NextFocus, keys.Down))
	viewtest.Sweep(t, desk(dark, 120, 36, vlm()).Do(t, keys.EditField).Send(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(strings.Repeat("long ", 60))}))
}

// Only the tasks of the model can be chosen, in turn.
func TestTasks(t *testing.T) {
	d := desk(viewtest.Plain(theme.Braille), 120, 36, vlm())
	var seen []infer.Task
	for range 4 {
		seen = append(seen, of(d).form.task)
		d.Do(t, keys.NextTask)
	}
	if !slices.Equal(seen, []infer.Task{infer.Caption, infer.OCR, infer.VQA, infer.Caption}) {
		t.Errorf("the tasks are %v", seen)
	}
	c := desk(viewtest.Plain(theme.Braille), 120, 36, clip())
	if of(c).form.task != infer.Retrieval || c.Offer(t, keys.NextTask).Off == "" {
		t.Errorf("CLIP begins with %s, and its task can be changed: %q", of(c).form.task, c.Offer(t, keys.NextTask).Off)
	}
}

// What keeps a request from being asked is said in words.
func TestWhyNotRun(t *testing.T) {
	off := func(d *viewtest.Desk) string { return d.Offer(t, keys.RunNow).Off }
	if got := off(&viewtest.Desk{View: New(viewtest.Plain(theme.Braille), keys.Default())}); !strings.Contains(got, "no model") {
		t.Errorf("without a model: %q", got)
	}
	d := desk(viewtest.Plain(theme.Braille), 120, 36, vlm())
	if got := off(d); !strings.Contains(got, "no picture") {
		t.Errorf("without a picture: %q", got)
	}
	d.Do(t, keys.NextTask, keys.NextTask)
	if got := off(d); !strings.Contains(got, "no question") {
		t.Errorf("vqa without a question: %q", got)
	}
	of(d).form.prompt = "What is it?"
	if got := off(d); got != "" {
		t.Errorf("a question without a picture: %q", got)
	}
	c := desk(viewtest.Plain(theme.Braille), 120, 36, clip())
	withPicture(t, c, "/p/a.png")
	if got := off(c); !strings.Contains(got, "no text") {
		t.Errorf("retrieval without texts: %q", got)
	}
	run := withPicture(t, desk(viewtest.Plain(theme.Braille), 120, 36, vlm()), "/p/cat.png").Do(t, keys.RunNow)
	if got := off(run); !strings.Contains(got, "under way") || !of(run).Cancels() {
		t.Errorf("during a run: %q", got)
	}
}

// The form makes the request that it shows.
func TestFormMakesTheRequest(t *testing.T) {
	d := withPicture(t, desk(viewtest.Plain(theme.Braille), 120, 40, vlm()), "/p/a.png", "/p/b.png")
	typeIn := func(text string) {
		t.Helper()
		d.Do(t, keys.EditField)
		d.Send(tea.KeyMsg{Type: tea.KeyCtrlU}, tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(text)}, tea.KeyMsg{Type: tea.KeyEnter})
	}
	d.Do(t, keys.Down, keys.Down)
	typeIn("What colour is the cat?")
	d.Do(t, keys.Down, keys.Right) // 128 tokens
	d.Do(t, keys.Down)
	typeIn("0.7")
	d.Do(t, keys.Down)
	typeIn("42")
	d.Do(t, keys.Down)
	typeIn("768")
	d.Do(t, keys.Down, keys.Right, keys.Right) // split off
	q := of(d).form.request()
	if q.Prompt != "What colour is the cat?" || q.MaxNewTokens != 128 || q.Temperature != 0.7 || q.Seed != 42 || q.ImageSize.LongestEdge != 768 ||
		q.Split == nil || *q.Split || !slices.Equal(q.Images, []string{"/p/a.png", "/p/b.png"}) {
		t.Errorf("the request is %+v", q)
	}
	need, _ := viewtest.Last[msg.NeedEstimate](d)
	if need.Seq != of(d).estimate.seq || need.Request.Seed != 42 {
		t.Errorf("the estimate is of %+v", need)
	}
	d.Do(t, keys.Up, keys.EditField)
	d.Send(tea.KeyMsg{Type: tea.KeyCtrlU}, tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("huge")}, tea.KeyMsg{Type: tea.KeyEnter})
	if !of(d).Typing() || !strings.Contains(d.View.Render(120, 40), "native, auto, or pixels") {
		t.Error("a wrong size is taken")
	}
	d.Send(tea.KeyMsg{Type: tea.KeyEsc})
	if of(d).Typing() || of(d).form.size.LongestEdge != 768 {
		t.Error("Esc changes the size")
	}
}

func TestTexts(t *testing.T) {
	d := withPicture(t, desk(viewtest.Plain(theme.Braille), 120, 40, clip()), "/p/a.png")
	for _, text := range []string{"a cat", "a dog", ""} {
		d.Do(t, keys.AddText)
		d.Send(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(text)}, tea.KeyMsg{Type: tea.KeyEnter})
	}
	if got := of(d).form.texts; !slices.Equal(got, []string{"a cat", "a dog"}) {
		t.Fatalf("the texts are %q", got)
	}
	of(d).form.moveTo(fieldText)
	d.Do(t, keys.EditField)
	d.Send(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(" on a mat")}, tea.KeyMsg{Type: tea.KeyEnter})
	d.Do(t, keys.Down, keys.RemoveItem)
	if got := of(d).form.texts; !slices.Equal(got, []string{"a cat on a mat"}) {
		t.Errorf("the texts are %q", got)
	}
	d.Do(t, keys.Top, keys.RemoveItem)
	if len(of(d).form.pictures) != 0 {
		t.Error("the picture stays")
	}
}

// The answer streams: what has come is on screen while the run goes on, and stays when it is stopped.
func TestStreaming(t *testing.T) {
	d := withPicture(t, desk(viewtest.Plain(theme.Braille), 120, 36, vlm()), "/p/cat.png").Do(t, keys.RunNow)
	start, _ := viewtest.Last[msg.StartRun](d)
	screen := func() string { return ansi.Strip(d.View.Render(120, 36)) }
	d.Send(msg.RunProgress{ID: start.ID, Parts: []msg.RunPart{{Events: []infer.Event{{Kind: infer.Progress, Stage: infer.StageEncoder, Done: 3, Of: 13}}}}})
	if !strings.Contains(screen(), "encoder, tile 3/13") {
		t.Errorf("the stage is not on screen:\n%s", screen())
	}
	d.Send(msg.RunProgress{ID: start.ID, Parts: []msg.RunPart{{Events: tokens("A ginger ", 1)[:2],
		Clock: msg.RunClock{Elapsed: 3 * time.Second, FirstToken: 2 * time.Second, LastToken: 2500 * time.Millisecond}}}})
	for _, want := range []string{"A ginger", "2 tokens", "first 2.00 s", "2.0 tokens/s", "running"} {
		if !strings.Contains(screen(), want) {
			t.Errorf("the screen lacks %q:\n%s", want, screen())
		}
	}
	d.Do(t, keys.Back)
	if stop, ok := viewtest.Last[msg.StopRun](d); !ok || stop.ID != start.ID {
		t.Error("Esc does not stop the run")
	}
	if !strings.Contains(screen(), "stopping") {
		t.Error("the screen does not say that the run is being stopped")
	}
	d.Send(msg.RunProgress{ID: start.ID, Last: true, Parts: []msg.RunPart{{Ended: true, Result: result(start.Request, "A ginger "), Err: context.Canceled}}})
	if s := screen(); !strings.Contains(s, "stopped") || !strings.Contains(s, "A ginger") || of(d).Cancels() {
		t.Errorf("after the stop:\n%s", s)
	}
	d.Send(msg.RunProgress{ID: start.ID + 7, Parts: []msg.RunPart{{Events: tokens("of another run", 1)}}, Last: true})
	if strings.Contains(screen(), "another") {
		t.Error("events of a run that is not there are shown")
	}
}

func TestFirstDifferingTokenIsMarked(t *testing.T) {
	d := twoColumns(t, 140, 36)
	one := of(d).shown()
	if got := one.differs(1); got != 2 {
		t.Fatalf("they differ at token %d, want 2", got)
	}
	if one.differs(0) != -1 {
		t.Error("the first column differs from itself")
	}
	if !strings.Contains(d.View.Render(140, 36), "differs at token 3") {
		t.Error("the difference is not told")
	}
	short := &answers{columns: []*column{{tokens: make([]token, 3), ended: true}, {tokens: make([]token, 5), ended: true}, {tokens: make([]token, 2), ended: true}, {tokens: make([]token, 3)}}}
	for i, want := range map[int]int{1: 3, 2: 1, 3: -1} {
		if got := short.differs(i); got != want {
			t.Errorf("column %d differs at %d, want %d", i, got, want)
		}
	}
}

// Every character of the answer is on some line, in its place, and no line is too long.
func TestFlow(t *testing.T) {
	for _, text := range []string{answer, strings.Repeat("x", 90), "one\n\ntwo\n", "漢字 かな 漢字かな交じり文 ok", " lead", "a  b   c", ""} {
		var list []token
		for i, w := range strings.SplitAfter(text, "t") {
			list = append(list, token{id: i, text: w}, token{id: 900, text: ""})
		}
		for width := 2; width < 70; width++ {
			lines := flow(list, width)
			var all strings.Builder
			last := 0
			for _, line := range lines {
				n := 0
				for _, s := range line {
					n += s.width
					if ansi.StringWidth(s.text) != s.width || s.token < last {
						t.Fatalf("%q at %d: span %+v after token %d", text, width, s, last)
					}
					last = s.token
					all.WriteString(s.text)
				}
				if n > width {
					t.Fatalf("%q: a line of %d cells in %d", text, n, width)
				}
			}
			bare := func(s string) string { return strings.NewReplacer(" ", "", "\n", "").Replace(s) }
			if bare(all.String()) != bare(text) {
				t.Fatalf("%q at %d became %q", text, width, all.String())
			}
		}
	}
}

func TestCursorShowsTheAlternatives(t *testing.T) {
	d := answered(t, withPicture(t, desk(viewtest.Plain(theme.Braille), 120, 36, vlm()), "/p/cat.png"), answer)
	d.Do(t, keys.NextFocus, keys.Top)
	if s := d.View.Render(120, 36); !strings.Contains(s, "Token 1 of 22") || !strings.Contains(s, "id 100") || !strings.Contains(s, "0.970") || !strings.Contains(s, `\n`) {
		t.Errorf("the first token:\n%s", s)
	}
	d.Do(t, keys.Down)
	if of(d).current().cursor == 0 {
		t.Error("down stays on the first line")
	}
	d.Do(t, keys.Bottom, keys.Right, keys.Left)
	if got := of(d).current().cursor; got != 20 {
		t.Errorf("the cursor is on token %d", got)
	}
}

func TestRunsOfTheSession(t *testing.T) {
	d := withPicture(t, desk(viewtest.Plain(theme.Braille), 120, 36, vlm()), "/p/cat.png")
	for i := range maxRuns + 3 {
		answered(t, d, fmt.Sprintf("answer %d", i))
	}
	if n := len(of(d).runs); n != maxRuns {
		t.Errorf("%d runs are kept", n)
	}
	d.Do(t, keys.OlderRun)
	if s := d.View.Render(120, 36); !strings.Contains(s, "answer 51") || !strings.Contains(s, "run 49/50") {
		t.Errorf("the run before:\n%s", s)
	}
	d.Do(t, keys.NewerRun)
	if d.Offer(t, keys.NewerRun).Off == "" {
		t.Error("there is something newer than the last")
	}
}

func TestScores(t *testing.T) {
	d := retrieved(t, 130, 36).Do(t, keys.NextFocus)
	d.Do(t, keys.Down, keys.Right, keys.Right)
	one := of(d).shown()
	if one.row != 1 || one.col != 1 {
		t.Errorf("the cursor is at %d, %d", one.row, one.col)
	}
	if s := d.View.Render(130, 36); !strings.Contains(s, "Texts for dog.png") || !strings.Contains(s, "Pictures for a photo of a") || !strings.Contains(s, "1 dog.png                       26.50") {
		t.Errorf("the rankings:\n%s", s)
	}
	if need, ok := viewtest.Last[msg.NeedPreview](d); !ok || need.Path != "/p/dog.png" {
		t.Errorf("the preview is asked of %+v, want the picture under the cursor", need)
	}
	d.Do(t, keys.Copy)
	if c, ok := viewtest.Last[msg.Copy](d); !ok || !strings.Contains(c.Text, "picture\ta photo of a cat\ta photo of a dog\ncat.png\t24.1\t18.2\n") {
		t.Errorf("copied %q", c.Text)
	}
	flat := &infer.Result{Scores: [][]float64{{2, 2}}}
	if p, _ := share(flat, 0, 0); p != 1 {
		t.Errorf("equal scores give %g", p)
	}
	if p, text := share(flat, 5, 0); !math.IsNaN(p) || text != "n/a" {
		t.Errorf("a score that is not there gives %g, %q", p, text)
	}
}

// While a run is under way people are told how to stop it, how far it is and how
// long it has taken.
func TestRunUnderWay(t *testing.T) {
	d := withPicture(t, desk(viewtest.Plain(theme.Braille), 120, 36, vlm()), "/p/cat.png").Do(t, keys.RunNow)
	start, _ := viewtest.Last[msg.StartRun](d)
	if first := d.View.Actions()[0]; first.Action != keys.Back || first.Off != "" {
		t.Errorf("the first offer is %+v, want Esc", first)
	}
	d.Send(msg.RunProgress{ID: start.ID, Parts: []msg.RunPart{{Clock: msg.RunClock{Elapsed: 4300 * time.Millisecond}, Events: []infer.Event{
		{Kind: infer.Started, Estimate: &infer.Estimate{FirstTokenMS: 21000}}, {Kind: infer.Progress, Stage: infer.StageEncoder, Done: 3, Of: 13}}}}})
	frame := d.View.Render(120, 36)
	for _, want := range []string{"encoder, tile 3/13", "21.0 s to the first token by estimate", "running 4.3 s", "█"} {
		if !strings.Contains(frame, want) {
			t.Errorf("the screen lacks %q:\n%s", want, frame)
		}
	}
	d.Send(msg.RunProgress{ID: start.ID, Last: true, Parts: []msg.RunPart{{Ended: true, Result: result(start.Request, "")}}})
	if first := d.View.Actions()[0]; first.Action == keys.Back {
		t.Error("Esc is offered though nothing runs")
	}
}

// Where pictures are switched off the preview does not wait for one.
func TestPicturesSwitchedOff(t *testing.T) {
	d := desk(viewtest.Plain(theme.Braille), 120, 36, vlm()).Send(msg.PicturesChosen{Paths: []string{"/p/cat.png"}})
	need, _ := viewtest.Last[msg.NeedPreview](d)
	d.Send(msg.PreviewReady{Path: need.Path, Width: need.Width, Height: need.Height, Info: msg.PictureInfo{Format: "PNG", Width: 640, Height: 480}})
	if s := d.View.Render(120, 36); !strings.Contains(s, "not drawn: MMTUI_IMAGES is none") || strings.Contains(s, "reading") {
		t.Errorf("the screen:\n%s", s)
	}
}
