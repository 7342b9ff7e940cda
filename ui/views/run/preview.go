package run

import (
	"fmt"
	"strings"

	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/ui/component"
	"github.com/mmtui/mmtui/ui/msg"
	"github.com/mmtui/mmtui/ui/picture"
	"github.com/mmtui/mmtui/ui/theme"
)

// preview is the picture under the cursor.
type preview struct {
	path          string // asked for
	width, height int
	have          bool // of path, at that size
	picture       *picture.Picture
	info          msg.PictureInfo
	err           error
	lines         []string // drawn for the theme
}

// wants reports whether a picture has still to be asked for, and notes that it will be.
func (p *preview) wants(path string, w, h int) bool {
	if p.path == path && p.width == w && p.height == h {
		return false
	}
	if p.path != path { // the old picture stays until the new size comes
		*p = preview{}
	}
	p.path, p.width, p.height, p.have = path, w, h, false
	return true
}

func (p *preview) take(m msg.PreviewReady, t theme.Theme) {
	if m.Path != p.path || m.Width != p.width || m.Height != p.height {
		return
	}
	p.have, p.picture, p.info, p.err = true, m.Picture, m.Info, m.Err
	p.draw(t)
}

func (p *preview) draw(t theme.Theme) {
	p.lines = nil
	if p.picture != nil {
		p.lines = p.picture.Lines(t)
	}
}

// title names the picture with its size.
func (p *preview) title(t theme.Theme) string {
	if p.path == "" {
		return "Picture"
	}
	title := component.Clean(names([]string{p.path})[0])
	if p.info.Width > 0 {
		title += fmt.Sprintf(" %s %d%s%d", t.Glyphs.Dot, p.info.Width, t.Glyphs.Times, p.info.Height)
	}
	if p.info.SizeBytes > 0 {
		title += " " + t.Glyphs.Dot + " " + report.HumanBytes(p.info.SizeBytes)
	}
	return title
}

// content draws the picture, or says why there is none.
func (p *preview) content(t theme.Theme, width, height int) []string {
	switch {
	case p.path == "":
		return []string{t.Dim.Render(" no picture; p picks one")}
	case p.err != nil:
		return strings.Split(indented(wrapped(t.Bad, t.Glyphs.Cross+" "+component.Clean(p.err.Error()), width-2*textMargin)), "\n")
	case p.picture == nil && p.have:
		return []string{t.Dim.Render(" not drawn: MMTUI_IMAGES is none")}
	case p.picture == nil:
		return []string{t.Dim.Render(" reading " + t.Glyphs.Pending)}
	case p.picture.Width > width || p.picture.Height > height:
		return []string{t.Dim.Render(" " + t.Glyphs.Pending)}
	}
	out := make([]string, 0, height)
	for range (height - p.picture.Height) / 2 {
		out = append(out, "")
	}
	left := component.Spaces((width - p.picture.Width) / 2)
	for _, l := range p.lines {
		out = append(out, left+l)
	}
	return out
}
