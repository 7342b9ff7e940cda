package run

import (
	"fmt"
	"math"
	"strings"

	"github.com/mmtui/mmtui/core/infer"
	"github.com/mmtui/mmtui/ui/chart"
	"github.com/mmtui/mmtui/ui/component"
)

// renderScores draws the matrix of a retrieval: a row for each picture, a
// column for each text, the cell's figure its probability, or the logit where
// there is none.
func (v *View) renderScores(one *answers, c *column, width, height int) []string {
	t, r := v.theme, c.result
	inner := width - 2*textMargin
	nameWidth := min(max(inner/3, 8), 28)
	cell := min(max((inner-nameWidth-1)/max(len(r.Texts), 1), 9), 22)
	cols := max((inner-nameWidth-1)/cell, 1)
	fromCol := max(min(one.col-cols/2, len(r.Texts)-cols), 0)
	rows := max(height-1, 1)
	fromRow := max(min(one.row-rows/2, len(r.Images)-rows), 0)
	head := margin + t.Dim.Render(component.Line(scoreName(r), nameWidth, t.Glyphs.Ellipsis)) + " "
	for j := fromCol; j < min(fromCol+cols, len(r.Texts)); j++ {
		style := t.Header
		if j == one.col {
			style = t.Selected
		}
		head += style.Render(component.LineRight(component.Cut(component.Clean(r.Texts[j]), cell-3, t.Glyphs.Ellipsis), cell-2, "") + "  ")
	}
	lines := []string{head}
	for i := fromRow; i < min(fromRow+rows, len(r.Images)); i++ {
		name := component.Line(component.Clean(names(r.Images[i : i+1])[0]), nameWidth, t.Glyphs.Ellipsis)
		style := t.Text
		if i == one.row {
			style = t.Strong
		}
		if c.compared != nil && c.compared.FirstDifference != nil && c.compared.FirstDifference.Index == i {
			style, name = t.Bad, component.Line(t.Glyphs.Warning+" "+strings.TrimRight(name, " "), nameWidth, t.Glyphs.Ellipsis)
		}
		line := margin + style.Render(name) + " "
		for j := fromCol; j < min(fromCol+cols, len(r.Texts)); j++ {
			line += v.scoreCell(c, i, j, cell, i == one.row && j == one.col)
		}
		lines = append(lines, line)
	}
	return lines
}

// scoreCell is a figure in the colour of its rank's share.
func (v *View) scoreCell(c *column, i, j, width int, cursor bool) string {
	t := v.theme
	p, text := share(c.result, i, j)
	style, glyph := t.Heat(p)
	text = component.LineRight(text+" "+glyph, width, "")
	if cursor {
		return t.Selected.Render(text)
	}
	return style.Render(text)
}

// scoreName is what the cells of the matrix are.
func scoreName(r *infer.Result) string {
	if len(r.Probabilities) > 0 {
		return "probability"
	}
	return "logit"
}

// share is a score as 0 to 1 and as a text; NaN where it is not there.
func share(r *infer.Result, i, j int) (float64, string) {
	if i < len(r.Probabilities) && j < len(r.Probabilities[i]) {
		p := r.Probabilities[i][j]
		return p, probabilityText(p)
	}
	if i >= len(r.Scores) || j >= len(r.Scores[i]) {
		return math.NaN(), "n/a"
	}
	lo, hi := math.Inf(1), math.Inf(-1)
	for _, row := range r.Scores {
		for _, s := range row {
			lo, hi = min(lo, s), max(hi, s)
		}
	}
	s := r.Scores[i][j]
	if hi <= lo {
		return 1, chart.Short(s)
	}
	return (s - lo) / (hi - lo), chart.Short(s)
}

// logit is a score as it ranks pictures, and its share between the lowest and
// the highest of its text. The probabilities of a picture's texts may add up to
// one, so those of two pictures do not compare.
func logit(r *infer.Result, i, j int) (float64, string) {
	if i >= len(r.Scores) || j >= len(r.Scores[i]) {
		return math.NaN(), "n/a"
	}
	lo, hi := math.Inf(1), math.Inf(-1)
	for _, row := range r.Scores {
		if j < len(row) {
			lo, hi = min(lo, row[j]), max(hi, row[j])
		}
	}
	s := r.Scores[i][j]
	if hi <= lo {
		return 1, fmt.Sprintf("%.2f", s)
	}
	return (s - lo) / (hi - lo), fmt.Sprintf("%.2f", s)
}

// renderRankings draws both rankings: the texts of the picture under the
// cursor, and the pictures of the text under it.
func (v *View) renderRankings(one *answers, c *column, width, height int) string {
	r := c.result
	left := width / 2
	texts, pictures := []string{}, []string{}
	if one.row < len(r.TextsByImage) {
		for k, j := range r.TextsByImage[one.row] {
			if j >= 0 && j < len(r.Texts) {
				texts = append(texts, v.ranked(k, j == one.col, r.Texts[j], left-2, scored(share(r, one.row, j))))
			}
		}
	}
	if one.col < len(r.ImagesByText) {
		for k, i := range r.ImagesByText[one.col] {
			if i >= 0 && i < len(r.Images) {
				pictures = append(pictures, v.ranked(k, i == one.row, names(r.Images[i : i+1])[0], width-left-2, scored(logit(r, i, one.col))))
			}
		}
	}
	image, text := "", ""
	if one.row < len(r.Images) {
		image = component.Clean(names(r.Images[one.row : one.row+1])[0])
	}
	if one.col < len(r.Texts) {
		text = component.Clean(r.Texts[one.col])
	}
	dot := " " + v.theme.Glyphs.Dot + " "
	a := component.Box(v.theme, "Texts for "+component.Cut(image, max(left-30, 4), v.theme.Glyphs.Ellipsis)+dot+scoreName(r), strings.Join(texts, "\n"), left, height, false)
	b := component.Box(v.theme, "Pictures for "+component.Cut(text, max(width-left-28, 4), v.theme.Glyphs.Ellipsis)+dot+"logit", strings.Join(pictures, "\n"), width-left, height, false)
	return component.Beside(a, b)
}

// score is a figure, and 0 to 1 for its colour.
type score struct {
	share float64
	text  string
}

func scored(share float64, text string) score { return score{share, text} }

// ranked is a line of a ranking.
func (v *View) ranked(k int, here bool, name string, width int, s score) string {
	t := v.theme
	style, glyph := t.Heat(s.share)
	text := s.text
	label := component.Line(fmt.Sprintf("%2d %s", k+1, component.Clean(name)), max(width-9, 0), t.Glyphs.Ellipsis)
	if here {
		return t.Inactive.Render(component.Line(label+" "+component.LineRight(text, 6, "")+" "+glyph, width, ""))
	}
	return component.Line(t.Text.Render(label)+" "+component.LineRight(text, 6, "")+" "+style.Render(glyph), width, "")
}
