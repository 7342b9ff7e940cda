package gemm

import (
	"testing"

	"github.com/mmtui/mmtui/internal/qemutest"
)

// The NEON kernels, to the bit. QEMU does not say where a fault of a file
// happened, so TestTruncatedWeights is for real machines.
func TestARM64(t *testing.T) {
	t.Parallel()
	qemutest.Run(t, "^(TestSpecifiedOrder|TestExtremeValues|TestEveryWeight)$/^neon$|^TestMicro$")
}
