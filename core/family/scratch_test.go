package family

import (
	"slices"
	"testing"

	"github.com/mmtui/mmtui/core/family/familytest"
	"github.com/mmtui/mmtui/core/safetensors"
)

// What one run leaves in the memory that the next one gets must not show: a
// used network answers as a fresh one does, to the bit.
func TestUsedMemoryDoesNotShow(t *testing.T) {
	v := small()
	dir := writeFolder(t, v.Folder(), safetensors.F32)
	prompt := smallPrompt(v, 14)
	fresh, err := session(t, openNetwork(t, dir), 20).Prefill(t.Context(), prompt, nil)
	if err != nil {
		t.Fatal(err)
	}
	used := openNetwork(t, dir)
	for range 3 {
		s := session(t, used, 20)
		other := smallPrompt(v, 14)
		for i := range other.Pixels {
			other.Pixels[i] = -3 * float32(i%7)
		}
		if _, err := s.Prefill(t.Context(), other, nil); err != nil {
			t.Fatal(err)
		}
		s.Close()
	}
	s := session(t, used, 20)
	defer s.Close()
	got, err := s.Prefill(t.Context(), prompt, nil)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got, fresh) {
		t.Error("the logits of a used network are not those of a fresh one")
	}
}

func TestUsedMemoryOfPicturesDoesNotShow(t *testing.T) {
	m := familytest.CLIPB32()
	m.Image, m.Vision.Layers, m.Text.Layers = 64, 2, 1
	e := openNetwork(t, writeFolder(t, m.Folder(), safetensors.F32)).(Embedder)
	pictures := func(n int, seed float32) []float32 {
		p := make([]float32, n*3*m.Image*m.Image)
		for i := range p {
			p[i] = seed * float32(i*37%101-50)
		}
		return p
	}
	fresh, err := e.EmbedImages(t.Context(), pictures(2, 0.01), 2, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.EmbedImages(t.Context(), pictures(3, -0.5), 3, nil); err != nil {
		t.Fatal(err)
	}
	got, err := e.EmbedImages(t.Context(), pictures(2, 0.01), 2, nil)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got, fresh) {
		t.Error("embeddings after another batch are not those before it")
	}
}

func TestScratchLendsWhatFits(t *testing.T) {
	var s scratch
	a := s.take(1000)
	s.give(a)
	if b := s.take(900); &b[0] != &a[0] || len(b) != 900 {
		t.Error("a block that fits was not lent again")
	}
	s.give(a)
	if b := s.take(100); &b[0] == &a[0] {
		t.Error("a block of ten times the size was lent")
	}
	for range 5 {
		s.give(make([]float32, 10))
	}
	if len(s.idle) > mostIdle {
		t.Errorf("%d idle blocks", len(s.idle))
	}
}
