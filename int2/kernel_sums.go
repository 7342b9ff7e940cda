package int2

import "math"

// errorSums of a row against its quantized form, in float64 lanes.
type errorSums struct {
	signal  float64 // Σ w²
	energy  float64 // Σ q²
	err     float64 // Σ (q−w)²
	product float64 // Σ w·q
	maxErr  float64 // max |q−w|
}

// sumErrors measures q against w; both must be of one length.
func sumErrors(w, q []float32) errorSums {
	var l errorLanes
	return l.finish(w, q[:len(w)], l.blocks(w, q[:len(w)]))
}

// errorLanes are the lanes of Σw², Σq², Σ(q−w)², Σwq and max |q−w|.
type errorLanes [5]laneSums

// finish goes on from element done, a multiple of the number of lanes, and reduces the lanes.
func (l *errorLanes) finish(w, q []float32, done int) errorSums {
	signal, energy, err, product := &l[0], &l[1], &l[2], &l[3]
	var worst uint64 // bits of max |q−w| without the sign, shifted left by one
	for lane := range lanes {
		s, n, e, p := signal[lane], energy[lane], err[lane], product[lane]
		worst = max(worst, math.Float64bits(l[4][lane])<<1)
		for i := done + lane; i < len(w); i += lanes {
			x, y := float64(w[i]), float64(q[i])
			d := y - x
			s += float64(x * x)
			n += float64(y * y)
			e += float64(d * d)
			p += float64(x * y)
			worst = max(worst, math.Float64bits(d)<<1)
		}
		signal[lane], energy[lane], err[lane], product[lane] = s, n, e, p
	}
	return errorSums{signal.reduce(), energy.reduce(), err.reduce(), product.reduce(), math.Float64frombits(worst >> 1)}
}

// momentSums are Σd, Σd², Σd³ and Σd⁴ of d = w − pivot, in float64 lanes.
type momentSums [4]float64

func sumMoments(w []float32, pivot float64) momentSums {
	var l momentLanes
	return l.finish(w, pivot, l.blocks(w, pivot))
}

// momentLanes are the lanes of the first four powers.
type momentLanes [4]laneSums

func (l *momentLanes) finish(w []float32, pivot float64, done int) momentSums {
	m1, m2, m3, m4 := &l[0], &l[1], &l[2], &l[3]
	for lane := range lanes {
		s1, s2, s3, s4 := m1[lane], m2[lane], m3[lane], m4[lane]
		for i := done + lane; i < len(w); i += lanes {
			d := float64(w[i]) - pivot
			d2 := d * d
			s1 += d
			s2 += float64(d2)
			s3 += float64(d2 * d)
			s4 += float64(d2 * d2)
		}
		m1[lane], m2[lane], m3[lane], m4[lane] = s1, s2, s3, s4
	}
	return momentSums{m1.reduce(), m2.reduce(), m3.reduce(), m4.reduce()}
}

// sumPlain is Σw and Σw² in float64 lanes.
func sumPlain(w []float32) (sum, squares float64) {
	var l plainLanes
	return l.finish(w, l.blocks(w))
}

// plainLanes are the lanes of Σw and Σw².
type plainLanes [2]laneSums

func (l *plainLanes) finish(w []float32, done int) (sum, squares float64) {
	a, b := &l[0], &l[1]
	for lane := range lanes {
		s, q := a[lane], b[lane]
		for i := done + lane; i < len(w); i += lanes {
			x := float64(w[i])
			s += x
			q += float64(x * x)
		}
		a[lane], b[lane] = s, q
	}
	return a.reduce(), b.reduce()
}

// codeSums are the sums over a group that a least-squares fit of scale and
// offset to given codes needs.
type codeSums struct {
	c, cc int64   // Σc, Σc²
	cw    float64 // Σc·w, in float64 lanes
}

// sumCodes chooses the codes of w as quantizeGroup does, for any float scale
// (inv = 1/scale, off = −min/scale), and returns their sums.
func sumCodes(w []float32, inv, off float32, top int32) codeSums {
	g := groupCode{inv: inv, off: off, top: top}
	var out codeSums
	var cw laneSums
	for lane := range lanes {
		var s float64
		for i := lane; i < len(w); i += lanes {
			c := int64(g.code(w[i]))
			out.c += c
			out.cc += c * c
			s += float64(float64(c) * float64(w[i]))
		}
		cw[lane] = s
	}
	out.cw = cw.reduce()
	return out
}
