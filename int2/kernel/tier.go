package kernel

import (
	"fmt"
	"os"
	"strings"
	"sync"

	"github.com/mmtui/mmtui/internal/isa"
)

// Tier is a set of instructions that the kernels are written for.
type Tier string

// The tiers.
const (
	Portable   Tier = "portable"
	NEON       Tier = "neon-dotprod"
	AVX2       Tier = "avx2"
	AVXVNNI    Tier = "avx-vnni"
	AVX512VNNI Tier = "avx512-vnni"
	AVX512GFNI Tier = "avx512-vnni-gfni"
)

// Variable names the environment variable that forces a tier by its name;
// isa.Variable caps it.
const Variable = "MMTUI_INT2_ISA"

// order is from the best to the one that is always there.
func order() []Tier { return []Tier{AVX512GFNI, AVX512VNNI, AVXVNNI, AVX2, NEON, Portable} }

// needs is the least that isa.Variable must allow for a tier.
func (t Tier) needs() isa.Tier {
	switch t {
	case AVX512GFNI, AVX512VNNI:
		return isa.AVX512
	case AVXVNNI, AVX2:
		return isa.AVX2
	case NEON:
		return isa.NEON
	}
	return isa.Portable
}

// unproven are tiers that have run in an emulator only: they answer for
// themselves before they are used.
func (t Tier) unproven() bool { return t == NEON }

// Tiers lists what this machine can run, the best first and Portable last. A
// tier that fails its test is not among them.
func Tiers() []Tier {
	var out []Tier
	for _, t := range order() {
		if runs(t) && passes(t) {
			out = append(out, t)
		}
	}
	return out
}

// passes tells whether an unproven tier gives the bits of the portable one.
func passes(t Tier) bool { return !t.unproven() || selfTested() }

// selfTested tests the unproven tier once: no machine has two.
var selfTested = sync.OnceValue(func() bool { return selfTest(backendOf(NEON)) == nil })

// Current is the tier that the machine and the environment choose.
func Current() Tier {
	t, _ := choose(os.Getenv(Variable), isa.Current(), Tiers())
	return t
}

// Name is the current tier in words for a person, with the reason where it is
// not the one that was asked for or not the machine's best.
func Name() string {
	name := os.Getenv(Variable)
	t, why := choose(name, isa.Current(), Tiers())
	switch {
	case why != "":
		return fmt.Sprintf("%s (%s)", t, why)
	case runs(NEON) && !passes(NEON):
		return fmt.Sprintf("%s (%s gave other results than it in the test at the start)", t, NEON)
	case t.unproven():
		return fmt.Sprintf("%s (unproven on hardware; passed its test against %s at the start)", t, Portable)
	}
	return string(t)
}

// choose picks from what the machine has: the named tier, else the best that
// the cap allows. The reason is empty where that is the machine's best or what
// was asked for.
func choose(name string, limit isa.Tier, have []Tier) (t Tier, why string) {
	for _, t = range have {
		if t.needs() <= limit {
			break
		}
	}
	if name == "" {
		if t != have[0] {
			why = fmt.Sprintf("the best that %s=%s allows", isa.Variable, limit)
		}
		return t, why
	}
	for _, named := range have {
		if strings.EqualFold(name, string(named)) {
			return named, ""
		}
	}
	for _, known := range order() {
		if strings.EqualFold(name, string(known)) {
			return t, fmt.Sprintf("not %s, which this machine cannot run", known)
		}
	}
	return t, fmt.Sprintf("%s=%.40q names no tier", Variable, name)
}
