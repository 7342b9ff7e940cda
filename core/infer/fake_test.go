package infer

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/mmtui/mmtui/core/family"
	"github.com/mmtui/mmtui/core/nn"
)

// The fakes speak a language of one letter a token: the id of a letter is its
// code, the image token is '*', the end is '.'.
const (
	fakeImage      = '*'
	fakeEnd        = '.'
	fakeVocabulary = 128
)

type fakeCodec struct {
	first string // bos
	added int    // ids of the post-processor
	pad   bool
	left  bool // pads on the left
}

func (c fakeCodec) encode(text string, special bool) ([]int, error) {
	var ids []int
	if special {
		for range c.added {
			ids = append(ids, 1)
		}
	}
	for _, r := range text {
		ids = append(ids, int(r))
	}
	return ids, nil
}

func (c fakeCodec) encodeShort(text string, most int) ([]int, int, error) {
	ids, err := c.encode(text, true)
	return ids[:min(most, len(ids))], len(ids), err
}

func (c fakeCodec) decode(ids []int, skip bool) string {
	var b strings.Builder
	for _, id := range ids {
		if !(skip && id == fakeEnd) {
			b.WriteRune(rune(id))
		}
	}
	return b.String()
}

func (c fakeCodec) stream() stream { return &fakeStream{codec: c} }

// fakeStream holds each letter back until the next one comes.
type fakeStream struct {
	codec fakeCodec
	held  string
}

func (s *fakeStream) Push(id int) string {
	out := s.held
	s.held = s.codec.decode([]int{id}, true)
	return out
}

func (s *fakeStream) End() string { out := s.held; s.held = ""; return out }

func (c fakeCodec) padID() (int, bool) { return 0, c.pad }
func (c fakeCodec) padsLeft() bool     { return c.left }
func (c fakeCodec) bos() string        { return c.first }

// fakePictures knows pictures "WxH": a tile for every 10×10 pixels, and a
// global one where there are several.
type fakePictures struct{ loads *int }

var errNoPicture = errors.New("no such picture")

func (fakePictures) size(path string) (w, h int, err error) {
	if _, err := fmt.Sscanf(path, "%dx%d", &w, &h); err != nil {
		return 0, 0, fmt.Errorf("%s: %w (%w)", path, errNoPicture, fs.ErrNotExist)
	}
	return w, h, nil
}

func (fakePictures) layout(w, h int, opt pictureOptions) (layout, error) {
	l := layout{tiles: 1, height: 2, width: 2, bytes: int64(3 * w * h)}
	if cols, rows := w/10, h/10; cols*rows > 1 && (opt.split == nil || *opt.split) {
		l.rows, l.cols, l.tiles = rows, cols, rows*cols+1
	}
	return l, nil
}

func (f fakePictures) load(ctx context.Context, path string, opt pictureOptions, pixels []float32) ([]float32, layout, error) {
	if f.loads != nil {
		*f.loads++
	}
	w, h, err := f.size(path)
	if err != nil {
		return nil, layout{}, err
	}
	l, err := f.layout(w, h, opt)
	for range l.tiles * 3 * 2 * 2 {
		pixels = append(pixels, float32(w))
	}
	return pixels, l, errors.Join(err, ctx.Err())
}

func (fakePictures) key(_ context.Context, path string) (contentKey, error) {
	var k contentKey
	copy(k[:], "picture "+path)
	return k, nil
}

type fakeTemplate struct{}

func (fakeTemplate) source() string { return "template" }

func (fakeTemplate) render(images int, text string, textFirst bool) (string, error) {
	marks := strings.Repeat("*", images)
	if textFirst {
		return "^" + text + marks + "$", nil
	}
	return "^" + marks + text + "$", nil
}

// fakeGenerator says the letters of its script, whatever it is asked.
type fakeGenerator struct {
	script  string
	context int
	step    func(ctx context.Context, n int) error // before the nth Step, from 1
	prompts *[]family.Prompt
	logits  func([]float32) // a last word on them
}

func (g *fakeGenerator) Family() string       { return "fake" }
func (g *fakeGenerator) WeightBytes() int64   { return 1000 }
func (g *fakeGenerator) Warnings() []string   { return nil }
func (g *fakeGenerator) Close() error         { return nil }
func (g *fakeGenerator) Vocabulary() int      { return fakeVocabulary }
func (g *fakeGenerator) Context() int         { return g.context }
func (g *fakeGenerator) Hidden() int          { return 4 }
func (g *fakeGenerator) ImageTokenID() int    { return fakeImage }
func (g *fakeGenerator) FeaturesPerTile() int { return 2 }
func (g *fakeGenerator) TileSize() int        { return 2 }

func (g *fakeGenerator) Prefill(tiles, tokens int) family.Cost {
	return family.Cost{FLOP: float64(100*tiles + tokens), MemoryBytes: int64(10 * tokens)}
}
func (g *fakeGenerator) Decode(position int) family.Cost {
	return family.Cost{FLOP: 1, MemoryBytes: int64(10 * position)}
}

func (g *fakeGenerator) NewSession(positions int) (family.Session, error) {
	return &fakeSession{g: g, room: positions}, nil
}

type fakeSession struct {
	g    *fakeGenerator
	room int
	used int
	said int
}

func (s *fakeSession) Prefill(ctx context.Context, p family.Prompt, o nn.Observer) ([]float32, error) {
	s.used = len(p.IDs)
	if s.g.prompts != nil {
		*s.g.prompts = append(*s.g.prompts, p)
	}
	for i := range p.Tiles {
		p.Progress(i+1, p.Tiles)
	}
	if s.used > s.room {
		return nil, errors.New("no room for the prompt")
	}
	return s.say(), ctx.Err()
}

func (s *fakeSession) Step(ctx context.Context, id int, _ nn.Observer) ([]float32, error) {
	s.used++
	if s.used > s.room {
		return nil, errors.New("no room for a token")
	}
	if s.g.step != nil {
		if err := s.g.step(ctx, s.said); err != nil {
			return nil, err
		}
	}
	return s.say(), ctx.Err()
}

// say makes the next letter of the script the most probable one.
func (s *fakeSession) say() []float32 {
	logits := make([]float32, fakeVocabulary)
	logits[s.g.script[s.said%len(s.g.script)]] = 5
	s.said++
	if s.g.logits != nil {
		s.g.logits(logits)
	}
	return logits
}

func (s *fakeSession) Len() int { return s.used }
func (s *fakeSession) Close()   {}

// fakeEmbedder has embeddings of one number: the first pixel, the first id.
type fakeEmbedder struct {
	pads   bool
	images *[]int // batch sizes
	texts  *[][][]int
}

func (e *fakeEmbedder) Family() string     { return "fake" }
func (e *fakeEmbedder) WeightBytes() int64 { return 1000 }
func (e *fakeEmbedder) Warnings() []string { return nil }
func (e *fakeEmbedder) ImageSize() int     { return 2 }
func (e *fakeEmbedder) Close() error       { return nil }
func (e *fakeEmbedder) Dim() int           { return 1 }
func (e *fakeEmbedder) TextPositions() int { return 6 }
func (e *fakeEmbedder) PadsTexts() bool    { return e.pads }
func (e *fakeEmbedder) Vocabulary() int    { return fakeVocabulary }
func (e *fakeEmbedder) ImageCost(n int) family.Cost {
	return family.Cost{FLOP: float64(n), MemoryBytes: 1}
}
func (e *fakeEmbedder) TextCost(n, tokens int) family.Cost {
	return family.Cost{FLOP: float64(n * tokens), MemoryBytes: 1}
}

func (e *fakeEmbedder) EmbedImages(ctx context.Context, pixels []float32, n int, _ nn.Observer) ([]float32, error) {
	if e.images != nil {
		*e.images = append(*e.images, n)
	}
	out := make([]float32, n)
	for i := range out {
		out[i] = pixels[i*len(pixels)/n]
	}
	return out, ctx.Err()
}

func (e *fakeEmbedder) EmbedTexts(ctx context.Context, ids [][]int, _ nn.Observer) ([]float32, error) {
	if e.texts != nil {
		*e.texts = append(*e.texts, ids)
	}
	out := make([]float32, len(ids))
	for i := range out {
		out[i] = float32(ids[i][0])
	}
	return out, ctx.Err()
}

func (e *fakeEmbedder) Logits(images, texts []float32) []float32 {
	var out []float32
	for _, a := range images {
		for _, b := range texts {
			out = append(out, -(a-b)*(a-b))
		}
	}
	return out
}

func (e *fakeEmbedder) Probabilities(logits []float32, _ int) []float32 { return logits }

// fakeMachine has so much memory.
type fakeMachine struct{ free int64 }

func (m fakeMachine) available() (int64, bool) { return m.free, m.free > 0 }
func (fakeMachine) resetPeak()                 {}
func (fakeMachine) peak() (int64, bool)        { return 0, false }

// tick is a clock that goes on by a millisecond whenever it is read.
func tick() func() time.Time {
	at := time.Unix(0, 0)
	return func() time.Time { at = at.Add(time.Millisecond); return at }
}

// newFake makes a Runner of a network without files.
func newFake(net family.Network) *Runner {
	r := &Runner{
		info:  Info{Path: "model", Family: "fake", Tasks: []Task{Caption, OCR, VQA}, DefaultPrompts: defaultPrompts()},
		net:   net,
		codec: fakeCodec{pad: true}, pictures: fakePictures{}, template: fakeTemplate{},
		marks: marks{image: "*", fake: "|", global: "g", perTile: 2}, ends: []int{fakeEnd}, bytesPerWeight: 1,
		machine: fakeMachine{}, now: tick(), close: func() error { return nil }, turn: make(chan struct{}, 1),
		speed: &speedometer{look: func(context.Context) (speed, error) { return speed{flops: 1e9, bytes: 1e9}, nil }},
	}
	r.turn <- struct{}{}
	switch net := net.(type) {
	case family.Generator:
		r.gen = net
	case family.Embedder:
		r.embed, r.longestText, r.info.Tasks = net, net.TextPositions(), []Task{Retrieval}
		if net.PadsTexts() {
			r.padTo = net.TextPositions()
		}
	}
	return r
}
