package nn

import (
	"context"

	"github.com/mmtui/mmtui/internal/attention"
	"github.com/mmtui/mmtui/internal/pool"
	"github.com/mmtui/mmtui/internal/vec"
)

// chunkElements is how many elements a chunk of row-wise work has: some tens of
// microseconds. Less than two chunks of work stay on the calling goroutine.
const chunkElements = 16 << 10

// Run does the work of one run between its linear layers: attention, norms,
// activations and look-ups, cut into chunks for a pool. It belongs to one run
// at a time and allocates nothing after its first calls.
type Run struct {
	pool      *pool.Pool
	attention *attention.Kernels

	norm     normTask
	activate activateTask
	gate     gateTask
	add      addTask
	rotate   rotateTask
	lookup   lookupTask
	patches  patchTask
}

// NewRun makes a run on a pool.
func NewRun(p *pool.Pool) *Run { return &Run{pool: p, attention: attention.New(p)} }

// Attend computes attention, see attention.Args.
func (r *Run) Attend(ctx context.Context, a *attention.Args) error { return r.attention.Attend(ctx, a) }

// rowTask is row-wise work: rows lo up to hi.
type rowTask interface {
	pool.Task
	rows(lo, hi int)
}

// span cuts rows into chunks.
type span struct{ total, per int }

func (s span) of(i int) (lo, hi int) { return i * s.per, min((i+1)*s.per, s.total) }

// cut is the span for so many rows of so many elements.
func cut(rows, width int) span { return span{rows, max(1, chunkElements/max(width, 1))} }

// do runs t on the pool, or here when it is little work that cannot fault.
func (r *Run) do(ctx context.Context, s span, t rowTask) error {
	chunks := (s.total + s.per - 1) / s.per
	if chunks <= 1 {
		if err := ctx.Err(); err != nil {
			return err
		}
		t.rows(0, s.total)
		return nil
	}
	return r.pool.Run(ctx, chunks, t)
}

type normTask struct {
	span
	dst, src, plus []float32
	norm           *Norm
}

func (t *normTask) Chunk(_, i int) { t.rows(t.of(i)) }

func (t *normTask) rows(lo, hi int) {
	w := len(t.norm.Gain)
	for r := lo; r < hi; r++ {
		src := t.src[r*w:][:w]
		if t.plus != nil {
			vec.Add(src, t.plus[r*w:][:w])
		}
		t.norm.Row(t.dst[r*w:][:w], src)
	}
}

// Norm is dst = norm(src), row by row; dst may be src.
func (r *Run) Norm(ctx context.Context, dst, src []float32, rows int, n *Norm) error {
	r.norm = normTask{span: cut(rows, 2*len(n.Gain)), dst: dst, src: src, norm: n}
	return r.do(ctx, r.norm.span, &r.norm)
}

// AddNorm is src += plus and then dst = norm(src), row by row, in one pass: a
// residual and the norm of the next block.
func (r *Run) AddNorm(ctx context.Context, dst, src, plus []float32, rows int, n *Norm) error {
	r.norm = normTask{span: cut(rows, 3*len(n.Gain)), dst: dst, src: src, plus: plus, norm: n}
	return r.do(ctx, r.norm.span, &r.norm)
}

type activateTask struct {
	span
	x []float32
	f Activation
}

func (t *activateTask) Chunk(_, i int)  { t.rows(t.of(i)) }
func (t *activateTask) rows(lo, hi int) { t.f.Apply(t.x[lo:hi], t.x[lo:hi]) }

// Activate is x = f(x).
func (r *Run) Activate(ctx context.Context, x []float32, f Activation) error {
	r.activate = activateTask{span: cut(len(x), 1), x: x, f: f}
	return r.do(ctx, r.activate.span, &r.activate)
}

type gateTask struct {
	span
	gate, up []float32
	f        Activation
}

func (t *gateTask) Chunk(_, i int)  { t.rows(t.of(i)) }
func (t *gateTask) rows(lo, hi int) { t.f.Gate(t.gate[lo:hi], t.gate[lo:hi], t.up[lo:hi]) }

// Gate is gate = f(gate)·up.
func (r *Run) Gate(ctx context.Context, gate, up []float32, f Activation) error {
	r.gate = gateTask{span: cut(len(gate), 1), gate: gate, up: up, f: f}
	return r.do(ctx, r.gate.span, &r.gate)
}

type addTask struct {
	span
	dst, a []float32
	period int // of a; 0 is len(dst)
}

func (t *addTask) Chunk(_, i int) { t.rows(t.of(i)) }

func (t *addTask) rows(lo, hi int) {
	w := t.period
	for r := lo; r < hi; r++ {
		at := r * w % len(t.a)
		vec.Add(t.dst[r*w:][:w], t.a[at:at+w])
	}
}

// Add is dst += a for rows of width elements. A shorter a, of whole rows, begins
// again when it ends: position embeddings of several pictures.
func (r *Run) Add(ctx context.Context, dst, a []float32, rows, width int) error {
	r.add = addTask{span: cut(rows, width), dst: dst, a: a, period: width}
	return r.do(ctx, r.add.span, &r.add)
}

type rotateTask struct {
	span
	x                 []float32
	heads, dim, first int
	rope              *Rope
}

func (t *rotateTask) Chunk(_, i int) { t.rows(t.of(i)) }

func (t *rotateTask) rows(lo, hi int) {
	half := t.dim / 2
	for r := lo; r < hi; r++ {
		cos := t.rope.cos[(t.first+r)*half:][:half]
		sin := t.rope.sin[(t.first+r)*half:][:half]
		row := t.x[r*t.heads*t.dim:][:t.heads*t.dim]
		for h := range t.heads {
			vec.Rotate(row[h*t.dim:][:t.dim], cos, sin)
		}
	}
}

// Rotate turns every head of x [rows, heads, rope.Dim], whose first row is at
// position first.
func (r *Run) Rotate(ctx context.Context, x []float32, rows, heads, first int, rope *Rope) error {
	r.rotate = rotateTask{span: cut(rows, heads*rope.dim), x: x, heads: heads, dim: rope.dim, first: first, rope: rope}
	return r.do(ctx, r.rotate.span, &r.rotate)
}

type lookupTask struct {
	span
	dst   []float32
	width int
	table Table
	ids   []int
}

func (t *lookupTask) Chunk(_, i int) { t.rows(t.of(i)) }

func (t *lookupTask) rows(lo, hi int) {
	w := t.width
	for r := lo; r < hi; r++ {
		t.table.Row(t.dst[r*w:][:w], t.ids[r])
	}
}

// Lookup fills dst [len(ids), width] with rows of an embedding table, all of
// which must exist. It runs on the pool always: the table may be mapped.
func (r *Run) Lookup(ctx context.Context, dst []float32, width int, table Table, ids []int) error {
	r.lookup = lookupTask{span: cut(len(ids), width), dst: dst, width: width, table: table, ids: ids}
	return r.pool.Run(ctx, (r.lookup.total+r.lookup.per-1)/r.lookup.per, &r.lookup)
}
