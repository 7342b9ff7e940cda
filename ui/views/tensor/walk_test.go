package tensor

import (
	"math"
	"strings"
	"testing"

	"github.com/mmtui/mmtui/ui/chart"
	"github.com/mmtui/mmtui/ui/internal/sample"
	"github.com/mmtui/mmtui/ui/internal/viewtest"
	"github.com/mmtui/mmtui/ui/keys"
	"github.com/mmtui/mmtui/ui/layout"
	"github.com/mmtui/mmtui/ui/msg"
	"github.com/mmtui/mmtui/ui/theme"
)

func TestStartsAtTheWorstGroup(t *testing.T) {
	v := of(opened(sample.Outlier, viewtest.Plain(theme.Braille), 120, 36))
	f := v.facts
	here := f.at(v.cursor.row, v.cursor.group)
	for r := range f.rows {
		for g := range f.perRow {
			if f.at(r, g) < here {
				t.Fatalf("the cursor is on %v (%.2f dB); row %d group %d has %.2f dB", v.cursor, here, r, g, f.at(r, g))
			}
		}
	}
	if v.values == nil || v.values.Row != v.cursor.row || v.values.Group != v.cursor.group {
		t.Fatal("the values of the group under the cursor are not there")
	}
}

func TestWalkThroughTheWorstGroups(t *testing.T) {
	d := opened(sample.Outlier, viewtest.Plain(theme.Braille), 120, 36)
	last := math.Inf(-1)
	seen := map[place]bool{of(d).cursor: true}
	for range 20 {
		d.Do(t, keys.WorstGroup)
		v := of(d)
		db := v.facts.at(v.cursor.row, v.cursor.group)
		if db < last || seen[v.cursor] {
			t.Fatalf("the walk went from %.3f to %.3f dB at %v", last, db, v.cursor)
		}
		last, seen[v.cursor] = db, true
	}
	d.Do(t, keys.BestGroup)
	v := of(d)
	best := v.facts.at(v.cursor.row, v.cursor.group)
	for r := range v.facts.rows {
		for g := range v.facts.perRow {
			if v.facts.at(r, g) > best {
				t.Fatalf("best is %.2f dB, row %d group %d has %.2f", best, r, g, v.facts.at(r, g))
			}
		}
	}
}

// Every move lands on another cell, in its direction, and shows the group that gives the cell its shade.
func TestMovesEnterTheWorstOfACell(t *testing.T) {
	d := opened(sample.Outlier, viewtest.Plain(theme.Braille), 120, 36)
	d.Do(t, keys.Top)
	row := of(d).cursor.row
	for range 10 {
		d.Do(t, keys.Down)
		v := of(d)
		if v.cursor.row <= row {
			t.Fatalf("down went from row %d to %d", row, v.cursor.row)
		}
		row = v.cursor.row
		cell, ok := v.cellOf(v.cursor)
		if !ok {
			t.Fatal("the cursor is outside the map")
		}
		for r := cell.row0; r < cell.row1; r++ {
			for g := cell.col0; g < cell.col1; g++ {
				if v.facts.at(r, g) < v.facts.at(v.cursor.row, v.cursor.group) {
					t.Fatalf("entered at %v; row %d group %d of the cell is worse", v.cursor, r, g)
				}
			}
		}
	}
	for range 10 {
		d.Do(t, keys.Up)
	}
	v := of(d)
	if cell, _ := v.cellOf(v.cursor); cell.row0 != 0 {
		t.Fatalf("ten up after ten down: row %d is not in the first cell", v.cursor.row)
	}
	d.Do(t, keys.Up, keys.RowStart, keys.Left)
	if got := of(d).cursor.group; got != 0 {
		t.Fatalf("left of the first group is group %d", got)
	}
	d.Do(t, keys.RowEnd, keys.Right, keys.Bottom, keys.Down)
	if got := of(d).cursor; got.row != v.facts.rows-1 || got.group != v.facts.perRow-1 {
		t.Fatalf("the last group is %v", got)
	}
}

func TestZoomEndsAtOneGroupACell(t *testing.T) {
	d := opened(sample.Outlier, viewtest.Plain(theme.Braille), 80, 24)
	for i := 0; d.Offer(t, keys.ZoomIn).Off == ""; i++ {
		if i > 20 {
			t.Fatal("zooming in does not end")
		}
		d.Do(t, keys.ZoomIn)
	}
	v := of(d)
	if rows, groups := v.currentAtlas().perCell(); rows != 1 || groups != 1 {
		t.Fatalf("at the end a cell has %d rows × %d groups", rows, groups)
	}
	at := v.cursor.row
	d.Do(t, keys.Up)
	if got := of(d).cursor.row; got != at-1 {
		t.Fatalf("one row up from %d is %d", at, got)
	}
	if frame := d.View.Render(80, 24); !strings.Contains(frame, "cell: one group") {
		t.Error("the legend does not say that a cell is one group")
	}
	for d.Offer(t, keys.ZoomOut).Off == "" {
		d.Do(t, keys.ZoomOut)
	}
	if of(d).zoom != 0 {
		t.Error("zooming out does not come back")
	}
}

func TestPoolingIsSaidOnScreen(t *testing.T) {
	d := opened(sample.Outlier, viewtest.Plain(theme.Braille), 120, 36)
	if frame := d.View.Render(120, 36); !strings.Contains(frame, "cell: min of up to") {
		t.Error("the legend does not say that cells show the minimum")
	}
	d.Do(t, keys.Pooling)
	if frame := d.View.Render(120, 36); !strings.Contains(frame, "cell: mean of up to") {
		t.Error("the legend does not say that cells show the mean")
	}
}

func TestAtlasCoversTheMatrixOnce(t *testing.T) {
	for _, c := range []struct{ rows, perRow, w, h int }{
		{640, 4, 69, 9}, {1, 1, 40, 8}, {3, 200, 50, 8}, {49152, 9, 90, 14}, {10, 2, 200, 60}, {128, 12, 60, 5}, {7, 3, 9, 3}, {100000, 1, 30, 4},
	} {
		a := layAtlas(c.rows, c.perRow, c.w, c.h, 0, place{})
		if len(a.blocks) == 0 {
			t.Fatalf("%+v: no blocks", c)
		}
		if a.width() > c.w {
			t.Errorf("%+v: takes %d columns", c, a.width())
		}
		next := 0
		for _, k := range a.blocks {
			if k.grid.Height > c.h {
				t.Errorf("%+v: a block is %d rows high", c, k.grid.Height)
			}
			for y := range k.grid.Height {
				lo, hi := k.grid.RowSpan(y)
				if y > 0 && lo == next-1 && hi == next { // one value drawn two rows high
					continue
				}
				if lo != next || hi <= lo {
					t.Fatalf("%+v: cells jump from row %d to %d-%d", c, next, lo, hi)
				}
				next = hi
			}
		}
		if next != c.rows {
			t.Errorf("%+v: cells end at row %d", c, next)
		}
		for _, p := range []place{{0, 0}, {c.rows - 1, c.perRow - 1}, {c.rows / 2, c.perRow / 2}} {
			b, x, y, ok := a.find(p)
			if !ok {
				t.Fatalf("%+v: %v is on no cell", c, p)
			}
			area, hit := a.hit(a.blocks[b].x+x, y)
			if !hit || p.row < area.row0 || p.row >= area.row1 || p.group < area.col0 || p.group >= area.col1 {
				t.Errorf("%+v: %v is drawn at %d,%d, where %+v is", c, p, x, y, area)
			}
		}
	}
}

func TestArrange(t *testing.T) {
	for w := 20; w <= 250; w += 3 {
		for h := 4; h <= 80; h += 3 {
			for focus := range panelCount {
				a := arrange(w, h, needsFor(4, 3, 9), focus)
				if a.panels[focus].Empty() && h > a.head.H+a.tabs.H {
					t.Fatalf("%dx%d: the panel in focus, %s, has no place", w, h, focus.title())
				}
				checkDisjoint(t, w, h, a)
			}
		}
	}
}

func checkDisjoint(t *testing.T, w, h int, a arrangement) {
	t.Helper()
	taken := map[[2]int]bool{}
	for _, r := range append([]layout.Rect{a.head, a.tabs}, a.panels[:]...) {
		if r.Empty() {
			continue
		}
		if r.X < 0 || r.Y < 0 || r.X+r.W > w || r.Y+r.H > h {
			t.Fatalf("%dx%d: %+v leaves the screen", w, h, r)
		}
		for y := r.Y; y < r.Y+r.H; y++ {
			for _, x := range []int{r.X, r.X + r.W - 1} {
				if taken[[2]int{x, y}] && r.W > 1 {
					t.Fatalf("%dx%d: panels overlap at %d,%d", w, h, x, y)
				}
				taken[[2]int{x, y}] = true
			}
		}
	}
}

// The session gives a tensor that stays as it is no figures in its row; the codes come from the histograms.
func TestCodesOfATensorThatStays(t *testing.T) {
	detail, err := sample.Detail(sample.Kept, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := detail.Tensor.CodeOccupancy
	without := *detail
	without.Tensor.CodeOccupancy = nil
	got := newFacts(&without).occupancy()
	if len(got) != 4 {
		t.Fatalf("%d codes, want 4", len(got))
	}
	for i := range got {
		if math.Abs(got[i]-float64(want[i])) > 1e-12 {
			t.Errorf("code %d has the share %g, want %g", i, got[i], want[i])
		}
	}
	without.CodeHistograms = nil
	if got := newFacts(&without).occupancy(); got != nil {
		t.Errorf("without codes the shares are %v", got)
	}
}

func TestMouse(t *testing.T) {
	d := opened(sample.Outlier, viewtest.Plain(theme.Braille), 120, 36)
	r := of(d).arrange().panels[panelMap]
	k := of(d).atlasFor(r.W, r.H-1).blocks[0]
	d.Send(msg.Mouse{X: r.X + k.x, Y: r.Y + 1 + markerRows + 2, Kind: msg.Click})
	v := of(d)
	lo, hi := k.grid.RowSpan(2)
	if v.cursor.row < lo || v.cursor.row >= hi || v.focus != panelMap {
		t.Fatalf("a click on rows %d-%d put the cursor on %v", lo, hi, v.cursor)
	}
	values := v.arrange().panels[panelValues]
	d.Send(msg.Mouse{X: values.X + 1, Y: values.Y + 2, Kind: msg.WheelDown})
	if v := of(d); v.focus != panelValues || v.scroll[panelValues] != 1 {
		t.Fatalf("the wheel over the values: focus %s, scrolled by %d", v.focus.title(), v.scroll[panelValues])
	}
}

func TestScrollEndsWithTheContent(t *testing.T) {
	d := opened(sample.Outlier, viewtest.Plain(theme.Braille), 60, 20)
	for of(d).focus != panelValues {
		d.Do(t, keys.NextFocus)
	}
	d.Do(t, keys.Bottom)
	v := of(d)
	r := v.arrange().panels[panelValues]
	total, shown := v.valueRows(r.W, r.H-1)
	if got, want := v.scroll[panelValues], max(total-shown, 0); got != want {
		t.Fatalf("scrolled to %d of %d rows with %d on screen, want %d", got, total, shown, want)
	}
	if frame := d.View.Render(60, 20); !strings.Contains(frame, "63 ") {
		t.Error("the last weight of the group is not on screen")
	}
	d.Do(t, keys.Top)
	if of(d).scroll[panelValues] != 0 {
		t.Error("top does not go back to the first weight")
	}
}

func TestCopyHasFullPrecision(t *testing.T) {
	d := opened(sample.Outlier, viewtest.Plain(theme.Braille), 120, 36)
	for p := range panelCount {
		v := of(d)
		v.focus = p
		d.View = v
		d.Do(t, keys.Copy)
		m, ok := viewtest.Last[msg.Copy](d)
		if !ok || strings.TrimSpace(m.Text) == "" {
			t.Errorf("%s: nothing was copied", p.title())
		}
	}
	v := of(d)
	v.focus = panelValues
	if rows := strings.Count(v.copied(), "\n"); rows != 65 {
		t.Errorf("the values were copied as %d lines, want a head and 64 weights", rows)
	}
}

func TestHistogramEndsNearTheClipRange(t *testing.T) {
	v := View{}
	h := chart.Histogram{Lo: -1, Hi: 99, Total: make([]int64, 100), ClipLow: -1, ClipHigh: 1}
	h.Total[0], h.Total[1], h.Total[98] = 500, 500, 7
	from, to, outside := v.view(h)
	if from != -1 || math.Abs(to-1.8) > 1e-9 || outside != 7 {
		t.Fatalf("shows %g to %g, %d outside; want -1 to 1.8 and 7 outside", from, to, outside)
	}
	h.ClipHigh = 90
	if from, to, outside := v.view(h); from != -1 || to != 99 || outside != 0 {
		t.Fatalf("shows %g to %g; want the whole range", from, to)
	}
}
