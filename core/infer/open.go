package infer

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/mmtui/mmtui/core/family"
	"github.com/mmtui/mmtui/core/model"
	"github.com/mmtui/mmtui/core/tokenizer"
	"github.com/mmtui/mmtui/core/variant"
	"github.com/mmtui/mmtui/core/vision"
	"github.com/mmtui/mmtui/int2/kernel"
	"github.com/mmtui/mmtui/internal/isa"
	"github.com/mmtui/mmtui/internal/pool"
)

// Open opens a folder (or a name in the Hugging Face cache) for running. Errors
// name every missing tensor and every file at once; that of an architecture
// that cannot be run wraps ErrNotRunnable.
func Open(ctx context.Context, path string, opt Options) (*Runner, error) {
	m, err := model.Open(ctx, path, model.Options{CacheDir: opt.CacheDir})
	if err != nil {
		return nil, err
	}
	r, err := openFolder(ctx, m, opt)
	if err != nil {
		_ = m.Close() // the first error is the one to report
		return nil, err
	}
	return r, nil
}

// openFolder makes a Runner of an open model, which it closes in the end.
func openFolder(ctx context.Context, m *model.Model, opt Options) (*Runner, error) {
	if _, err := family.Detect(m.Root); err != nil {
		return nil, notRunnable(err)
	}
	// Quantized before the workers start: it has goroutines of its own.
	set, err := variant.Open(ctx, m, opt.Variant, variant.Options{CacheDir: opt.PackDir, Workers: opt.Workers, Progress: opt.Packing})
	if err != nil {
		return nil, err
	}
	workers := pool.New(opt.Workers)
	net, netErr := family.Open(ctx, m, family.Options{Pool: workers, Linears: set.Linears})
	if ctx.Err() != nil && netErr != nil {
		workers.Close()
		return nil, ctx.Err()
	}
	r := &Runner{
		info: Info{Path: m.Path, Backend: backend(set), Warnings: append(append([]string(nil), m.Warnings...), set.Warnings()...)},
		net:  net, machine: thisMachine(), now: time.Now, turn: make(chan struct{}, 1), bytesPerWeight: 4,
	}
	if net != nil {
		r.net = variantNetwork{net, set}
	}
	r.speed = &speedometer{look: lookAt(workers, r.now)}
	if m.Parameters > 0 {
		r.bytesPerWeight = bytesPerWeight(m, set)
	}
	r.close = func() error {
		var err error
		if net != nil {
			err = net.Close()
		}
		workers.Close()
		return errors.Join(err, m.Close())
	}
	if err := errors.Join(netErr, r.readFolder(m.Root, net)); err != nil {
		if net != nil {
			_ = net.Close() // the first error is the one to report
		}
		workers.Close()
		return nil, err
	}
	r.info.Variant, r.info.Quantized = set.Spec().Name, set.Layers()
	r.info.WeightBytes = r.net.WeightBytes()
	r.turn <- struct{}{}
	return r, nil
}

// backend is what computes, in words.
func backend(set *variant.Set) string {
	if len(set.Layers()) == 0 {
		return "cpu float32 (" + isa.Name() + ")"
	}
	return "cpu int2 (" + kernel.Name() + "), float32 (" + isa.Name() + ")"
}

// variantNetwork is a network with the weights of its variant.
type variantNetwork struct {
	family.Network
	set *variant.Set
}

// WeightBytes is what the weights take as they are used: packed where they are.
func (n variantNetwork) WeightBytes() int64 { return n.Network.WeightBytes() + n.set.Bytes() }

// bytesPerWeight is what a weight takes when it is read, over the whole model.
func bytesPerWeight(m *model.Model, set *variant.Set) float64 {
	stored := m.SizeBytes + set.Bytes()
	for _, l := range set.Layers() {
		if t, ok := m.Lookup(l.Name); ok {
			stored -= t.SizeBytes
		}
	}
	return float64(stored) / float64(m.Parameters)
}

// notRunnable makes an error one that is ErrNotRunnable, where the architecture
// is the reason.
func notRunnable(err error) error {
	if errors.Is(err, family.ErrUnknown) {
		return unknownArchitecture{err}
	}
	return err
}

type unknownArchitecture struct{ error }

func (e unknownArchitecture) Unwrap() error        { return e.error }
func (e unknownArchitecture) Is(target error) bool { return target == ErrNotRunnable }

// readFolder reads everything beside the weights; all that is wrong comes back.
func (r *Runner) readFolder(dir string, net family.Network) error {
	t, tokenErr := tokenizer.Open(dir)
	config, visionErr := vision.OpenConfig(dir)
	err := errors.Join(tokenErr, visionErr)
	codec := folderCodec{t}
	r.codec, r.pictures = codec, pictureFiles{config: config}
	if net != nil {
		r.info.Warnings = append(r.info.Warnings, net.Warnings()...)
	}
	switch net := net.(type) {
	case family.Generator:
		r.gen = net
		return errors.Join(err, r.readGenerator(dir, net, config))
	case family.Embedder:
		if err != nil {
			return err
		}
		r.embed = net
		return r.readEmbedder(net, codec, config)
	}
	return err
}

// readGenerator reads template, image tokens and end ids, and checks that
// network, tokenizer and processor go together.
func (r *Runner) readGenerator(dir string, net family.Generator, config *vision.Config) error {
	r.info.Family, r.info.WeightBytes, r.info.Positions = net.Family(), net.WeightBytes(), net.Context()
	r.info.Tasks, r.info.DefaultPrompts = []Task{Caption, OCR, VQA}, defaultPrompts()
	c, warning, chatErr := openConversation(dir)
	r.template = c
	if warning != "" {
		r.info.Warnings = append(r.info.Warnings, warning)
	}
	m, marksErr := readMarks(dir)
	ends, warnings, endsErr := endIDs(dir)
	r.marks, r.ends = m, ends
	r.marks.perTile = net.FeaturesPerTile()
	r.info.Warnings = append(r.info.Warnings, warnings...)
	err := errors.Join(chatErr, marksErr, endsErr)
	if config == nil {
		return err
	}
	if !config.Tiled() {
		err = errors.Join(err, fmt.Errorf("%s: %s makes one picture of one, and the family %s takes tiles; take the file from the model's page again",
			config.File, config.Class, net.Family()))
	} else if config.TileEdge != net.TileSize() {
		err = errors.Join(err, fmt.Errorf("%s: max_image_size makes tiles of %d pixels, and the encoder of config.json is made for %d; take both files from one model",
			config.File, config.TileEdge, net.TileSize()))
	}
	return err
}

// readEmbedder takes the limits of texts and pictures.
func (r *Runner) readEmbedder(net family.Embedder, codec folderCodec, config *vision.Config) error {
	r.info.Family, r.info.WeightBytes, r.info.Positions = net.Family(), net.WeightBytes(), net.TextPositions()
	r.info.Tasks, r.info.DefaultPrompts = []Task{Retrieval}, map[Task]string{}
	r.longestText = net.TextPositions()
	// The library cuts and pads to the tokenizer's model_max_length.
	if n := codec.longest(); n > 0 {
		r.longestText = min(r.longestText, n)
	}
	if net.PadsTexts() {
		r.padTo = r.longestText
	}
	l, err := config.Layout(4*net.ImageSize(), 3*net.ImageSize(), vision.Options{})
	if err != nil {
		return err
	}
	if l.Tiles != 1 || l.TileHeight != net.ImageSize() || l.TileWidth != net.ImageSize() {
		return fmt.Errorf("%s: pictures become %d×%d pixels, and the encoder of config.json takes %d×%d; take both files from one model",
			config.File, l.TileWidth, l.TileHeight, net.ImageSize(), net.ImageSize())
	}
	return nil
}
