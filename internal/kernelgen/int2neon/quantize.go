package main

// The kernels of one row of activations. Blocks are of 16 in four registers.

const (
	rowCodes, rowSums, rowX, rowCol        gr = 0, 1, 2, 3
	rowLeft, rowGroup, rowZero, rowN, rowT gr = 4, 5, 6, 7, 8
)

// scaled loads a block of x, times col where there is one, into V16 … V19.
func (f *file) scaled() {
	for i := range vr(4) {
		f.LoadStep(16+i, rowX, quad)
	}
	f.Op("CBZ R%d, plain", rowCol)
	for i := range vr(4) {
		f.LoadStep(20+i, rowCol, quad)
		f.FMUL(16+i, 16+i, 20+i)
	}
	f.Label("plain")
}

func (f *file) largest() {
	f.Begin("largestNEON", "finds the largest of the bits of |x·col| over blocks of 16, NaN above all; a nil col is none.",
		"x *float32", "col *float32", "blocks int", "bits *uint32")
	f.Arg("x", rowX)
	f.Arg("col", rowCol)
	f.Arg("blocks", rowLeft)
	for i := range vr(4) {
		f.Zero(i)
	}
	f.Label("block")
	f.scaled()
	for i := range vr(4) {
		f.magnitude(16+i, 16+i)
		f.umax(i, i, 16+i)
	}
	f.Op("SUBS $1, R%d, R%d", rowLeft, rowLeft)
	f.Op("BNE block")
	f.umax(0, 0, 1)
	f.umax(2, 2, 3)
	f.umax(0, 0, 2)
	f.across(0, 0, true)
	f.Arg("bits", rowT)
	f.Op("FMOVS F0, (R%d)", rowT)
	f.Op("RET")
}

func (f *file) encode() {
	f.Begin("encodeNEON", "writes the codes of blocks of 16, x·col·inverse to the nearest, and the sums of each group times zero.",
		"codes *int8", "sums *int32", "x *float32", "col *float32", "inverse *float32", "blocks int", "groupBlocks int", "zero int")
	f.Arg("codes", rowCodes)
	f.Arg("sums", rowSums)
	f.Arg("x", rowX)
	f.Arg("col", rowCol)
	f.Arg("blocks", rowLeft)
	f.Arg("groupBlocks", rowGroup)
	f.Arg("zero", rowZero)
	f.Arg("inverse", rowT)
	f.splatHere(24, rowT)
	f.Label("group")
	f.Op("CMP R%d, R%d", rowLeft, rowGroup)
	f.Op("CSEL LT, R%d, R%d, R%d", rowGroup, rowLeft, rowN)
	f.Op("SUB R%d, R%d, R%d", rowN, rowLeft, rowLeft)
	f.Zero(0)
	f.Label("block")
	f.scaled()
	for i := range vr(4) {
		f.FMUL(16+i, 16+i, 24)
		f.nearest(16+i, 16+i)
		f.add(0, 0, 16+i)
	}
	f.narrow(20, 16)
	f.Store(20, rowCodes, 0)
	f.Op("ADD $16, R%d", rowCodes)
	f.Op("SUBS $1, R%d, R%d", rowN, rowN)
	f.Op("BNE block")
	f.across(0, 0, false)
	f.Op("FMOVS F0, R%d", rowT)
	f.Op("MULW R%d, R%d, R%d", rowZero, rowT, rowT)
	f.Op("MOVW R%d, (R%d)", rowT, rowSums)
	f.Op("ADD $4, R%d", rowSums)
	f.Op("CBNZ R%d, group", rowLeft)
	f.Op("RET")
}

// dotPeak is sixteen independent dot products on registers alone.
func (f *file) dotPeak() {
	f.Begin("dotNEON", "does turns·16 products of 16 codes and 16 activations each.", "turns int")
	f.Arg("turns", rowN)
	for i := range vr(18) {
		f.Zero(i)
	}
	f.Label("turn")
	for i := range vr(16) {
		f.sdotLane(i, 16, 17, 0)
	}
	f.Op("SUBS $1, R%d, R%d", rowN, rowN)
	f.Op("BNE turn")
	f.Op("RET")
}

func (f *file) readPeak() {
	f.Begin("readNEON", "reads blocks of 256 bytes.", "p *byte", "blocks int")
	f.Arg("p", rowX)
	f.Arg("blocks", rowN)
	f.Label("block")
	for i := range vr(16) {
		f.LoadStep(i, rowX, quad)
	}
	f.Op("SUBS $1, R%d, R%d", rowN, rowN)
	f.Op("BNE block")
	f.Op("RET")
}
