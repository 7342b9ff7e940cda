package nn

import "math"

// Yarn is what the rope type "yarn" (Peng et al. 2023) adds to a RopeConfig.
// Waves that turn more than BetaFast times in Original positions stay, those
// that turn less than BetaSlow times are stretched by Factor, and those between
// are blended by their index.
type Yarn struct {
	BetaFast, BetaSlow float64
	Exact              bool // the ends of the blend need not be whole indices
	// Amplitude multiplies cosines and sines, and so queries and keys.
	Amplitude float64
}

// YarnAmplitude is the published amplitude for a factor, 0.1·m·ln(factor) + 1.
func YarnAmplitude(factor, m float64) float64 {
	if factor <= 1 {
		return 1
	}
	return 0.1*m*math.Log(factor) + 1
}

// amplitude is 1 for all types but yarn.
func (c RopeConfig) amplitude() float32 {
	if c.Type != "yarn" {
		return 1
	}
	return float32(c.Yarn.Amplitude)
}

// turning is the index, not whole, of the wave that turns so many times in
// Original positions.
func (c RopeConfig) turning(times float64) float64 {
	return float64(c.Dim) * math.Log(float64(c.Original)/(times*2*math.Pi)) / (2 * math.Log(c.Theta))
}

// blend stretches default frequencies, as _compute_yarn_parameters does.
func (c RopeConfig) blend(f []float32) {
	low, high := c.turning(c.Yarn.BetaFast), c.turning(c.Yarn.BetaSlow)
	if !c.Yarn.Exact {
		low, high = math.Floor(low), math.Ceil(high)
	}
	low, high = max(low, 0), min(high, float64(c.Dim-1))
	if low == high {
		high += 0.001
	}
	for i, v := range f {
		ramp := min(max((float32(i)-float32(low))/float32(high-low), 0), 1)
		keep := 1 - ramp
		f[i] = v/float32(c.Factor)*(1-keep) + v*keep
	}
}
