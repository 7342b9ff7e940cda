package variant

import (
	"context"

	"github.com/mmtui/mmtui/core/family"
	"github.com/mmtui/mmtui/core/model"
	"github.com/mmtui/mmtui/core/nn"
	"github.com/mmtui/mmtui/internal/pool"
)

// asked lists the tensors that the folder's network takes as layers and tables,
// in its order. A folder that makes no network has none: whoever opens the
// network tells what is wrong with it.
func asked(ctx context.Context, m *model.Model) []string {
	p := pool.New(1)
	defer p.Close()
	r := &recorder{model: m, seen: map[string]bool{}}
	net, err := family.Open(ctx, m, family.Options{Pool: p, Linears: func(*nn.Engine, nn.Linears) nn.Linears { return r }})
	if err != nil {
		return nil
	}
	_ = net.Close() // nothing of it was used
	return r.names
}

// recorder notes the names that a network asks for.
type recorder struct {
	model *model.Model
	names []string
	seen  map[string]bool
}

func (r *recorder) Linear(name string, _ []float32) (nn.Linear, error) { return r.note(name), nil }
func (r *recorder) Table(name string) (nn.Table, error)                { return r.note(name), nil }

func (r *recorder) note(name string) unused {
	if !r.seen[name] {
		r.seen[name] = true
		r.names = append(r.names, name)
	}
	t, ok := r.model.Lookup(name)
	if !ok {
		return unused{}
	}
	rows, cols, _, _ := t.Matrix()
	return unused{rows, cols}
}

// unused stands for a layer of a network that is never run.
type unused struct{ rows, cols int }

func (u unused) Shape() (out, in int)                                     { return u.rows, u.cols }
func (u unused) Forward(context.Context, []float32, []float32, int) error { return nil }
func (u unused) Row([]float32, int)                                       {}
