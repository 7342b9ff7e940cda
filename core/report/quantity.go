package report

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// HumanBytes writes a size in decimal units with three digits: "35.0 MB".
func HumanBytes(n int64) string {
	return siDigits(n, []string{" B", " kB", " MB", " GB", " TB", " PB", " EB"}, func(v float64) int {
		switch {
		case v < 9.995:
			return 2
		case v < 99.95:
			return 1
		}
		return 0
	})
}

// HumanCount writes a count with one decimal and a suffix: "163.8k", "1.2M".
func HumanCount(n int64) string {
	return siDigits(n, []string{"", "k", "M", "G", "T", "P", "E"}, func(float64) int { return 1 })
}

// siDigits scales n by powers of 1000 to below 1000 and adds the unit of that
// power; decimals chooses the digits after the point of a scaled value.
func siDigits(n int64, units []string, decimals func(float64) int) string {
	if n < 0 {
		if n == math.MinInt64 { // has no positive counterpart
			n++
		}
		return "-" + siDigits(-n, units, decimals)
	}
	if n < 1000 {
		return strconv.FormatInt(n, 10) + units[0]
	}
	v, unit := float64(n), 0
	for unit < len(units)-1 {
		// What rounds up to 1000 belongs to the next unit.
		if s := strconv.FormatFloat(v, 'f', decimals(v), 64); unit > 0 && !strings.HasPrefix(s, "1000") && v < 1000 {
			break
		}
		v /= 1000
		unit++
	}
	return strconv.FormatFloat(v, 'f', decimals(v), 64) + units[unit]
}

// GroupDigits writes a whole number with commas: 531,456.
func GroupDigits(n int64) string {
	s := strconv.FormatInt(n, 10)
	sign := ""
	if s[0] == '-' {
		sign, s = "-", s[1:]
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return sign + s
}

// ParseBytes reads a size: "35MB", "35 MB" and "35000000" are 35·10⁶ bytes,
// "35MiB" is 35·2²⁰. It must be a whole number of bytes from 0 up.
func ParseBytes(text string) (int64, error) {
	v, unit, err := parseQuantity(text)
	if err == nil && (unit == "" || isByteUnit(unit)) && v >= 0 && v < math.MaxInt64 {
		return int64(math.Round(v)), nil
	}
	return 0, fmt.Errorf("size %q is not understood; write bytes, or a number with kB, MB, GB, KiB, MiB or GiB, such as 35MB", text)
}

func isByteUnit(unit string) bool {
	return strings.HasSuffix(unit, "B") || unit == "k" || unit == "M" || unit == "G" || unit == "T"
}

// parseQuantity reads a number with an optional unit: k, M, G, T (powers of
// 1000) alone or before B, the same with i (powers of 1024) before B, or %. It
// returns the value in the base unit and the unit in canonical form.
func parseQuantity(text string) (value float64, unit string, err error) {
	text = strings.TrimSpace(text)
	end := numberEnd(text)
	number, unit := text[:end], strings.TrimSpace(text[end:])
	// ParseFloat would also take hexadecimal, underscores and "inf".
	v, err := strconv.ParseFloat(number, 64)
	if err != nil || math.IsInf(v, 0) {
		return 0, "", fmt.Errorf("%q is not a number", text)
	}
	factor, canonical, ok := unitFactor(unit)
	if !ok {
		return 0, "", fmt.Errorf("%q has a unit that is not known: %q", text, unit)
	}
	return v * factor, canonical, nil
}

// numberEnd is the length of the decimal number that text starts with.
func numberEnd(text string) int {
	i := 0
	if i < len(text) && (text[i] == '-' || text[i] == '+') {
		i++
	}
	for i < len(text) && (isDigit(text[i]) || text[i] == '.') {
		i++
	}
	if i < len(text) && (text[i] == 'e' || text[i] == 'E') {
		j := i + 1
		if j < len(text) && (text[j] == '-' || text[j] == '+') {
			j++
		}
		if j < len(text) && isDigit(text[j]) {
			for j < len(text) && isDigit(text[j]) {
				j++
			}
			i = j
		}
	}
	return i
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// unitFactor knows the units of parseQuantity, whatever their case.
func unitFactor(unit string) (factor float64, canonical string, ok bool) {
	lower := strings.ToLower(unit)
	switch lower {
	case "":
		return 1, "", true
	case "%":
		return 0.01, "%", true
	case "b":
		return 1, "B", true
	}
	power := float64(strings.IndexByte("kmgt", lower[0]) + 1)
	if power == 0 {
		return 0, "", false
	}
	letter := strings.ToUpper(lower[:1])
	if power == 1 {
		letter = "k"
	}
	switch lower[1:] {
	case "":
		return math.Pow(1000, power), letter, true
	case "b":
		return math.Pow(1000, power), letter + "B", true
	case "ib":
		return math.Pow(1024, power), strings.ToUpper(letter) + "iB", true
	}
	return 0, "", false
}
