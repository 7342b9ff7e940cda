package chart

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/charmbracelet/x/exp/golden"
	"github.com/muesli/termenv"

	"github.com/mmtui/mmtui/ui/theme"
)

func graphs() []theme.Graph { return []theme.Graph{theme.Braille, theme.Block, theme.ASCII} }

// bell is a histogram of four codes over a bell curve, from whole numbers only.
func bell(g theme.Graph) Histogram {
	h := Histogram{Lo: -4, Hi: 4, Graph: g, Levels: []float64{-1.5, -.5, .5, 1.5}, ClipLow: -2, ClipHigh: 2, Counts: make([][]int64, 4)}
	for c := range h.Counts {
		h.Counts[c] = make([]int64, 64)
		for b := range h.Counts[c] {
			x := -4 + (float64(b)+0.5)/8
			if near := int(math.Floor(x)) + 2; min(max(near, 0), 3) == c {
				h.Counts[c][b] = int64(1000 * math.Exp(-x*x/2))
			}
		}
	}
	return h
}

func TestGolden(t *testing.T) {
	channels := make([]float64, 300)
	for i := range channels {
		channels[i] = 9 + 5*math.Sin(float64(i)/20)
	}
	channels[200] = -1
	channels[10] = math.NaN()
	for _, g := range graphs() {
		pictures := map[string]*Canvas{
			"histogram": bell(g).Draw(72, 12),
			"small":     bell(g).Draw(30, 4),
			"strip":     Strip{Values: channels, Lo: 0, Hi: 14, Cursor: 200, Graph: g}.Draw(60, 5),
		}
		log := bell(g)
		log.Log, log.From, log.To = true, -3, 1
		pictures["log"] = log.Draw(60, 10)
		heat := HeatMap{Rows: 40, Cols: 8, Graph: g, Scale: func(v float64) float64 { return v / 47 },
			At: func(r, c int) float64 {
				if r == 5 {
					return math.NaN()
				}
				return float64(r + c)
			}}
		grid := Fit(40, 8, 40, 10, 6)
		pictures["heat"] = heat.Draw(grid, heat.PoolGrid(grid))
		bars := NewCanvas(40, 4)
		for i, share := range []float64{0, 0.001, 0.37, 1.2} {
			Bar(bars, 0, i, 40, share, 0.5, g, CodeInk(i))
		}
		pictures["bars"] = bars
		dots := NewCanvas(32, 6)
		points := make([]Point, 16)
		for i := range points {
			points[i] = Point{Value: math.Sin(float64(i)), Level: math.Round(2*math.Sin(float64(i))) / 2, Ink: Plain}
		}
		Scatter(dots, points, g)
		pictures["scatter"] = dots
		for name, c := range pictures {
			t.Run(g.String()+"/"+name, func(t *testing.T) {
				text := c.String()
				golden.RequireEqual(t, text+"\n")
				for _, r := range text {
					if g == theme.ASCII && r != '\n' && (r < 32 || r > 126) {
						t.Fatalf("%q is not ASCII", r)
					}
				}
			})
		}
	}
}

// A bar is never lost: what is above zero shows, however small.
func TestRareBinsShow(t *testing.T) {
	for _, g := range graphs() {
		h := Histogram{Lo: 0, Hi: 10, Graph: g, Total: make([]int64, 10)}
		h.Total[0], h.Total[9] = 1_000_000, 1
		c := h.Draw(20, 6)
		if bottom := strings.Split(c.String(), "\n")[3]; []rune(bottom)[19] == ' ' {
			t.Errorf("%s: a bin of one weight beside a million is blank: %q", g, bottom)
		}
		if bottom := strings.Split(c.String(), "\n")[3]; []rune(bottom)[10] != ' ' {
			t.Errorf("%s: an empty bin is not blank: %q", g, bottom)
		}
	}
}

func TestResampleKeepsTheCounts(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		h := Histogram{Lo: -1, Hi: 2, From: -1, To: 2, Total: make([]int64, 1+r.IntN(300))}
		want := 0.0
		for i := range h.Total {
			h.Total[i] = r.Int64N(1000)
			want += float64(h.Total[i])
		}
		got := 0.0
		for _, n := range h.resample(1 + r.IntN(300))[0] {
			got += n
		}
		if math.Abs(got-want) > 1e-6*want {
			t.Fatalf("%d bins hold %g, the columns %g", len(h.Total), want, got)
		}
	}
}

func TestHistogramTakesAnything(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for _, h := range []Histogram{
		{}, {Lo: 1, Hi: 1, Total: []int64{5}}, {Lo: nan, Hi: nan, Total: []int64{1}}, {Lo: 0, Hi: inf, Total: []int64{1, 2}},
		{Lo: 2, Hi: 1, Total: []int64{1}}, {Lo: 0, Hi: 1, Counts: [][]int64{{1}, nil, {2, 3}}, Levels: []float64{nan, inf}, ClipLow: inf},
		{Lo: 0, Hi: 1, Total: []int64{3}, From: 5, To: 6}, {Lo: -1e300, Hi: 1e300, Total: []int64{1, 1}},
	} {
		for _, size := range [][2]int{{0, 0}, {1, 1}, {4, 2}, {50, 3}, {80, 20}, {-3, 5}} {
			c := h.Draw(size[0], size[1])
			if c.Width != max(size[0], 0) || c.Height != max(size[1], 0) {
				t.Fatalf("%+v at %v: drew %dx%d", h, size, c.Width, c.Height)
			}
		}
	}
}

func TestPool(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for _, c := range []struct {
		pool   Pool
		values []float64
		want   float64
	}{
		{Min, []float64{3, 1, 2}, 1}, {Mean, []float64{3, 1, 2}, 2}, {Min, []float64{nan, 4}, 4}, {Mean, []float64{nan, 4, 6}, 5},
		{Min, nil, nan}, {Mean, []float64{nan}, nan}, {Min, []float64{inf, inf}, inf}, {Min, []float64{inf, 7}, 7}, {Mean, []float64{inf, 7}, 7},
		{Min, []float64{-5, 0}, -5},
	} {
		if got := c.pool.of(c.values); got != c.want && !(math.IsNaN(got) && math.IsNaN(c.want)) {
			t.Errorf("%s of %v is %g, want %g", c.pool, c.values, got, c.want)
		}
	}
}

// The minimum of a pooled map is that of the matrix: no bad group disappears.
func TestPooledMinimumIsTheMinimum(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 100 {
		rows, cols := 1+r.IntN(200), 1+r.IntN(40)
		values := make([]float64, rows*cols)
		lowest := math.Inf(1)
		for i := range values {
			values[i] = r.Float64()
			lowest = math.Min(lowest, values[i])
		}
		h := HeatMap{At: func(r, c int) float64 { return values[r*cols+c] }}
		got := math.Inf(1)
		for _, v := range h.PoolGrid(Fit(rows, cols, 1+r.IntN(60), 1+r.IntN(30), 4)) {
			got = math.Min(got, v)
		}
		if got != lowest {
			t.Fatalf("%dx%d: the map's minimum is %g, the matrix's %g", rows, cols, got, lowest)
		}
	}
}

func TestGridFindsEveryValue(t *testing.T) {
	for _, c := range [][5]int{{640, 4, 60, 12, 6}, {5, 3, 40, 20, 6}, {1, 1, 1, 1, 1}, {7, 100, 30, 3, 2}, {13, 13, 5, 5, 3}} {
		g := Fit(c[0], c[1], c[2], c[3], c[4])
		if g.Width > c[2] || g.Height > c[3] {
			t.Fatalf("%v: takes %dx%d", c, g.Width, g.Height)
		}
		for row := range c[0] {
			for col := range c[1] {
				x, y, ok := g.Cell(row, col)
				if !ok {
					t.Fatalf("%v: %d,%d is nowhere", c, row, col)
				}
				r0, r1 := g.RowSpan(y)
				c0, c1 := g.ColSpan(x)
				if row < r0 || row >= r1 || col < c0 || col >= c1 {
					t.Fatalf("%v: %d,%d is said to be at %d,%d, which holds rows %d-%d, columns %d-%d", c, row, col, x, y, r0, r1, c0, c1)
				}
			}
		}
		if _, _, ok := g.Cell(c[0], 0); ok {
			t.Errorf("%v: a row past the end has a cell", c)
		}
	}
}

func TestWindowHoldsThePlace(t *testing.T) {
	for row := range 100 {
		g := Window(100, 20, 12, 8, 2, row, row%20)
		if _, _, ok := g.Cell(row, row%20); !ok {
			t.Fatalf("the window around row %d does not hold it: %+v", row, g)
		}
	}
}

func TestShort(t *testing.T) {
	for v, want := range map[float64]string{
		0: "0", 1: "1", -1.5: "-1.5", .5: ".5", -.0541: "-.0541", 12.345: "12.3", 123.4: "123", 98765: "98765", 1e5: "1.0e5",
		1e-5: "1.0e-5", -2.5e-12: "-2.5e-12", 0.000123: ".00012", math.Inf(1): "∞", math.Inf(-1): "-∞",
	} {
		if got := Short(v); got != want {
			t.Errorf("Short(%g) is %q, want %q", v, got, want)
		}
	}
	if got := Short(math.NaN()); got != "n/a" {
		t.Errorf("Short(NaN) is %q", got)
	}
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1.0k", 163840: "164k", 28140: "28.1k", 999_999: "1.0M", 5_000_000_000_000_000: "5000T"} {
		if got := Count(n); got != want {
			t.Errorf("Count(%d) is %q, want %q", n, got, want)
		}
	}
}

func TestLinesKeepTheirWidth(t *testing.T) {
	for _, name := range theme.Names() {
		p := NewPainter(theme.New(name, termenv.TrueColor, theme.Braille))
		c := bell(theme.Braille).Draw(40, 10)
		c.Set(3, 3, 'X', Pen{Cursor: Selected})
		plain := strings.Split(c.String(), "\n")
		for y, line := range c.Lines(p) {
			if got := stripped(line); got != plain[y] {
				t.Errorf("%s: row %d is %q with colours and %q without", name, y, got, plain[y])
			}
		}
	}
}

func stripped(s string) string {
	var b strings.Builder
	escape := false
	for _, r := range s {
		switch {
		case r == 0x1b:
			escape = true
		case escape:
			escape = r != 'm'
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

func TestPlacesOutsideAreIgnored(t *testing.T) {
	c := NewCanvas(3, 2)
	for _, at := range [][2]int{{-1, 0}, {3, 0}, {0, -1}, {0, 2}} {
		c.Set(at[0], at[1], 'x', Pen{})
	}
	c.Text(2, 1, "long text", Plain)
	if got := c.String(); got != "   \n  l" {
		t.Errorf("the canvas holds %q", got)
	}
	if c.TextFits(1, 1, "abc", Plain) {
		t.Error("text was put over other text")
	}
}
