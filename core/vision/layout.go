package vision

import (
	"fmt"
	"math"
)

// Extent is the size of a picture in pixels.
type Extent struct{ Width, Height int }

// Layout is what a processor makes of a picture of some size, in numbers only.
type Layout struct {
	Source Extent
	// Resized is the picture after step 1: the longest edge (tiled classes) or
	// the shorter one (CLIP) as configured; Source when do_resize is false.
	Resized Extent
	// Fitted is the picture that is cut into tiles. It equals Resized for
	// classes without tiles.
	Fitted Extent
	// CropX and CropY are where the centre crop begins in Resized. They are
	// negative where the crop is larger and black is put around the picture.
	CropX, CropY int

	// Rows and Cols count the tiles; both are 0 for a picture that is not cut.
	Rows, Cols int
	// Tiles is Rows·Cols + 1 for the whole picture, or 1.
	Tiles                 int
	TileHeight, TileWidth int

	// Bytes is the memory at the widest moment: every step's picture, the
	// tiles, and the tiles as float32.
	Bytes int64
}

// Layout computes the sizes of every step for a picture of width×height
// pixels. It reads no pixels, so that a cost can be shown first.
func (c *Config) Layout(width, height int, opt Options) (Layout, error) {
	if width < 1 || height < 1 {
		return Layout{}, fmt.Errorf("a picture of %d×%d pixels has no pixels", width, height)
	}
	if width >= math.MaxInt32 || height >= math.MaxInt32 {
		return Layout{}, fmt.Errorf("a picture of %d×%d pixels is too large", width, height)
	}
	l := Layout{Source: Extent{width, height}}
	var err error
	if c.Tiled() {
		err = c.layoutTiles(&l, opt)
	} else {
		err = c.layoutWhole(&l, opt)
	}
	if err != nil {
		return Layout{}, err
	}
	l.Bytes = l.bytes()
	return l, nil
}

func (c *Config) layoutTiles(l *Layout, opt Options) error {
	size, split := c.Size, c.DoSplit
	switch {
	case opt.LongestEdge < 0 || opt.LongestEdge > maxEdge:
		return fmt.Errorf("the longest edge is %d pixels; it goes from 1 to %d", opt.LongestEdge, maxEdge)
	case opt.LongestEdge > 0:
		size = Size{LongestEdge: opt.LongestEdge}
	}
	if opt.Split != nil {
		split = *opt.Split
	}
	l.Resized = l.Source
	if c.DoResize && size.LongestEdge > 0 {
		l.Resized = longestEdge(l.Source, size.LongestEdge)
	} else if c.DoResize {
		l.Resized = Extent{size.Width, size.Height}
	}
	l.TileHeight, l.TileWidth, l.Tiles = c.TileEdge, c.TileEdge, 1
	if !split {
		l.Fitted = Extent{c.TileEdge, c.TileEdge}
		return nil
	}
	l.Fitted = multiples(l.Resized, c.TileEdge)
	if l.Fitted.Width < 1 || l.Fitted.Height < 1 {
		return fmt.Errorf("a picture of %d×%d pixels becomes %d×%d before it is cut into tiles; crop it to another shape first", l.Source.Width, l.Source.Height, l.Fitted.Width, l.Fitted.Height)
	}
	if max(l.Fitted.Width, l.Fitted.Height) > c.TileEdge {
		l.Rows, l.Cols = l.Fitted.Height/c.TileEdge, l.Fitted.Width/c.TileEdge
		l.Tiles = l.Rows*l.Cols + 1
	}
	return nil
}

// longestEdge is step 1 of Idefics3: the longer side becomes edge, the other
// keeps the aspect and is made even; then nothing is larger than 4096. The
// arithmetic is in doubles with aspect = width/height, in this order: whole
// numbers give another size for some pictures.
func longestEdge(e Extent, edge int) Extent {
	const bound = 4096
	wide := e.Width >= e.Height
	e = scaleTo(e, edge)
	if wide {
		e.Height += e.Height % 2
	} else {
		e.Width += e.Width % 2
	}
	// After making it even: a side of 1 pixel stays 1.
	e = Extent{max(e.Width, 1), max(e.Height, 1)}
	if max(e.Width, e.Height) > bound {
		e = scaleTo(e, bound)
		e = Extent{max(e.Width, 1), max(e.Height, 1)}
	}
	return e
}

// scaleTo makes the longer side edge; the other side may become 0.
func scaleTo(e Extent, edge int) Extent {
	aspect := float64(e.Width) / float64(e.Height)
	if e.Width >= e.Height {
		return Extent{edge, int(float64(edge) / aspect)}
	}
	return Extent{int(float64(edge) * aspect), edge}
}

// multiples is step 2 of Idefics3: the longer side is rounded up to a multiple
// of the tile, the other follows the aspect and is rounded up as well.
func multiples(e Extent, tile int) Extent {
	up := func(n int) int { return (n + tile - 1) / tile * tile }
	e = scaleTo(e, up(max(e.Width, e.Height)))
	return Extent{up(e.Width), up(e.Height)}
}

func (c *Config) layoutWhole(l *Layout, opt Options) error {
	if opt.LongestEdge != 0 {
		return fmt.Errorf("%s: %s has no longest edge that a run could choose; leave the option out", c.File, c.Class)
	}
	if opt.Split != nil && *opt.Split {
		return fmt.Errorf("%s: %s does not cut pictures into tiles; leave the option out", c.File, c.Class)
	}
	l.Tiles = 1
	l.Resized = l.Source
	if c.DoResize {
		l.Resized = c.Size.apply(l.Source)
	}
	if l.Resized.Width < 1 || l.Resized.Height < 1 {
		return fmt.Errorf("a picture of %d×%d pixels would become %d×%d; crop it to another shape first", l.Source.Width, l.Source.Height, l.Resized.Width, l.Resized.Height)
	}
	l.Fitted = l.Resized
	l.TileWidth, l.TileHeight = l.Resized.Width, l.Resized.Height
	if c.DoCenterCrop {
		l.TileWidth, l.TileHeight = c.Crop.Width, c.Crop.Height
		l.CropX = cropStart(l.Resized.Width, c.Crop.Width)
		l.CropY = cropStart(l.Resized.Height, c.Crop.Height)
	}
	return nil
}

// cropStart is where a centre crop begins; a side that is too short has its
// black border before it rounded up.
func cropStart(side, crop int) int {
	if side >= crop {
		return (side - crop) / 2
	}
	return -((crop - side + 1) / 2)
}

// apply is the rule of the plain image processors, in the order in which the
// library looks for keys.
func (s Size) apply(e Extent) Extent {
	switch {
	case s.ShortestEdge > 0 && s.LongestEdge > 0:
		return boundedShortestEdge(e, s.ShortestEdge, s.LongestEdge)
	case s.ShortestEdge > 0:
		short, long := min(e.Width, e.Height), max(e.Width, e.Height)
		long = int(float64(s.ShortestEdge*long) / float64(short))
		if e.Width <= e.Height {
			return Extent{s.ShortestEdge, long}
		}
		return Extent{long, s.ShortestEdge}
	case s.MaxHeight > 0 && s.MaxWidth > 0:
		scale := min(float64(s.MaxHeight)/float64(e.Height), float64(s.MaxWidth)/float64(e.Width))
		return Extent{int(float64(e.Width) * scale), int(float64(e.Height) * scale)}
	}
	return Extent{s.Width, s.Height}
}

// boundedShortestEdge makes the shorter side edge unless the longer one would
// pass bound.
func boundedShortestEdge(e Extent, edge, bound int) Extent {
	short, long := float64(min(e.Width, e.Height)), float64(max(e.Width, e.Height))
	target := float64(edge)
	if float64(long/short*target) > float64(bound) {
		target = float64(bound) * short / long
		edge = int(math.RoundToEven(target))
	}
	if min(e.Width, e.Height) == edge {
		return e
	}
	if e.Width < e.Height {
		return Extent{edge, int(target * float64(e.Height) / float64(e.Width))}
	}
	return Extent{int(target * float64(e.Width) / float64(e.Height)), edge}
}

// bytes sums what Process and Normalise hold together. A centre crop computes
// its window only, so the resized picture does not count. Doubles cannot
// overflow, whatever the sizes are.
func (l *Layout) bytes() int64 {
	area := func(w, h int) float64 { return 3 * float64(w) * float64(h) }
	tiles := float64(l.Tiles) * area(l.TileWidth, l.TileHeight)
	total := tiles + 4*tiles
	if l.TileWidth == l.Fitted.Width && l.TileHeight == l.Fitted.Height || l.Tiles > 1 {
		total += area(l.Resized.Width, l.Resized.Height) + area(l.Fitted.Width, l.Fitted.Height)
		// Between two passes stands a picture of the old height and the new width.
		total += max(area(l.Resized.Width, l.Source.Height), area(l.Fitted.Width, l.Resized.Height))
	} else {
		total += tiles + area(l.TileWidth, min(l.Source.Height, l.Resized.Height))
	}
	return int64(min(total, math.MaxInt64/2))
}
