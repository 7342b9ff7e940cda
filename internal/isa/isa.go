// Package isa says which instructions the kernels use. A tier is a set of
// instructions that a whole family of kernels is written for; every tier gives
// the same bits, so the choice is one of speed alone.
package isa

import (
	"fmt"
	"os"
	"strings"
)

// Variable names the environment variable that forces a tier:
// portable, neon, avx2 or avx512.
const Variable = "MMTUI_ISA"

// Tier is a set of instructions.
type Tier uint8

// The tiers. A machine that has AVX512 has AVX2 as well; every machine has Portable.
const (
	Portable Tier = iota // Go alone: the specification of the others
	NEON                 // arm64's vectors of 128 bits
	AVX2                 // with FMA and F16C
	AVX512               // F, BW, DQ and VL, beside AVX2
)

// String is the tier's name as Variable takes it.
func (t Tier) String() string {
	switch t {
	case NEON:
		return "neon"
	case AVX2:
		return "avx2"
	case AVX512:
		return "avx512"
	}
	return "portable"
}

// Tiers lists what this machine can run, the best first and Portable last.
func Tiers() []Tier {
	var out []Tier
	for _, t := range []Tier{AVX512, AVX2, NEON} {
		if has(t) {
			out = append(out, t)
		}
	}
	return append(out, Portable)
}

// Parse reads a tier's name, upper or lower case.
func Parse(name string) (Tier, error) {
	for _, t := range []Tier{Portable, NEON, AVX2, AVX512} {
		if strings.EqualFold(name, t.String()) {
			return t, nil
		}
	}
	return Portable, fmt.Errorf("%s=%s: no such instructions; use portable, neon, avx2 or avx512", Variable, name)
}

// Choose is the tier of the given name, or the machine's best for an empty
// one. With the error of a name that is unknown or that this machine cannot
// run comes the best tier that it can run.
func Choose(name string) (Tier, error) {
	best := Tiers()[0]
	if name == "" {
		return best, nil
	}
	t, err := Parse(name)
	if err != nil {
		return best, err
	}
	if t != Portable && !has(t) {
		return best, fmt.Errorf("%s=%s: this machine cannot run these instructions; using %s", Variable, name, best)
	}
	return t, nil
}

// Active is the tier that the environment and the machine choose.
func Active() (Tier, error) { return Choose(os.Getenv(Variable)) }

// Current is Active without the error.
func Current() Tier {
	t, _ := Active()
	return t
}

// Name is the current tier in words for a person, with the reason where it is
// not the one that was asked for.
func Name() string {
	t, err := Active()
	if err != nil {
		return fmt.Sprintf("%s (not %s, which this machine cannot run)", t, os.Getenv(Variable))
	}
	return t.String()
}
