package nn

import (
	"fmt"
	"math"
)

// RopeConfig is the rotary position embedding of a decoder (Su et al. 2021, in
// the rotate-half layout), as transformers' modeling_rope_utils defines it.
type RopeConfig struct {
	Type  string // "default", "linear", "dynamic", "llama3" or "yarn"
	Theta float64
	Dim   int // of a head
	// Factor stretches positions: all of them (linear), or the long waves
	// (llama3, yarn). Dynamic begins to stretch behind the positions that a
	// model was made for, so that up to there it is the default.
	Factor float64
	// Llama3: waves shorter than Original/HighFreq positions stay, those longer
	// than Original/LowFreq are stretched, those between are blended.
	LowFreq, HighFreq float64
	Original          int
	Yarn              Yarn
}

// frequencies are the angles per position, [Dim/2], in float32 as published.
func (c RopeConfig) frequencies() ([]float32, error) {
	f := make([]float32, c.Dim/2)
	for i := range f {
		exponent := float32(2*i) / float32(c.Dim)
		f[i] = 1 / float32(math.Pow(c.Theta, float64(exponent)))
	}
	switch c.Type {
	case "default", "dynamic":
	case "linear":
		for i := range f {
			f[i] /= float32(c.Factor)
		}
	case "llama3":
		for i, v := range f {
			f[i] = c.stretch(v)
		}
	case "yarn":
		c.blend(f)
	default:
		return nil, fmt.Errorf("rope type %q is not known (known: default, linear, dynamic, llama3, yarn)", c.Type)
	}
	return f, nil
}

// stretch is one frequency of Llama 3's rule.
func (c RopeConfig) stretch(v float32) float32 {
	wave := float32(2*math.Pi) / v
	long, short := float32(float64(c.Original)/c.LowFreq), float32(float64(c.Original)/c.HighFreq)
	switch {
	case wave > long:
		return v / float32(c.Factor)
	case wave < short:
		return v
	}
	smooth := (float32(c.Original)/wave - float32(c.LowFreq)) / float32(c.HighFreq-c.LowFreq)
	return (1-smooth)*v/float32(c.Factor) + smooth*v
}

// Rope holds cosines and sines, [positions, Dim/2].
type Rope struct {
	cos, sin []float32
	dim      int
}

// NewRope makes the tables for so many positions.
func NewRope(c RopeConfig, positions int) (*Rope, error) {
	f, err := c.frequencies()
	if err != nil {
		return nil, err
	}
	half, scale := c.Dim/2, c.amplitude()
	r := &Rope{cos: make([]float32, positions*half), sin: make([]float32, positions*half), dim: c.Dim}
	for p := range positions {
		for i, v := range f {
			angle := float64(float32(p) * v)
			r.cos[p*half+i], r.sin[p*half+i] = float32(math.Cos(angle))*scale, float32(math.Sin(angle))*scale
		}
	}
	return r, nil
}

// Bytes is what tables for so many positions take.
func (c RopeConfig) Bytes(positions int) int64 { return int64(positions) * int64(c.Dim) * 4 }
