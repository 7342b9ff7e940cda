package vec

import "github.com/mmtui/mmtui/internal/isa"

func addTwin(dst, a, b []float32) {
	for i, v := range a {
		dst[i] = v + b[i]
	}
}

func mulTwin(dst, a, b []float32) {
	for i, v := range a {
		dst[i] = v * b[i]
	}
}

func scaleTwin(dst, src []float32, factor float32) {
	for i, v := range src {
		dst[i] = v * factor
	}
}

func rotateTwin(x, y, cos, sin []float32) {
	for i, a := range x {
		b, c, s := y[i], cos[i], sin[i]
		x[i] = float32(a*c) - float32(b*s)
		y[i] = float32(b*c) + float32(a*s)
	}
}

// The sums go on in acc, lane i%32 for element i; lengths are multiples of 32.

func dotTwin(a, b []float32, acc *[reduce]float32) {
	for i, v := range a {
		acc[i%reduce] = isa.FMA(v, b[i], acc[i%reduce])
	}
}

func sumTwin(src []float32, acc *[reduce]float32) {
	for i, v := range src {
		acc[i%reduce] += v
	}
}

func largestTwin(src []float32, acc *[reduce]float32) {
	for i, v := range src {
		if !(v <= acc[i%reduce]) {
			acc[i%reduce] = v
		}
	}
}

func expSumTwin(dst, src []float32, top float32, acc *[reduce]float32) {
	for i, v := range src {
		e := exponential(raise(-104, v-top), 0)
		dst[i] = e
		acc[i%reduce] += e
	}
}

func momentsTwin(src []float32, pivot float32, acc *[2][reduce]float32) {
	for i, v := range src {
		d := v - pivot
		acc[0][i%reduce] += d
		acc[1][i%reduce] = isa.FMA(d, d, acc[1][i%reduce])
	}
}

// normalizeTwin takes the mean, what is left of it, and the inverse of the deviation.
func normalizeTwin(dst, src, gain, bias []float32, par *[3]float32) {
	for i, v := range src {
		v = float32(float32(v-par[0])-par[1]) * par[2]
		dst[i] = isa.FMA(v, gain[i], bias[i])
	}
}

func scaleGainTwin(dst, src []float32, factor float32, gain []float32) {
	for i, v := range src {
		dst[i] = float32(v*factor) * gain[i]
	}
}

func applyTwin(f function, dst, src []float32) {
	switch f {
	case expFunction:
		expTwin(dst, src)
	case geluFunction:
		geluTwin(dst, src)
	case geluTanhFunction:
		geluTanhTwin(dst, src)
	case quickGELUFunction:
		quickGELUTwin(dst, src)
	case siluFunction:
		siluTwin(dst, src)
	}
}

func combineTwin(o operation, dst, a, b []float32) {
	switch o {
	case addOperation:
		addTwin(dst, a, b)
	case mulOperation:
		mulTwin(dst, a, b)
	case siluMulOperation:
		siluMulTwin(dst, a, b)
	}
}
