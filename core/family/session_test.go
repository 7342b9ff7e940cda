package family

import (
	"context"
	"errors"
	"io/fs"
	"strings"
	"testing"

	"github.com/mmtui/mmtui/core/family/familytest"
	"github.com/mmtui/mmtui/core/safetensors"
)

// small is a VLM of odd shapes: heads that do not make up the width, grouped
// queries, biases, a tied head.
func small() familytest.VLM {
	return familytest.VLM{
		Type: "smolvlm", Vision: familytest.Encoder{Hidden: 36, MLP: 50, Layers: 2, Heads: 3}, Image: 24, Patch: 4, Scale: 3, Longest: 48,
		Hidden: 40, MLP: 60, Layers: 3, Heads: 5, KVHeads: 1, HeadDim: 6,
		Vocabulary: 101, Positions: 700, ImageToken: 99, Theta: 1000, AttentionBias: true, MLPBias: true, Tied: true,
	}
}

func writeFolder(t testing.TB, f *familytest.Folder, dtype safetensors.DType) string {
	t.Helper()
	dir := t.TempDir()
	if err := f.Write(context.Background(), dir, dtype, 1); err != nil {
		t.Fatal(err)
	}
	return dir
}

// smallPrompt has so many tokens and two tiles.
func smallPrompt(v familytest.VLM, tokens int) Prompt {
	p := Prompt{Tiles: 2, Height: v.Image, Width: v.Image, Pixels: make([]float32, 2*3*v.Image*v.Image)}
	for i := range p.Pixels {
		p.Pixels[i] = float32(i*37%101)/50 - 1
	}
	per := v.Image / v.Patch / v.Scale
	for i := range tokens {
		if id := i*29%97 + 1; i >= 3 && i < 3+2*per*per {
			p.IDs = append(p.IDs, v.ImageToken)
		} else {
			p.IDs = append(p.IDs, id)
		}
	}
	return p
}

func session(t testing.TB, n Network, positions int) Session {
	t.Helper()
	s, err := n.(Generator).NewSession(positions)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// Logits after a prompt are the same whether it went in at once, in two parts
// or token by token.
func TestCacheEqualsFullForward(t *testing.T) {
	v := small()
	n := openNetwork(t, writeFolder(t, v.Folder(), safetensors.F16))
	for _, tokens := range []int{40, 600} { // 600 are two blocks of a prefill
		p := smallPrompt(v, tokens)
		whole := session(t, n, tokens)
		p.AllLogits = true
		r := newRecorder()
		want, err := whole.Prefill(t.Context(), p, r)
		if err != nil {
			t.Fatal(err)
		}
		near(t, "the last of all_logits", r.data["all_logits"][(tokens-1)*v.Vocabulary:], want, tolerance)
		parts := session(t, n, tokens)
		first, rest := p, Prompt{IDs: p.IDs[11:]}
		first.IDs, first.AllLogits = p.IDs[:11], false
		if _, err := parts.Prefill(t.Context(), first, nil); err != nil {
			t.Fatal(err)
		}
		got, err := parts.Prefill(t.Context(), rest, nil)
		if err != nil {
			t.Fatal(err)
		}
		near(t, "in two parts", got, want, tolerance)
		if parts.Len() != tokens {
			t.Errorf("%d positions used, want %d", parts.Len(), tokens)
		}
		if tokens > 100 {
			continue // one step is like another
		}
		steps := session(t, n, tokens)
		if got, err = steps.Prefill(t.Context(), first, nil); err != nil {
			t.Fatal(err)
		}
		for i := 11; i < tokens; i++ {
			near(t, "step", got, r.data["all_logits"][(i-1)*v.Vocabulary:i*v.Vocabulary], tolerance)
			if got, err = steps.Step(t.Context(), p.IDs[i], nil); err != nil {
				t.Fatal(err)
			}
		}
		near(t, "step by step", got, want, tolerance)
		if steps.Len() != tokens {
			t.Errorf("%d positions used, want %d", steps.Len(), tokens)
		}
	}
}

func TestStepAllocatesNothing(t *testing.T) {
	v := small()
	n := openNetwork(t, writeFolder(t, v.Folder(), safetensors.BF16))
	s := session(t, n, 200)
	if _, err := s.Prefill(t.Context(), smallPrompt(v, 12), nil); err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	if allocs := testing.AllocsPerRun(50, func() {
		if _, err := s.Step(ctx, 5, nil); err != nil {
			t.Fatal(err)
		}
	}); allocs != 0 {
		t.Errorf("a step makes %v allocations", allocs)
	}
}

// A failed call leaves the session as it was.
func TestSessionRefuses(t *testing.T) {
	v := small()
	n := openNetwork(t, writeFolder(t, v.Folder(), safetensors.F32))
	s := session(t, n, 20)
	good := smallPrompt(v, 12)
	want, err := s.Prefill(t.Context(), good, nil)
	if err != nil {
		t.Fatal(err)
	}
	want = append([]float32(nil), want...)
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	for _, c := range []struct {
		name, message string
		ctx           context.Context
		change        func(p *Prompt)
	}{
		{"no ids", "empty prompt", t.Context(), func(p *Prompt) { p.IDs = nil }},
		{"too many ids", "20 positions", t.Context(), func(p *Prompt) { p.IDs = append(p.IDs, p.IDs...) }},
		{"id over the vocabulary", "vocabulary of 101", t.Context(), func(p *Prompt) { p.IDs[0] = 101 }},
		{"negative id", "vocabulary of 101", t.Context(), func(p *Prompt) { p.IDs[0] = -1 }},
		{"too few image tokens", "7 image tokens (id 99) for the 8 features", t.Context(), func(p *Prompt) { p.IDs[3] = 1 }},
		{"pixels cut off", "pixel values", t.Context(), func(p *Prompt) { p.Pixels = p.Pixels[1:] }},
		{"mask cut off", "a mask of 3", t.Context(), func(p *Prompt) { p.Mask = make([]bool, 3) }},
		{"an empty mask", "the mask", t.Context(), func(p *Prompt) { p.Mask = make([]bool, 2*24*24) }},
		{"tile of another shape", "the connector needs", t.Context(), func(p *Prompt) { p.Height, p.Width = 12, 48 }},
		{"negative tiles", "pixel values", t.Context(), func(p *Prompt) { p.Tiles, p.Height = 2, -24 }},
		{"cancelled", "context canceled", cancelled, func(*Prompt) {}},
	} {
		p := smallPrompt(v, 12)
		p.IDs = p.IDs[:12:12]
		s := session(t, n, 20)
		c.change(&p)
		_, err := s.Prefill(c.ctx, p, nil)
		if err == nil || !strings.Contains(err.Error(), c.message) {
			t.Errorf("%s: error %v, want one with %q", c.name, err, c.message)
		}
		if s.Len() != 0 {
			t.Errorf("%s: %d positions used", c.name, s.Len())
		}
		got, err := s.Prefill(t.Context(), good, nil)
		if err != nil {
			t.Fatal(err)
		}
		near(t, c.name+", then a good prompt", got, want, 0)
	}
	if _, err := s.Step(cancelled, 1, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled step: %v", err)
	}
	s.Close()
	if _, err := s.Step(t.Context(), 1, nil); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("closed session: %v", err)
	}
	for _, positions := range []int{0, -1, 701} {
		if _, err := n.(Generator).NewSession(positions); err == nil || !strings.Contains(err.Error(), "1 to 700") {
			t.Errorf("%d positions: %v", positions, err)
		}
	}
}

// A run that is cancelled between two tiles ends there and leaves the session
// as it was.
func TestCancelBetweenTiles(t *testing.T) {
	v := small()
	n := openNetwork(t, writeFolder(t, v.Folder(), safetensors.F32))
	s, p := session(t, n, 20), smallPrompt(v, 14)
	ctx, cancel := context.WithCancel(t.Context())
	p.Progress = func(done, of int) {
		if done != 1 || of != 2 {
			t.Errorf("%d of %d tiles after the cancel", done, of)
		}
		cancel()
	}
	if _, err := s.Prefill(ctx, p, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	if s.Len() != 0 {
		t.Errorf("%d positions used", s.Len())
	}
	p.Progress = nil
	if _, err := s.Prefill(t.Context(), p, nil); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

// Tiles of zeros alone are the padding of a batch: transformers leaves them
// out, except when there is nothing else.
func TestZeroTiles(t *testing.T) {
	v := small()
	n := openNetwork(t, writeFolder(t, v.Folder(), safetensors.F32))
	p := smallPrompt(v, 14)
	area := 3 * v.Image * v.Image
	one := p
	one.Tiles, one.Pixels = 1, p.Pixels[:area]
	one.IDs = append(p.IDs[:7:7], p.IDs[11:]...) // four image tokens fewer
	want, err := session(t, n, 20).Prefill(t.Context(), one, nil)
	if err != nil {
		t.Fatal(err)
	}
	padded := one
	padded.Tiles, padded.Pixels = 3, append(make([]float32, area), append(p.Pixels[:area:area], make([]float32, area)...)...)
	got, err := session(t, n, 20).Prefill(t.Context(), padded, nil)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "a tile between zeros", got, want, 0)
	padded.Pixels = make([]float32, 3*area)
	if _, err := session(t, n, 20).Prefill(t.Context(), padded, nil); err != nil {
		t.Errorf("zeros alone: %v", err)
	}
}
