package kernel

// args is what a product kernel is given, by one pointer; the generators know
// the order of the fields. All steps are in bytes. A kernel of r rows and t
// tiles computes, for row i, output n of 16·t and every strip,
//
//	dot[g] = start[i, g] + Σ 2·c·x over the group's columns    (as kernel says)
//	total  = Σ_g u[g, n]·dot[g]                 where offset is nil
//	total  = Σ_g u[g, n]·dot[g] + v[g, n]·sums[i, g]    otherwise
//	y[i, n] = float32(total)·(scale[i]·half[n]) + bias[n]
//
// in int32, whose overflow wraps, up to the last line, each of whose operations
// is rounded on its own. blocks is at least 1. Of its args a kernel changes strips
// and spare alone: pointers are the collector's.
type args struct {
	codes    *byte   // of the first tile's first block; the tiles stand side by side
	codeStep uintptr // from a block to the next
	mult     *byte   // 16 a tile, the tiles side by side
	multStep uintptr // from a group to the next
	offset   *int16  // in the order of mult, its step twice that; nil on the half grid

	x          *int8   // 16 a block
	xRow       uintptr // from a row to the next
	start      *int32  // where a group's dot product starts: sums on the half grid, else zeros
	startStep  uintptr // from a group to the next: 4, or 0 where start is one zero for all
	startRow   uintptr // from a row to the next
	sums       *int32  // 4 bytes a group; of no use on the half grid
	sumsRow    uintptr
	blocks     int // of the whole
	groupBlock int // blocks of a group; the last group may have fewer
	narrow     int // not 0: offset is nil and every |dot| < 2¹⁵

	strips int // strips that follow one another; more than 1 only where codeStep and multStep are those of t tiles

	// The columns may come in several calls: all but the first begin with
	// totals, all but the last end with them, [r, 16·t].
	totals *int32
	resume int // not 0: begin with totals
	more   int // not 0: end with totals, and leave y alone

	half  *float32 // 16·t a strip
	scale *float32 // [r]
	bias  *float32 // 16·t a strip, or nil
	y     *float32 // 16·t a strip
	yRow  uintptr

	_ [4]uintptr // spare words, for what a kernel has no register for: only assembly names them

	ahead uintptr // bytes in front of codes that are asked for, a line for each that is read
}

// kernel multiplies as args says, for a number of rows and tiles that is its own.
type kernel func(a *args)

// kernels are the kernels of one width, [tiles − 1][rows − 1]. One tile must be
// there, and with it as many rows as there are of any; other tiles may be
// missing, or have fewer rows.
type kernels [stripMost][]kernel
