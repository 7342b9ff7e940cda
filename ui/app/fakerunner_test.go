package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"

	"github.com/mmtui/mmtui/core/diff"
	"github.com/mmtui/mmtui/core/diverge"
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
	info  infer.Info // what is to be said beside the rest

	mu     sync.Mutex
	asked  []infer.Request
	closed bool
}

func (f *fakeRunner) Info() infer.Info {
	return infer.Info{
		Variant: cmp.Or(f.info.Variant, "float"), WeightBytes: f.info.WeightBytes, Quantized: f.info.Quantized,
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
		e := infer.Event{Kind: infer.Token, ID: 100 + i, Text: w, Logprob: math.Log(p), KL: report.NA(),
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

// runner opens the rig's runner of a path, "PATH VARIANT" where a variant has a
// name, or says that there is none. It waits for the rig's packing, if there is one.
func (r *rig) runner(ctx context.Context, from msg.Source, packing func(done, of int, name string)) (runner, error) {
	r.mu.Lock()
	r.opens++
	name := strings.TrimSpace(from.Path + " " + from.Variant.Name)
	one, ok := r.runners[name]
	wait := r.packing
	r.mu.Unlock()
	if !ok {
		return nil, fmt.Errorf("%s: config.json names the architecture Made, which cannot be run: %w", name, infer.ErrNotRunnable)
	}
	if wait != nil && from.Variant.Plan != nil {
		packing(3, 12, "layers.2.weight")
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-wait:
		}
	}
	return one, nil
}

// compare asks the runners in turn, the whole answer of each, with a KL that is
// 0 of a token that is the first runner's and none after one that is not.
func (r *rig) compare(ctx context.Context, all []runner, q infer.Request, emit func(column int, e infer.Event)) (*infer.Comparison, error) {
	out := &infer.Comparison{}
	var first []string
	for i, one := range all {
		n, same := 0, true
		result, err := one.Run(ctx, q, func(e infer.Event) {
			if e.Kind == infer.Token {
				if i == 0 {
					first = append(first, e.Text)
				} else if same && n < len(first) {
					if e.KL = 0; e.Text != first[n] {
						e.ID, e.KL, e.Differs, same = 900+n, 0.7, true, false
					}
				}
				n++
			}
			emit(i, e)
		})
		column := infer.Column{Result: result, WeightBytes: int64(100 / (i + 1)), MemoryBytes: 1000}
		out.Variants = append(out.Variants, column)
		if err != nil {
			return out, err
		}
	}
	return out, nil
}

// diverge answers with the rig's report, which says what was lifted. It waits
// for a token of the rig's channel, if there is one.
func (r *rig) diverge(ctx context.Context, model string, q msg.NeedDivergence, progress func(diverge.Progress)) (*diverge.Report, error) {
	r.mu.Lock()
	r.diverged = append(r.diverged, q)
	wait := r.divergeStep
	r.mu.Unlock()
	progress(diverge.Progress{Stage: diverge.StageLayers, Done: 2, Of: 9})
	if wait != nil {
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-wait:
		}
	}
	na := report.NA()
	row := func(order int, name string, local, cumulative, amplification float64) diverge.Row {
		return diverge.Row{Order: order, Name: name, Part: diverge.Decoder, Kind: diverge.Linear, Quantized: true, Scheme: "2b half g64 search", Bits: 2.25,
			LocalSQNRdB: report.Number(local), CumulativeSQNRdB: report.Number(cumulative), Cosine: 0.9, AmplificationDB: report.Number(amplification)}
	}
	out := &diverge.Report{
		Task: string(q.Request.Task), Model: model, Variant: q.Variant.Name, Images: q.Request.Images, Prompt: "Describe the picture.", Lifts: q.Lifts,
		BreakDB: 6, Rows: []diverge.Row{row(0, "layers.0.weight", 12, 12, 0.1), row(1, "layers.1.weight", 4, 3, 2), row(2, "layers.2.weight", 11, 5, -1)},
		KL: diverge.KL{Mean: 0.4, TrimmedMean: 0.4, Max: 0.7, MaxAt: 1, Agreement: 0.5, Count: 2}, Answer: "a red car", VariantAnswer: "a red bus",
		Positions: []diverge.Position{{Index: 0, ID: 1, Text: "a", VariantID: 1, VariantText: "a", KL: 0.1}, {Index: 1, ID: 2, Text: " red", VariantID: 3, VariantText: " bus", KL: 0.7}},
	}
	out.FirstBreak = &diverge.Finding{Name: "layers.1.weight", Part: diverge.Decoder, Order: 1, LocalSQNRdB: 4, CumulativeSQNRdB: 3, AmplificationDB: 2}
	for _, l := range q.Lifts {
		for i := range out.Rows {
			if out.Rows[i].Name == l.Name {
				out.Rows[i].LocalSQNRdB, out.Rows[i].CumulativeSQNRdB, out.Rows[i].Scheme = 40, 38, "lifted"
				out.FirstBreak, out.VariantAnswer = nil, "a red car"
			}
		}
	}
	if q.Combinations {
		out.Combinations = []diverge.Combination{
			{KL: diverge.KL{Agreement: 1}, Answer: "a red car"},
			{Quantized: []diverge.Part{diverge.Decoder}, KL: diverge.KL{Mean: na, TrimmedMean: na, Max: na, Agreement: na}, Answer: "a red bus"},
		}
	}
	return out, nil
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
