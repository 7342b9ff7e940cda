package diff

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/mmtui/mmtui/core/model"
	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/core/scan"
	"github.com/mmtui/mmtui/int2"
)

// Options of a comparison. The zero value is usable.
type Options struct {
	StripA, StripB string // prefix to take off the names of a side
	Workers        int    // goroutines; 0: GOMAXPROCS
	Progress       func(done, of int)
	LeavesBelowDB  float64 // of traces: SQNR below which a layer leaves; 0 is DefaultLeavesBelowDB
}

// CompareModels compares the values of two models; of a tensor that is already
// quantized, those that it stands for. A tensor that cannot be read is a row
// with the reason; an error is returned when ctx ends, or when names collide
// after a prefix was taken off.
func CompareModels(ctx context.Context, a, b *model.Model, opt Options) (*Report, error) {
	out, err := compareAll(Models, a, b, opt, func(name string, a, b *model.Tensor) (Row, error) {
		return compare(ctx, name, a, b, opt.Workers)
	})
	if err != nil {
		return nil, err
	}
	out.Total = total(out.Tensors)
	out.Suggestions = suggest(out.Tensors)
	return out, nil
}

// compareAll compares the tensors of both sides, matched by name; pair gets nil
// for one that a side lacks. An error of pair ends it.
func compareAll(kind Kind, a, b *model.Model, opt Options, pair func(name string, a, b *model.Tensor) (Row, error)) (*Report, error) {
	namesA, err := names(a, opt.StripA)
	if err != nil {
		return nil, err
	}
	namesB, err := names(b, opt.StripB)
	if err != nil {
		return nil, err
	}
	out := &Report{SchemaVersion: report.SchemaVersion, Kind: kind, A: modelInfo(a), B: modelInfo(b), Tensors: []Row{}}
	pairs := match(namesA, namesB)
	for i, p := range pairs {
		var ta, tb *model.Tensor
		if p.a >= 0 {
			ta = a.Tensors[p.a]
		}
		if p.b >= 0 {
			tb = b.Tensors[p.b]
		}
		row, err := pair(p.name, ta, tb)
		if err != nil {
			return nil, err
		}
		out.Tensors = append(out.Tensors, row)
		if opt.Progress != nil {
			opt.Progress(i+1, len(pairs))
		}
	}
	return out, nil
}

// names lists the names of a model without a prefix.
func names(m *model.Model, prefix string) ([]string, error) {
	out := make([]string, len(m.Tensors))
	seen := make(map[string]string, len(m.Tensors))
	for i, t := range m.Tensors {
		out[i] = strings.TrimPrefix(t.Name, prefix)
		if other, twice := seen[out[i]]; twice {
			return nil, fmt.Errorf("%s: without the prefix %q the tensors %s and %s have the same name",
				m.Path, prefix, report.Printable(other), report.Printable(t.Name))
		}
		seen[out[i]] = t.Name
	}
	return out, nil
}

func modelInfo(m *model.Model) Info {
	return Info{Path: m.Path, TensorCount: len(m.Tensors), Parameters: m.Parameters, SizeBytes: m.SizeBytes,
		BitsPerWeight: report.BitsPerWeight(m.SizeBytes, m.Parameters)}
}

func side(name string, t *model.Tensor) *Side {
	if t == nil {
		return nil
	}
	s := &Side{DType: t.DType, Shape: append([]int{}, t.Shape...), SizeBytes: t.SizeBytes,
		BitsPerWeight: report.BitsPerWeight(t.SizeBytes, t.Parameters)}
	if t.Name != name {
		s.Name = t.Name
	}
	if t.Stored != nil {
		s.Method = scan.StoredString(t.Stored)
	}
	return s
}

// compare measures one pair of tensors; the error is ctx's.
func compare(ctx context.Context, name string, a, b *model.Tensor, workers int) (Row, error) {
	row := newRow(name, Same, side(name, a), side(name, b))
	switch {
	case b == nil:
		row.Status = OnlyA
		return row, ctx.Err()
	case a == nil:
		row.Status = OnlyB
		return row, ctx.Err()
	}
	va, vb, ok := views(a, b)
	if !ok {
		row.Status = Shape
		row.Reason = fmt.Sprintf("%s in A, %s in B", report.ShapeString(a.Shape), report.ShapeString(b.Shape))
		return row, ctx.Err()
	}
	err := row.measure(ctx, a, b, va, vb, workers)
	if ctx.Err() != nil {
		return row, ctx.Err()
	}
	if err != nil {
		row.Status, row.Reason = Failed, err.Error()
	}
	row.pooled = isFloat(a) && isFloat(b) && (row.Status == Changed || (a.Stored == nil) != (b.Stored == nil))
	return row, nil
}

func isFloat(t *model.Tensor) bool { return t.Stored != nil || t.IsFloat() }

// measure fills in status and figures.
func (r *Row) measure(ctx context.Context, a, b *model.Tensor, va, vb view, workers int) error {
	// Equal bytes are equal values, NaN and integers beyond float32 included.
	alike := (a.Stored == nil) == (b.Stored == nil) && a.DType == b.DType
	identical := false
	if alike {
		fa, err := a.Fingerprint(ctx)
		if err != nil {
			return err
		}
		fb, err := b.Fingerprint(ctx)
		if err != nil {
			return err
		}
		identical = fa == fb
	}
	if a.Parameters == 0 {
		return nil
	}
	if !identical {
		r.Status = Changed
	}
	if identical && !readable(a) {
		return nil
	}
	m, err := values(ctx, va, vb, workers)
	switch {
	case errors.Is(err, int2.ErrNotFinite):
		r.Reason = "no figures: " + err.Error()
		return nil
	case err != nil:
		return err
	}
	r.SQNRdB, r.RelativeRMSE, r.Cosine = report.Number(m.SQNRdB), report.Number(m.RelativeRMSE), report.Number(m.Cosine)
	r.MaxAbsError, r.SignalEnergy, r.ErrorEnergy = report.Number(m.MaxAbsError), report.Number(m.Signal), report.Number(m.Error)
	switch {
	case identical || m.Error != 0 || m.MaxAbsError != 0:
	case alike:
		r.Reason = "the bytes differ, the values are equal as float32"
	default:
		r.Status, r.Reason = Same, "stored in different ways, the values are equal"
	}
	return nil
}

func readable(t *model.Tensor) bool { return t.Stored != nil || t.Readable() }

// values opens both views and compares them.
func values(ctx context.Context, a, b view, workers int) (m int2.Metrics, err error) {
	ra, err := a.open(ctx)
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, ra.Close()) }()
	rb, err := b.open(ctx)
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, rb.Close()) }()
	res, err := int2.Compare(ctx, ra, rb, int2.Options{Workers: workers})
	if err != nil {
		return m, err
	}
	return res.Metrics, nil
}

// total counts rows and pools those that count.
func total(rows []Row) Total {
	na := report.NA()
	t := Total{SQNRdB: na, RelativeRMSE: na, MaxAbsError: na, SignalEnergy: na, ErrorEnergy: na}
	var sum report.Sum
	pooled := false
	for i := range rows {
		r := &rows[i]
		t.add(r)
		if !r.pooled || !r.SignalEnergy.Valid() || !r.ErrorEnergy.Valid() {
			continue
		}
		pooled = true
		sum.Add(0, 0, r.SignalEnergy, r.ErrorEnergy)
		if !(r.MaxAbsError <= t.MaxAbsError) { // also when there is none yet
			t.MaxAbsError = r.MaxAbsError
		}
	}
	if !pooled {
		return t
	}
	signal, noise := sum.Energies()
	t.SQNRdB, t.SignalEnergy, t.ErrorEnergy = report.PooledSQNR(signal, noise), report.Number(signal), report.Number(noise)
	if signal > 0 {
		t.RelativeRMSE = report.Number(math.Sqrt(noise / signal))
	}
	return t
}
