package vision

import (
	"fmt"
	"math"
)

// Filter is a resampling filter, numbered as in a preprocessor_config.json
// (Pillow's Image.Resampling).
type Filter int

const (
	Nearest  Filter = 0
	Lanczos  Filter = 1 // a = 3
	Bilinear Filter = 2
	Bicubic  Filter = 3 // a = -0.5, not the -0.75 of other libraries
	Box      Filter = 4
	Hamming  Filter = 5
)

// String is the filter's name in lower case.
func (f Filter) String() string {
	switch f {
	case Nearest:
		return "nearest"
	case Lanczos:
		return "lanczos"
	case Bilinear:
		return "bilinear"
	case Bicubic:
		return "bicubic"
	case Box:
		return "box"
	case Hamming:
		return "hamming"
	}
	return fmt.Sprintf("filter %d", int(f))
}

func (f Filter) known() bool { return f >= Nearest && f <= Hamming }

// support is the filter's radius in source pixels at scale 1.
func (f Filter) support() float64 {
	switch f {
	case Box:
		return 0.5
	case Bilinear, Hamming:
		return 1
	case Bicubic:
		return 2
	}
	return 3
}

// weight is the filter's value at distance x, with Pillow's borders: Box is
// open on the left and closed on the right, Lanczos the other way round.
func (f Filter) weight(x float64) float64 {
	switch f {
	case Box:
		if -0.5 < x && x <= 0.5 {
			return 1
		}
		return 0
	case Bilinear:
		return max(0, 1-math.Abs(x))
	case Hamming:
		return hamming(math.Abs(x))
	case Bicubic:
		return bicubic(math.Abs(x))
	}
	if -3 <= x && x < 3 {
		return sinc(x) * sinc(x/3)
	}
	return 0
}

// Every product below stands in its own conversion: a fused multiply-add,
// which Go may use on other machines, would round once instead of twice.

func sinc(x float64) float64 {
	if x == 0 {
		return 1
	}
	x *= math.Pi
	return math.Sin(x) / x
}

func hamming(x float64) float64 {
	if x == 0 {
		return 1
	}
	if x >= 1 {
		return 0
	}
	x *= math.Pi
	// Pillow writes the constants as float32.
	const a, b = float64(float32(0.54)), float64(float32(0.46))
	return math.Sin(x) / x * (a + float64(b*math.Cos(x)))
}

func bicubic(x float64) float64 {
	const a = -0.5
	if x < 1 {
		return float64(float64(float64(float64((a+2)*x)-(a+3))*x)*x) + 1
	}
	if x < 2 {
		return (float64((float64((x-5)*x)+8)*x) - 4) * a
	}
	return 0
}
