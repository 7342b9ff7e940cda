package kernel

import (
	"testing"

	"github.com/mmtui/mmtui/internal/qemutest"
)

// The NEON kernels, to the bit. The first run fails where the emulator has no
// dot products, without which the second would find nothing to test.
func TestARM64(t *testing.T) {
	t.Parallel()
	qemutest.Run(t, "^TestNEON$")
	qemutest.Run(t, "^(TestTiersAgree|TestEveryCount|TestExtremes|TestRowsApart|TestQuantizeIsNearest)$/^neon-dotprod$")
}
