package int2

import "math"

// evidence is what a diagnosis rests on besides the metrics. It costs a second
// look at every weight, so it is gathered only with Options.Ideal or Detail.
type evidence struct {
	columns    *columnSums // energy and error of every input channel
	clippedErr float64     // Σe² of the weights that count as clipped
	dead       int64       // weights whose error is at least as large as they are
	groups     int64       // groups that have an exact optimum and some error
	lossy      int64       // those of them with more than twice the optimum's error
}

// lossyRatio is how much more error than its optimum makes a group count as lossy (3 dB).
const lossyRatio = 2

// addRow adds one row of finite weights; rounded is what its codes were chosen for.
func (e *evidence) addRow(w, rounded []float32, row *codedRow) {
	signal, err := e.columns.signal[:len(w)], e.columns.err[:len(w)]
	for g := range row.group {
		code := &row.group[g]
		low, high := code.reach()
		lo, hi := row.f.bounds(g)
		for k := lo; k < hi; k++ {
			v := float64(w[k])
			d := float64(row.q[k]) - v
			square := float64(d * d)
			signal[k] += float64(v * v)
			err[k] += square
			if x := rounded[k]; x < low || x > high {
				e.clippedErr += square
			}
			if math.Abs(d) >= math.Abs(v) && v != 0 {
				e.dead++
			}
		}
	}
}

// addGroup adds the error of a group and of its optimum.
func (e *evidence) addGroup(sse, ideal float64) {
	if sse <= 0 {
		return
	}
	e.groups++
	if sse > lossyRatio*ideal {
		e.lossy++
	}
}

// merge adds the evidence of the block that follows.
func (e *evidence) merge(o *evidence) {
	for k := range o.columns.signal {
		e.columns.signal[k] += o.columns.signal[k]
		e.columns.err[k] += o.columns.err[k]
	}
	e.clippedErr += o.clippedErr
	e.dead += o.dead
	e.groups += o.groups
	e.lossy += o.lossy
}

func (e *evidence) reset() {
	e.columns.reset()
	*e = evidence{columns: e.columns}
}

// reach is the interval that the levels of a group serve: half a step beyond
// the outermost ones. A weight outside is clipped.
func (g *groupCode) reach() (low, high float32) {
	r := float32(float32(g.step) * g.half * (0.5 + clipTolerance))
	return g.value(0) - r, g.value(g.top) + r
}
