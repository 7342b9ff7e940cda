package report

import (
	"cmp"
	"math"
	"slices"
)

// Sum adds up rows for a Total, which does not depend on their order: a file
// that was written has its tensors in another one. The zero value is empty.
type Sum struct {
	size, parameters int64
	signal, noise    compensated
}

// compensated is a sum that carries what rounding loses: A. Neumaier,
// Rundungsfehleranalyse einiger Verfahren zur Summation endlicher Summen, 1974.
type compensated struct{ sum, lost float64 }

func (c *compensated) add(v float64) {
	t := c.sum + v
	if math.Abs(c.sum) >= math.Abs(v) {
		c.lost += (c.sum - t) + v
	} else {
		c.lost += (v - t) + c.sum
	}
	c.sum = t
}

func (c *compensated) value() float64 { return c.sum + c.lost }

// Add takes in one row: its bytes at the chosen scheme, its weights and its
// energies, which count when both exist.
func (s *Sum) Add(sizeBytes, parameters int64, signal, noise Number) {
	s.size += sizeBytes
	s.parameters += parameters
	if signal.Valid() && noise.Valid() {
		s.signal.add(float64(signal))
		s.noise.add(float64(noise))
	}
}

// Resize adds so many bytes to what has been taken in.
func (s *Sum) Resize(bytes int64) { s.size += bytes }

// Energies are Σ signal and Σ noise of the rows that have both.
func (s *Sum) Energies() (signal, noise float64) { return s.signal.value(), s.noise.value() }

// Total is the sum against a budget in bytes.
func (s *Sum) Total(budgetBytes int64) Total {
	return Total{
		SizeBytes:       s.size,
		BitsPerWeight:   BitsPerWeight(s.size, s.parameters),
		BudgetBytes:     budgetBytes,
		OverBudgetBytes: max(0, s.size-budgetBytes),
		SQNRdB:          PooledSQNR(s.signal.value(), s.noise.value()),
	}
}

// Totals sums rows against a budget in bytes. SQNRdB pools
// the energies of all rows that have them: those that the plan quantizes, and
// those that are quantized in the file with their figures recorded.
func Totals(rows []Tensor, budgetBytes int64) Total {
	var s Sum
	for i := range rows {
		r := &rows[i]
		s.Add(r.QuantizedSizeBytes, r.Parameters, r.SignalEnergy, r.ErrorEnergy)
	}
	return s.Total(budgetBytes)
}

// PooledSQNR is 10·log10(signal/noise) in dB; NA without signal, and without
// noise, where the ratio is infinite.
func PooledSQNR(signal, noise float64) Number {
	if !(signal > 0) || !(noise > 0) {
		return NA()
	}
	return Number(10 * math.Log10(signal/noise))
}

// BitsPerWeight is 8·size/parameters; NA without parameters.
func BitsPerWeight(sizeBytes, parameters int64) Number {
	if parameters <= 0 {
		return NA()
	}
	return Number(8 * float64(sizeBytes) / float64(parameters))
}

// SetRanks gives every row with an SQNR its rank, 1 for the lowest; equal ones
// are ranked in file order. Other rows get none.
func SetRanks(rows []Tensor) {
	var order []int
	for i := range rows {
		rows[i].Rank = nil
		if rows[i].SQNRdB.Valid() {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(rows[a].SQNRdB, rows[b].SQNRdB) })
	ranks := make([]int, len(order))
	for r, i := range order {
		ranks[r] = r + 1
		rows[i].Rank = &ranks[r]
	}
}

// Clone is a copy that shares no memory with the row.
func (t Tensor) Clone() Tensor {
	t.Shape = slices.Clone(t.Shape)
	t.CodeOccupancy = slices.Clone(t.CodeOccupancy)
	t.Stored = clonePointer(t.Stored)
	t.Scheme = clonePointer(t.Scheme)
	t.Rank = clonePointer(t.Rank)
	t.Cause = clonePointer(t.Cause)
	return t
}

// Clone is a copy that shares no memory with the report.
func (m Model) Clone() Model {
	m.Model.Files = slices.Clone(m.Model.Files)
	m.Tensors = slices.Clone(m.Tensors)
	for i := range m.Tensors {
		m.Tensors[i] = m.Tensors[i].Clone()
	}
	return m
}

func clonePointer[T any](p *T) *T {
	if p == nil {
		return nil
	}
	v := *p
	return &v
}

// Unmeasured is a row without figures: every metric is NA.
func Unmeasured() Tensor {
	na := NA()
	return Tensor{BitsPerWeight: na, SQNRdB: na, RelativeRMSE: na, Cosine: na, MaxAbsError: na, BelowIdealDB: na,
		ClippedRatio: na, CodeEntropyBits: na, Kurtosis: na, ScaleSpread: na, SignalEnergy: na, ErrorEnergy: na}
}
