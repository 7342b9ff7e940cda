package kernel

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/mmtui/mmtui/internal/isa"
)

func TestChoose(t *testing.T) {
	t.Parallel()
	all := []Tier{AVX512GFNI, AVX512VNNI, AVXVNNI, AVX2, Portable}
	for _, c := range []struct {
		name  string
		limit isa.Tier
		have  []Tier
		want  Tier
		why   string // part of the reason; empty for none
	}{
		{"", isa.AVX512, all, AVX512GFNI, ""},
		{"", isa.AVX2, all, AVXVNNI, "MMTUI_ISA=avx2"},
		{"", isa.Portable, all, Portable, "MMTUI_ISA=portable"},
		{"", isa.AVX512, all[3:], AVX2, ""},
		{"", isa.Portable, all[4:], Portable, ""},
		{"", isa.NEON, []Tier{NEON, Portable}, NEON, ""},
		{"avx512-vnni", isa.AVX512, all, AVX512VNNI, ""},
		{"AVX-VNNI", isa.AVX512, all, AVXVNNI, ""},
		{"portable", isa.AVX512, all, Portable, ""},
		{"neon-dotprod", isa.AVX512, all, AVX512GFNI, "cannot run"},
		{"avx512-vnni", isa.AVX2, all[2:], AVXVNNI, "cannot run"},
		{"avx\x1b9", isa.AVX512, all, AVX512GFNI, `"avx\x1b9" names no tier`},
	} {
		got, why := choose(c.name, c.limit, c.have)
		if got != c.want || (why == "") != (c.why == "") || !strings.Contains(why, c.why) {
			t.Errorf("%q below %s of %v is %s (%s), want %s (%s)", c.name, c.limit, c.have, got, why, c.want, c.why)
		}
	}
}

func TestTiers(t *testing.T) {
	t.Setenv(isa.Variable, "")
	tiers := Tiers()
	if tiers[len(tiers)-1] != Portable || !slices.Contains(tiers, Current()) {
		t.Errorf("tiers %v, current %s", tiers, Current())
	}
	for _, tier := range tiers {
		t.Setenv(Variable, string(tier))
		if Current() != tier || !strings.HasPrefix(Name(), string(tier)) {
			t.Errorf("%s is asked for: %s, %s", tier, Current(), Name())
		}
	}
	t.Setenv(Variable, "none such")
	if Current() != tiers[0] || !strings.Contains(Name(), "none such") {
		t.Errorf("a name that is none: %s, %s", Current(), Name())
	}
}

// damaged is a backend with a defect in one output of many rows.
type damaged struct{ portable }

func (damaged) product(s *scratch, p *part, x *activations, strips, rows span) {
	portable{}.product(s, p, x, strips, rows)
	if p.Weights.bits == 8 && rows.hi > 1 {
		p.Y[len(p.Y)-1]++
	}
}

// The test at the start passes every tier that other tests pass, and finds a
// defect.
func TestSelfTest(t *testing.T) {
	t.Parallel()
	for _, tier := range Tiers() {
		if err := selfTest(backendOf(tier)); err != nil {
			t.Errorf("%s: %v", tier, err)
		}
	}
	if err := selfTest(damaged{}); err == nil || !strings.Contains(err.Error(), "8b") {
		t.Errorf("a damaged backend: %v", err)
	}
}

func TestRandomPackedIsValid(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 0))
	for _, s := range schemes(16, 64, 0) {
		if err := randomPacked(rng, s, 5, 130).Validate(); err != nil {
			t.Errorf("%s: %v", s, err)
		}
	}
}
