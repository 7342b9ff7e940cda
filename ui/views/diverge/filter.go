package diverge

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/sahilm/fuzzy"

	"github.com/mmtui/mmtui/core/diverge"
	"github.com/mmtui/mmtui/ui/component"
	"github.com/mmtui/mmtui/ui/keys"
)

// filter is conditions that must all hold; the zero value takes every row.
type filter []func(*diverge.Row) bool

func (f filter) match(r *diverge.Row) bool {
	for _, holds := range f {
		if !holds(r) {
			return false
		}
	}
	return true
}

// parseFilter reads terms apart by blanks: a regular expression for the name,
// ~ for its letters in order, a comparison such as local<8 or part=decoder, and
// ! before any of these for its inverse.
func parseFilter(text string) (filter, error) {
	var out filter
	for _, word := range strings.Fields(text) {
		holds, err := parseTerm(word)
		if err != nil {
			return nil, fmt.Errorf("%q: %w", word, err)
		}
		out = append(out, holds)
	}
	return out, nil
}

var predicate = regexp.MustCompile(`^([a-z_]+)(<=|>=|!=|<|>|=)(.+)$`)

func parseTerm(word string) (func(*diverge.Row) bool, error) {
	if rest, ok := strings.CutPrefix(word, "!"); ok {
		if rest == "" {
			return nil, errors.New(`nothing follows "!"`)
		}
		holds, err := parseTerm(rest)
		return func(r *diverge.Row) bool { return !holds(r) }, err
	}
	if rest, ok := strings.CutPrefix(word, "~"); ok {
		return func(r *diverge.Row) bool { return len(fuzzy.FindNoSort(rest, []string{r.Name})) > 0 }, nil
	}
	if m := predicate.FindStringSubmatch(word); m != nil {
		return comparison(m[1], m[2], m[3])
	}
	re, err := regexp.Compile("(?i)" + word)
	if err != nil {
		return nil, fmt.Errorf("not a regular expression: %s", strings.TrimPrefix(err.Error(), "error parsing regexp: "))
	}
	return func(r *diverge.Row) bool { return re.MatchString(r.Name) }, nil
}

// comparison compares a field of a row. Where a row has no such figure it does not hold.
func comparison(field, op, value string) (func(*diverge.Row) bool, error) {
	if text, ok := texts()[field]; ok {
		switch op {
		case "=":
			return func(r *diverge.Row) bool { return strings.Contains(text(r), value) }, nil
		case "!=":
			return func(r *diverge.Row) bool { return !strings.Contains(text(r), value) }, nil
		}
		return nil, fmt.Errorf("%s is a text; compare it with = or !=", field)
	}
	of, ok := figures()[field]
	if !ok {
		return nil, fmt.Errorf("%s is no field; use local, cumulative, cosine, rmse, amplification, bits, part, kind or scheme", field)
	}
	want, err := strconv.ParseFloat(value, 64)
	if err != nil {
		return nil, fmt.Errorf("%s is no number", value)
	}
	return func(r *diverge.Row) bool {
		x := of(r)
		switch op {
		case "<":
			return x < want
		case "<=":
			return x <= want
		case ">":
			return x > want
		case ">=":
			return x >= want
		case "!=":
			return x == x && x != want
		}
		return x == want
	}, nil
}

func texts() map[string]func(*diverge.Row) string {
	return map[string]func(*diverge.Row) string{
		"name":   func(r *diverge.Row) string { return r.Name },
		"part":   func(r *diverge.Row) string { return string(r.Part) },
		"kind":   func(r *diverge.Row) string { return string(r.Kind) },
		"scheme": func(r *diverge.Row) string { return r.Scheme },
	}
}

func figures() map[string]func(*diverge.Row) float64 {
	local := func(r *diverge.Row) float64 { return decibels(localText(r), r.LocalSQNRdB) }
	cumulative := func(r *diverge.Row) float64 { return decibels(cumulativeText(r), r.CumulativeSQNRdB) }
	amplification := func(r *diverge.Row) float64 { return float64(r.AmplificationDB) }
	return map[string]func(*diverge.Row) float64{
		"local": local, "cumulative": cumulative, "cum": cumulative, "sqnr": cumulative,
		"amplification": amplification, "amp": amplification,
		"cosine": func(r *diverge.Row) float64 { return float64(r.Cosine) },
		"rmse":   func(r *diverge.Row) float64 { return float64(r.RelativeRMSE) },
		"bits":   func(r *diverge.Row) float64 { return float64(r.Bits) },
	}
}

// filterBar is the line the filter is typed in. What is typed takes effect at
// once; text that does not parse leaves the last good filter in force.
type filterBar struct {
	input   component.Input
	editing bool
	before  string // what Cancel goes back to
	problem string
}

func (f *filterBar) shows() bool { return f.editing || !f.input.Empty() }

func (v *View) editFilter() {
	v.filter.editing, v.filter.before = true, v.filter.input.Value()
	v.place()
}

// typed handles a key while the filter is edited.
func (v *View) typed(k tea.KeyMsg) {
	if !v.filter.editing {
		return
	}
	switch a, _ := v.keys.In(k.String(), keys.Text); a {
	case keys.Accept:
		v.filter.editing = v.filter.problem != ""
		v.place()
	case keys.Cancel:
		v.filter.editing = false
		v.setFilter(v.filter.before)
	default:
		input, changed := v.filter.input.Key(k)
		v.filter.input = input
		if changed {
			v.apply(input.Value())
		}
	}
}

// setFilter puts a text into the bar and in force.
func (v *View) setFilter(text string) {
	v.filter.input = component.NewInput(text)
	v.apply(text)
	v.place()
}

func (v *View) apply(text string) {
	f, err := parseFilter(text)
	if err != nil {
		v.filter.problem = err.Error()
		return
	}
	v.filter.problem = ""
	v.reorder(func() { v.list.keeps = f })
}

// reorder changes what the table shows; the cursor stays on its layer.
func (v *View) reorder(change func()) {
	name := ""
	if row := v.row(); row != nil {
		name = row.Name
	}
	change()
	v.list.rebuild()
	v.goTo(name)
}

func (v *View) renderFilter(width int) string {
	side := ""
	if v.report != nil {
		side = fmt.Sprintf("%d of %s", len(v.list.shown), counted(len(v.report.Rows), "row"))
	}
	style := v.theme.Dim
	if v.filter.problem != "" {
		side, style = v.theme.Glyphs.Cross+" "+component.Clean(v.filter.problem), v.theme.Bad
	}
	side = component.Cut(side, max(0, width-24), v.theme.Glyphs.Ellipsis)
	left := max(0, width-component.Width(side)-2)
	return component.Line(v.filter.input.Render(v.theme, "/", left, v.filter.editing)+" "+style.Render(side), width, "")
}
