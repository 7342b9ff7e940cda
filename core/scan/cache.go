package scan

import (
	"container/list"
	"context"
	"errors"
	"sync"

	"github.com/mmtui/mmtui/int2"
)

// lru keeps the values that were used last, up to a total cost. It is safe for
// concurrent use.
type lru[K comparable, V any] struct {
	mu    sync.Mutex
	limit int64
	cost  int64
	order *list.List // of *lruEntry[K, V], last used first
	index map[K]*list.Element
}

type lruEntry[K comparable, V any] struct {
	key   K
	value V
	cost  int64
}

func newLRU[K comparable, V any](limit int64) *lru[K, V] {
	return &lru[K, V]{limit: limit, order: list.New(), index: map[K]*list.Element{}}
}

// get returns a value and marks it as used; the zero value when there is none.
func (c *lru[K, V]) get(key K) (value V) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.index[key]
	if !ok {
		return value
	}
	c.order.MoveToFront(e)
	return e.Value.(*lruEntry[K, V]).value
}

// put stores a value, and drops those unused longest while the cost is too
// high; the value itself stays in any case.
func (c *lru[K, V]) put(key K, value V, cost int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e, ok := c.index[key]; ok {
		c.remove(e)
	}
	c.index[key] = c.order.PushFront(&lruEntry[K, V]{key, value, cost})
	c.cost += cost
	for c.cost > c.limit && c.order.Len() > 1 {
		c.remove(c.order.Back())
	}
}

func (c *lru[K, V]) remove(e *list.Element) {
	entry := e.Value.(*lruEntry[K, V])
	c.order.Remove(e)
	delete(c.index, entry.key)
	c.cost -= entry.cost
}

// resultKey names a measurement: these bytes under this scheme.
type resultKey struct {
	fingerprint uint64
	scheme      int2.Scheme
}

// measured are the figures of one tensor under one scheme. It never changes.
type measured struct {
	metrics      int2.Metrics
	solver       int2.Solver
	fallbackRows int
	sizeBytes    int64
	hasIdeal     bool
}

type resultCache = lru[resultKey, *measured]

func newResultCache(limit int64) *resultCache { return newLRU[resultKey, *measured](limit) }

// resultsKept bounds the results of a session, in units of one at 2 bits (less
// than a kilobyte): a plan can be undone eight times over before a tensor must
// be measured again.
func resultsKept(tensors int) int64 { return int64(8*tensors + 1024) }

// cost of keeping a result; the occupancy of 256 codes is its bulk.
func (m *measured) cost() int64 { return 1 + int64(len(m.metrics.CodeOccupancy)/64) }

// flightGroup runs the same work once for all who ask for it at a time. Unlike
// x/sync/singleflight it knows contexts: a caller whose context ends leaves the
// others alone, and when it was the one that worked another takes over. The
// zero value is ready.
type flightGroup struct {
	mu      sync.Mutex
	flights map[any]*flight
}

type flight struct {
	done  chan struct{}
	value any
	err   error
}

var errAbandoned = errors.New("the work for this tensor was abandoned")

// do returns what work returns, run by this caller or another.
func (g *flightGroup) do(ctx context.Context, key any, work func(context.Context) (any, error)) (any, error) {
	for {
		g.mu.Lock()
		f, under := g.flights[key]
		if !under {
			f = &flight{done: make(chan struct{}), err: errAbandoned}
			if g.flights == nil {
				g.flights = map[any]*flight{}
			}
			g.flights[key] = f
		}
		g.mu.Unlock()
		if !under {
			g.lead(ctx, key, f, work)
			return f.value, f.err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-f.done:
		}
		if ctx.Err() == nil && (errors.Is(f.err, context.Canceled) || errors.Is(f.err, context.DeadlineExceeded) || errors.Is(f.err, errAbandoned)) {
			continue // the one who worked was called off
		}
		return f.value, f.err
	}
}

// lead does the work of a flight and lets the others go on, even after a panic.
func (g *flightGroup) lead(ctx context.Context, key any, f *flight, work func(context.Context) (any, error)) {
	defer func() {
		g.mu.Lock()
		delete(g.flights, key)
		g.mu.Unlock()
		close(f.done)
	}()
	f.value, f.err = work(ctx)
}
