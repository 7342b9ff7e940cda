package live

import (
	"math"

	"github.com/mmtui/mmtui/core/report"
)

// Stats describe the values of a metric within the window. The percentiles are
// exact, of every value kept: the smallest value that at least that share of the
// values does not exceed.
type Stats struct {
	Count   int           `json:"count"`
	Min     report.Number `json:"min"`
	Mean    report.Number `json:"mean"`
	Max     report.Number `json:"max"`
	P50     report.Number `json:"p50"`
	P95     report.Number `json:"p95"`
	P99     report.Number `json:"p99"`
	Partial bool          `json:"partial"` // values of the window's beginning had to make room for newer ones
}

func statsOf(points []point, partial bool) Stats {
	sorted := sortedValues(points)
	s := Stats{Count: len(sorted), Min: report.NA(), Mean: report.NA(), Max: report.NA(), Partial: partial}
	s.P50, s.P95, s.P99 = report.Number(quantile(sorted, 0.5)), report.Number(quantile(sorted, 0.95)), report.Number(quantile(sorted, 0.99))
	if len(sorted) == 0 {
		return s
	}
	sum := 0.0
	for _, v := range sorted {
		sum += v
	}
	s.Min, s.Max = report.Number(sorted[0]), report.Number(sorted[len(sorted)-1])
	s.Mean = report.Number(sum / float64(len(sorted)))
	return s
}

// Bucket is one column of a history: the percentiles of the values that fell
// into its share of the window, NaN where none did.
type Bucket struct {
	P50 float64
	P95 float64
	P99 float64
}

// historyOf divides from … to into n buckets of equal time.
func historyOf(points []point, from, to int64, n int) []Bucket {
	out := make([]Bucket, n)
	i := 0
	for k := range out {
		// In floating point, because nanoseconds times columns can exceed 64 bits.
		end := from + int64(float64(to-from)*float64(k+1)/float64(n))
		first := i
		for i < len(points) && (points[i].at <= end || k == n-1) {
			i++
		}
		out[k] = Bucket{math.NaN(), math.NaN(), math.NaN()}
		if i > first {
			sorted := sortedValues(points[first:i])
			out[k] = Bucket{quantile(sorted, 0.5), quantile(sorted, 0.95), quantile(sorted, 0.99)}
		}
	}
	return out
}
