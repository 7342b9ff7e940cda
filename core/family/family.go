// Package family holds the model families that can be run, one file each.
package family

import (
	"context"

	"github.com/mmtui/mmtui/core/nn"
)

// Network is a model that is ready to run: a Generator or an Embedder. It holds
// weights only; whatever a run needs lies in sessions, so that several may run.
//
// A run hands its activations to an nn.Observer under the names of the module
// tree's outputs (vision.h0, vision.hN, text.norm …). Where pictures, texts or
// rows go through in groups, a name comes several times and each time brings
// the next rows of dimension 0. The decoder's activations are [1, tokens,
// hidden] for a prompt and [1, 1, hidden] for a step.
type Network interface {
	Family() string // "smolvlm", "idefics3", "clip", "siglip"
	// WeightBytes is what the weights take, as they are used.
	WeightBytes() int64
	// Warnings are lines on what the files hold and the network does not use.
	Warnings() []string
	// Close lets go of the weights; it waits for the runs under way, and runs
	// begun later fail with fs.ErrClosed. The model that the network was opened
	// from stays open.
	Close() error
}

// Prompt is the input of a Generator.
type Prompt struct {
	IDs           []int     // with one image token for every feature of a tile
	Pixels        []float32 // [Tiles, 3, Height, Width], normalised
	Mask          []bool    // [Tiles, Height, Width] of real pixels; nil: all are
	Tiles         int
	Height, Width int
	AllLogits     bool // observe "all_logits" [T, vocabulary], which is costly
	// Progress, when set, is called from Prefill's goroutine after every tile.
	Progress func(done, of int)
}

// Cost is what a run asks of the machine, from shapes alone.
type Cost struct {
	FLOP        float64 // multiply and add counted as two
	MemoryBytes int64   // activations and cache, beside the weights
}

// Generator continues text about pictures.
type Generator interface {
	Network
	Vocabulary() int      // logits per position
	Context() int         // positions the text model was made for
	Hidden() int          // width of the text model
	ImageTokenID() int    // the id that stands for one feature
	FeaturesPerTile() int // image tokens that one tile becomes
	TileSize() int        // the side of a tile that the encoder was made for, in pixels
	// Prefill is the cost of a prompt, Decode that of one more token after so many.
	Prefill(tiles, tokens int) Cost
	Decode(position int) Cost
	// NewSession makes the cache for so many positions. The caller closes it.
	NewSession(positions int) (Session, error)
}

// Session is one conversation with a Generator: its key-value cache and scratch memory.
type Session interface {
	// Prefill runs encoder, connector and decoder over a prompt and returns the
	// logits [vocabulary] of its last position, valid until the next call.
	Prefill(ctx context.Context, p Prompt, o nn.Observer) ([]float32, error)
	// Step appends one id and returns the logits after it. It allocates nothing.
	Step(ctx context.Context, id int, o nn.Observer) ([]float32, error)
	Len() int // positions used
	Close()
}

// Embedder puts pictures and texts into one space.
type Embedder interface {
	Network
	ImageSize() int     // side of a picture, in pixels
	Dim() int           // of an embedding
	TextPositions() int // the longest text, in tokens
	PadsTexts() bool    // every text is padded to TextPositions (SigLIP)
	Vocabulary() int    // ids below this are legal
	ImageCost(n int) Cost
	TextCost(n, tokens int) Cost
	// EmbedImages gives L2-normalised embeddings [n, Dim] of pixels [n, 3, size, size].
	EmbedImages(ctx context.Context, pixels []float32, n int, o nn.Observer) ([]float32, error)
	// EmbedTexts gives L2-normalised embeddings [len(ids), Dim]; rows of ids have one length.
	EmbedTexts(ctx context.Context, ids [][]int, o nn.Observer) ([]float32, error)
	// Logits is [images, texts], scaled and biased as the published model does;
	// Probabilities turns a row of them into what the library reports: softmax
	// over texts (CLIP) or sigmoids (SigLIP).
	Logits(images, texts []float32) []float32
	Probabilities(logits []float32, texts int) []float32
}
