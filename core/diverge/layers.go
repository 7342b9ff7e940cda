package diverge

import (
	"context"
	"maps"
	"slices"
	"sync"

	"github.com/mmtui/mmtui/core/nn"
	"github.com/mmtui/mmtui/internal/pool"
)

// record is a row while its figures are gathered.
type record struct {
	Row
	input, local, cumulative sums
}

// measure gathers the rows of a comparison. Its float network's layers compare,
// those of the variant's network show what they computed.
type measure struct {
	partOf  func(name string) Part
	stageOf func(name string) Part
	twins   map[string]nn.Linear // the variant's layers by tensor
	tables  map[string]nn.Table  // likewise
	lookups []*floatTable
	linears []string      // names of the float network's layers
	step    func(*record) // told of every layer that was compared, from the float run

	meeting *lockstep // of the run under way
	on      [2]bool   // whether a side's layers meet; each is its own run's to change
	skip    int       // an id whose embedding is replaced by a picture's feature; −1: none
	scratch []float32 // the local output of one layer

	mu     sync.Mutex // an embedding's rows are looked up by several goroutines
	rows   []*record
	byName map[string]*record
}

func newMeasure(partOf, stageOf func(string) Part) *measure {
	return &measure{
		partOf: partOf, stageOf: stageOf, skip: -1, step: func(*record) {},
		twins: map[string]nn.Linear{}, tables: map[string]nn.Table{}, byName: map[string]*record{},
	}
}

// record finds the row of a name, or begins one: the first time is its place.
func (m *measure) record(kind Kind, name string, rows, cols int) *record {
	m.mu.Lock()
	defer m.mu.Unlock()
	key := string(kind) + " " + name // a tied head and its table have one name
	r := m.byName[key]
	if r == nil {
		r = &record{Row: Row{Order: len(m.rows), Name: name, Kind: kind, Rows: rows, Cols: cols}}
		r.Part = m.partOf(name)
		if kind == Stage {
			r.Part = m.stageOf(name)
		}
		m.byName[key] = r
		m.rows = append(m.rows, r)
	}
	return r
}

// variant makes the layers of the variant's network, which must be made first.
func (m *measure) variant(of nn.Linears) nn.Linears { return variantLinears{m, of} }

// float makes those of the float network.
func (m *measure) float(of nn.Linears) nn.Linears { return floatLinears{m, of} }

type variantLinears struct {
	*measure
	of nn.Linears
}

func (l variantLinears) Linear(name string, bias []float32) (nn.Linear, error) {
	made, err := l.of.Linear(name, bias)
	if err != nil {
		return nil, err
	}
	l.twins[name] = made
	return &variantLayer{made, l.measure, name}, nil
}

func (l variantLinears) Table(name string) (nn.Table, error) {
	made, err := l.of.Table(name)
	l.tables[name] = made
	return made, err
}

// variantLayer is a layer of the variant's network.
type variantLayer struct {
	nn.Linear
	m    *measure
	name string
}

// Forward computes and shows it.
func (v *variantLayer) Forward(ctx context.Context, y, x []float32, rows int) error {
	if err := v.Linear.Forward(ctx, y, x, rows); err != nil || !v.m.on[variantSide] {
		return err
	}
	out, in := v.Shape()
	return v.m.meeting.show(ctx, arrival{v.name, x[:rows*in], y[:rows*out]})
}

// Slice is the layer of some outputs; it has the row of the whole.
func (v *variantLayer) Slice(lo, hi int) nn.Linear {
	return &variantLayer{nn.Outputs(v.Linear, lo, hi), v.m, v.name}
}

type floatLinears struct {
	*measure
	of nn.Linears
}

func (l floatLinears) Linear(name string, bias []float32) (nn.Linear, error) {
	made, err := l.of.Linear(name, bias)
	if err != nil {
		return nil, err
	}
	l.linears = append(l.linears, name)
	return &floatLayer{made, l.twins[name], l.measure, name}, nil
}

func (l floatLinears) Table(name string) (nn.Table, error) {
	made, err := l.of.Table(name)
	if err != nil {
		return nil, err
	}
	t := &floatTable{Table: made, twin: l.tables[name], m: l.measure, name: name, seen: map[int]int64{}}
	l.lookups = append(l.lookups, t)
	return t, nil
}

// floatLayer is a layer of the float network beside the variant's.
type floatLayer struct {
	nn.Linear
	twin nn.Linear
	m    *measure
	name string
}

// Slice is the layer of some outputs; it has the row of the whole.
func (f *floatLayer) Slice(lo, hi int) nn.Linear {
	return &floatLayer{nn.Outputs(f.Linear, lo, hi), nn.Outputs(f.twin, lo, hi), f.m, f.name}
}

// Forward computes the layer, and the variant's on the same input, and compares
// both with what the variant's run has here.
func (f *floatLayer) Forward(ctx context.Context, y, x []float32, rows int) error {
	if err := f.Linear.Forward(ctx, y, x, rows); err != nil || !f.m.on[floatSide] {
		return err
	}
	out, in := f.Shape()
	x, y = x[:rows*in], y[:rows*out]
	if len(f.m.scratch) < len(y) {
		f.m.scratch = make([]float32, len(y))
	}
	local := f.m.scratch[:len(y)]
	if err := f.twin.Forward(ctx, local, x, rows); err != nil {
		return err
	}
	a, err := f.m.meeting.meet(ctx, f.name, len(x), len(y))
	if err != nil {
		return err
	}
	r := f.m.record(Linear, f.name, out, in)
	r.Samples += int64(rows)
	r.input.add(x, a.x, 1)
	r.local.add(y, local, 1)
	r.cumulative.add(y, a.y, 1)
	f.m.step(r)
	return f.m.meeting.release(ctx)
}

// floatTable counts which rows were looked up: both runs look up the same ones,
// so that they are compared once, in the end.
type floatTable struct {
	nn.Table
	twin nn.Table
	m    *measure
	name string

	mu   sync.Mutex
	seen map[int]int64
	row  *record
}

// Row looks up row r.
func (t *floatTable) Row(dst []float32, r int) {
	t.Table.Row(dst, r)
	if !t.m.on[floatSide] || r == t.m.skip {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.row == nil {
		t.row = t.m.record(Embedding, t.name, 0, len(dst))
	}
	t.seen[r]++
}

// compare compares the rows that were looked up, in the order of ids so that
// sums do not depend on which goroutine came first. A mapped table is touched
// on the pool alone.
func (t *floatTable) compare(ctx context.Context, p *pool.Pool) error {
	if t.row == nil {
		return ctx.Err()
	}
	return p.Run(ctx, 1, t)
}

// Chunk is the work of compare.
func (t *floatTable) Chunk(int, int) {
	a, b := make([]float32, t.row.Cols), make([]float32, t.row.Cols)
	for _, id := range slices.Sorted(maps.Keys(t.seen)) {
		t.Table.Row(a, id)
		t.twin.Row(b, id)
		t.row.Samples += t.seen[id]
		t.row.local.add(a, b, t.seen[id])
		t.row.cumulative.add(a, b, t.seen[id])
	}
}
