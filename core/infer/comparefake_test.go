package infer

import (
	"context"
	"errors"
	"math"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mmtui/mmtui/core/family"
)

func named(name string, g family.Network) *Runner {
	r := newFake(g)
	r.info.Variant = name
	return r
}

// Each column has its own time: that of its own steps.
func TestCompareTimesAreOwn(t *testing.T) {
	at := time.Unix(0, 0)
	now := func() time.Time { return at }
	slowly := func(d time.Duration) *Runner {
		r := newFake(&fakeGenerator{script: "abc", context: 100, step: func(context.Context, int) error { at = at.Add(d); return nil }})
		r.now = now
		return r
	}
	got, err := Compare(t.Context(), []*Runner{slowly(100 * time.Millisecond), slowly(10 * time.Millisecond), slowly(20 * time.Millisecond)},
		Request{Task: VQA, Prompt: "q", MaxNewTokens: 11}, func(_ int, e Event) {
			if e.Kind == Token {
				at = at.Add(time.Hour) // telling takes no time of theirs
			}
		})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []float64{10, 100, 50} {
		if c := got.Variants[i]; math.Abs(float64(c.Result.TokensPerSecond)-want) > 1e-9 || math.Abs(float64(c.Result.TotalMS)-10_000/want) > 1e-9 {
			t.Errorf("column %d: %g tokens/s, %g ms; want %g", i, float64(c.Result.TokensPerSecond), float64(c.Result.TotalMS), want)
		}
	}
}

// Pictures of one folder are prepared once, of two folders twice.
func TestComparePreparesPicturesOnce(t *testing.T) {
	for _, c := range []struct {
		paths []string
		want  int
	}{{[]string{"m", "m", "m"}, 2}, {[]string{"m", "n", "m"}, 4}} {
		loads := 0
		var seen []family.Prompt
		var embedded []int
		var vlm, pair []*Runner
		for _, path := range c.paths {
			g := newFake(&fakeGenerator{script: ".", context: 200, prompts: &seen})
			e := newFake(&fakeEmbedder{images: &embedded})
			for _, r := range []*Runner{g, e} {
				r.info.Path, r.pictures = path, fakePictures{loads: &loads}
			}
			vlm, pair = append(vlm, g), append(pair, e)
		}
		if _, err := Compare(t.Context(), vlm, Request{Task: VQA, Prompt: "q", Images: []string{"5x5", "20x10"}}, nil); err != nil {
			t.Fatal(err)
		}
		if loads != c.want || len(seen) != 3 || len(seen[0].Pixels) != 48 {
			t.Errorf("folders %v: %d pictures loaded, want %d", c.paths, loads, c.want)
		}
		for _, p := range seen[1:] {
			if !slices.Equal(p.Pixels, seen[0].Pixels) || !slices.Equal(p.IDs, seen[0].IDs) || p.Tiles != 4 {
				t.Errorf("folders %v: prompts differ: %+v", c.paths, p)
			}
		}
		loads = 0
		if _, err := Compare(t.Context(), pair, Request{Task: Retrieval, Images: []string{"5x5", "20x10"}, Texts: []string{"a", "b"}}, nil); err != nil {
			t.Fatal(err)
		}
		if loads != c.want || !slices.Equal(embedded, []int{2, 2, 2}) {
			t.Errorf("folders %v: %d pictures loaded for batches of %v", c.paths, loads, embedded)
		}
	}
}

// A variant that breaks off leaves the others as they would be without it; when
// the reference does, nothing is compared from there on.
func TestCompareBroken(t *testing.T) {
	broken := func(name string) *Runner {
		said := 0
		return named(name, &fakeGenerator{script: "abc", context: 100, logits: func(x []float32) {
			if said++; said > 2 {
				x[5] = float32(math.NaN())
			}
		}})
	}
	sound := func(name string) *Runner { return named(name, &fakeGenerator{script: "abc", context: 100}) }
	q := Request{Task: VQA, Prompt: "q", MaxNewTokens: 5}
	got, err := Compare(t.Context(), []*Runner{sound("float"), broken("int2"), sound("plan")}, q, nil)
	if !errors.Is(err, errNotNumbers) || !strings.HasPrefix(err.Error(), "int2: model: ") {
		t.Errorf("error %v", err)
	}
	for i, want := range []int{5, 2, 5} {
		c := got.Variants[i]
		if len(c.Result.TokenIDs) != want || (c.Error != "") != (i == 1) || i > 0 && len(c.KL) != want {
			t.Errorf("column %d: %+v %+v", i, c, c.Result)
		}
	}
	validateComparison(t, got)
	for _, forced := range []bool{false, true} {
		q.TeacherForced = forced
		got, err = Compare(t.Context(), []*Runner{broken("float"), sound("int2")}, q, nil)
		if !errors.Is(err, errNotNumbers) {
			t.Errorf("error %v", err)
		}
		c := got.Variants[1]
		want := 5
		if forced {
			want = 2
		}
		if c.NoKL != "the reference broke off" || len(c.Result.TokenIDs) != want || c.Compared != 2 || c.Agreement != 1 {
			t.Errorf("beside a broken reference: %+v %+v", c, c.Result)
		}
	}
}

// What cannot be compared is said; what cannot be carried out is refused.
func TestCompareRefuses(t *testing.T) {
	vlm := func() *Runner { return newFake(&fakeGenerator{script: "ab.", context: 100}) }
	small := func() *Runner {
		r := vlm()
		r.machine = fakeMachine{free: 1500}
		return r
	}
	longer := vlm()
	longer.codec = fakeCodec{added: 1, pad: true}
	closed := vlm()
	if err := closed.Close(); err != nil {
		t.Fatal(err)
	}
	q := Request{Task: VQA, Prompt: "q", MaxNewTokens: 5}
	with := func(change func(*Request)) Request { out := q; change(&out); return out }
	pair := func() *Runner { return newFake(&fakeEmbedder{}) }
	shot := Request{Task: Retrieval, Images: []string{"5x5"}, Texts: []string{"a"}, TeacherForced: true}
	for _, c := range []struct {
		name string
		r    []*Runner
		q    Request
		want string
	}{
		{"none", nil, q, "no variants"},
		{"observed", []*Runner{vlm(), vlm()}, with(func(q *Request) { q.Observer = &taps{} }), "an observer watches one run"},
		{"memory for one of two", []*Runner{small(), small()}, q, "2.00 kB of weights"},
		{"closed", []*Runner{vlm(), closed}, q, "was closed"},
		{"a task of one", []*Runner{vlm(), pair()}, q, "cannot do vqa"},
		{"fed, of retrieval", []*Runner{pair(), pair()}, shot, "no tokens to feed"},
		{"fed, of another prompt", []*Runner{vlm(), longer}, with(func(q *Request) { q.TeacherForced = true }), "its prompt has other tokens"},
		{"an empty prompt", []*Runner{vlm(), vlm()}, with(func(q *Request) { q.Prompt = "" }), "the prompt is empty"},
	} {
		got, err := Compare(t.Context(), c.r, c.q, nil)
		if got != nil || err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %+v %v, want %q", c.name, got, err, c.want)
		}
	}
	if _, err := Compare(t.Context(), []*Runner{small()}, q, nil); err != nil {
		t.Errorf("memory for one: %v", err)
	}
	one := small()
	if _, err := Compare(t.Context(), []*Runner{one, one}, q, nil); err != nil {
		t.Errorf("one runner twice has its weights once: %v", err)
	}
	got, err := Compare(t.Context(), []*Runner{vlm(), longer}, q, nil)
	if err != nil {
		t.Fatal(err)
	}
	if c := got.Variants[1]; c.NoKL != "its prompt has other tokens than the reference's" || c.Compared != 0 || c.Agreement.Valid() || c.FirstDifference != nil || len(c.KL) != 3 {
		t.Errorf("another prompt: %+v", c)
	}
}

// Answers part at the first token that differs, and the longer one goes on.
func TestCompareParting(t *testing.T) {
	a, b := &fakeGenerator{script: "abc.", context: 100}, &fakeGenerator{script: "abXYZ.", context: 100}
	var seen []Event
	q := Request{Task: VQA, Prompt: "q", MaxNewTokens: 10}
	got, err := Compare(t.Context(), []*Runner{named("float", a), named("int2", b)}, q, func(v int, e Event) {
		if v == 1 && e.Kind == Token {
			seen = append(seen, e)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	c := got.Variants[1]
	want := &Difference{Index: 2, ID: 'X', Text: "X", ReferenceID: 'c', ReferenceText: "c", At: 2}
	if c.Result.Text != "abXYZ" || !reflect.DeepEqual(c.FirstDifference, want) || c.Compared != 3 || math.Abs(float64(c.Agreement)-2.0/3) > 1e-12 {
		t.Errorf("%+v %q, first difference %+v", c, c.Result.Text, c.FirstDifference)
	}
	// Logits are 5 for one id of 128 and 0 for the others.
	z := math.Exp(5) + 127
	kl := (math.Exp(5) - 1) * 5 / z
	for i, e := range seen {
		if e.Differs != (i == 2) || e.KL.Valid() != (i <= 2) || (e.NoKL != "") != (i > 2) {
			t.Errorf("event %d: %+v", i, e)
		}
	}
	if c.KL[0] != 0 || c.KL[1] != 0 || math.Abs(float64(c.KL[2])-kl) > 1e-12 || math.Abs(float64(c.MeanKL)-kl/3) > 1e-12 {
		t.Errorf("KL %v, want 0 0 %g", c.KL, kl)
	}
	q.TeacherForced = true
	if got, err = Compare(t.Context(), []*Runner{named("float", a), named("int2", b)}, q, nil); err != nil {
		t.Fatal(err)
	}
	if c := got.Variants[1]; c.Result.Text != "abXY" || c.Result.StopReason != StopEnd || c.Compared != 4 || c.Agreement != 0.5 || c.FirstDifference.Index != 2 {
		t.Errorf("fed: %+v %+v", c, c.Result)
	}
}

// The size that auto finds for the reference holds for all.
func TestCompareAutoSize(t *testing.T) {
	var seen []family.Prompt
	slow := newFake(&fakeGenerator{script: ".", context: 200, prompts: &seen})
	slow.speed = &speedometer{look: func(context.Context) (speed, error) { return speed{flops: 30, bytes: 30}, nil }}
	fast := newFake(&fakeGenerator{script: ".", context: 200, prompts: &seen})
	q := Request{Task: VQA, Prompt: "q", Images: []string{"20x10"}, ImageSize: ImageSize{Auto: true}}
	got, err := Compare(t.Context(), []*Runner{slow, fast}, q, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range got.Variants {
		if c.Result.ImageSize != "auto (one tile)" || c.Result.Tiles != 1 || seen[i].Tiles != 1 {
			t.Errorf("column %d: %+v", i, c.Result)
		}
	}
}

// Comparisons that want the same runners in other orders all end.
func TestCompareTakesTurns(t *testing.T) {
	a, b, c := named("a", &fakeGenerator{script: "ab.", context: 100}), named("b", &fakeGenerator{script: "ab.", context: 100}), named("c", &fakeGenerator{script: "ab.", context: 100})
	q := Request{Task: VQA, Prompt: "q"}
	var all sync.WaitGroup
	for _, order := range [][]*Runner{{a, b, c}, {c, b, a}, {b, a, b}, {c, a}, {a}} {
		all.Go(func() {
			for range 50 {
				if _, err := Compare(t.Context(), order, q, nil); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	// While one runner is busy, who waits for it holds no other.
	if err := b.take(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	waiting := make(chan error)
	go func() { _, err := Compare(ctx, []*Runner{a, b}, q, nil); waiting <- err }()
	if _, err := a.Run(t.Context(), q, nil); err != nil {
		t.Error(err)
	}
	cancel()
	if err := <-waiting; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	b.release()
	if err := a.Close(); err != nil {
		t.Error(err)
	}
	if _, err := Compare(t.Context(), []*Runner{b, a}, q, nil); !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
	if _, err := b.Run(t.Context(), q, nil); err != nil {
		t.Errorf("after a comparison with a closed runner: %v", err)
	}
}

// A reference whose context is full ends before the variant, which is compared
// up to there.
func TestCompareReferenceEndsFirst(t *testing.T) {
	short, long := named("float", &fakeGenerator{script: "abc", context: 5}), named("int2", &fakeGenerator{script: "abc", context: 100})
	got, err := Compare(t.Context(), []*Runner{short, long}, Request{Task: VQA, Prompt: "q", MaxNewTokens: 6}, nil)
	if err != nil {
		t.Fatal(err)
	}
	c := got.Variants[1]
	if got.Variants[0].Result.StopReason != StopContext || len(c.Result.TokenIDs) != 6 || c.Compared != 3 || c.Agreement != 1 || c.FirstDifference != nil ||
		c.NoKL != "the reference's answer has ended" || c.KL[2] != 0 || c.KL[3].Valid() {
		t.Errorf("%+v %+v", c, c.Result)
	}
}
