package report

import (
	"strconv"
	"strings"
)

// Kind says how a column's values are written for people.
type Kind int

// The kinds.
const (
	Text    Kind = iota
	Count        // a whole number, with a suffix when large
	Bytes        // decimal units
	Decibel      // two decimals
	Ratio        // 0 … 1, four decimals
	Share        // 0 … 1, shown in per cent
	Bits         // bits per weight or of entropy, three decimals
	Plain        // four significant digits
	Ordinal      // a whole number in full
)

// Column is one figure of a row, as the table, CSV, filters, gates and the
// screen know it. Key is the field's name in the JSON, with a dot for a field
// inside an object.
type Column struct {
	Key        string
	Title      string   // heading of a table
	Aliases    []string // short names for filters and --sort
	Unit       string   // "dB", "bytes", "bits per weight", … or ""
	Definition string   // one line, in plain words
	Kind       Kind

	number func(*Tensor) Number
	text   func(*Tensor) string
}

// Numeric reports whether the column holds numbers.
func (c Column) Numeric() bool { return c.number != nil }

// Number is the value in a row; NA for a text column, or where there is none.
func (c Column) Number(t *Tensor) Number {
	if c.number == nil {
		return NA()
	}
	return c.number(t)
}

// Text is the value in a row as machines read it (CSV): full precision, a
// shape as 640x256, and nothing for a number that does not exist.
func (c Column) Text(t *Tensor) string {
	if c.number == nil {
		if c.Key == "shape" {
			return strings.ReplaceAll(c.text(t), "×", "x")
		}
		return c.text(t)
	}
	n := c.number(t)
	switch {
	case !n.Valid():
		return ""
	case c.whole():
		return strconv.FormatFloat(float64(n), 'f', -1, 64)
	}
	return strconv.FormatFloat(float64(n), 'g', -1, 64)
}

// whole reports whether the column counts something.
func (c Column) whole() bool { return c.Kind == Count || c.Kind == Bytes || c.Kind == Ordinal }

// Format is the value as people read it: "n/a" for a number that does not
// exist, "…" for one whose turn has not come, "-" for no scheme.
func (c Column) Format(t *Tensor) string {
	if c.number == nil {
		text := c.text(t)
		switch {
		case text == "" && c.Key == "scheme":
			return "-"
		case text == "" && c.Key == "cause" && t.IdealPending:
			return "…"
		}
		return Printable(text)
	}
	n := c.number(t)
	if !n.Valid() && (t.State == Pending || c.Key == "below_ideal_db" && t.IdealPending) {
		return "…"
	}
	return FormatNumber(n, c.Kind)
}

// FormatUnit is FormatNumber with the column's unit after it, for messages.
func (c Column) FormatUnit(n Number) string {
	s := FormatNumber(n, c.Kind)
	if c.Unit == "" || c.Kind == Bytes || c.Kind == Share || !n.Valid() {
		return s
	}
	return s + " " + c.Unit
}

// FormatNumber writes a number for people; "n/a" when it does not exist.
func FormatNumber(n Number, k Kind) string {
	if !n.Valid() {
		return "n/a"
	}
	f := float64(n)
	switch k {
	case Count:
		return HumanCount(int64(f))
	case Bytes:
		return HumanBytes(int64(f))
	case Decibel:
		return fixed(f, 2)
	case Ratio:
		return fixed(f, 4)
	case Share:
		return fixed(100*f, 2) + "%"
	case Bits:
		return fixed(f, 3)
	case Ordinal:
		return strconv.FormatInt(int64(f), 10)
	default:
		return strconv.FormatFloat(f, 'g', 4, 64)
	}
}

// fixed writes a number with so many decimals, without a minus before zero.
func fixed(f float64, decimals int) string {
	s := strconv.FormatFloat(f, 'f', decimals, 64)
	if strings.Trim(s, "-0.") == "" {
		s = strings.TrimPrefix(s, "-")
	}
	return s
}

// FindColumn looks a column up by its key or an alias, upper or lower case.
func FindColumn(columns []Column, name string) (Column, bool) {
	name = strings.ToLower(name)
	for _, c := range columns {
		if c.Key == name {
			return c, true
		}
	}
	for _, c := range columns {
		for _, a := range c.Aliases {
			if a == name {
				return c, true
			}
		}
	}
	return Column{}, false
}

// ShapeString writes a shape as 640×256, a scalar's as "scalar".
func ShapeString(shape []int) string {
	if len(shape) == 0 {
		return "scalar"
	}
	parts := make([]string, len(shape))
	for i, d := range shape {
		parts[i] = strconv.Itoa(d)
	}
	return strings.Join(parts, "×")
}

// Printable shows control and direction characters of a name as escapes, so
// that a file cannot write to the terminal through them.
func Printable(s string) string {
	if !strings.ContainsFunc(s, unprintable) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if unprintable(r) {
			quoted := strconv.QuoteRuneToASCII(r)
			b.WriteString(quoted[1 : len(quoted)-1])
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

func unprintable(r rune) bool { return r != '×' && !strconv.IsPrint(r) }
