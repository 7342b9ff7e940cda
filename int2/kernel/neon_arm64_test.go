package kernel

import (
	"slices"
	"testing"
)

// The tier that no machine at hand can run is offered because it passes the
// test that it is given at the start.
func TestNEON(t *testing.T) {
	t.Parallel()
	if !runs(NEON) {
		t.Skip("this processor has no dot products")
	}
	if err := selfTest(backendOf(NEON)); err != nil {
		t.Error(err)
	}
	if !slices.Contains(Tiers(), NEON) {
		t.Errorf("tiers are %v, without %s", Tiers(), NEON)
	}
}
