// Package variant makes the layers of one model folder in several ways: as the
// folder stores them, or quantized by a plan, or taken from a file that was
// quantized before. What a network asks for by name, it gives.
package variant

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"

	"github.com/mmtui/mmtui/core/model"
	"github.com/mmtui/mmtui/core/nn"
	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/core/safetensors"
	"github.com/mmtui/mmtui/int2"
	"github.com/mmtui/mmtui/int2/kernel"
)

// Options of Open. The zero value is usable.
type Options struct {
	CacheDir   string // of packed tensors; "" is DefaultCacheDir
	CacheBytes int64  // most that the cache may take; 0: DefaultCacheBytes, less than 0: nothing is kept or read
	Workers    int    // goroutines that quantize; 0: GOMAXPROCS
	// Progress, when set, is told of every tensor that is quantized or read. It
	// comes from several goroutines, one at a time.
	Progress func(done, of int, name string)
}

// Origin is where packed weights came from.
type Origin string

// The origins.
const (
	FromQuantizing Origin = "quantized" // just now
	FromCache      Origin = "cache"     // quantized by an earlier run
	FromFile       Origin = "file"      // of Spec.Weights, or packed in the folder
)

// Layer is a tensor that is not as the folder stores it.
type Layer struct {
	Name       string
	Scheme     int2.Scheme
	Rows, Cols int
	Bytes      int64         // in memory
	SQNRdB     report.Number // of the weights; NaN where the file does not tell
	Origin     Origin
}

// Set is the tensors of one variant; several networks may share it. It is safe
// for concurrent use. There is nothing to close.
type Set struct {
	ctx     context.Context // of the opening
	model   *model.Model
	spec    Spec
	opt     Options
	choose  chooser
	cache   *cache
	weights *weightsFile // of Spec.Weights, nil for none

	late sync.Mutex // held while a tensor is packed that Open did not

	mu       sync.Mutex
	order    []string // of Layers
	made     map[string]made
	matrices map[string]*kernel.Weights // by content and scheme: tied tensors are one
	warnings []string
	warned   map[string]bool
}

// made is what became of a tensor; without weights it stays as it is.
type made struct {
	weights *kernel.Weights
	layer   Layer
}

// Open makes a variant of an open model. The tensors that the folder's network
// multiplies with or looks up are quantized, or read, before it returns; any
// other is when it is asked for. The model must stay open as long as the set.
//
// Rules that match no tensor are an *UnmatchedError. Other errors name the file
// and the tensor; a context that ends gives its error, and leaves nothing half
// written. What can be done without is a line of Warnings.
func Open(ctx context.Context, m *model.Model, spec Spec, opt Options) (*Set, error) {
	if err := checkRules(m, spec); err != nil {
		return nil, err
	}
	s := &Set{
		ctx: ctx, model: m, spec: spec, opt: opt, choose: spec.chooser(),
		made: map[string]made{}, matrices: map[string]*kernel.Weights{}, warned: map[string]bool{},
	}
	s.cache = newCache(opt.CacheDir, opt.CacheBytes, s.warn)
	if spec.Weights != "" {
		w, warnings, err := openWeights(ctx, spec.Weights, m)
		if err != nil {
			return nil, err
		}
		defer w.close()
		s.weights = w
		s.warnings = append(s.warnings, warnings...)
	}
	if err := s.prepare(ctx, asked(ctx, m)); err != nil {
		return nil, err
	}
	s.cache.flush()
	s.cache.prune()
	return s, nil
}

// Spec is what the set was opened as, with a name where it had none.
func (s *Set) Spec() Spec {
	spec := s.spec
	if spec.Name == "" {
		spec.Name = "float"
		if len(s.Layers()) > 0 {
			spec.Name = "int2"
		}
	}
	return spec
}

// Layers lists what is packed, in the order in which the network asks for it.
func (s *Set) Layers() []Layer {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Layer
	for _, name := range s.order {
		if m := s.made[name]; m.weights != nil {
			out = append(out, m.layer)
		}
	}
	return out
}

// Warnings are lines for the user: what is not as the spec asks, and what is
// wrong with the cache.
func (s *Set) Warnings() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.warnings)
}

// Bytes is the memory of all packed weights. A matrix that several tensors
// share counts once.
func (s *Set) Bytes() int64 {
	n, _ := s.size()
	return n
}

// BitsPerWeight is Bytes over the packed weights, scales included; NaN when
// nothing is packed.
func (s *Set) BitsPerWeight() report.Number {
	n, parameters := s.size()
	if parameters == 0 {
		return report.NA()
	}
	return report.Number(8 * float64(n) / float64(parameters))
}

func (s *Set) size() (bytes, parameters int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	seen := map[*kernel.Weights]bool{}
	for _, m := range s.made {
		if m.weights == nil || seen[m.weights] {
			continue
		}
		seen[m.weights] = true
		bytes += m.layer.Bytes
		parameters += int64(m.layer.Rows) * int64(m.layer.Cols)
	}
	return bytes, parameters
}

// FromCache is how many of Layers an earlier run had quantized.
func (s *Set) FromCache() int {
	n := 0
	for _, l := range s.Layers() {
		if l.Origin == FromCache {
			n++
		}
	}
	return n
}

// warn adds a line once.
func (s *Set) warn(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	line := fmt.Sprintf(format, args...)
	if !s.warned[line] {
		s.warned[line] = true
		s.warnings = append(s.warnings, line)
	}
}

func (o Options) workers() int {
	if o.Workers > 0 {
		return o.Workers
	}
	return runtime.GOMAXPROCS(0)
}

// Linears makes the layers of this variant, on e; float gives the rest. It is
// what family.Options takes.
func (s *Set) Linears(e *nn.Engine, float nn.Linears) nn.Linears { return linears{s, e, float} }

type linears struct {
	set    *Set
	engine *nn.Engine
	float  nn.Linears
}

func (l linears) Linear(name string, bias []float32) (nn.Linear, error) {
	w, err := l.set.packed(name)
	if err != nil {
		return nil, err
	}
	if w == nil {
		return l.float.Linear(name, bias)
	}
	q, err := nn.NewQuantized(l.engine, w, bias)
	if err != nil {
		return nil, l.set.failure(name, err)
	}
	return q, nil
}

func (l linears) Table(name string) (nn.Table, error) {
	w, err := l.set.packed(name)
	if err != nil {
		return nil, err
	}
	if w == nil {
		return l.float.Table(name)
	}
	return w, nil
}

// packed are the packed weights of a tensor, nil where it stays as it is.
func (s *Set) packed(name string) (*kernel.Weights, error) {
	if m, ok := s.known(name); ok {
		return m.weights, nil
	}
	s.late.Lock()
	defer s.late.Unlock()
	if err := s.prepare(s.ctx, []string{name}); err != nil {
		return nil, err
	}
	m, _ := s.known(name)
	return m.weights, nil
}

func (s *Set) known(name string) (made, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m, ok := s.made[name]
	return m, ok
}

// failure names model and tensor.
func (s *Set) failure(name string, err error) error {
	return fmt.Errorf("%s: tensor %s: %w", safetensors.Printable(s.model.Path), safetensors.Printable(name), err)
}
