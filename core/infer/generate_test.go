package infer

import (
	"context"
	"errors"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mmtui/mmtui/core/family"
)

func TestGenerationStops(t *testing.T) {
	for _, c := range []struct {
		name, script string
		context, max int
		ends         []int
		want, text   string
		reason       string
	}{
		{"at the end id, which is part of the ids", "ab.", 100, 10, nil, "ab.", "ab", StopEnd},
		{"at an end id of the request", "abc.", 100, 10, []int{'c', 'x'}, "abc", "abc", StopEnd},
		{"at the length", "abc", 100, 5, nil, "abcab", "abcab", StopLength},
		{"after one token", "abc", 100, 1, nil, "a", "a", StopLength},
		// The prompt ^q$ has 3 tokens: 5 positions hold 2 more, and what comes after the last is still said.
		{"when the context is full", "abc", 5, 10, nil, "abc", "abc", StopContext},
		{"when the context is full, whatever was asked for", "abc", 5, math.MaxInt, nil, "abc", "abc", StopContext},
		{"when the prompt fills the context", "abc", 3, 10, nil, "a", "a", StopContext},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newFake(&fakeGenerator{script: c.script, context: c.context})
			var streamed strings.Builder
			var ids []int
			res, err := r.Run(t.Context(), Request{Task: VQA, Prompt: "q", MaxNewTokens: c.max, EndIDs: c.ends}, func(e Event) {
				if e.Kind == Token {
					streamed.WriteString(e.Text)
					ids = append(ids, e.ID)
					if len(e.Top) != topChoices || e.Top[0].ID != e.ID {
						t.Errorf("choices of %d: %v", e.ID, e.Top)
					}
				}
			})
			if err != nil {
				t.Fatal(err)
			}
			want := []int{}
			for _, r := range c.want {
				want = append(want, int(r))
			}
			if !slices.Equal(res.TokenIDs, want) || !slices.Equal(ids, want) || res.Text != c.text || streamed.String() != c.text || res.StopReason != c.reason {
				t.Errorf("ids %v, streamed %v %q, text %q, %s; want %v %q %s", res.TokenIDs, ids, &streamed, res.Text, res.StopReason, want, c.text, c.reason)
			}
			if len(res.Logprobs) != len(want) || !res.TimeToFirstToken.Valid() || res.TokensPerSecond.Valid() != (len(want) > 1) {
				t.Errorf("figures: %v %v %v", res.Logprobs, res.TimeToFirstToken, res.TokensPerSecond)
			}
		})
	}
}

func TestPromptIsLaidOut(t *testing.T) {
	for _, c := range []struct {
		name   string
		q      Request
		prompt string
		tiles  int
	}{
		{"one tile", Request{Task: VQA, Prompt: "q", Images: []string{"5x5"}}, "^|g**|q$", 1},
		{"text first", Request{Task: VQA, Prompt: "q", Images: []string{"5x5"}, TextFirst: true}, "^q|g**|$", 1},
		{"no picture", Request{Task: VQA, Prompt: "q"}, "^q$", 0},
		{"split", Request{Task: VQA, Prompt: "q", Images: []string{"20x10"}}, "^|<row_1_col_1>**|<row_1_col_2>**\n\n|g**|q$", 3},
		{"two pictures in order", Request{Task: VQA, Prompt: "q", Images: []string{"5x5", "10x20"}}, "^|g**||<row_1_col_1>**\n|<row_2_col_1>**\n\n|g**|q$", 4},
		{"split off", Request{Task: VQA, Prompt: "q", Images: []string{"20x10"}, Split: new(bool)}, "^|g**|q$", 1},
		{"default prompt", Request{Task: Caption, Images: []string{"5x5"}}, "^|g**|" + CaptionPrompt + "$", 1},
		{"own prompt of a caption", Request{Task: Caption, Prompt: "in French", Images: []string{"5x5"}}, "^|g**|in French$", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			var seen []family.Prompt
			r := newFake(&fakeGenerator{script: ".", context: 200, prompts: &seen})
			res, err := r.Run(t.Context(), c.q, nil)
			if err != nil {
				t.Fatal(err)
			}
			want, _ := r.codec.encode(c.prompt, false)
			if !slices.Equal(seen[0].IDs, want) || !slices.Equal(res.PromptTokenIDs, want) {
				t.Errorf("prompt %q, want %q", r.codec.decode(seen[0].IDs, false), c.prompt)
			}
			if seen[0].Tiles != c.tiles || res.Tiles != c.tiles || len(seen[0].Pixels) != c.tiles*12 {
				t.Errorf("%d tiles, %d pixels, result %d; want %d", seen[0].Tiles, len(seen[0].Pixels), res.Tiles, c.tiles)
			}
		})
	}
}

// A template that begins with the first token's text gets none from the
// tokenizer's post-processor.
func TestFirstTokenComesOnce(t *testing.T) {
	for _, c := range []struct {
		first string
		want  int
	}{{"^", 3}, {"", 4}, {"!", 4}} {
		r := newFake(&fakeGenerator{script: ".", context: 200})
		r.codec = fakeCodec{first: c.first, added: 1}
		res, err := r.Run(t.Context(), Request{Task: VQA, Prompt: "q"}, nil)
		if err != nil || len(res.PromptTokenIDs) != c.want {
			t.Errorf("first token %q: %d ids, want %d (%v)", c.first, len(res.PromptTokenIDs), c.want, err)
		}
	}
}

func TestRequestsThatAreRefused(t *testing.T) {
	vlm := func() *Runner { return newFake(&fakeGenerator{script: ".", context: 20}) }
	pair := func() *Runner { return newFake(&fakeEmbedder{}) }
	for _, c := range []struct {
		name string
		r    *Runner
		q    Request
		want string
	}{
		{"unknown task", vlm(), Request{Task: "sing"}, `"sing" is not known`},
		{"retrieval of a VLM", vlm(), Request{Task: Retrieval}, "cannot do retrieval; ask for caption, ocr, vqa"},
		{"vqa of a pair", pair(), Request{Task: VQA, Prompt: "q"}, "cannot do vqa; ask for retrieval"},
		{"empty question", vlm(), Request{Task: VQA, Prompt: " \n"}, "the prompt is empty"},
		{"no picture to caption", vlm(), Request{Task: Caption}, "caption needs a picture"},
		{"no picture to read", vlm(), Request{Task: OCR}, "ocr needs a picture"},
		{"texts for a caption", vlm(), Request{Task: Caption, Images: []string{"5x5"}, Texts: []string{"a"}}, "texts are given"},
		{"negative length", vlm(), Request{Task: VQA, Prompt: "q", MaxNewTokens: -1}, "-1 new tokens"},
		{"negative temperature", vlm(), Request{Task: VQA, Prompt: "q", Temperature: -1}, "temperature is -1"},
		{"temperature that is no number", vlm(), Request{Task: VQA, Prompt: "q", Temperature: math.NaN()}, "temperature is NaN"},
		{"prompt over the context", vlm(), Request{Task: VQA, Prompt: strings.Repeat("q", 30)}, "the prompt has 32 tokens, and the text model has 20 positions"},
		{"image token in the prompt", vlm(), Request{Task: VQA, Prompt: "a*b"}, "the prompt itself has 1 image token *"},
		{"image size beyond all", vlm(), Request{Task: VQA, Prompt: "q", ImageSize: ImageSize{LongestEdge: 100_000_000}}, "the image size is 100000000"},
		{"no pictures", pair(), Request{Task: Retrieval, Texts: []string{"a"}}, "needs pictures"},
		{"no texts", pair(), Request{Task: Retrieval, Images: []string{"5x5"}}, "needs texts"},
		{"prompt of retrieval", pair(), Request{Task: Retrieval, Images: []string{"5x5"}, Texts: []string{"a"}, Prompt: "p"}, "a prompt is given"},
		{"size of retrieval", pair(), Request{Task: Retrieval, Images: []string{"5x5"}, Texts: []string{"a"}, ImageSize: ImageSize{LongestEdge: 9}}, "pictures of 2 pixels, not 9"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := c.r.Run(t.Context(), c.q, nil)
			var refused *RequestError
			if !errors.As(err, &refused) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want a refusal with %q", err, c.want)
			}
		})
	}
}

func TestEveryMissingPictureIsNamed(t *testing.T) {
	r := newFake(&fakeGenerator{script: ".", context: 200})
	_, err := r.Run(t.Context(), Request{Task: Caption, Images: []string{"gone", "5x5", "lost"}}, nil)
	if err == nil || !strings.Contains(err.Error(), "gone") || !strings.Contains(err.Error(), "lost") {
		t.Errorf("%v names not both", err)
	}
}

func TestIDsBeyondTheVocabulary(t *testing.T) {
	r := newFake(&fakeGenerator{script: ".", context: 200})
	_, err := r.Run(t.Context(), Request{Task: VQA, Prompt: "é"}, nil)
	if err == nil || !strings.Contains(err.Error(), "the id 233") || !strings.Contains(err.Error(), "below 128") {
		t.Error(err)
	}
}

func TestOutOfReach(t *testing.T) {
	r := newFake(&fakeGenerator{script: ".", context: 200})
	r.machine = fakeMachine{free: 1005}
	_, err := r.Run(t.Context(), Request{Task: VQA, Prompt: "q"}, nil)
	var far *OutOfReachError
	if !errors.As(err, &far) || !strings.Contains(err.Error(), "1.01 kB is available") && !strings.Contains(err.Error(), "1.00 kB is available") {
		t.Errorf("memory: %v", err)
	}
	r = newFake(&fakeGenerator{script: ".", context: 200})
	r.speed.look = func(context.Context) (speed, error) { return speed{flops: 1e-3, bytes: 1}, nil }
	if e, err := r.Estimate(t.Context(), Request{Task: VQA, Prompt: "q"}); err != nil || e.TotalMS < 3.6e6 {
		t.Errorf("the estimate of what is out of reach: %v %v", e, err)
	}
	if _, err = r.Run(t.Context(), Request{Task: VQA, Prompt: "q"}, nil); !errors.As(err, &far) || !strings.Contains(err.Error(), "the longest wait is 1h0m0s") {
		t.Errorf("time: %v", err)
	}
	r.speed.known = speed{flops: 1e9, bytes: 1e9}
	if _, err = r.Run(t.Context(), Request{Task: VQA, Prompt: "q", LongestWait: 1}, nil); !errors.As(err, &far) || !strings.Contains(err.Error(), "about 1ms, and the longest wait is 1ns") {
		t.Errorf("hardly a wait: %v", err)
	}
	if _, err = r.Run(t.Context(), Request{Task: VQA, Prompt: "q", LongestWait: -1}, nil); err != nil {
		t.Errorf("any wait: %v", err)
	}
}

// A run that is short on any machine does not wait for a measure.
func TestShortRunsAreNotMeasured(t *testing.T) {
	r := newFake(&fakeGenerator{script: ".", context: 200})
	looks := 0
	r.speed.look = func(context.Context) (speed, error) { looks++; return speed{flops: 1e9, bytes: 1e9}, nil }
	if _, err := r.Run(t.Context(), Request{Task: VQA, Prompt: "q"}, nil); err != nil || looks != 0 {
		t.Errorf("%d looks, %v", looks, err)
	}
	for range 2 {
		if _, err := r.Estimate(t.Context(), Request{Task: VQA, Prompt: "q"}); err != nil || looks != 1 {
			t.Errorf("%d looks for an estimate, %v", looks, err)
		}
	}
}

func TestAutoTakesOneTileWhereTheWaitIsLong(t *testing.T) {
	q := Request{Task: Caption, Images: []string{"40x40"}, ImageSize: ImageSize{Auto: true}, Prompt: "p", LongestWait: -1}
	r := newFake(&fakeGenerator{script: ".", context: 2000})
	res, err := r.Run(t.Context(), q, nil)
	if err != nil || res.Tiles != 17 || res.ImageSize != "auto (native)" {
		t.Fatalf("fast machine: %+v %v", res, err)
	}
	r.speed = &speedometer{look: func(context.Context) (speed, error) { return speed{flops: 100, bytes: 1}, nil }}
	e, err := r.Estimate(t.Context(), q)
	if err != nil || e.Tiles != 1 || !e.Reduced || !reflect.DeepEqual(e.Rows, []int{0}) {
		t.Errorf("slow machine: %+v %v", e, err)
	}
	if res, err = r.Run(t.Context(), q, nil); err != nil || res.Tiles != 1 || res.ImageSize != "auto (one tile)" {
		t.Errorf("slow machine: %+v %v", res, err)
	}
	// A prompt that fits only with one tile is a reason as well.
	r = newFake(&fakeGenerator{script: ".", context: 50})
	if e, err := r.Estimate(t.Context(), q); err != nil || !e.Reduced {
		t.Errorf("small context: %+v %v", e, err)
	}
	all := true
	q.Split = &all
	if _, err := r.Estimate(t.Context(), q); err == nil {
		t.Error("auto overrules what was asked for")
	}
	q.Split, q.ImageSize.Auto = nil, false
	if _, err := r.Estimate(t.Context(), q); err == nil {
		t.Error("native does not reduce on its own")
	}
}

func TestCancelledMidTokenKeepsTheAnswer(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	g := &fakeGenerator{script: "abcdef", context: 100}
	g.step = func(ctx context.Context, n int) error {
		if n < 3 {
			return nil
		}
		cancel()
		<-ctx.Done()
		return ctx.Err()
	}
	r := newFake(g)
	res, err := r.Run(ctx, Request{Task: VQA, Prompt: "q"}, nil)
	if !errors.Is(err, context.Canceled) || res == nil || res.Text != "abc" || res.StopReason != StopCancelled {
		t.Fatalf("%+v %v", res, err)
	}
	// The runner is free again, and a context that has ended does not run.
	if _, err := r.Run(ctx, Request{Task: VQA, Prompt: "q"}, nil); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	g.step = nil
	if res, err := r.Run(t.Context(), Request{Task: VQA, Prompt: "q", MaxNewTokens: 2}, nil); err != nil || res.Text != "ab" {
		t.Errorf("%+v %v", res, err)
	}
}

func TestRunsAreQueuedAndCloseWaits(t *testing.T) {
	entered, release := make(chan struct{}), make(chan struct{})
	g := &fakeGenerator{script: "ab", context: 100}
	g.step = func(context.Context, int) error { entered <- struct{}{}; <-release; return nil }
	r := newFake(g)
	r.now = time.Now
	done := make(chan error, 2)
	run := func() {
		_, err := r.Run(t.Context(), Request{Task: VQA, Prompt: "q", MaxNewTokens: 2}, nil)
		done <- err
	}
	go run()
	<-entered
	closed := make(chan error, 1)
	waiting, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := r.Run(waiting, Request{Task: VQA, Prompt: "q"}, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("waiting for a turn: %v", err)
	}
	go func() { closed <- r.Close() }()
	select {
	case <-closed:
		t.Fatal("closed under a run")
	default:
	}
	close(release)
	if err := <-done; err != nil {
		t.Error(err)
	}
	if err := <-closed; err != nil {
		t.Error(err)
	}
	if _, err := r.Run(t.Context(), Request{Task: VQA, Prompt: "q"}, nil); !errors.Is(err, ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
	if _, err := r.Estimate(t.Context(), Request{Task: VQA, Prompt: "q"}); !errors.Is(err, ErrClosed) {
		t.Errorf("estimate after Close: %v", err)
	}
	if err := r.Close(); err != nil {
		t.Errorf("second Close: %v", err)
	}
}

func TestBrokenNetworkSaysSo(t *testing.T) {
	g := &fakeGenerator{script: "ab", context: 100, logits: func(l []float32) { l[7] = float32(math.NaN()) }}
	if _, err := newFake(g).Run(t.Context(), Request{Task: VQA, Prompt: "q"}, nil); !errors.Is(err, errNotNumbers) {
		t.Error(err)
	}
}

func TestEventsComeInOrder(t *testing.T) {
	r := newFake(&fakeGenerator{script: "ab.", context: 100})
	var got []string
	_, err := r.Run(t.Context(), Request{Task: VQA, Prompt: "q", Images: []string{"20x10"}}, func(e Event) {
		s := string(e.Kind) + e.Stage
		if len(got) == 0 || got[len(got)-1] != s {
			got = append(got, s)
		}
	})
	want := []string{"started", "progresspictures", "progressencoder", "progressprompt", "token"}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%v %v", got, err)
	}
}
