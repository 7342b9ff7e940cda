package family

import (
	"context"
	"fmt"

	"github.com/mmtui/mmtui/core/nn"
)

// idefics3 is SmolVLM and Idefics3 (Laurençon et al. 2024, Marafioti et al.
// 2025): a ViT encoder whose tokens a pixel shuffle gathers and a linear layer
// brings to the width of a Llama decoder. Both have the same layers.
type idefics3 struct {
	*base
	idefics3Config
	embedder  embedder
	positions []float32 // [grid², hidden]
	vision    *encoder
	post      namedNorm
	connector layer
	text      *llama
}

// idefics3Config is config.json with its defaults filled in.
type idefics3Config struct {
	patches    patchConfig
	encoder    encoderConfig
	decoder    llamaConfig
	scale      int // side of the square of patches that becomes one feature
	imageToken int
}

func readIdefics3(c object) (idefics3Config, error) {
	vision, _ := c.object("vision_config")
	text, given := c.object("text_config")
	n := idefics3Config{
		patches:    readPatches(vision, patchConfig{3, 224, 32}),
		encoder:    readEncoder(vision, encoderConfig{hidden: 1152, mlp: 3072, layers: 12, heads: 16, eps: 1e-6}, "gelu_pytorch_tanh"),
		decoder:    readLlama(text, given),
		scale:      c.count("scale_factor", 2, mostPixels),
		imageToken: c.integer("image_token_id", 128257),
	}
	n.decoder.tie = c.flag("tie_word_embeddings", false)
	if g := n.patches.grid(); g%n.scale != 0 {
		c.fail("scale_factor", "a tile of %d×%d patches (image_size / patch_size) cannot be gathered in squares of %d×%d", g, g, n.scale, n.scale)
	}
	if n.imageToken < 0 {
		c.fail("image_token_id", "%d is negative", n.imageToken)
	}
	return n, c.err()
}

func openIdefics3(_ context.Context, c object, l *loader) (Network, error) {
	config, err := readIdefics3(c)
	if err != nil {
		return nil, err
	}
	l.family = c.text("model_type", "")
	l.index("model.")
	d := config.encoder.hidden
	grid := config.patches.grid()
	n := &idefics3{base: l.base, idefics3Config: config}
	n.embedder = l.embedder("vision_model.embeddings", config.patches, d, true)
	n.positions = l.vector("vision_model.embeddings.position_embedding.weight", grid*grid, d)
	n.vision = l.encoder("vision_model.encoder", "vision", config.encoder)
	n.post = l.norm("vision_model.post_layernorm", d, config.encoder.eps, true)
	n.connector = l.linear("connector.modality_projection.proj", config.decoder.hidden, d*config.scale*config.scale, false)
	n.text = l.llama("text_model", config.decoder)
	return n, l.done(func(l *loader) string {
		switch {
		case l.absent("lm_head."):
			return "the head is missing (saved from the model without it?)"
		case l.absent("text_model.", "lm_head.", "connector."):
			return "this is the image encoder alone"
		case l.absent("vision_model.", "connector."):
			return "this is the text model alone"
		}
		return ""
	})
}

// Vocabulary is the number of logits.
func (n *idefics3) Vocabulary() int { return n.decoder.vocabulary }

// Context is the number of positions that the text model was made for.
func (n *idefics3) Context() int { return n.decoder.positions }

// Hidden is the width of the text model.
func (n *idefics3) Hidden() int { return n.decoder.hidden }

// ImageTokenID is the id that stands for one feature.
func (n *idefics3) ImageTokenID() int { return n.imageToken }

// FeaturesPerTile is what a tile of TileSize becomes.
func (n *idefics3) FeaturesPerTile() int {
	side := n.patches.grid() / n.scale
	return side * side
}

// TileSize is the side of a tile in pixels.
func (n *idefics3) TileSize() int { return n.patches.image }

// Prefill is the cost of a prompt of so many tokens, image tokens included.
func (n *idefics3) Prefill(tiles, tokens int) Cost {
	patches := n.patches.grid() * n.patches.grid()
	d, out := n.encoder.hidden, n.decoder.hidden
	tile := n.patches.flop(d, patches) + n.encoder.flop(patches, false) + 2*float64(patches)*float64(d)*float64(out)
	t := float64(tokens)
	flop := float64(tiles)*tile + t*n.decoder.flopPerToken() + n.decoder.attentionFLOP(t, t/2) + 2*float64(out)*float64(n.decoder.vocabulary)
	memory := n.decoder.cacheBytes(tokens) + 4*int64(tiles*n.FeaturesPerTile())*int64(out)
	encoding := int64(0)
	if tiles > 0 {
		encoding = n.encodingBytes(patches)
	}
	return Cost{FLOP: flop, MemoryBytes: memory + max(encoding, n.decoder.scratchBytes(tokens))}
}

// encodingBytes is what one tile takes on its way through the encoder.
func (n *idefics3) encodingBytes(patches int) int64 {
	return n.encoder.bytes(patches) + 4*int64(patches)*int64(n.patches.values())
}

// Decode is the cost of one more token after so many.
func (n *idefics3) Decode(position int) Cost {
	flop := n.decoder.flopPerToken() + n.decoder.attentionFLOP(1, float64(position+1)) + 2*float64(n.decoder.hidden)*float64(n.decoder.vocabulary)
	return Cost{FLOP: flop, MemoryBytes: n.decoder.cacheBytes(position+1) + n.decoder.scratchBytes(1)}
}

// NewSession makes a session for so many positions, at most Context.
func (n *idefics3) NewSession(positions int) (Session, error) {
	if positions < 1 || positions > n.Context() {
		return nil, fmt.Errorf("a session of %d positions: the text model was made for 1 to %d", positions, n.Context())
	}
	run := nn.NewRun(n.pool)
	d, err := n.text.decoding(run, positions)
	if err != nil {
		return nil, err
	}
	return &idefics3Session{net: n, run: run, text: d, positions: positions}, nil
}
