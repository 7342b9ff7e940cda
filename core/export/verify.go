package export

import (
	"context"
	"errors"
	"fmt"
	"sort"

	"github.com/mmtui/mmtui/core/model"
	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/int2"
)

// verify opens the written folder as any reader would and puts into the
// report what it decodes to, measured against the source.
func (e *exporter) verify(ctx context.Context, dir *folder) error {
	written, err := model.Open(ctx, dir.temp, model.Options{})
	if err != nil {
		return fmt.Errorf("%s: what was written cannot be opened again: %w", dir.out, err)
	}
	defer written.Close()
	for n, l := range e.layers {
		source := e.m.Tensors[l.index]
		row := &e.report.Tensors[l.index]
		e.opt.progress(2*len(e.layers)+n, 3*len(e.layers), source.Name)
		t, ok := written.Lookup(source.Name)
		if !ok {
			return fmt.Errorf("%s: tensor %s cannot be found again in what was written", dir.out, report.Printable(source.Name))
		}
		m, err := compare(ctx, source, t, e.opt)
		if err != nil {
			return err
		}
		fillRow(row, m, t, l)
	}
	report.SetRanks(e.report.Tensors)
	e.report.Total = report.Totals(e.report.Tensors, e.report.Total.BudgetBytes)
	e.opt.progress(1, 1, "")
	return nil
}

// compare measures a written tensor against its source.
func compare(ctx context.Context, source, written *model.Tensor, opt Options) (m int2.Metrics, err error) {
	a, err := source.Rows(ctx)
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	b, err := written.Rows(ctx)
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	r, err := int2.Compare(ctx, a, b, int2.Options{Workers: opt.Workers})
	if err != nil {
		return m, fmt.Errorf("tensor %s: %w", report.Printable(source.Name), err)
	}
	return r.Metrics, nil
}

// fillRow replaces the figures of the plan's own codes by those of the file.
func fillRow(row *report.Tensor, m int2.Metrics, t *model.Tensor, l layer) {
	row.Stored = t.Stored
	row.QuantizedSizeBytes = t.SizeBytes
	row.BitsPerWeight = report.BitsPerWeight(t.SizeBytes, row.Parameters)
	row.SQNRdB = report.Number(m.SQNRdB)
	row.RelativeRMSE = report.Number(m.RelativeRMSE)
	row.Cosine = report.Number(m.Cosine)
	row.MaxAbsError = report.Number(m.MaxAbsError)
	row.SignalEnergy = report.Number(m.Signal)
	row.ErrorEnergy = report.Number(m.Error)
	if l.rechosen > 0 {
		row.BelowIdealDB, row.ClippedRatio, row.CodeEntropyBits = report.NA(), report.NA(), report.NA()
		row.CodeOccupancy = nil
		row.Reason = fmt.Sprintf("codes were chosen again with a whole zero point in %d groups; figures of the first codes are left out", l.rechosen)
	}
}

// keptRow is the row of a tensor that stays as it is after all.
func keptRow(row report.Tensor, why string) report.Tensor {
	kept := report.Unmeasured()
	kept.Name, kept.DType, kept.Shape, kept.Parameters, kept.SizeBytes = row.Name, row.DType, row.Shape, row.Parameters, row.SizeBytes
	kept.Stored, kept.Reason, kept.State = row.Stored, why, report.Kept
	kept.QuantizedSizeBytes = row.SizeBytes
	kept.BitsPerWeight = report.BitsPerWeight(row.SizeBytes, row.Parameters)
	return kept
}

// notes tells what was written in another way than the plan says.
func (e *exporter) notes() []string {
	var notes []string
	wider, again, groups := map[string]int{}, 0, 0
	for _, l := range e.layers {
		s := e.report.Tensors[l.index].Scheme
		if l.bits != s.Bits {
			wider[fmt.Sprintf("%d-bit codes on the %s grid are stored in %d bits", s.Bits, s.Grid, l.bits)]++
		}
		if l.rechosen > 0 {
			again++
			groups += l.rechosen
		}
	}
	for text, n := range wider {
		notes = append(notes, fmt.Sprintf("%s (%s): %s stores (code − whole zero)·scale, and the levels are the same", text, tensors(n), e.format.target().method))
	}
	sort.Strings(notes)
	if again > 0 {
		notes = append(notes, fmt.Sprintf("codes were chosen again in %d groups of %s, because their levels have no whole zero point; the report gives the measured result", groups, tensors(again)))
	}
	reasons := map[string]int{}
	for _, t := range e.m.Tensors {
		if why := e.why[t.Name]; why != "" {
			reasons[why]++
		}
	}
	var stay []string
	for why, n := range reasons {
		stay = append(stay, fmt.Sprintf("%s left in float: %s", tensors(n), why))
	}
	sort.Strings(stay)
	return append(notes, stay...)
}

func tensors(n int) string {
	if n == 1 {
		return "1 tensor"
	}
	return fmt.Sprintf("%d tensors", n)
}
