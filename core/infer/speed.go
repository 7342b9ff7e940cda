package infer

import (
	"context"
	"math"
	"sync"
	"time"

	"github.com/mmtui/mmtui/internal/gemm"
	"github.com/mmtui/mmtui/internal/pool"
)

// speed is what the machine does in a second, as far as a short look tells.
type speed struct {
	flops float64 // of matrix products
	bytes float64 // of weights streamed by a product with one row
}

// share of the measured speed that a whole network reaches: norms, softmax and
// the small products are slower than one large product.
const share = 0.8

// The sizes of the look: some 20 ms on a slow machine, and weights that most
// caches do not hold.
const (
	lookRows   = 64
	lookOut    = 1024 // of the product of many rows
	lookAll    = 4096 // of the product of one row: 16 MiB
	lookIn     = 2048
	lookRepeat = 2
)

// speedometer measures once, when it is first asked.
type speedometer struct {
	mu    sync.Mutex
	known speed
	look  func(ctx context.Context) (speed, error)
}

// A run that a very slow machine would do in a second needs no measure: where
// nobody asks for its time (exact), that machine's speed stands in.
func (m *speedometer) measure(ctx context.Context, flop, bytes float64, exact bool) (s speed, measured bool, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.known.flops > 0 {
		return m.known, false, nil
	}
	if slow := (speed{flops: 1e9, bytes: 1e9}); !exact && flop/slow.flops+bytes/slow.bytes < 1 {
		return slow, false, nil
	}
	if s, err = m.look(ctx); err == nil {
		m.known = s
	}
	return s, true, err
}

// lookAt measures a product of many rows and one of a single row. The better of
// two is taken: whatever else the machine does only slows it.
func lookAt(p *pool.Pool, now func() time.Time) func(ctx context.Context) (speed, error) {
	return func(ctx context.Context) (speed, error) {
		data := make([]byte, lookAll*lookIn*gemm.BF16.Bytes())
		for i := 0; i < len(data); i += 4096 {
			data[i] = 1 // pages that were never written are all one page
		}
		x, y := make([]float32, lookRows*lookIn), make([]float32, lookRows*lookOut)
		k := gemm.New(p)
		best := func(rows, outputs int) (float64, error) {
			w := gemm.Weights{Data: data[:outputs*lookIn*gemm.BF16.Bytes()], Type: gemm.BF16, Rows: outputs, Cols: lookIn}
			least := math.Inf(1)
			for range lookRepeat {
				start := now()
				if err := k.Linear(ctx, y[:rows*outputs], x[:rows*lookIn], rows, w, nil); err != nil {
					return 0, err
				}
				least = min(least, now().Sub(start).Seconds())
			}
			return max(least, 1e-9), nil
		}
		many, err := best(lookRows, lookOut)
		if err != nil {
			return speed{}, err
		}
		one, err := best(1, lookAll)
		if err != nil {
			return speed{}, err
		}
		return speed{flops: 2 * lookRows * lookOut * lookIn / many, bytes: float64(len(data)) / one}, nil
	}
}
