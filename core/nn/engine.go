package nn

import (
	"sync"

	"github.com/mmtui/mmtui/int2/kernel"
	"github.com/mmtui/mmtui/internal/gemm"
	"github.com/mmtui/mmtui/internal/pool"
)

// Engine lends matrix kernels to linear layers: a Linear may be used by several
// runs at once, kernels by one. It keeps as many as ever worked at a time.
type Engine struct {
	pool *pool.Pool

	mu   sync.Mutex
	idle []*kernels
}

// kernels is what one product at a time needs.
type kernels struct {
	*gemm.Kernels
	int2      *kernel.Kernels
	small     smallTask
	products  []gemm.Product   // of layers that go together
	quantized []kernel.Product // likewise
}

// NewEngine makes an engine whose kernels work on p.
func NewEngine(p *pool.Pool) *Engine { return &Engine{pool: p} }

// Pool is what the engine works on.
func (e *Engine) Pool() *pool.Pool { return e.pool }

func (e *Engine) take() *kernels {
	e.mu.Lock()
	defer e.mu.Unlock()
	if n := len(e.idle); n > 0 {
		k := e.idle[n-1]
		e.idle = e.idle[:n-1]
		return k
	}
	return &kernels{Kernels: gemm.New(e.pool), int2: kernel.New(e.pool)}
}

func (e *Engine) give(k *kernels) {
	e.mu.Lock()
	e.idle = append(e.idle, k)
	e.mu.Unlock()
}
