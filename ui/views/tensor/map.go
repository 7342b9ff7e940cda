package tensor

import (
	"fmt"
	"math"
	"strconv"

	"github.com/mmtui/mmtui/ui/chart"
	"github.com/mmtui/mmtui/ui/component"
	"github.com/mmtui/mmtui/ui/theme"
)

// mapMemo keeps the pooled values of the map's last picture: a large matrix
// takes longer to pool than to draw.
type mapMemo struct {
	key    mapKey
	pooled [][]float64 // one a block
	lo, hi float64     // of the pooled values, dB
}

type mapKey struct {
	width, height, zoom int
	firstRow, firstCol  int
	pool                chart.Pool
	facts               *facts
}

const (
	markerRows = 1 // the cursor's column above the map
	leastSpan  = 6 // dB that the scale spans at least, so that noise does not look like structure
)

// atlasFor lays the map out for a panel of w × h cells below its title.
func (v View) atlasFor(w, h int) atlas {
	return layAtlas(v.facts.rows, v.facts.perRow, w, h-legendRows(h)-markerRows, v.zoom, v.cursor)
}

// legendRows is the room for the legend; a blank row keeps its shades apart from the map's.
func legendRows(h int) int {
	if h < 9 {
		return 1
	}
	return 2
}

// heatMap draws the SQNR of the groups as shades, with the cursor on them.
func (v View) heatMap(w, h int) content {
	f := v.facts
	if f.perRow == 0 {
		return content{lines: v.why("n/a: no figures by group", w)}
	}
	a := v.atlasFor(w, h)
	if len(a.blocks) == 0 {
		return content{}
	}
	m := v.pooled(a, w, h)
	c := chart.NewCanvas(w, h)
	hm := chart.HeatMap{Scale: func(db float64) float64 { return heatBetween(db, m.lo, m.hi) }, Graph: v.theme.Graph}
	for i, k := range a.blocks {
		c.Copy(k.x, markerRows, hm.Draw(k.grid, m.pooled[i]))
		c.Text(k.x-a.label, markerRows, component.LineRight(strconv.Itoa(k.grid.FirstRow), a.label-1, ""), chart.Muted)
	}
	if len(a.blocks) == 1 {
		v.margin(c, a.blocks[0], a.width()+2, m)
	}
	v.drawCursor(c, a)
	v.legend(c, a, m, h-1)
	return content{note: v.cursorText(), lines: c.Lines(v.paint)}
}

// cursorText is the exact place of the cursor and its value.
func (v View) cursorText() string {
	f, dot := v.facts, " "+v.theme.Glyphs.Dot+" "
	value := "n/a: all zero or exact"
	if db := f.at(v.cursor.row, v.cursor.group); !math.IsNaN(db) {
		value = fmt.Sprintf("%.2f dB", db)
	}
	lo, hi := f.columns(v.cursor.group)
	return fmt.Sprintf("%s%srow %d, group %d%scolumns %d-%d", value, dot, v.cursor.row, v.cursor.group, dot, lo, hi-1)
}

// pooled gives one value a cell, from the memo when the picture is the same.
func (v View) pooled(a atlas, w, h int) *mapMemo {
	key := mapKey{w, h, v.zoom, a.blocks[0].grid.FirstRow, a.blocks[0].grid.FirstCol, v.pool, v.facts}
	if v.memo.key == key {
		return v.memo
	}
	m := mapMemo{key: key, lo: math.Inf(1), hi: math.Inf(-1)}
	hm := chart.HeatMap{At: v.facts.at, Pool: v.pool}
	for _, k := range a.blocks {
		values := hm.PoolGrid(k.grid)
		m.pooled = append(m.pooled, values)
		for _, db := range values {
			if !math.IsNaN(db) && !math.IsInf(db, 0) {
				m.lo, m.hi = math.Min(m.lo, db), math.Max(m.hi, db)
			}
		}
	}
	switch {
	case m.hi < m.lo:
		m.lo, m.hi = math.NaN(), math.NaN()
	case m.hi-m.lo < leastSpan:
		middle := (m.lo + m.hi) / 2
		m.lo, m.hi = middle-leastSpan/2.0, middle+leastSpan/2.0
	}
	*v.memo = m
	return v.memo
}

// heatBetween places a value in dB on the heat scale between two others.
func heatBetween(db, lo, hi float64) float64 {
	if math.IsNaN(db) || math.IsNaN(lo) || hi <= lo {
		return math.NaN()
	}
	return math.Min(math.Max((db-lo)/(hi-lo), 0), 1)
}

// heat places a value in dB on the scale that the layers view uses.
func (v View) heat(db float64) float64 { return theme.HeatSQNR(db) }

// margin draws, right of a map in one block, the SQNR of its output channels as bars.
func (v View) margin(c *chart.Canvas, k block, x int, m *mapMemo) {
	room := c.Width - x
	if room < 10 || len(v.facts.channels) < v.facts.rows {
		return
	}
	bar := min(room-7, 20)
	c.Text(x, 0, component.Cut("channel, dB", room, v.theme.Glyphs.Ellipsis), chart.Muted)
	for y := range k.grid.Height {
		lo, hi := k.grid.RowSpan(y)
		db := chart.Strip{Values: v.facts.channels[lo:hi], Pool: v.pool}.Pooled()
		if math.IsNaN(db) {
			c.Text(x, markerRows+y, "n/a", chart.Faint)
			continue
		}
		ink := chart.HeatInk(heatBetween(db, m.lo, m.hi))
		chart.Bar(c, x, markerRows+y, bar, math.Max(db, 0)/v.facts.highest, -1, v.theme.Graph, ink)
		c.Text(x+bar+1, markerRows+y, fmt.Sprintf("%.1f", db), chart.Plain)
	}
}

// drawCursor marks the cell of the cursor, its row and its column.
func (v View) drawCursor(c *chart.Canvas, a atlas) {
	b, x, y, ok := a.find(v.cursor)
	if !ok {
		return
	}
	k := a.blocks[b]
	cursor := chart.Unfocused
	if v.focus == panelMap {
		cursor = chart.Selected
	}
	wide := k.grid.CellWidth()
	for i := range wide {
		cell := c.At(k.x+x+i, markerRows+y)
		glyph := cell.Rune
		switch {
		case wide == 1:
			glyph = 'X'
		case i == 0:
			glyph = '['
		case i == wide-1:
			glyph = ']'
		}
		c.Set(k.x+x+i, markerRows+y, glyph, chart.Pen{Ink: cell.Pen.Ink, Cursor: cursor})
	}
	c.Text(k.x+x+(wide-1)/2, 0, v.theme.Glyphs.Down, chart.Accent)
	c.Text(k.x-a.label, markerRows+y, component.LineRight(strconv.Itoa(v.cursor.row), a.label-1, ""), chart.Accent)
}

// legend says what the shades stand for and what shares a cell.
func (v View) legend(c *chart.Canvas, a atlas, m *mapMemo, y int) {
	x := v.scale(c, m, y)
	rows, groups := a.perCell()
	text := "cell: one group"
	if rows > 1 || groups > 1 {
		text = fmt.Sprintf("cell: %s of %s", v.pool, v.counted(rows, groups))
	}
	if from, to := a.shown(); to-from < v.facts.rows {
		text += fmt.Sprintf(", rows %d-%d of %d", from, to-1, v.facts.rows)
	}
	dot := " " + v.theme.Glyphs.Dot + " "
	c.Text(x, y, component.Cut(dot+text, c.Width-x, v.theme.Glyphs.Ellipsis), chart.Muted)
}

// scale draws the shades between their ends; without any figure there is no scale.
func (v View) scale(c *chart.Canvas, m *mapMemo, y int) int {
	if math.IsNaN(m.lo) {
		return c.Text(0, y, "n/a: no group has an SQNR", chart.Muted)
	}
	x := c.Text(0, y, fmt.Sprintf("%.1f ", m.lo), chart.Muted)
	for i := range 8 {
		good := float64(i) / 7
		c.Set(x, y, chart.Shade(v.theme.Graph, good), chart.Pen{Ink: chart.HeatInk(good)})
		x++
	}
	return c.Text(x, y, fmt.Sprintf(" %.1f dB", m.hi), chart.Muted)
}

func (v View) counted(rows, groups int) string {
	switch {
	case groups == 1:
		return fmt.Sprintf("up to %d rows", rows)
	case rows == 1:
		return fmt.Sprintf("up to %d groups", groups)
	}
	return fmt.Sprintf("up to %d rows %s %d groups", rows, v.theme.Glyphs.Times, groups)
}
