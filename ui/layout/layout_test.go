package layout

import "testing"

// Every cell of every size belongs to exactly one part.
func TestComputeCoversTheScreen(t *testing.T) {
	for w := 0; w <= 260; w += 1 + w/40 {
		for h := 0; h <= 90; h += 1 + h/20 {
			for _, side := range []bool{false, true} {
				f := Compute(w, h, Want{Side: side})
				parts := []Rect{f.Header, f.Summary, f.Rule, f.Body, f.Footer}
				if !f.Over {
					parts = append(parts, f.Side)
				}
				area := 0
				for i, p := range parts {
					if p.Empty() {
						continue
					}
					area += p.W * p.H
					if p.X < 0 || p.Y < 0 || p.X+p.W > w || p.Y+p.H > h {
						t.Fatalf("%dx%d: part %d at %+v leaves the screen", w, h, i, p)
					}
					for j, q := range parts[:i] {
						if !q.Empty() && p.X < q.X+q.W && q.X < p.X+p.W && p.Y < q.Y+q.H && q.Y < p.Y+p.H {
							t.Fatalf("%dx%d: parts %d %+v and %d %+v overlap", w, h, i, p, j, q)
						}
					}
				}
				if area != w*h {
					t.Fatalf("%dx%d side=%v: parts cover %d cells of %d", w, h, side, area, w*h)
				}
			}
		}
	}
}

func TestClasses(t *testing.T) {
	for _, c := range []struct {
		w, h int
		want Class
	}{
		{20, 5, TooSmall}, {59, 40, TooSmall}, {60, 19, TooSmall}, {60, 20, Minimal}, {79, 50, Minimal},
		{80, 20, Compact}, {119, 30, Compact}, {120, 20, Full}, {250, 80, Full}, {0, 0, TooSmall}, {-3, -1, TooSmall},
	} {
		if got := ClassOf(c.w, c.h); got != c.want {
			t.Errorf("%dx%d is class %d, want %d", c.w, c.h, got, c.want)
		}
	}
}

func TestSidePanel(t *testing.T) {
	full := Compute(160, 45, Want{Side: true})
	if full.Over || full.Side.W < 44 || full.Body.W < 90 || full.Side.X != full.Body.W || full.Side.H != full.Body.H {
		t.Errorf("at 160x45 the side panel is %+v beside %+v, over=%v", full.Side, full.Body, full.Over)
	}
	small := Compute(80, 24, Want{Side: true})
	if !small.Over || small.Body.W != 80 || small.Side.W > 76 || small.Side.X == 0 {
		t.Errorf("at 80x24 the side panel is %+v over %+v, over=%v", small.Side, small.Body, small.Over)
	}
	if none := Compute(160, 45, Want{}); !none.Side.Empty() {
		t.Errorf("an unwanted side panel has %+v", none.Side)
	}
}

func TestCenterAndInner(t *testing.T) {
	if got := Center(Rect{X: 10, Y: 2, W: 20, H: 10}, 10, 4); got != (Rect{X: 15, Y: 5, W: 10, H: 4}) {
		t.Errorf("Center = %+v", got)
	}
	if got := Center(Rect{W: 5, H: 3}, 100, 100); got != (Rect{W: 5, H: 3}) {
		t.Errorf("Center of something too large = %+v", got)
	}
	if got := Inner(Rect{X: 1, Y: 1, W: 1, H: 5}); got.W != 0 || got.H != 3 {
		t.Errorf("Inner = %+v", got)
	}
	r := Rect{X: 2, Y: 3, W: 4, H: 5}
	if !r.Contains(2, 3) || !r.Contains(5, 7) || r.Contains(6, 3) || r.Contains(2, 8) || r.Contains(1, 3) {
		t.Error("Contains is off at an edge")
	}
}

func TestSplit(t *testing.T) {
	for _, c := range []struct {
		total   int
		weights []int
		want    []int
	}{
		{10, []int{1, 1}, []int{5, 5}}, {11, []int{1, 1}, []int{6, 5}}, {7, []int{2, 2, 3}, []int{2, 2, 3}},
		{1, []int{1, 1, 1}, []int{1, 0, 0}}, {0, []int{1, 2}, []int{0, 0}}, {5, []int{0, 0}, []int{5, 0}},
		{5, []int{0, 1}, []int{0, 5}}, {-4, []int{1, 1}, []int{0, 0}}, {9, []int{-1, 1}, []int{0, 9}},
	} {
		got := SplitRows(c.total, c.weights...)
		sum := 0
		for i := range got {
			sum += got[i]
			if got[i] != c.want[i] {
				t.Errorf("SplitRows(%d, %v) = %v, want %v", c.total, c.weights, got, c.want)
				break
			}
		}
		if sum != max(0, c.total) {
			t.Errorf("SplitRows(%d, %v) adds up to %d", c.total, c.weights, sum)
		}
	}
	if got := SplitColumns(8); len(got) != 0 {
		t.Errorf("SplitColumns without weights = %v", got)
	}
}
