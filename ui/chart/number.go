package chart

import (
	"math"
	"strconv"
	"strings"
)

// Short writes a number in at most about six columns: three significant
// digits, no leading zero before the point, an exponent only where it must be.
func Short(v float64) string {
	switch {
	case math.IsNaN(v):
		return "n/a"
	case math.IsInf(v, 1):
		return "∞"
	case math.IsInf(v, -1):
		return "-∞"
	case v == 0:
		return "0"
	}
	a := math.Abs(v)
	if a < 1e-4 || a >= 1e5 {
		s := strconv.FormatFloat(v, 'e', 1, 64)
		s = strings.Replace(s, "e-0", "e-", 1)
		s = strings.Replace(s, "e+0", "e", 1)
		return strings.Replace(s, "e+", "e", 1)
	}
	digits := 2 - int(math.Floor(math.Log10(a)))
	s := strconv.FormatFloat(v, 'f', min(max(digits, 0), 5), 64)
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	s = strings.Replace(s, "-0.", "-.", 1)
	if strings.HasPrefix(s, "0.") {
		s = s[1:]
	}
	return s
}

// Count writes a whole number in at most six columns, with k, M, G from a thousand on.
func Count(n int64) string {
	v := float64(n)
	for _, unit := range []string{"", "k", "M", "G", "T"} {
		if math.Abs(v) < 999.5 || unit == "T" {
			if unit == "" {
				return strconv.FormatInt(n, 10)
			}
			digits := 1
			if math.Abs(v) >= 99.95 {
				digits = 0
			}
			return strconv.FormatFloat(v, 'f', digits, 64) + unit
		}
		v /= 1000
	}
	return ""
}
