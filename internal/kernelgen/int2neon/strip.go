package main

import "fmt"

const (
	tileRows  = 16
	blockCols = 16
	quads     = 4  // registers of a tile's 16 rows, four rows in each
	quad      = 16 // bytes of a register
	tileBytes = 4 * tileRows
)

// kernel is one function while it is written: codes of so many bits in so many
// tiles by so many rows of activations, all columns at once. Every row and quad
// of a tile has so many sums, over which the parts of a block are dealt.
type kernel struct {
	*file
	bits, rows, tiles, ways int
}

// General registers. Row 0 of the block's activations is in xAt, the next ones follow.
const (
	args, codes, at, step, x gr = 0, 1, 2, 3, 4
	xAt                      gr = 5
	xRow, mult, start, sums  gr = 9, 10, 11, 12
	offset, totals, yRow     gr = 13, 14, 15
	tile, n, columns, group  gr = 16, 17, 19, 20
	strips, half, bias, y    gr = 21, 22, 23, 24
	temp                     gr = 25
	free                     gr = xAt + 3 // but in a block of four rows
)

// Vector registers beside the sums, V0 … V15.
const (
	xReg    vr = 16 // activations of a block, a row each
	codeReg vr = 20 // codes as they lie in memory, a quad each
	partReg vr = 24 // codes of four columns, one a byte
	maskReg vr = 28
	oneReg  vr = 29
	tempReg vr = 30
)

func newKernel(f *file, bits, rows, tiles int) *kernel {
	return &kernel{file: f, bits: bits, rows: rows, tiles: tiles, ways: 4 / rows}
}

// blockBytes is the size of a block of one tile.
func (k *kernel) blockBytes() int { return 32 * k.bits }

// sum is the register of a row, quad and way.
func (k *kernel) sum(row, q, way int) vr { return vr((quads*row+q)*k.ways + way) }

// load reads a field of args.
func (k *kernel) load(name string, to gr) {
	for i, f := range fields {
		if f == name {
			k.Op("MOVD %d(R%d), R%d", 8*i, args, to)
			return
		}
	}
	panic("args has no field " + name)
}

func (k *kernel) step(by int, of gr) { k.Op("ADD $%d, R%d", by, of) }

func (k *kernel) write() {
	k.Begin(fmt.Sprintf("w%da8r%dt%dNEON", k.bits, k.rows, k.tiles),
		fmt.Sprintf("multiplies weights of %d bits in %s by %s of activations.", k.bits, count(k.tiles, "tile"), count(k.rows, "row")), "a *args")
	k.Arg("a", args)
	k.constants()
	for _, f := range []struct {
		name string
		to   gr
	}{{"codes", codes}, {"codeStep", step}, {"xRow", xRow}, {"mult", mult}, {"offset", offset}, {"strips", strips}, {"half", half}, {"bias", bias}, {"y", y}, {"yRow", yRow}} {
		k.load(f.name, f.to)
	}
	k.Label("strip")
	k.begin()
	k.Label("group")
	k.beginGroup()
	k.Label("tile")
	k.beginTile()
	k.Label("block")
	k.block()
	k.Op("SUBS $1, R%d, R%d", n, n)
	k.Op("BNE block")
	k.fold()
	k.offsets()
	if k.tiles > 1 {
		k.step(k.blockBytes(), codes)
		k.step(tileBytes, totals)
		k.step(tileRows, mult)
		k.Op("SUBS $1, R%d, R%d", tile, tile)
		k.Op("BNE tile")
	}
	k.endGroup()
	k.store()
	k.Op("SUBS $1, R%d, R%d", strips, strips)
	k.Op("BNE strip")
	k.Op("RET")
}

// begin starts a strip with totals of zero, in the place of the outputs.
func (k *kernel) begin() {
	k.load("blocks", columns)
	k.load("start", start)
	k.load("sums", sums)
	k.load("x", x)
	k.Op("MOVD R%d, R%d", y, totals)
	k.Zero(0)
	for range k.rows {
		for i := range quads * k.tiles {
			k.Store(0, totals, quad*i)
		}
		k.Op("ADD R%d, R%d", yRow, totals)
	}
}

// beginGroup takes the group's blocks off those that are left.
func (k *kernel) beginGroup() {
	k.Op("MOVD R%d, R%d", y, totals)
	if k.tiles > 1 {
		k.Op("MOVD $%d, R%d", k.tiles, tile)
	}
	k.load("groupBlock", group)
	k.Op("CMP R%d, R%d", columns, group)
	k.Op("CSEL LT, R%d, R%d, R%d", group, columns, group)
	k.Op("SUB R%d, R%d, R%d", group, columns, columns)
}

// beginTile starts a tile's sums of a group.
func (k *kernel) beginTile() {
	k.Op("MOVD R%d, R%d", group, n)
	k.Op("MOVD R%d, R%d", codes, at)
	k.Op("MOVD R%d, R%d", x, xAt)
	for r := 1; r < k.rows; r++ {
		k.Op("ADD R%d, R%d, R%d", xRow, xAt+gr(r-1), xAt+gr(r))
	}
	for i := range vr(quads * k.rows * k.ways) {
		k.Zero(i)
	}
	if k.bits == 8 {
		for r := range vr(k.rows) {
			k.Zero(partReg + r)
		}
	}
	if k.rows == 1 {
		k.load("ahead", temp)
	}
}

// endGroup goes on to the next group, if there is one.
func (k *kernel) endGroup() {
	// The last tile's codes of the group end where its codes of the next begin.
	k.Op("SUB $%d, R%d, R%d", (k.tiles-1)*k.blockBytes(), at, codes)
	k.Op("MOVD R%d, R%d", xAt, x)
	k.load("multStep", temp)
	k.Op("ADD R%d, R%d", temp, mult)
	if k.tiles > 1 {
		k.Op("SUB $%d, R%d", tileRows*k.tiles, mult)
	}
	k.Op("CBZ R%d, same", offset)
	k.Op("ADD R%d<<1, R%d, R%d", temp, offset, offset)
	k.Op("SUB $%d, R%d", 2*tileRows*k.tiles, offset)
	k.Label("same")
	k.load("startStep", temp)
	k.Op("ADD R%d, R%d", temp, start)
	k.step(4, sums)
	k.Op("CBNZ R%d, group", columns)
}

// store writes the strip's outputs, float32(total)·(scale·half) + bias.
func (k *kernel) store() {
	k.load("scale", x)
	k.Op("MOVD R%d, R%d", y, totals)
	for r := range k.rows {
		k.Op("FMOVS %d(R%d), F16", 4*r, x)
		k.two(0x4e040400, "DUP", "4S", "S[0]", 16, 16)
		for i := range quads * k.tiles {
			k.Load(17, half, quad*i)
			k.FMUL(17, 16, 17)
			k.Load(vr(i), totals, quad*i)
			k.float(vr(i), vr(i))
			k.FMUL(vr(i), vr(i), 17)
		}
		plain := fmt.Sprintf("plain%d", r)
		k.Op("CBZ R%d, %s", bias, plain)
		for i := range quads * k.tiles {
			k.Load(17, bias, quad*i)
			k.FADD(vr(i), vr(i), 17)
		}
		k.Label(plain)
		for i := range quads * k.tiles {
			k.Store(vr(i), totals, quad*i)
		}
		k.Op("ADD R%d, R%d", yRow, totals)
	}
	k.step(tileBytes*k.tiles, half)
	k.step(tileBytes*k.tiles, y)
	k.Op("CBZ R%d, next", bias)
	k.step(tileBytes*k.tiles, bias)
	k.Label("next")
}

func count(n int, of string) string {
	if n > 1 {
		of += "s"
	}
	return fmt.Sprint(n, " ", of)
}
