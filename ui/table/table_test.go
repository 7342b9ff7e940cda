package table

import (
	"strconv"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"github.com/muesli/termenv"

	"github.com/mmtui/mmtui/ui/theme"
)

// numbers is a source that counts which rows it was asked for.
type numbers struct {
	n     int
	asked map[int]int
	wide  bool
}

func (s *numbers) Len() int { return s.n }

func (s *numbers) Row(i int, row *Row) {
	if s.asked != nil {
		s.asked[i]++
	}
	for k := range row.Cells {
		row.Cells[k].Text = strconv.Itoa(i) + "/" + strconv.Itoa(k)
	}
	if s.wide {
		row.Cells[0].Text = "漢字の名前" + strconv.Itoa(i)
	}
	row.Marked = i%3 == 0
}

func columns() []Column {
	return []Column{
		{ID: "name", Title: "NAME", Width: 10, Flex: true},
		{ID: "a", Title: "A", Width: 6, Right: true, Drop: 2},
		{ID: "b", Title: "B", Width: 6, Right: true},
		{ID: "c", Title: "C", Width: 6, Drop: 1},
	}
}

func plainTable() Table { return New(theme.New(theme.Dark, termenv.Ascii, theme.Braille)) }

func TestRenderIsExact(t *testing.T) {
	styled := New(theme.New(theme.Dark, termenv.TrueColor, theme.Braille))
	for w := 0; w <= 90; w++ {
		for _, h := range []int{0, 1, 2, 7} {
			for _, n := range []int{0, 1, 5, 1000} {
				for _, wide := range []bool{false, true} {
					placed := Place(columns(), w)
					s := Scroll{Height: h, Cursor: n / 2}.Clamp(n)
					got := styled.Render(placed, &numbers{n: n, wide: wide}, s, Sort{ID: "b"}, true, w)
					lines := strings.Split(got, "\n")
					if len(lines) != h+1 {
						t.Fatalf("w=%d h=%d n=%d: %d lines", w, h, n, len(lines))
					}
					for y, l := range lines {
						if got := ansi.StringWidth(l); got != w {
							t.Fatalf("w=%d h=%d n=%d wide=%v: line %d has %d cells: %q", w, h, n, wide, y, got, l)
						}
					}
				}
			}
		}
	}
}

// A frame asks for the rows on screen and no others.
func TestOnlyVisibleRowsAreAskedFor(t *testing.T) {
	src := &numbers{n: 100_000, asked: map[int]int{}}
	s := Scroll{Height: 20}.To(50_000, src.n)
	plainTable().Render(Place(columns(), 80), src, s, Sort{}, true, 80)
	if len(src.asked) != 20 {
		t.Errorf("%d rows asked for, want 20", len(src.asked))
	}
	lo, hi := s.Window(src.n)
	for i, times := range src.asked {
		if i < lo || i >= hi || times != 1 {
			t.Errorf("row %d asked for %d times, window is %d..%d", i, times, lo, hi)
		}
	}
}

func TestWideNamesKeepTheColumns(t *testing.T) {
	placed := Place(columns(), 60)
	s := Scroll{Height: 4}.Clamp(4)
	plain := strings.Split(plainTable().Render(placed, &numbers{n: 4}, s, Sort{}, true, 60), "\n")
	wide := strings.Split(plainTable().Render(placed, &numbers{n: 4, wide: true}, s, Sort{}, true, 60), "\n")
	for y := 1; y <= 4; y++ {
		a, b := ansi.TruncateLeft(plain[y], placed[1].X, ""), ansi.TruncateLeft(wide[y], placed[1].X, "")
		if a != b {
			t.Errorf("line %d: after the name %q and %q", y, a, b)
		}
	}
}

func TestHeadShowsTheOrder(t *testing.T) {
	placed := Place(columns(), 60)
	up := strings.Split(plainTable().Render(placed, &numbers{}, Scroll{}, Sort{ID: "b"}, true, 60), "\n")[0]
	down := strings.Split(plainTable().Render(placed, &numbers{}, Scroll{}, Sort{ID: "b", Descending: true}, true, 60), "\n")[0]
	if !strings.Contains(up, "B ▴") || !strings.Contains(down, "B ▾") || strings.Contains(up, "A ▴") {
		t.Errorf("heads are %q and %q", up, down)
	}
}

func TestPlaceDropsTheLeastWanted(t *testing.T) {
	for _, c := range []struct {
		width int
		want  string
	}{{60, "name a b c"}, {37, "name a b c"}, {36, "name b c"}, {29, "name b c"}, {28, "name b"}, {5, "name b"}} {
		var ids []string
		for _, p := range Place(columns(), c.width) {
			ids = append(ids, p.ID)
		}
		if got := strings.Join(ids, " "); got != c.want {
			t.Errorf("width %d shows %q, want %q", c.width, got, c.want)
		}
	}
	wide := Place(columns(), 100)
	if wide[0].W != 100-gutter-bar-3*gap-18 {
		t.Errorf("the flexible column has %d cells", wide[0].W)
	}
}

func TestColumnAt(t *testing.T) {
	placed := Place(columns(), 60)
	for _, p := range placed {
		for _, x := range []int{p.X, p.X + p.W - 1} {
			if id, ok := ColumnAt(placed, x); !ok || id != p.ID {
				t.Errorf("cell %d is in %q", x, id)
			}
		}
	}
	if _, ok := ColumnAt(placed, 0); ok {
		t.Error("the gutter is a column")
	}
}

// Whatever is done to a scroll, the cursor is on a row and in the window.
func TestScrollStaysValid(t *testing.T) {
	for _, n := range []int{0, 1, 2, 5, 30, 1000} {
		for _, h := range []int{0, 1, 2, 3, 10, 50} {
			s := Scroll{Height: h}.Clamp(n)
			moves := []func(Scroll) Scroll{
				func(s Scroll) Scroll { return s.Move(1, n) }, func(s Scroll) Scroll { return s.Move(-1, n) },
				func(s Scroll) Scroll { return s.Page(1, n) }, func(s Scroll) Scroll { return s.Page(-1, n) },
				func(s Scroll) Scroll { return s.Half(1, n) }, func(s Scroll) Scroll { return s.Half(-1, n) },
				func(s Scroll) Scroll { return s.To(n-1, n) }, func(s Scroll) Scroll { return s.To(0, n) },
				func(s Scroll) Scroll { return s.Wheel(3, n) }, func(s Scroll) Scroll { return s.Wheel(-3, n) },
				func(s Scroll) Scroll { return s.Move(1<<40, n) }, func(s Scroll) Scroll { return s.Resize(h, n) },
			}
			seed := uint32(7)
			for range 400 {
				seed = seed*1664525 + 1013904223
				s = moves[seed>>16%uint32(len(moves))](s)
				if n == 0 {
					if s.Cursor != 0 || s.Offset != 0 {
						t.Fatalf("empty list: %+v", s)
					}
					continue
				}
				if s.Cursor < 0 || s.Cursor >= n || s.Offset < 0 || s.Offset > max(0, n-1) {
					t.Fatalf("n=%d h=%d: %+v", n, h, s)
				}
				if lo, hi := s.Window(n); h > 0 && (s.Cursor < lo || s.Cursor >= hi) {
					t.Fatalf("n=%d h=%d: the cursor of %+v is outside %d..%d", n, h, s, lo, hi)
				}
				if h > 0 && n >= h && s.Offset+h > n {
					t.Fatalf("n=%d h=%d: %+v shows rows after the last", n, h, s)
				}
			}
		}
	}
}

func TestPageKeepsThePlaceOnScreen(t *testing.T) {
	s := Scroll{Height: 10}.To(25, 100)
	place := s.Cursor - s.Offset
	if next := s.Page(1, 100); next.Cursor != 34 || next.Cursor-next.Offset != place {
		t.Errorf("a page from %+v leads to %+v", s, next)
	}
}

func TestThumb(t *testing.T) {
	if _, length := (Scroll{Height: 10}).Thumb(10); length != 0 {
		t.Error("a list that fits has a thumb")
	}
	s := Scroll{Height: 10}
	first, length := s.Thumb(1000)
	if first != 0 || length != 1 {
		t.Errorf("at the top: %d, %d", first, length)
	}
	s = s.To(999, 1000)
	if first, length = s.Thumb(1000); first+length != 10 {
		t.Errorf("at the bottom: %d, %d", first, length)
	}
}
