// Package export writes a model under a plan to files: our INT2 file, float
// weights after a round trip through it, and checkpoints that GPTQ and
// compressed-tensors users load. docs/export.md says what each holds.
//
// Every function measures as it writes, leaves its inputs alone, and leaves
// nothing behind when it fails or its context ends.
package export

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/mmtui/mmtui/core/model"
	"github.com/mmtui/mmtui/core/plan"
	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/core/scan"
	"github.com/mmtui/mmtui/int2"
)

// Options of an export. The zero value is usable.
type Options struct {
	BudgetBytes int64                          // 0: scan.DefaultBudgetBytes
	Workers     int                            // 0: GOMAXPROCS
	NoIdeal     bool                           // leave below_ideal_db out
	Replace     bool                           // replace files in an output folder that is not empty
	Tool        string                         // "mmtui:VERSION", for the metadata; "" is "mmtui"
	Progress    func(done, of int, now string) // steps finished, of how many, and the one under way; nil for none
}

func (o Options) tool() string {
	if o.Tool == "" {
		return "mmtui"
	}
	return o.Tool
}

func (o Options) progress(done, of int, now string) {
	if o.Progress != nil {
		o.Progress(done, of, now)
	}
}

func (o Options) session() scan.Options {
	return scan.Options{BudgetBytes: o.BudgetBytes, Workers: o.Workers, NoIdeal: o.NoIdeal}
}

// Result of an export.
type Result struct {
	Report report.Model // what was written, measured against the source
	Files  []string     // that were written
	Notes  []string     // lines for the user: what was written in another way than asked for
}

// matrices are packed tensors on their way from the scan to the file.
type matrices struct {
	mu  sync.Mutex
	all map[*model.Tensor]*int2.Packed
}

func (m *matrices) put(t *model.Tensor, p *int2.Packed) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.all[t] = p
}

// take gives a packed tensor and forgets it. One that the scan did not measure,
// because another has the same bytes, is quantized now.
func (m *matrices) take(ctx context.Context, t *model.Tensor, s int2.Scheme, opt Options) (*int2.Packed, error) {
	m.mu.Lock()
	p := m.all[t]
	delete(m.all, t)
	m.mu.Unlock()
	if p != nil {
		return p, nil
	}
	return quantized(ctx, t, s, opt)
}

func quantized(ctx context.Context, t *model.Tensor, s int2.Scheme, opt Options) (p *int2.Packed, err error) {
	rows, err := t.Rows(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	result, err := int2.Quantize(ctx, rows, s, int2.Options{Workers: opt.Workers, Keep: true})
	if err != nil {
		return nil, fmt.Errorf("tensor %s: %w", report.Printable(t.Name), err)
	}
	return result.Packed, nil
}

// scanned measures every tensor under a plan and keeps the packed forms. It is
// the first of so many steps of as many parts as there are tensors to quantize.
func scanned(ctx context.Context, m *model.Model, p plan.Plan, opt Options, steps int) (report.Model, *matrices, error) {
	packed := &matrices{all: map[*model.Tensor]*int2.Packed{}}
	options := opt.session()
	options.Packed = packed.put
	session := scan.New(m, p, options)
	err := session.Run(ctx, func(e scan.Event) { opt.progress(e.Done, e.Of*steps, e.Tensor.Name) })
	if err != nil {
		return report.Model{}, nil, err
	}
	rep := session.Report()
	for i := range rep.Tensors {
		if t := &rep.Tensors[i]; t.State == report.Failed {
			if err := m.Check(); err != nil { // the reason behind the reason
				return report.Model{}, nil, err
			}
			return report.Model{}, nil, fmt.Errorf("%s: tensor %s: %s", m.Path, report.Printable(t.Name), t.Reason)
		}
	}
	return rep, packed, m.Check()
}
