package family

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/mmtui/mmtui/core/model"
	"github.com/mmtui/mmtui/core/nn"
	"github.com/mmtui/mmtui/core/safetensors"
	"github.com/mmtui/mmtui/internal/pool"
)

// What the errors of this package wrap.
var (
	// ErrUnknown is an architecture that cannot be run; the error says which can.
	ErrUnknown = errors.New("the architecture cannot be run")
	// ErrConfig is a config.json that is wrong.
	ErrConfig = errors.New("invalid config.json")
	// ErrWeights is a file whose tensors are not those that config.json describes.
	ErrWeights = errors.New("weights and config.json disagree")
)

// Options of Open. The zero value is usable.
type Options struct {
	// Pool does the work; nil makes one of GOMAXPROCS workers, closed with the network.
	Pool *pool.Pool
	// Linears chooses what is behind a linear layer and an embedding table; it
	// gets an engine on the pool and the float layers to fall back on. nil takes
	// the float layers for all.
	Linears func(e *nn.Engine, float nn.Linears) nn.Linears
}

// entry is a family: the model_type of its config.json and what opens it.
type entry struct {
	modelType string
	open      func(ctx context.Context, config object, l *loader) (Network, error)
}

// registry lists the families. A new one is a file and a line here.
func registry() []entry {
	return []entry{
		{"smolvlm", openIdefics3},
		{"idefics3", openIdefics3},
		{"clip", openCLIP},
		{"siglip", openSigLIP},
	}
}

// Families lists the model types that can be run.
func Families() []string {
	var names []string
	for _, e := range registry() {
		names = append(names, e.modelType)
	}
	return names
}

// Detect tells the family of a folder by its config.json, without a look at
// the weights. The error of one that cannot be run wraps ErrUnknown.
func Detect(dir string) (string, error) {
	config, err := readConfig(dir)
	if err != nil {
		return "", err
	}
	e, err := find(config)
	return e.modelType, err
}

func find(config object) (entry, error) {
	kind := config.text("model_type", "")
	if err := config.err(); err != nil {
		return entry{}, err
	}
	for _, e := range registry() {
		if e.modelType == kind {
			return e, nil
		}
	}
	return entry{}, &safetensors.Error{
		Path: config.file, What: unknown(kind),
		Do: fmt.Sprintf("to look at the layers works; families that can be run: %s", strings.Join(Families(), ", ")), Err: ErrUnknown,
	}
}

// unknown says what is missing to run a model type.
func unknown(kind string) string {
	shown := safetensors.Printable(kind)
	part := func(which, rest string) string {
		return fmt.Sprintf("model_type %q is %s saved alone; %s missing: save the whole model", shown, which, rest)
	}
	switch kind {
	case "":
		return "no model_type: nothing says which architecture this is"
	case "siglip2":
		return `model_type "siglip2" is the variable-resolution (NaFlex) SigLIP 2, whose patches come with positions resized to every picture: not built; the fixed-resolution ones have model_type "siglip"`
	case "clip_vision_model", "siglip_vision_model":
		return part("an image tower", "the text tower, the projections and the logit scale are")
	case "clip_text_model", "siglip_text_model":
		return part("a text tower", "the image tower, the projections and the logit scale are")
	case "smolvlm_vision", "idefics3_vision":
		return part("an image encoder", "connector and text model are")
	case "llama":
		return part("a text model", "image encoder and connector are")
	}
	return fmt.Sprintf("model_type %q: its layers are not built: a file of core/family would have to describe them", shown)
}

// Open makes a network of an open model: config.json says which. Errors of the
// config wrap ErrConfig and name every key, those of the weights wrap
// ErrWeights and name every tensor. The model must stay open as long as the network.
func Open(ctx context.Context, m *model.Model, opt Options) (Network, error) {
	config, err := readConfig(m.Root)
	if err != nil {
		return nil, err
	}
	e, err := find(config)
	if err != nil {
		return nil, err
	}
	l := newLoader(ctx, m, opt)
	network, err := e.open(ctx, config, l)
	if err != nil {
		_ = l.Close() // the first error is the one to report
		return nil, err
	}
	return network, nil
}

// first reports the first of several keys that an object has.
func (o object) first(keys ...string) (string, bool) {
	i := slices.IndexFunc(keys, o.has)
	if i < 0 {
		return "", false
	}
	return keys[i], true
}
