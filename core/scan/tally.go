package scan

import (
	"math"

	"github.com/mmtui/mmtui/core/report"
)

// tally keeps the totals of the rows, so that an event of a model of ten
// thousand tensors does not cost a walk over all of them. The session's lock
// guards it.
type tally struct {
	sum      report.Sum
	done, of int
	sqnr     []report.Number // of every row, NaN where there is none
	stale    bool            // a row lost its energies: sum anew
}

// figures are the few numbers of a row that totals and ranks are made of.
type figures struct {
	size, parameters    int64
	signal, noise, sqnr report.Number
	toMeasure, pending  bool
}

func newTally(rows int) tally {
	t := tally{sqnr: make([]report.Number, rows), stale: true}
	for i := range t.sqnr {
		t.sqnr[i] = report.NA()
	}
	return t
}

func (f *figures) hasEnergies() bool { return f.signal.Valid() && f.noise.Valid() }

// replace takes in that a row has other figures. Energies are only ever added:
// subtracting them would leave rounding errors behind.
func (t *tally) replace(row int, before, after *figures) {
	t.sqnr[row] = after.sqnr
	switch {
	case t.stale:
		return
	case before.toMeasure != after.toMeasure || before.parameters != after.parameters,
		before.hasEnergies() && (before.signal != after.signal || before.noise != after.noise):
		t.stale = true
		return
	case !before.hasEnergies() && after.hasEnergies():
		t.sum.Add(0, 0, after.signal, after.noise)
	}
	t.sum.Resize(after.size - before.size)
	if before.pending && !after.pending {
		t.done++
	} else if after.pending && !before.pending {
		t.done--
	}
}

// total recounts when it must and returns the totals against a budget, and the
// number of rows measured of those to measure.
func (t *tally) total(rows []*row, budget int64) (total report.Total, done, of int) {
	if t.stale {
		t.sum, t.done, t.of, t.stale = report.Sum{}, 0, 0, false
		for _, r := range rows {
			f := &r.figures
			t.sum.Add(f.size, f.parameters, f.signal, f.noise)
			if f.toMeasure {
				t.of++
				if !f.pending {
					t.done++
				}
			}
		}
	}
	return t.sum.Total(budget), t.done, t.of
}

// rank is the rank that an SQNR has in the place of a row, nil for none. Equal
// ones are ranked in file order.
func (t *tally) rank(sqnr report.Number, at int) *int {
	if math.IsNaN(float64(sqnr)) {
		return nil
	}
	rank := 1
	for i, other := range t.sqnr {
		if other < sqnr && i != at || other == sqnr && i < at {
			rank++
		}
	}
	return &rank
}
