package app

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"

	"github.com/mmtui/mmtui/core/diff"
	"github.com/mmtui/mmtui/core/infer"
	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/core/vision"
	"github.com/mmtui/mmtui/ui/msg"
	"github.com/mmtui/mmtui/ui/picture"
)

// fakeRunner answers with the words of a text, a token for every one. With a
// step it waits for a token of that channel before each.
type fakeRunner struct {
	path  string
	words []string
	step  chan struct{}

	mu     sync.Mutex
	asked  []infer.Request
	closed bool
}

func (f *fakeRunner) Info() infer.Info {
	return infer.Info{
		Path: f.path, Family: "idefics3", Backend: "cpu float32 (test)", Tasks: []infer.Task{infer.Caption, infer.OCR, infer.VQA},
		DefaultPrompts: map[infer.Task]string{infer.Caption: "Describe the picture.", infer.OCR: "Read the text."}, Positions: 512,
	}
}

func (f *fakeRunner) Estimate(_ context.Context, q infer.Request) (infer.Estimate, error) {
	return infer.Estimate{Tiles: 13 * len(q.Images), Rows: []int{3}, Cols: []int{4}, PromptTokens: 1115, FLOP: 54e9, MemoryBytes: 1 << 30,
		AvailableBytes: 8 << 30, FirstTokenMS: 2100, TotalMS: 5400}, nil
}

func (f *fakeRunner) Run(ctx context.Context, q infer.Request, emit func(infer.Event)) (*infer.Result, error) {
	f.mu.Lock()
	f.asked = append(f.asked, q)
	f.mu.Unlock()
	out := &infer.Result{Task: q.Task, Model: f.path, Family: "idefics3", Backend: "cpu float32 (test)", Images: q.Images, Tiles: 13,
		ImageSize: "native", TimeToFirstToken: 1234, TokensPerSecond: 25, TotalMS: 3000, PeakMemoryBytes: 1 << 30, StopReason: "end_of_text"}
	emit(infer.Event{Kind: infer.Progress, Stage: "encoder", Done: 3, Of: 13})
	if q.Observer != nil {
		q.Observer.Activation("text.h0", []int{1, 2}, []float32{1, 2})
	}
	for i, w := range f.words {
		if f.step != nil {
			select {
			case <-ctx.Done():
				out.StopReason = "cancelled"
				return out, ctx.Err()
			case <-f.step:
			}
		}
		p := 0.9 - 0.1*float64(i%8)
		e := infer.Event{Kind: infer.Token, ID: 100 + i, Text: w, Logprob: math.Log(p),
			Top: []infer.Choice{{ID: 100 + i, Text: w, Logprob: math.Log(p)}, {ID: 7, Text: " other", Logprob: math.Log((1 - p) / 2)}}}
		emit(e)
		out.Text += w
		out.TokenIDs = append(out.TokenIDs, e.ID)
		out.Logprobs = append(out.Logprobs, e.Logprob)
	}
	return out, nil
}

func (f *fakeRunner) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.closed = true
	return nil
}

func words(text string) []string { return strings.SplitAfter(text, " ") }

// runner opens the rig's runner of a path, or says that there is none.
func (r *rig) runner(_ context.Context, path string) (runner, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.opens++
	one, ok := r.runners[path]
	if !ok {
		return nil, fmt.Errorf("%s: config.json names the architecture Made, which cannot be run: %w", path, infer.ErrNotRunnable)
	}
	return one, nil
}

func (r *rig) record(path string, _ infer.Info, _ infer.Request) (tape, error) {
	return &fakeTape{rig: r, path: path}, nil
}

// fakeTape remembers the names that it was handed.
type fakeTape struct {
	rig   *rig
	path  string
	names []string
}

func (t *fakeTape) Activation(name string, _ []int, _ []float32) { t.names = append(t.names, name) }
func (t *fakeTape) Begin(string)                                 {}
func (t *fakeTape) End(string)                                   {}

func (t *fakeTape) finish(_ *infer.Result, err error) error {
	if err != nil {
		return nil
	}
	t.rig.mu.Lock()
	defer t.rig.mu.Unlock()
	t.rig.wrote = append(t.rig.wrote, t.path+": "+strings.Join(t.names, " "))
	return nil
}

func (r *rig) traces(_ context.Context, a, b string) (*diff.Report, error) {
	if strings.Contains(b, "gone") {
		return nil, errors.New(b + ": no such file")
	}
	na := report.NA()
	return &diff.Report{
		Kind: diff.Traces,
		Tensors: []diff.Row{
			{Name: "text.h0", Status: diff.Changed, SQNRdB: 120, Cosine: 1, MaxAbsError: 1e-6, RelativeRMSE: 1e-6},
			{Name: "layers.1", Status: diff.Changed, SQNRdB: 12, Cosine: 0.9, MaxAbsError: 0.5, RelativeRMSE: 0.25},
			{Name: "text.norm", Status: diff.Shape, Reason: "shapes differ", SQNRdB: na, Cosine: na, MaxAbsError: na, RelativeRMSE: na},
			{Name: "extra", Status: diff.OnlyB, SQNRdB: na, Cosine: na, MaxAbsError: na, RelativeRMSE: na},
		},
		Trace: &diff.TraceFindings{
			LeavesBelowDB: 60, FirstToLeave: &diff.Finding{Name: "layers.1", SQNRdB: 12, RelativeRMSE: 0.25},
			AmplifiesMost: &diff.Finding{Name: "layers.1", Input: "text.h0", SQNRdB: 12, RelativeRMSE: 0.25, Growth: 250000},
		},
	}, nil
}

func (r *rig) listPictures(_ context.Context, path string, _ bool) msg.PicturesListed {
	if strings.HasSuffix(path, ".png") {
		return msg.PicturesListed{Path: "/pictures", Picked: path}
	}
	return msg.PicturesListed{
		Path: "/pictures", Parent: "/", Folders: []string{"more"},
		Pictures: []msg.PictureEntry{
			{Name: "cat.png", Path: "/pictures/cat.png", Info: msg.PictureInfo{Format: "PNG", Width: 640, Height: 480, SizeBytes: 12345}},
			{Name: "dog.jpg", Path: "/pictures/dog.jpg", Info: msg.PictureInfo{Format: "JPEG", Width: 300, Height: 400, SizeBytes: 2345}},
			{Name: "torn.png", Path: "/pictures/torn.png", Err: errors.New("torn.png: the file ends too early")},
		},
	}
}

func (r *rig) preview(ctx context.Context, path string, width, height int) (*picture.Picture, msg.PictureInfo, error) {
	if strings.Contains(path, "torn") {
		return nil, msg.PictureInfo{}, errors.New(path + ": the file ends too early")
	}
	img, err := vision.NewImage(64, 48)
	if err != nil {
		return nil, msg.PictureInfo{}, err
	}
	for i := range img.Pix {
		img.Pix[i] = uint8(i % 251)
	}
	p, err := picture.New(ctx, img, width, height, picture.Display{Protocol: picture.Blocks})
	return p, msg.PictureInfo{Format: "PNG", Width: 64, Height: 48, SizeBytes: 999}, err
}
