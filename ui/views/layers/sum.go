package layers

import (
	"math"

	"github.com/mmtui/mmtui/core/report"
)

// sum is what a block's row shows of the tensors below it that the filter lets
// through. Energies are pooled, so that its SQNR is that of all of them as one
// vector: 10·log10(Σ‖w‖² / Σ‖e‖²).
type sum struct {
	tensors, pending, failed int
	parameters               int64
	stored, size             int64 // bytes now, bytes at the plan
	signal, errors           float64
	measured                 int // tensors behind signal and errors
	causes                   int
}

func (s *sum) addTensor(t *report.Tensor) {
	s.tensors++
	s.parameters += t.Parameters
	s.stored += t.SizeBytes
	s.size += t.QuantizedSizeBytes
	switch t.State {
	case report.Pending:
		s.pending++
	case report.Failed:
		s.failed++
	}
	if t.SignalEnergy.Valid() && t.ErrorEnergy.Valid() {
		s.measured++
		s.signal += float64(t.SignalEnergy)
		s.errors += float64(t.ErrorEnergy)
	}
	if t.Cause != nil && *t.Cause != "" {
		s.causes++
	}
}

func (s *sum) add(o *sum) {
	s.tensors += o.tensors
	s.pending += o.pending
	s.failed += o.failed
	s.parameters += o.parameters
	s.stored += o.stored
	s.size += o.size
	s.signal += o.signal
	s.errors += o.errors
	s.measured += o.measured
	s.causes += o.causes
}

func (s *sum) rmse() float64 {
	if s.measured == 0 || s.signal <= 0 {
		return math.NaN()
	}
	return math.Sqrt(s.errors / s.signal)
}

// number is the block's value in a column, NaN where it has none.
func (s *sum) number(key string) float64 {
	switch key {
	case "parameters":
		return float64(s.parameters)
	case "size_bytes":
		return float64(s.stored)
	case "quantized_size_bytes":
		return float64(s.size)
	case "bits_per_weight":
		return float64(report.BitsPerWeight(s.size, s.parameters))
	case "sqnr_db":
		return float64(report.PooledSQNR(s.signal, s.errors))
	case "relative_rmse":
		return s.rmse()
	case "signal_energy":
		return s.signal
	case "error_energy":
		return s.errors
	}
	return math.NaN()
}
