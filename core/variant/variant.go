// Package variant makes the layers of one model folder in several ways: as the
// folder stores them, or quantized by a plan, or taken from a file that was
// quantized before. What a network asks for by name, it gives.
package variant

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"github.com/mmtui/mmtui/core/model"
	"github.com/mmtui/mmtui/core/nn"
	"github.com/mmtui/mmtui/core/plan"
	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/core/scan"
	"github.com/mmtui/mmtui/int2"
	"github.com/mmtui/mmtui/int2/kernel"
)

// Spec says how the layers of a folder run. The zero value is the folder as it is.
type Spec struct {
	Name    string     // what screens and reports call it: "float", "int2", a file's name
	Plan    *plan.Plan // nil: as stored
	Weights string     // a file that `mmtui quantize` wrote for this folder: the tensors it holds stand in for the folder's; "" is none
}

// Float is the folder as it is stored.
func Float() Spec { return Spec{Name: "float"} }

// INT2 is the plan of a first look: 2 bits for the layers of encoder and
// decoder, 4 for embeddings, head and connector, 8 for the patches' embedding.
func INT2() Spec {
	p := DefaultPlan()
	return Spec{Name: "int2", Plan: &p}
}

// DefaultPlan is the plan of INT2.
func DefaultPlan() plan.Plan {
	bits := func(pattern string, n int) plan.Rule {
		p, err := plan.ParsePattern(pattern)
		if err != nil {
			panic(err) // the patterns are those below
		}
		return plan.Rule{Match: p, Choice: plan.Choice{Bits: &n}}
	}
	return plan.Plan{Rules: []plan.Rule{
		bits("*embed_tokens.weight", 4), bits("*token_embedding.weight", 4), bits("*lm_head.weight", 4),
		bits("*connector.*", 4), bits("*patch_embedding.weight", 8),
	}}
}

// Options of Open. The zero value is usable.
type Options struct {
	CacheDir string // of packed tensors; "" is the user's cache folder
	Workers  int    // goroutines that quantize; 0: GOMAXPROCS
	// Progress, when set, is told of every tensor that is quantized or read.
	Progress func(done, of int, name string)
}

// Layer is a tensor that is not as the folder stores it.
type Layer struct {
	Name       string
	Scheme     int2.Scheme
	Rows, Cols int
	Bytes      int64         // in memory
	SQNRdB     report.Number // of the weights
}

// Set is the tensors of one variant; several networks may share it.
type Set struct {
	ctx     context.Context // of the opening
	model   *model.Model
	spec    Spec
	opt     Options
	decider *plan.Decider

	mu     sync.Mutex
	packed map[string]*kernel.Weights
	layers []Layer
}

// Open prepares a variant of an open model. Tensors are quantized when a
// network asks for them, and kept.
func Open(ctx context.Context, m *model.Model, spec Spec, opt Options) (*Set, error) {
	s := &Set{ctx: ctx, model: m, spec: spec, opt: opt, packed: map[string]*kernel.Weights{}}
	if spec.Plan != nil {
		s.decider = spec.Plan.Decider()
	}
	return s, nil
}

// Spec is what the set was opened as.
func (s *Set) Spec() Spec { return s.spec }

// Layers lists what was quantized so far, in the order of asking.
func (s *Set) Layers() []Layer {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Layer(nil), s.layers...)
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
	w, err := l.set.weights(name)
	if err != nil || w == nil {
		if err != nil {
			return nil, err
		}
		return l.float.Linear(name, bias)
	}
	return nn.NewQuantized(l.engine, w, bias)
}

func (l linears) Table(name string) (nn.Table, error) {
	w, err := l.set.weights(name)
	if err != nil {
		return nil, err
	}
	if w == nil {
		return l.float.Table(name)
	}
	return w, nil
}

// weights are the packed weights of a tensor, nil where it stays as it is.
func (s *Set) weights(name string) (*kernel.Weights, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if w := s.packed[name]; w != nil || s.decider == nil {
		return w, nil
	}
	t, ok := s.model.Lookup(name)
	if !ok {
		return nil, nil
	}
	d := s.decider.Decide(scan.Subject(t))
	if d.Scheme == nil {
		return nil, nil
	}
	rows, err := t.Rows(s.ctx)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	r, err := int2.Quantize(s.ctx, rows, *d.Scheme, int2.Options{Workers: s.opt.Workers, Keep: true})
	if err != nil {
		return nil, fmt.Errorf("%s: %s: %w", s.model.Path, strings.TrimSpace(name), err)
	}
	w := kernel.Pack(r.Packed)
	s.packed[name] = w
	s.layers = append(s.layers, Layer{
		Name: name, Scheme: r.Packed.Scheme, Rows: r.Packed.Rows, Cols: r.Packed.Cols,
		Bytes: w.SizeBytes(), SQNRdB: report.Number(r.Metrics.SQNRdB),
	})
	return w, nil
}
