package picker

import (
	"fmt"
	"slices"
	"strings"

	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/ui/component"
	"github.com/mmtui/mmtui/ui/keys"
	"github.com/mmtui/mmtui/ui/theme"
)

const (
	listHead    = 2 // the frame, the folder's line
	listFoot    = 2 // the keys, the frame
	previewHead = 4 // the frame, the picture's line, the keys
)

func (p *Picker) listRows() int { return max(p.height-listHead-listFoot, 0) }

// split divides the box's width between the list and the preview; narrow boxes
// have no preview.
func (p *Picker) split() (list, preview int) {
	inner := max(p.width-2, 0)
	if inner < 64 {
		return inner, 0
	}
	preview = inner * 55 / 100
	return inner - preview, preview
}

// Render draws the box, exactly width × height cells.
func (p *Picker) Render(t theme.Theme, width, height int) string {
	list, side := p.split()
	rows := max(height-listHead-listFoot, 0)
	var left []string
	lo, hi := p.scroll.Resize(rows, len(p.entries)).Window(len(p.entries))
	for i := lo; i < hi; i++ {
		left = append(left, p.line(t, p.entries[i], list, i == p.scroll.Cursor))
	}
	if p.listed && p.problem == "" && !slices.ContainsFunc(p.entries, func(e entry) bool { return !e.folder }) {
		left = append(left, t.Dim.Render("   no pictures here"))
	}
	if !p.listed {
		left = append(left, t.Dim.Render(" looking "+t.Glyphs.Pending))
	}
	body := component.Fit(strings.Join(left, "\n"), list, rows)
	if side > 0 {
		body = component.Beside(body, component.Fit(strings.Join(p.previewLines(t, side), "\n"), side, rows))
	}
	content := p.head(t, width-2) + "\n"
	if rows > 0 {
		content += body + "\n"
	}
	return component.Box(t, p.title(t), content+p.foot(t, width-2), width, height, true)
}

func (p *Picker) title(t theme.Theme) string {
	title := "Pick pictures"
	if p.whole {
		title = "Pick a folder of pictures"
	}
	if n := len(p.marked); n > 0 {
		title += fmt.Sprintf(" %s %d marked", t.Glyphs.Dot, n)
	}
	return title
}

// head is the folder, the path that is typed, or what is wrong.
func (p *Picker) head(t theme.Theme, width int) string {
	switch {
	case p.typing:
		return p.input.Render(t, " path: ", width, true)
	case p.problem != "":
		return component.Line(" "+t.Bad.Render(t.Glyphs.Cross+" "+component.Clean(p.problem)), width, t.Glyphs.Ellipsis)
	}
	return component.Line(" "+t.Header.Render(component.CutLeft(component.Clean(p.folder), max(width-2, 1), t.Glyphs.Ellipsis)), width, "")
}

func (p *Picker) foot(t theme.Theme, width int) string {
	if p.typing && p.problem != "" {
		return component.Line("  "+t.Warn.Render(t.Glyphs.Warning+" "+component.Clean(p.problem)), width, t.Glyphs.Ellipsis)
	}
	line := ""
	for _, a := range []keys.Action{keys.Accept, keys.Mark, keys.PickFolder, keys.TypePath, keys.ParentDir, keys.Cancel} {
		if b, ok := p.keys.Binding(a, keys.Pictures); ok {
			line += "  " + t.Key.Render(b.First()) + " " + t.Dim.Render(b.Short)
		}
	}
	return component.Line(line, width, t.Glyphs.Ellipsis)
}

func (p *Picker) line(t theme.Theme, e entry, width int, cursor bool) string {
	mark, dot := " ", " "
	if cursor {
		mark = t.Glyphs.Cursor
	}
	if slices.Contains(p.marked, e.path) {
		dot = t.Glyphs.Mark
	}
	name, detail := component.Clean(e.name), p.detail(t, e)
	if e.folder {
		name += "/"
	}
	detail = component.Cut(detail, max(width/2, 0), t.Glyphs.Ellipsis)
	room := max(width-component.Width(detail)-4, 0)
	name = component.Line(name, room, t.Glyphs.Ellipsis)
	switch {
	case cursor:
		return t.Selected.Render(component.Line(mark+dot+name+" "+detail+" ", width, ""))
	case e.folder:
		return component.Line(mark+dot+t.Accent.Render(name)+" "+t.Dim.Render(detail), width, "")
	case e.err != nil:
		return component.Line(mark+dot+t.Dim.Render(name+" "+detail), width, "")
	}
	return component.Line(mark+dot+t.Text.Render(name)+" "+t.Dim.Render(detail), width, "")
}

func (p *Picker) detail(t theme.Theme, e entry) string {
	switch {
	case e.folder && e.name == "..":
		return "folder above"
	case e.folder:
		return "folder"
	case e.err != nil:
		return t.Glyphs.Cross + " cannot be read"
	case e.info.Width == 0:
		return report.HumanBytes(e.info.SizeBytes)
	}
	return fmt.Sprintf("%d%s%d %s", e.info.Width, t.Glyphs.Times, e.info.Height, report.HumanBytes(e.info.SizeBytes))
}

// previewLines draws the picture under the cursor, its facts above it.
func (p *Picker) previewLines(t theme.Theme, width int) []string {
	e, ok := p.current()
	if !ok || e.folder {
		return nil
	}
	inner := max(width-2, 0)
	head := component.Clean(e.name)
	if e.info.Format != "" {
		head += fmt.Sprintf(" %s %s %d%s%d", t.Glyphs.Dot, component.Clean(e.info.Format), e.info.Width, t.Glyphs.Times, e.info.Height)
	}
	lines := []string{"  " + t.Strong.Render(component.Cut(head, inner, t.Glyphs.Ellipsis))}
	pic := p.preview.picture
	switch {
	case e.err != nil:
		return append(lines, "  "+t.Bad.Render(component.Cut(component.Clean(e.err.Error()), inner, t.Glyphs.Ellipsis)))
	case p.preview.err != nil:
		return append(lines, "  "+t.Bad.Render(component.Cut(component.Clean(p.preview.err.Error()), inner, t.Glyphs.Ellipsis)))
	case p.preview.path == e.path && p.preview.have && pic == nil:
		return append(lines, t.Dim.Render("  not drawn: MMTUI_IMAGES is none"))
	case p.preview.path != e.path || pic == nil:
		return append(lines, t.Dim.Render("  "+t.Glyphs.Pending))
	case pic.Width > inner:
		return lines
	}
	left := component.Spaces(2 + (inner-pic.Width)/2)
	for _, l := range pic.Lines(t) {
		lines = append(lines, left+l)
	}
	return lines
}
