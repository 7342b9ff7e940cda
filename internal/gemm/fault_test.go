//go:build unix

package gemm

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/mmtui/mmtui/internal/pool"
)

// A weights file that is cut short while it is in use: the fault is inside the
// assembly, and an error outside.
func TestTruncatedWeights(t *testing.T) {
	const rows, cols = 256, 256
	forTiers(t, 2, func(t *testing.T, k *Kernels) {
		name := filepath.Join(t.TempDir(), "weights")
		if err := os.WriteFile(name, make([]byte, 4*rows*cols), 0o600); err != nil {
			t.Fatal(err)
		}
		f, err := os.OpenFile(name, os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		data, err := unix.Mmap(int(f.Fd()), 0, 4*rows*cols, unix.PROT_READ, unix.MAP_SHARED)
		if err != nil {
			t.Fatal(err)
		}
		defer unix.Munmap(data)
		if err := f.Truncate(0); err != nil {
			t.Fatal(err)
		}
		for _, n := range []int{1, 2, 40} {
			y, x := make([]float32, n*rows), make([]float32, n*cols)
			for _, kind := range []Type{F32, BF16, F16} {
				if err := k.Linear(t.Context(), y, x, n, Weights{data, kind, rows, cols}, nil); !errors.Is(err, pool.ErrFault) {
					t.Errorf("%d rows, type %d: error %v", n, kind, err)
				}
			}
			// The kernels go on with memory that is there.
			if err := k.Linear(t.Context(), y, x, n, Weights{make([]byte, 2*rows*cols), BF16, rows, cols}, nil); err != nil {
				t.Error(err)
			}
		}
	})
}
