package infer

import (
	"context"
	"errors"
	"image"
	"image/png"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/mmtui/mmtui/core/vision"
)

// asked is a context that ends when it is asked for the nth time.
type asked struct {
	context.Context
	left  int64
	times atomic.Int64
}

func (a *asked) Err() error {
	if a.times.Add(1) > a.left {
		return context.Canceled
	}
	return nil
}

// A picture is left in the middle of its decoding.
func TestDecodingStops(t *testing.T) {
	m := image.NewRGBA(image.Rect(0, 0, 700, 700))
	random := rand.New(rand.NewPCG(1, 2))
	for i := range m.Pix {
		m.Pix[i] = uint8(random.Uint32()) | uint8(i%4/3*255)
	}
	path := filepath.Join(t.TempDir(), "noise.png")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(png.Encode(f, m), f.Close()); err != nil {
		t.Fatal(err)
	}
	fixture, _ := bundled(t, "smolvlm-tiny")
	config, err := vision.OpenConfig(fixture.layout)
	if err != nil {
		t.Fatal(err)
	}
	pictures := pictureFiles{config: config}
	whole := &asked{Context: t.Context(), left: 1 << 40}
	if _, _, err := pictures.load(whole, path, pictureOptions{}, nil); err != nil {
		t.Fatal(err)
	}
	all := whole.times.Load()
	if all < 200 { // the file has a megabyte and a half
		t.Errorf("the context is asked %d times", all)
	}
	for _, left := range []int64{0, 1, all / 4, all / 2} {
		ctx := &asked{Context: t.Context(), left: left}
		if _, _, err := pictures.load(ctx, path, pictureOptions{}, nil); !errors.Is(err, context.Canceled) || ctx.times.Load() > left+20 {
			t.Errorf("ended at %d of %d: %v after %d", left, all, err, ctx.times.Load())
		}
	}
}

// Many texts are tokenised and ranked for as long as somebody waits.
func TestRetrievalStops(t *testing.T) {
	texts := make([]string, 300)
	for i := range texts {
		texts[i] = "abc"
	}
	q := Request{Task: Retrieval, Images: []string{"5x5", "6x6"}, Texts: texts}
	whole := &asked{Context: t.Context(), left: 1 << 40}
	if _, err := newFake(&fakeEmbedder{pads: true}).Run(whole, q, nil); err != nil {
		t.Fatal(err)
	}
	all := whole.times.Load()
	if all < 600 { // every text is tokenised, and has its pictures ranked
		t.Errorf("the context is asked %d times", all)
	}
	for left := int64(0); left < all; left += 7 {
		ctx := &asked{Context: t.Context(), left: left}
		if _, err := newFake(&fakeEmbedder{pads: true}).Run(ctx, q, nil); !errors.Is(err, context.Canceled) {
			t.Errorf("ended at %d of %d: %v", left, all, err)
		}
	}
}
