package compare

import (
	"fmt"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/ui/component"
	"github.com/mmtui/mmtui/ui/keys"
	"github.com/mmtui/mmtui/ui/msg"
	"github.com/mmtui/mmtui/ui/table"
)

// Actions lists what the view takes now, in footer order.
func (v View) Actions() []keys.Offer {
	none, rows := "", ""
	if _, _, ok := v.sides(); !ok {
		none = "nothing is pinned"
	}
	if rows = none; rows == "" && len(v.lines) == 0 {
		rows = v.nothing()
	}
	return []keys.Offer{
		{Action: keys.Open, Off: rows}, {Action: keys.SortNext, Off: none}, {Action: keys.SortReverse, Off: none},
		{Action: keys.OnlyDifferent, Off: none}, {Action: keys.Left, Off: none}, {Action: keys.Right, Off: none},
		{Action: keys.SwapSides, Off: none}, {Action: keys.Filter, Off: none}, {Action: keys.ClearPins, Off: none},
		{Action: keys.Copy, Off: rows},
		{Action: keys.Export, Off: "mmtui diff A B --format csv writes a comparison to a file"},
		{Action: keys.Up, Off: rows}, {Action: keys.Down, Off: rows}, {Action: keys.Top, Off: rows}, {Action: keys.Bottom, Off: rows},
		{Action: keys.PageUp, Off: rows}, {Action: keys.PageDown, Off: rows}, {Action: keys.HalfUp, Off: rows},
		{Action: keys.HalfDown, Off: rows}, {Action: keys.SortPrev, Off: none},
	}
}

// Do carries out an action.
func (v View) Do(a keys.Action) (component.View, tea.Cmd, bool) {
	if _, _, ok := v.sides(); !ok {
		return v, nil, false
	}
	if next, ok := v.move(a); ok {
		return next, nil, true
	}
	switch a {
	case keys.Open:
		return v, v.open(), true
	case keys.SortNext:
		return v.sortStep(1), nil, true
	case keys.SortPrev:
		return v.sortStep(-1), nil, true
	case keys.SortReverse:
		v.order.Descending = !v.order.Descending
	case keys.OnlyDifferent:
		v.only = !v.only
	case keys.SwapSides:
		v.swapped = !v.swapped
	case keys.Left:
		v.figure = (v.figure + len(figures()) - 1) % len(figures())
	case keys.Right:
		v.figure = (v.figure + 1) % len(figures())
	case keys.Filter:
		v.typing, v.wrong = true, ""
		v.input = component.NewInput(v.filter.String())
	case keys.Back, keys.ClearFilter:
		if v.filter.Empty() {
			return v, nil, false
		}
		v.filter = report.Filter{}
	case keys.ClearPins:
		return v, send(msg.PinsChanged{}), true
	case keys.Copy:
		return v, send(msg.Copy{Text: v.copied()}), true
	default:
		return v, nil, false
	}
	return v.rebuilt(), nil, true
}

func send(m tea.Msg) tea.Cmd { return func() tea.Msg { return m } }

func (v View) move(a keys.Action) (_ View, moved bool) {
	v.scroll, moved = v.scroll.Do(a, len(v.lines))
	return v, moved
}

// open shows the tensor under the cursor.
func (v View) open() tea.Cmd {
	if v.scroll.Cursor >= len(v.lines) {
		return nil
	}
	return send(msg.OpenTensor{Name: v.lines[v.scroll.Cursor].name})
}

// sortable lists the columns to sort by, in the order that the key walks.
func sortable() []string { return []string{colDelta, colSizeDelta, colName, colA, colB} }

func (v View) sortStep(by int) View {
	list := sortable()
	for i, id := range list {
		if id == v.order.ID {
			return v.sortBy(list[(i+by+len(list))%len(list)])
		}
	}
	return v.sortBy(colDelta)
}

// sortBy orders by a column; a second time reverses it.
func (v View) sortBy(id string) View {
	known := false
	for _, s := range sortable() {
		known = known || s == id
	}
	switch {
	case !known:
		return v
	case id == v.order.ID:
		v.order.Descending = !v.order.Descending
	default:
		v.order = table.Sort{ID: id, Descending: id == colDelta || id == colSizeDelta}
	}
	return v.rebuilt()
}

// copied is the table as tab-separated text with full precision.
func (v View) copied() string {
	f := figures()[v.figure]
	a, b, _ := v.sides()
	var out strings.Builder
	fmt.Fprintf(&out, "name\t%s scheme\t%s scheme\t%s %s\t%s %s\t%s size_bytes\t%s size_bytes\n",
		a.letter, b.letter, a.letter, f.column.Key, b.letter, f.column.Key, a.letter, b.letter)
	number := func(n report.Number) string {
		if !n.Valid() {
			return "n/a"
		}
		return fmt.Sprint(float64(n))
	}
	for _, l := range v.lines {
		fmt.Fprintf(&out, "%s\t%s\t%s\t%s\t%s\t%d\t%d\n", component.Clean(l.name), schemeText(l.a), schemeText(l.b),
			number(f.of(l.a)), number(f.of(l.b)), int64(sizeOf(l.a)), int64(sizeOf(l.b)))
	}
	return out.String()
}
