package main

// constants loads what picks codes out of bytes. Codes of 8 bits become signed
// by their highest bit, c − 128; the activations of a block are then added up
// too, times one.
func (k *kernel) constants() {
	switch k.bits {
	case 2:
		k.bytes(maskReg, 3)
	case 4:
		k.bytes(maskReg, 15)
	case 8:
		k.bytes(maskReg, 128)
		k.bytes(oneReg, 1)
	}
}

// block adds the products of a block: its four parts are four columns each.
func (k *kernel) block() {
	for r := range k.rows {
		k.LoadStep(xReg+vr(r), xAt+gr(r), blockCols)
	}
	if k.rows == 1 {
		k.Op("ADD R%d, R%d, R%d", temp, at, free)
		for line := 0; line < k.blockBytes(); line += 64 {
			k.Op("PRFM %d(R%d), PLDL1KEEP", line, free)
		}
	}
	for part := range 4 {
		for q := range quads {
			codes := k.part(part, q)
			for r := range k.rows {
				k.sdotLane(k.sum(r, q, part%k.ways), codes, xReg+vr(r), part)
			}
		}
	}
	if k.bits == 8 {
		for r := range k.rows {
			k.sdot(partReg+vr(r), oneReg, xReg+vr(r))
		}
	}
	k.Op("ADD R%d, R%d", step, at)
}

// part leaves a quad's codes of four columns in a register and says which.
func (k *kernel) part(part, q int) vr {
	from, to := codeReg+vr(q), partReg+vr(q)
	switch k.bits {
	case 8:
		k.Load(from, at, 64*part+quad*q)
		k.eor(from, from, maskReg)
		return from
	case 4:
		if part%2 == 0 {
			k.Load(from, at, 32*part+quad*q)
			k.and(to, from, maskReg)
			return to
		}
		k.ushr(to, from, 4)
		return to
	}
	if part == 0 {
		k.Load(from, at, quad*q)
		k.and(to, from, maskReg)
		return to
	}
	k.ushr(to, from, 2*part)
	if part < 3 {
		k.and(to, to, maskReg)
	}
	return to
}

// fold adds u·(start + 2·Σ c·x) to the totals.
func (k *kernel) fold() {
	for r := range k.rows {
		for q := range quads {
			first := k.sum(r, q, 0)
			for way := 1; way < k.ways; way++ {
				k.add(first, first, k.sum(r, q, way))
			}
			k.add(first, first, first)
		}
		if k.bits == 8 { // 2·128·Σ x is still to be added
			k.across(tempReg, partReg+vr(r), false)
			k.shl(tempReg, tempReg, 8)
			k.addAll(r)
		}
	}
	k.load("startRow", temp)
	k.Op("MOVD R%d, R%d", start, free)
	for r := range k.rows {
		k.splat(tempReg, free, temp)
		k.addAll(r)
	}
	k.Load(codeReg, mult, 0)
	k.wideBytes(codeReg, codeReg)
	k.multiply(func(r, q int) vr { return k.sum(r, q, 0) }, 0, quads)
}

// addAll adds tempReg to all sums of a row.
func (k *kernel) addAll(r int) {
	for q := range quads {
		k.add(k.sum(r, q, 0), k.sum(r, q, 0), tempReg)
	}
}

// multiply adds products to the totals: of the factors in codeReg … for quads
// lo up to hi by what each row has for them.
func (k *kernel) multiply(of func(r, q int) vr, lo, hi int) {
	k.Op("MOVD R%d, R%d", totals, free)
	for r := range k.rows {
		for q := lo; q < hi; q++ {
			k.Load(tempReg, free, quad*q)
			k.mla(tempReg, of(r, q), codeReg+vr(q-lo))
			k.Store(tempReg, free, quad*q)
		}
		k.Op("ADD R%d, R%d", yRow, free)
	}
}

// offsets adds v·(sum of the group's activations) where the weights have offsets.
func (k *kernel) offsets() {
	k.Op("CBZ R%d, even", offset)
	k.load("sumsRow", temp)
	k.Op("MOVD R%d, R%d", sums, free)
	for r := range k.rows {
		k.splat(vr(r), free, temp)
	}
	for pair := range 2 {
		k.Load(codeReg, offset, quad*pair)
		k.wideHalves(codeReg, codeReg)
		k.multiply(func(r, _ int) vr { return vr(r) }, 2*pair, 2*pair+2)
	}
	k.step(2*tileRows, offset)
	k.Label("even")
}
