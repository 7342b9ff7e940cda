package whatif

import (
	"fmt"
	"slices"
	"strings"

	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/int2"
)

// ranked is what one solver gives.
type ranked struct {
	scheme *int2.Scheme
	row    report.Tensor
	err    error
}

// ranking is every solver's outcome for the one tensor of the target, the
// highest SQNR first, and those that are not there yet last.
func (v View) ranking() []ranked {
	var out []ranked
	for _, s := range v.choice.ladder() {
		r := ranked{scheme: s, row: report.Unmeasured()}
		if o, ok := v.tries.of(v.names[0], s); ok {
			r.row, r.err = o.row, o.err
		}
		out = append(out, r)
	}
	slices.SortStableFunc(out, func(a, b ranked) int {
		x, y := a.row.SQNRdB, b.row.SQNRdB
		switch {
		case x.Valid() != y.Valid():
			if x.Valid() {
				return -1
			}
			return 1
		case !x.Valid() || x == y:
			return 0
		case x > y:
			return -1
		}
		return 1
	})
	return out
}

// copied is the comparison as tab-separated text.
func (v View) copied() string {
	c := v.compare()
	scheme, problem := v.choice.scheme()
	chosen := problem
	if problem == "" {
		chosen = "float"
		if scheme != nil {
			chosen = scheme.String()
		}
	}
	var b strings.Builder
	line := func(fields ...any) {
		for i, x := range fields {
			if i > 0 {
				b.WriteByte('\t')
			}
			if n, ok := x.(report.Number); ok && !n.Valid() {
				x = "n/a"
			}
			fmt.Fprint(&b, x)
		}
		b.WriteByte('\n')
	}
	line("target", v.subject())
	line("choice", chosen)
	line("figure", "plan", "choice")
	line("sqnr_db", c.now.sqnr(), c.then.sqnr())
	line("relative_rmse", c.now.rmse(), c.then.rmse())
	line("bits_per_weight", c.now.bits(), c.then.bits())
	line("size_bytes", c.now.bytes, c.then.bytes)
	line("model_size_bytes", c.modelNow.bytes, c.modelThen.bytes)
	return b.String()
}
