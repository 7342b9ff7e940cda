package kernel

import (
	"github.com/mmtui/mmtui/int2"
	"github.com/mmtui/mmtui/internal/large"
)

// The layout. A tile is 16 outputs by a block of 16 columns; strip tiles stand
// side by side, and their blocks follow one another as a kernel reads them:
//
//	codes   [strips][blocks][tiles of the strip][vectors of 64 bytes]
//	mult    [strips][groups][tiles of the strip][16]
//	offset  [strips][groups][tiles of the strip][16], where v is not −(2^b−1)·u
//	half    [16·tiles] S/2; 0 in rows that pad the last tile
//
// Byte 4r+j of a vector belongs to output r. At 2 bits a block is one vector
// whose bit pair p is the code of column 4p+j. At 3 and 4 bits it is two, and
// nibble p of vector h is column 8h+4p+j. At 8 bits it is four, and vector p
// holds column 4p+j. Columns beyond the matrix have code 0 and meet activations 0.
const (
	tileRows  = 16
	blockCols = 16
	vector    = 64
	stripMost = 4 // tiles of a strip
)

// Weights is a quantized matrix in the order in which the kernels read it.
type Weights struct {
	rows, cols  int
	scheme      int2.Scheme
	bits        int // as stored here: 2, 4 or 8
	tiles       int
	blocks      int // of 16 columns
	groups      int
	groupBlocks int // blocks of a group; the last may have fewer
	codes       []byte
	mult        []byte
	offset      []int16
	half        []float32
	col         []float32
}

// Pack lays a matrix out. It must have passed int2.Packed.Validate.
func Pack(p *int2.Packed) *Weights {
	w := &Weights{rows: p.Rows, cols: p.Cols, scheme: p.Scheme, bits: p.Scheme.Bits, col: p.Col}
	if w.bits == 3 {
		w.bits = 4
	}
	w.tiles = (p.Rows + tileRows - 1) / tileRows
	w.blocks = (p.Cols + blockCols - 1) / blockCols
	w.groups = p.Scheme.Groups(p.Cols)
	w.groupBlocks = (p.Scheme.GroupLen(p.Cols) + blockCols - 1) / blockCols
	w.codes = large.Bytes(w.tiles * w.blocks * w.blockBytes())
	w.mult = large.Bytes(w.tiles * w.groups * tileRows)
	if p.Scheme.Grid != int2.Half {
		w.offset = make([]int16, w.tiles*w.groups*tileRows)
	}
	w.half = make([]float32, w.tiles*tileRows)
	codes := make([]uint8, p.Cols)
	for r := range p.Rows {
		w.half[r] = p.RowScale[r] / 2
		p.CodesRow(codes, r)
		w.setCodes(r, codes)
		for g := range w.groups {
			u, v := p.GroupCode(r, g)
			at := w.group(r, g)
			w.mult[at] = byte(u)
			if w.offset != nil {
				w.offset[at] = int16(v)
			}
		}
	}
	return w
}

// Dims returns outputs and inputs.
func (w *Weights) Dims() (rows, cols int) { return w.rows, w.cols }

// Scheme is how the matrix was quantized.
func (w *Weights) Scheme() int2.Scheme { return w.scheme }

// SizeBytes is the memory that the matrix takes here.
func (w *Weights) SizeBytes() int64 {
	return int64(len(w.codes) + len(w.mult) + 2*len(w.offset) + 4*len(w.half) + 4*len(w.col))
}

// Row writes the dequantized row r to dst of Cols values, as
// int2.Packed.DequantizeRow does: an embedding table is looked up so.
func (w *Weights) Row(dst []float32, r int) {
	per := w.groupBlocks * blockCols
	for g := range w.groups {
		u, v := w.factors(r, g)
		for k := g * per; k < min((g+1)*per, w.cols); k++ {
			dst[k] = float32(2*u*w.code(r, k)+v) * w.half[r]
			if w.col != nil {
				dst[k] *= w.col[k]
			}
		}
	}
}

// codesRow writes the codes of row r to dst of Cols values.
func (w *Weights) codesRow(dst []byte, r int) {
	for k := range dst {
		dst[k] = byte(w.code(r, k))
	}
}

func (w *Weights) code(r, k int) int32 {
	at, shift := w.place(r, k)
	return int32(w.codes[at]>>shift) & (1<<w.bits - 1)
}

// blockBytes is the size of one tile's block.
func (w *Weights) blockBytes() int { return vector * w.bits / 2 }

// strip is the strip of a tile: its first tile and how many it has.
func (w *Weights) strip(tile int) (first, tiles int) {
	first = tile / stripMost * stripMost
	return first, min(stripMost, w.tiles-first)
}

// place is where the code of row r, column k is: a byte, and a shift in it.
func (w *Weights) place(r, k int) (at int, shift uint) {
	first, tiles := w.strip(r / tileRows)
	block, in, row := k/blockCols, k%blockCols, r%tileRows
	at = (first*w.blocks + block*tiles + r/tileRows - first) * w.blockBytes()
	part, j := in/4, in%4
	switch w.bits {
	case 2:
		return at + 4*row + j, uint(2 * part)
	case 4:
		return at + part/2*vector + 4*row + j, uint(4 * (part % 2))
	}
	return at + part*vector + 4*row + j, 0
}

// group is the index of the factors of row r, group g.
func (w *Weights) group(r, g int) int {
	first, tiles := w.strip(r / tileRows)
	return (first*w.groups+g*tiles+r/tileRows-first)*tileRows + r%tileRows
}

// factors are u and v of a group.
func (w *Weights) factors(r, g int) (u, v int32) {
	at := w.group(r, g)
	u = int32(w.mult[at])
	if w.offset != nil {
		return u, int32(w.offset[at])
	}
	return u, -int32(w.scheme.Levels()-1) * u
}

// zero is what the sum of a group's activations is multiplied by: on the half
// grid v is this times u.
func (w *Weights) zero() int32 {
	if w.offset == nil {
		return -int32(w.scheme.Levels() - 1)
	}
	return 1
}

// narrow says that on the half grid every group's Σ (2c − 2^b + 1)·x is within 16 bits.
func (w *Weights) narrow() bool {
	return w.offset == nil && (w.scheme.Levels()-1)*127*w.groupBlocks*blockCols < 1<<15
}
