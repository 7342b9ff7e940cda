package app

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mmtui/mmtui/core/diff"
	"github.com/mmtui/mmtui/core/infer"
	"github.com/mmtui/mmtui/core/model"
	"github.com/mmtui/mmtui/core/scan"
	"github.com/mmtui/mmtui/core/vision"
	"github.com/mmtui/mmtui/ui/msg"
	"github.com/mmtui/mmtui/ui/picture"
)

// tinyFolder is a folder of the command's test data, with the path of a picture in it.
func tinyFolder(t *testing.T, name string) (dir, image string) {
	t.Helper()
	dir, err := filepath.Abs(filepath.Join("..", "..", "cmd", "mmtui", "testdata", "models", name))
	if err != nil {
		t.Fatal(err)
	}
	images, err := filepath.Glob(filepath.Join(dir, "images", "*.png"))
	if err != nil || len(images) == 0 {
		t.Fatalf("%s has no picture (%v)", dir, err)
	}
	return dir, images[0]
}

func tinyWorld() world {
	return world{model: model.Options{}, scan: scan.Options{}, settle: projectSettings, images: picture.Display{}}
}

// A run, its recording, the same again: the two traces are equal, and a stopped one leaves no file.
func TestRecordedRunsAreEqual(t *testing.T) {
	dir, image := tinyFolder(t, "smolvlm-tiny")
	w := tinyWorld()
	all := newRunners(w.openRunner)
	defer func() {
		if err := all.close(); err != nil {
			t.Error(err)
		}
	}()
	ctx := context.Background()
	q := infer.Request{Task: infer.Caption, Images: []string{image}, MaxNewTokens: 4}
	out := t.TempDir()
	a, b := filepath.Join(out, "a.safetensors"), filepath.Join(out, "b.safetensors")
	events := 0
	for _, path := range []string{a, b} {
		r, err := (asker{runners: all, record: record}).one(ctx, msg.Source{Path: dir}, q, path, func(infer.Event) { events++ })
		if err != nil {
			t.Fatal(err)
		}
		if len(r.TokenIDs) == 0 {
			t.Fatal("no answer")
		}
	}
	if events == 0 {
		t.Error("no events")
	}
	report, err := w.compareTraces(ctx, a, b)
	if err != nil {
		t.Fatal(err)
	}
	if report.Kind != diff.Traces || report.Trace == nil || report.Total.Same < 5 || report.Total.Same != len(report.Tensors) {
		t.Errorf("the traces of one run twice: %+v", report.Total)
	}
	stopped, cancel := context.WithCancel(ctx)
	cancel()
	gone := filepath.Join(out, "gone.safetensors")
	if _, err := (asker{runners: all, record: record}).one(stopped, msg.Source{Path: dir}, q, gone, func(infer.Event) {}); !errors.Is(err, context.Canceled) {
		t.Errorf("a stopped run gives %v", err)
	}
	if _, err := os.Stat(gone); err == nil {
		t.Error("a stopped run leaves a file")
	}
	if _, err := w.compareTraces(ctx, a, filepath.Join(out, "none.safetensors")); err == nil {
		t.Error("a file that is not there is compared")
	}
}

// Esc reaches the network within 50 ms, wherever the run is.
func TestRunStopsAtOnce(t *testing.T) {
	dir, image := tinyFolder(t, "smolvlm-tiny")
	one, err := tinyWorld().openRunner(context.Background(), msg.Source{Path: dir}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = one.Close() }()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	n := 0
	r, err := one.Run(ctx, infer.Request{Task: infer.Caption, Images: []string{image}, MaxNewTokens: 64}, func(e infer.Event) {
		if e.Kind == infer.Token {
			if n++; n == 2 {
				cancel()
			}
		}
	})
	if !errors.Is(err, context.Canceled) || r == nil || len(r.TokenIDs) < 1 || len(r.TokenIDs) > 3 {
		t.Errorf("stopped after %d tokens: %+v, %v", n, r, err)
	}
}

func TestListPictures(t *testing.T) {
	dir, image := tinyFolder(t, "smolvlm-tiny")
	folder := filepath.Join(t.TempDir(), "pictures")
	if err := os.MkdirAll(filepath.Join(folder, "more"), 0o755); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(image)
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{
		"b10.png": data, "b2.PNG": data, ".hidden.png": data, "notes.txt": []byte("x"), "torn.jpg": []byte("no picture"),
	} {
		if err := os.WriteFile(filepath.Join(folder, name), content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got := listPictures(context.Background(), folder, false)
	var names []string
	for _, one := range got.Pictures {
		names = append(names, one.Name)
	}
	if strings.Join(names, " ") != "b2.PNG b10.png torn.jpg" || strings.Join(got.Folders, " ") != "more" || got.Parent != filepath.Dir(folder) || got.Err != nil {
		t.Errorf("listed %v and %v, %v", names, got.Folders, got.Err)
	}
	if one := got.Pictures[0]; one.Err != nil || one.Info.Format != "PNG" || one.Info.Width == 0 || one.Info.SizeBytes != int64(len(data)) {
		t.Errorf("the header says %+v, %v", one.Info, one.Err)
	}
	if got.Pictures[2].Err == nil {
		t.Error("what is no picture has no error")
	}
	if hidden := listPictures(context.Background(), folder, true); len(hidden.Pictures) != 4 {
		t.Errorf("%d pictures with the hidden ones", len(hidden.Pictures))
	}
	if picked := listPictures(context.Background(), image, false); picked.Picked != image || len(picked.Pictures) != 0 {
		t.Errorf("a file gives %+v", picked)
	}
	if missing := listPictures(context.Background(), filepath.Join(dir, "none"), false); missing.Err == nil {
		t.Error("a folder that is not there has no error")
	}
	show := previewer(picture.Display{})
	p, info, err := show(context.Background(), image, 20, 10)
	if err != nil || p.Width > 20 || p.Height > 10 || info.Width == 0 {
		t.Errorf("the preview: %+v, %v", info, err)
	}
	if _, _, err := show(context.Background(), filepath.Join(folder, "torn.jpg"), 20, 10); err == nil {
		t.Error("what is no picture is drawn")
	}
}

// One runner is opened for a path, however many ask at once, and again after it was dropped.
func TestRunnersOpenOnce(t *testing.T) {
	opened := 0
	gate := make(chan struct{})
	all := newRunners(func(context.Context, msg.Source, func(int, int, string)) (runner, error) {
		<-gate
		opened++ // one call at a time, or the race detector speaks up
		return &fakeRunner{}, nil
	})
	got := make(chan runner)
	for range 4 {
		go func() {
			one, err := all.get(context.Background(), msg.Source{Path: "/m"})
			if err != nil {
				t.Error(err)
			}
			got <- one
		}()
	}
	close(gate)
	first := <-got
	for range 3 {
		if one := <-got; one != first {
			t.Error("two runners for one path")
		}
	}
	if err := all.drop(msg.Source{Path: "/m/"}); err != nil || !first.(*fakeRunner).closed || opened != 1 {
		t.Errorf("dropped: %v, opened %d times", err, opened)
	}
	if one, err := all.get(context.Background(), msg.Source{Path: "/m"}); err != nil || one == first || opened != 2 {
		t.Errorf("after the drop: %v, opened %d times", err, opened)
	}
	if err := all.close(); err != nil {
		t.Error(err)
	}
	if _, err := all.get(context.Background(), msg.Source{Path: "/m"}); !errors.Is(err, errClosed) {
		t.Errorf("after the end: %v", err)
	}
}

// A caller who gives up does not spoil the opening for another.
func TestRunnersAfterSomeoneGaveUp(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	began := make(chan struct{})
	calls := 0
	all := newRunners(func(ctx context.Context, _ msg.Source, _ func(int, int, string)) (runner, error) {
		if calls++; calls > 1 {
			return &fakeRunner{}, nil
		}
		close(began)
		<-ctx.Done()
		return nil, ctx.Err()
	})
	gone := make(chan error)
	go func() {
		_, err := all.get(ctx, msg.Source{Path: "/m"})
		gone <- err
	}()
	<-began
	got := make(chan error)
	go func() {
		_, err := all.get(context.Background(), msg.Source{Path: "/m"})
		got <- err
	}()
	cancel()
	if err := <-gone; !errors.Is(err, context.Canceled) {
		t.Errorf("the first caller gets %v", err)
	}
	if err := <-got; err != nil {
		t.Errorf("the second caller gets %v", err)
	}
}

func TestRunPumpCoalesces(t *testing.T) {
	at := time.Unix(0, 0)
	p := newRunPump(func() time.Time { at = at.Add(10 * time.Millisecond); return at })
	p.begin(0)
	for range 500 {
		p.add(0, infer.Event{Kind: infer.Token, Text: "x"})
	}
	p.begin(1)
	p.end(0, msg.RunPart{Result: &infer.Result{}})
	p.close()
	m, ok := p.next(context.Background())
	if !ok || !m.Last || len(m.Parts) != 2 || len(m.Parts[0].Events) != 500 || !m.Parts[0].Ended || m.Parts[1].Ended {
		t.Fatalf("one message has %d parts, last %v", len(m.Parts), m.Last)
	}
	if c := m.Parts[0].Clock; c.FirstToken != 10*time.Millisecond || c.LastToken != 5*time.Second {
		t.Errorf("the clock says %+v", c)
	}
	if m, ok := p.next(context.Background()); !ok || !m.Last || len(m.Parts) != 0 {
		t.Errorf("after the end: %+v", m)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, ok := newRunPump(time.Now).next(ctx); ok {
		t.Error("a message after the end of the context")
	}
}

// While nothing happens in a run its clock goes on.
func TestRunPumpTellsTheTime(t *testing.T) {
	at := time.Unix(0, 0)
	p := newRunPump(func() time.Time { at = at.Add(time.Second); return at })
	p.begin(0)
	for i := range 2 { // the start, and then nothing but time
		m, ok := p.next(context.Background())
		if !ok || m.Last || len(m.Parts) != 1 || m.Parts[0].Clock.Elapsed != time.Duration(i)*time.Second {
			t.Fatalf("message %d: %+v", i, m)
		}
	}
	p.end(0, msg.RunPart{})
	if m, _ := p.next(context.Background()); len(m.Parts) != 1 || !m.Parts[0].Ended {
		t.Errorf("the end: %+v", m)
	}
	if p.tick(); len(p.parts) != 0 {
		t.Error("the clock of a column that has ended goes on")
	}
}

// The terminal is sent a picture once, and told to forget the oldest.
func TestGraphicsAreSentOnce(t *testing.T) {
	var sent []string
	g := newGraphics(func(s string) error { sent = append(sent, s); return nil })
	kitty := func(i int) *picture.Picture {
		img, err := vision.NewImage(4, 4)
		if err != nil {
			t.Fatal(err)
		}
		img.Pix[0], img.Pix[1] = uint8(i), uint8(i>>8)
		p, err := picture.New(context.Background(), img, 4, 4, picture.Display{Protocol: picture.Kitty})
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	first := kitty(0)
	for range 3 {
		if err := g.send(first); err != nil {
			t.Fatal(err)
		}
	}
	if len(sent) != 1 || !strings.Contains(sent[0], "U=1") {
		t.Fatalf("%d transmissions of one picture", len(sent))
	}
	for i := 1; i <= maxSent; i++ {
		if err := g.send(kitty(i)); err != nil {
			t.Fatal(err)
		}
	}
	if last := sent[len(sent)-1]; !strings.Contains(last, picture.Forget(first.ID())) || len(g.sent) != maxSent {
		t.Errorf("%d pictures are kept, the last transmission is %.60q", len(g.sent), last)
	}
	g.clear()
	if got := strings.Count(sent[len(sent)-1], "a=d,d=I"); got != maxSent || len(g.sent) != 0 {
		t.Errorf("%d of %d pictures are forgotten at the end", got, maxSent)
	}
	if err := newGraphics(nil).send(first); err != nil {
		t.Error(err)
	}
}
