package whatif

import (
	"math"
	"strings"

	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/int2"
)

// side is what one side of the comparison adds up to.
type side struct {
	parameters, bytes int64
	signal, noise     float64 // energies of the tensors that are quantized
	quantized         int     // tensors behind the energies
	row               *report.Tensor
}

func (s *side) add(t *report.Tensor) {
	s.parameters += t.Parameters
	s.bytes += t.QuantizedSizeBytes
	if t.SignalEnergy.Valid() && t.ErrorEnergy.Valid() {
		s.signal += float64(t.SignalEnergy)
		s.noise += float64(t.ErrorEnergy)
		s.quantized++
	}
	s.row = t
}

func (s *side) sqnr() report.Number { return report.PooledSQNR(s.signal, s.noise) }

func (s *side) rmse() report.Number {
	if s.quantized == 0 || s.signal <= 0 {
		return report.NA()
	}
	return report.Number(math.Sqrt(s.noise / s.signal))
}

func (s *side) bits() report.Number { return report.BitsPerWeight(s.bytes, s.parameters) }

// comparison is the plan beside the choice, for the target and the whole model.
type comparison struct {
	now, then           side
	modelNow, modelThen side
	measured, of        int // of the target's tensors
	failed              int
	failure             string // of the first that failed
	stay                int    // tensors that stay as they are whatever is chosen
	stayReason          string
	estimated           bool // sizes of what is not measured yet are worked out from the shape
	over                int64
}

// compare adds both sides up. A tensor that is not measured yet counts with the
// size that the scheme gives its shape, and with no error.
func (v View) compare() comparison {
	var c comparison
	scheme, problem := v.choice.scheme()
	c.of = len(v.indexes)
	next := 0 // in indexes, which run upwards
	for i := range v.rows {
		now := &v.rows[i]
		then := now
		if next < len(v.indexes) && v.indexes[next] == i {
			next++
			if problem == "" {
				then = v.after(now, scheme, &c)
			}
			c.now.add(now)
			c.then.add(then)
		}
		c.modelNow.add(now)
		c.modelThen.add(then)
	}
	c.over = max(c.modelThen.bytes-v.total.BudgetBytes, 0)
	return c
}

// after is the row of a tensor under the choice: measured, or its size alone.
func (v View) after(now *report.Tensor, scheme *int2.Scheme, c *comparison) *report.Tensor {
	o, known := v.tries.of(now.Name, scheme)
	if known && o.err == nil {
		c.measured++
		if scheme != nil && o.row.Scheme == nil {
			c.stay++
			if c.stayReason == "" {
				c.stayReason = o.row.Reason
			}
		}
		return &o.row
	}
	if known {
		c.failed++
		c.measured++
		if c.failure == "" {
			c.failure = o.err.Error()
		}
		return now
	}
	if now.State == report.Failed {
		return now
	}
	row := report.Unmeasured()
	row.Name, row.Parameters, row.SizeBytes, row.QuantizedSizeBytes = now.Name, now.Parameters, now.SizeBytes, now.SizeBytes
	if rows, cols, ok := matrixOf(now); ok && scheme != nil {
		row.QuantizedSizeBytes = min(scheme.SizeBytes(rows, cols, scheme.Solver == int2.SINQ), now.SizeBytes)
	}
	c.estimated = true
	return &row
}

// matrixOf is the matrix in which a tensor is quantized, from its shape: rank 2
// as it is, rank 3 with a last dimension of 32 or more by its last dimension,
// otherwise by its first. A scheme in the row tells when it is transposed: its
// size is that of the other way round. Whole numbers are not quantized.
func matrixOf(t *report.Tensor) (rows, cols int, ok bool) {
	n := len(t.Shape)
	isFloat := strings.HasPrefix(t.DType, "F") || t.DType == "BF16"
	if n < 2 || t.Parameters <= 0 || !isFloat && t.Scheme == nil {
		return 0, 0, false
	}
	cols = t.Shape[n-1]
	if n > 3 || n == 3 && cols < 32 {
		cols = int(t.Parameters) / max(t.Shape[0], 1)
	}
	if cols <= 0 {
		return 0, 0, false
	}
	rows = int(t.Parameters) / cols
	if s := t.Scheme; s != nil && n == 2 && s.SizeBytes(rows, cols, false) != t.QuantizedSizeBytes &&
		s.SizeBytes(cols, rows, false) == t.QuantizedSizeBytes {
		rows, cols = cols, rows
	}
	return rows, cols, true
}
