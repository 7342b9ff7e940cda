package whatif

import (
	"strings"

	"github.com/mmtui/mmtui/core/plan"
	"github.com/mmtui/mmtui/ui/component"
)

// labelWidth is the room for a field's name and the mark before it; every value
// has a blank or a bracket on either side.
const labelWidth = 8

// form is the lines of the fields and where their values stand.
type form struct {
	lines []string
	hits  []hit
}

// hit is a value that can be clicked.
type hit struct {
	x, y, w int
	field   field
	target  target
	set     func(choice) choice
}

func (v View) form(w int) form {
	var f form
	v.targetLines(&f, w)
	for at := fieldBits; at < fields; at++ {
		line := v.label(at)
		x := labelWidth
		for _, o := range v.choice.options(at) {
			f.hits = append(f.hits, hit{x: x, y: len(f.lines), w: component.Width(o.text) + 2, field: at, set: o.set})
			line += v.value(o, at == v.field)
			x += component.Width(o.text) + 2
		}
		f.lines = append(f.lines, line)
	}
	f.lines = append(f.lines, v.remark(w)...)
	return f
}

// remark is what is wrong with the choice, or else what the plan says.
func (v View) remark(w int) []string {
	g := v.theme.Glyphs
	_, problem := v.choice.scheme()
	if problem == "" {
		return []string{v.theme.Dim.Render(component.Cut("  plan: "+v.planText(), w, g.Ellipsis))}
	}
	lines := wrap(component.Clean(problem), max(w-4, 10))
	for i := range lines {
		lead := "    "
		if i == 0 {
			lead = "  " + g.Warning + " "
		}
		lines[i] = v.theme.Warn.Render(lead + lines[i])
	}
	return lines
}

// planText is what the plan has for the target now.
func (v View) planText() string {
	text := ""
	for _, i := range v.indexes {
		one := "float"
		if s := v.rows[i].Scheme; s != nil {
			one = s.String()
		}
		if text != "" && one != text {
			return "several schemes"
		}
		text = one
	}
	return text
}

func (v View) label(f field) string {
	text := component.Line(f.String(), labelWidth-1, "")
	if f == v.field {
		return v.theme.Accent.Render(v.theme.Glyphs.Cursor) + v.theme.Header.Render(text)
	}
	return " " + v.theme.Dim.Render(text)
}

// value draws an option: brackets around the present one, so that it shows without colour too.
func (v View) value(o option, underCursor bool) string {
	text := " " + o.text + " "
	if o.on {
		text = "[" + o.text + "]"
	}
	switch {
	case o.on && underCursor && v.focused:
		return v.theme.Selected.Render(text)
	case o.on && underCursor:
		return v.theme.Inactive.Render(text)
	case o.on && o.off != "":
		return v.theme.Warn.Render(text)
	case o.on:
		return v.theme.Strong.Render(text)
	case o.off != "":
		return v.theme.Border.Render(text)
	}
	return v.theme.Text.Render(text)
}

// targetLines are the line of targets and the name, the count or the pattern below it.
func (v View) targetLines(f *form, w int) {
	line := v.label(fieldTarget)
	x := labelWidth
	for t := range targets {
		o := option{text: t.String(), on: t == v.target}
		if t == markedSet && len(v.marked) == 0 {
			o.off = "no tensor is marked"
		}
		f.hits = append(f.hits, hit{x: x, y: len(f.lines), w: component.Width(o.text) + 2, field: fieldTarget, target: t})
		line += v.value(o, v.field == fieldTarget)
		x += component.Width(o.text) + 2
	}
	f.lines = append(f.lines, line)
	room := w - labelWidth - 1
	indent := component.Spaces(labelWidth + 1)
	g := v.theme.Glyphs
	switch {
	case v.typing:
		f.lines = append(f.lines, indent+v.input.Render(v.theme, "", room, true), indent+v.typingRemark(room))
	case len(v.indexes) == 0:
		f.lines = append(f.lines, indent+v.theme.Warn.Render(component.Cut(v.emptyTarget(), room, g.Ellipsis)))
	case v.target == byPattern:
		f.lines = append(f.lines, indent+v.theme.Text.Render(component.CutLeft(v.subject(), room, g.Ellipsis)))
	case len(v.names) == 1:
		f.lines = append(f.lines, indent+v.theme.Text.Render(component.CutLeft(component.Clean(v.names[0]), room, g.Ellipsis)))
	default:
		f.lines = append(f.lines, indent+v.theme.Text.Render(component.Cut(counted(len(v.names))+": "+component.Clean(strings.Join(v.names, ", ")), room, g.Ellipsis)))
	}
}

// typingRemark counts what the pattern being typed matches, or says what is wrong with it.
func (v View) typingRemark(room int) string {
	g := v.theme.Glyphs
	if v.wrong != "" {
		return v.theme.Bad.Render(component.Cut(component.Clean(v.wrong), room, g.Ellipsis))
	}
	text := strings.TrimSpace(v.input.Value())
	p, err := plan.ParsePattern(text)
	if err != nil {
		return v.theme.Dim.Render(component.Cut(component.Clean(err.Error()), room, g.Ellipsis))
	}
	n := 0
	for i := range v.rows {
		if p.Match(v.rows[i].Name) {
			n++
		}
	}
	return v.theme.Dim.Render(component.Cut("matches "+counted(n)+" "+g.Dot+" Enter takes it, Esc leaves it", room, g.Ellipsis))
}
