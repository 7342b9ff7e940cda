package tensor

import (
	"fmt"
	"strings"

	"github.com/mmtui/mmtui/core/report"
)

// copied is what the panel in focus shows, as tab-separated text with full precision.
func (v View) copied() string {
	f, d := v.facts, v.facts.detail
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
	switch v.focus {
	case panelVerdict:
		line(d.Verdict.Cause)
		line(d.Verdict.Summary)
		for _, s := range append(append([]string(nil), d.Verdict.Why...), d.Verdict.Try...) {
			line(s)
		}
		line(v.scope())
	case panelHistogram:
		line("from", "to", "weights")
		n := len(d.Histogram.Counts)
		step := (d.Histogram.Hi - d.Histogram.Lo) / report.Number(max(n, 1))
		for i, c := range d.Histogram.Counts {
			line(d.Histogram.Lo+report.Number(i)*step, d.Histogram.Lo+report.Number(i+1)*step, c)
		}
	case panelMap:
		line("row", "group", "sqnr_db")
		if f.perRow > 0 {
			for g := range f.perRow {
				line(v.cursor.row, g, report.Number(f.at(v.cursor.row, g)))
			}
		}
	case panelValues:
		line("column", "original", "code", "restored")
		if g := v.values; g != nil {
			for k := range weights(g) {
				line(g.FirstCol+k, g.Original[k], g.Codes[k], g.Restored[k])
			}
		}
	case panelCodes:
		line("code", "share")
		for i, s := range f.occupancy() {
			line(i, s)
		}
	case panelChannels:
		line("channel", "sqnr_db", "max_abs")
		for _, c := range d.Channels {
			line(c.Index, c.SQNRdB, c.MaxAbs)
		}
	case panelOutliers:
		line("axis", "index", "ratio", "error_share")
		for _, o := range d.Outliers {
			line(o.Axis, o.Index, o.Ratio, o.Share)
		}
	}
	return b.String()
}
