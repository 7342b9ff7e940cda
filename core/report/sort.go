package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"
)

// View chooses and orders rows. The zero value is every row in file order.
type View struct {
	Filter  Filter
	Sort    string // key or alias of a column; "" is file order
	Reverse bool   // descending
}

// Indices lists the rows that a view shows, in its order. Rows without the
// figure that is sorted by come last in both directions; equal ones keep their
// order. The error names an unknown column and the nearest known one.
func (v View) Indices(rows []Tensor) ([]int, error) {
	order := make([]int, 0, len(rows))
	for i := range rows {
		if v.Filter.Match(&rows[i]) {
			order = append(order, i)
		}
	}
	if v.Sort == "" {
		if v.Reverse {
			slices.Reverse(order)
		}
		return order, nil
	}
	columns := Columns()
	column, ok := FindColumn(columns, v.Sort)
	if !ok {
		return nil, unknownColumn(columns, v.Sort)
	}
	column.sort(rows, order, v.Reverse)
	return order, nil
}

// Apply returns the report with the rows that the view shows; totals stay
// those of the whole model.
func (v View) Apply(m Model) (Model, error) {
	order, err := v.Indices(m.Tensors)
	if err != nil {
		return Model{}, err
	}
	rows := make([]Tensor, len(order))
	for i, at := range order {
		rows[i] = m.Tensors[at]
	}
	m.Tensors = rows
	return m, nil
}

// sort orders indices into rows by the column.
func (c Column) sort(rows []Tensor, order []int, reverse bool) {
	sign := 1
	if reverse {
		sign = -1
	}
	if c.Numeric() {
		slices.SortStableFunc(order, func(a, b int) int {
			x, y := c.number(&rows[a]), c.number(&rows[b])
			if !x.Valid() || !y.Valid() {
				return missingLast(!x.Valid(), !y.Valid())
			}
			return sign * cmp.Compare(x, y)
		})
		return
	}
	slices.SortStableFunc(order, func(a, b int) int {
		x, y := c.text(&rows[a]), c.text(&rows[b])
		if x == "" || y == "" {
			return missingLast(x == "", y == "")
		}
		return sign * CompareNames(x, y)
	})
}

func missingLast(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

// CompareNames orders names as people do: runs of digits by their value, so
// that layers.2 comes before layers.10.
func CompareNames(a, b string) int {
	i, j := 0, 0
	for i < len(a) && j < len(b) {
		if isDigit(a[i]) && isDigit(b[j]) {
			x, y := digits(a, i), digits(b, j)
			i, j = i+len(x), j+len(y)
			p, q := strings.TrimLeft(x, "0"), strings.TrimLeft(y, "0")
			if c := cmp.Or(cmp.Compare(len(p), len(q)), cmp.Compare(p, q)); c != 0 {
				return c
			}
			continue
		}
		if a[i] != b[j] {
			return cmp.Compare(a[i], b[j])
		}
		i++
		j++
	}
	return cmp.Or(cmp.Compare(len(a)-i, len(b)-j), cmp.Compare(a, b))
}

// digits is the run of digits of s that starts at i.
func digits(s string, i int) string {
	end := i
	for end < len(s) && isDigit(s[end]) {
		end++
	}
	return s[i:end]
}

// unknownColumn is the error for a name that is no column.
func unknownColumn(columns []Column, name string) error {
	if near := nearestColumn(columns, name); near != "" {
		return fmt.Errorf("column %q is not known; did you mean %s?", name, near)
	}
	return fmt.Errorf("column %q is not known; the columns are %s", name, strings.Join(columnKeys(columns), ", "))
}

func columnKeys(columns []Column) []string {
	keys := make([]string, len(columns))
	for i, c := range columns {
		keys[i] = c.Key
	}
	return keys
}

// nearestColumn is the key or alias that is most like name, "" when none is.
func nearestColumn(columns []Column, name string) string {
	name = strings.ToLower(name)
	if len(name) < 2 {
		return ""
	}
	// Two edits, for letters that changed places, but never the whole name.
	best, distance := "", min(len(name), max(2, len(name)/3)+1)
	consider := func(candidate string) {
		if d := levenshtein.ComputeDistance(name, candidate); d < distance {
			best, distance = candidate, d
		}
	}
	for _, c := range columns {
		consider(c.Key)
		for _, a := range c.Aliases {
			consider(a)
		}
	}
	return best
}
