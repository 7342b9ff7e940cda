package vision

import (
	"math"
	"path/filepath"
	"testing"
)

type sizeTable struct {
	Columns []string
	Rows    [][]int
}

// TestLayoutTables compares the sizes of each processor with the library's:
// 416 of them, or 66 where the shared data are absent.
func TestLayoutTables(t *testing.T) {
	t.Run("kept", func(t *testing.T) { checkTables(t, "testdata/processors") })
	t.Run("shared", func(t *testing.T) { checkTables(t, shared(t, "fixtures/vision/processors")) })
}

func checkTables(t *testing.T, root string) {
	t.Helper()
	var tables map[string]sizeTable
	readJSON(t, filepath.Join(root, "tables.json"), &tables)
	for name, of := range map[string]struct {
		config string
		opt    Options
	}{
		"smolvlm": {"smolvlm_256m_500m_instruct", Options{}}, "idefics3": {"idefics3_8b_llama3", Options{}},
		"smolvlm_longest512": {"smolvlm_256m_500m_instruct", Options{LongestEdge: 512}}, "smolvlm_longest1024": {"smolvlm_256m_500m_instruct", Options{LongestEdge: 1024}},
		"clip": {"clip_vit_b32", Options{}},
	} {
		c, err := OpenConfig(filepath.Join(root, "configs", of.config))
		if err != nil {
			t.Fatal(err)
		}
		if len(tables[name].Rows) == 0 {
			t.Errorf("%s: no rows", name)
		}
		for _, r := range tables[name].Rows {
			checkRow(t, c, of.opt, name, r)
		}
	}
}

func checkRow(t *testing.T, c *Config, opt Options, name string, r []int) {
	t.Helper()
	l, err := c.Layout(r[1], r[0], opt)
	if err != nil {
		t.Errorf("%s %v: %v", name, r, err)
		return
	}
	got := []int{r[0], r[1], l.Resized.Height, l.Resized.Width}
	if c.Tiled() {
		got = append(got, l.Fitted.Height, l.Fitted.Width, l.Rows, l.Cols, l.Tiles)
	} else {
		got = append(got, l.CropY, l.CropX)
	}
	for i, v := range got {
		if v != r[i] {
			t.Errorf("%s: %d×%d (height×width) gives %v, want %v", name, r[0], r[1], got, r)
			return
		}
	}
}

// TestLayoutRules are sizes that the tables do not hold, worked out by hand
// from the library's rules.
func TestLayoutRules(t *testing.T) {
	clip, _ := classDefaults("CLIPImageProcessor")
	smol, _ := classDefaults("SmolVLMImageProcessor")
	no := false
	for _, c := range []struct {
		name          string
		config        Config
		size          Size
		split         *bool
		width, height int
		resized       Extent
		tiles         int
	}{
		{"shortest and longest edge", clip, Size{ShortestEdge: 100, LongestEdge: 150}, nil, 400, 200, Extent{150, 75}, 1},
		{"shortest edge reached first", clip, Size{ShortestEdge: 100, LongestEdge: 300}, nil, 200, 400, Extent{100, 200}, 1},
		{"already that short", clip, Size{ShortestEdge: 100, LongestEdge: 300}, nil, 100, 123, Extent{100, 123}, 1},
		{"greatest height and width", clip, Size{MaxHeight: 100, MaxWidth: 100}, nil, 30, 40, Extent{75, 100}, 1},
		{"height and width", clip, Size{Height: 7, Width: 9}, nil, 30, 40, Extent{9, 7}, 1},
		{"odd edge of a square is made even", smol, Size{LongestEdge: 513}, nil, 20, 20, Extent{513, 514}, 5},
		{"nothing above 4096", smol, Size{LongestEdge: 8192}, nil, 200, 100, Extent{4096, 2048}, 12*6 + 1},
		{"fixed sides", smol, Size{Height: 364, Width: 728}, nil, 20, 20, Extent{728, 364}, 3},
		{"no splitting", smol, Size{LongestEdge: 1456}, &no, 20, 20, Extent{1456, 1456}, 1},
	} {
		config := c.config
		config.Size = c.size
		l, err := config.Layout(c.width, c.height, Options{Split: c.split})
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
		} else if l.Resized != c.resized || l.Tiles != c.tiles {
			t.Errorf("%s: %+v and %d tiles, want %+v and %d", c.name, l.Resized, l.Tiles, c.resized, c.tiles)
		}
	}
}

func TestLayoutRefuses(t *testing.T) {
	for _, class := range []string{"CLIPImageProcessor", "SmolVLMImageProcessor"} {
		c, _ := classDefaults(class)
		for _, size := range [][2]int{{0, 5}, {5, -1}, {math.MaxInt, 5}} {
			if l, err := c.Layout(size[0], size[1], Options{}); err == nil {
				t.Errorf("%s accepted %v: %+v", class, size, l)
			}
		}
	}
	smol, _ := classDefaults("SmolVLMImageProcessor")
	if _, err := smol.Layout(5, 5, Options{LongestEdge: -1}); err == nil {
		t.Error("accepted a negative edge")
	}
	clip, _ := classDefaults("CLIPImageProcessor")
	clip.Size = Size{MaxHeight: 10, MaxWidth: 10}
	if l, err := clip.Layout(1000, 1, Options{}); err == nil {
		t.Errorf("accepted a picture that becomes 10×0: %+v", l)
	}
}
