package family

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/mmtui/mmtui/core/model"
	"github.com/mmtui/mmtui/core/nn"
	"github.com/mmtui/mmtui/core/safetensors"
	"github.com/mmtui/mmtui/internal/pool"
)

// base is what every network has: its weights and the pool it works on.
type base struct {
	family string
	source *nn.Source
	unused []string // lines on tensors of the file that the network has no use for
	pool   *pool.Pool
	memory scratch   // of its runs
	own    sync.Once // closes the pool
	owned  bool      // the pool is closed with the network
}

// Family is the model_type.
func (b *base) Family() string { return b.family }

// Warnings are lines on what the files hold and the network does not use.
func (b *base) Warnings() []string { return b.unused }

// WeightBytes is what the weights take, as they are used.
func (b *base) WeightBytes() int64 { return b.source.Bytes() }

// Close lets go of the weights after the runs under way.
func (b *base) Close() error {
	err := b.source.Close()
	if b.owned {
		b.own.Do(b.pool.Close)
	}
	return err
}

// loader hands the tensors of a model to a network under construction. It
// gathers every tensor that is missing or of another shape, so that one error
// names them all; then load reads them.
type loader struct {
	*base
	ctx     context.Context // of one Open
	model   *model.Model
	linears nn.Linears
	names   map[string]string // canonical name → the file's
	used    map[string]bool   // canonical names that the network asked for
	prefix  string            // of the file's names before the canonical ones
	twice   []string
	missing []string
	unfit   []string
	failed  error
}

func newLoader(ctx context.Context, m *model.Model, opt Options) *loader {
	l := &loader{base: &base{pool: opt.Pool}, ctx: ctx, model: m}
	if l.pool == nil {
		l.pool, l.owned = pool.New(0), true
	}
	engine := nn.NewEngine(l.pool)
	l.source = nn.NewSource(m, engine)
	l.linears = l.source.Linears(ctx)
	if opt.Linears != nil {
		l.linears = opt.Linears(engine, l.linears)
	}
	return l
}

// index maps canonical names to those of the file. As transformers does, names
// are taken with and without the prefix of the base model, also a doubled one;
// buffers that older versions saved are left out.
func (l *loader) index(prefix string) {
	l.names, l.used = make(map[string]string, len(l.model.Tensors)), map[string]bool{}
	for _, t := range l.model.Tensors {
		if strings.HasSuffix(t.Name, ".position_ids") || strings.HasSuffix(t.Name, "rotary_emb.inv_freq") {
			continue
		}
		name := strings.TrimPrefix(strings.TrimPrefix(t.Name, prefix), prefix)
		if name != t.Name {
			l.prefix = prefix
		}
		if other, ok := l.names[name]; ok {
			l.twice = append(l.twice, fmt.Sprintf("%s and %s stand for the same", safetensors.Printable(other), safetensors.Printable(t.Name)))
			continue
		}
		l.names[name] = t.Name
	}
}

// has says whether the file has a tensor.
func (l *loader) has(name string) bool { _, ok := l.names[name]; return ok }

// find notes a tensor that is missing or has none of the shapes.
func (l *loader) find(name string, shapes ...[]int) (string, bool) {
	own, ok := l.names[name]
	l.used[name] = true
	if !ok {
		l.missing = append(l.missing, fmt.Sprintf("%s %v", name, shapes[0]))
		return "", false
	}
	t, _ := l.model.Lookup(own)
	if !slices.ContainsFunc(shapes, func(s []int) bool { return slices.Equal(s, t.Shape) }) {
		l.unfit = append(l.unfit, fmt.Sprintf("%s is %v, config.json asks for %v", safetensors.Printable(own), t.Shape, shapes[0]))
		return "", false
	}
	return own, true
}

// vector is a small tensor in memory, nil while something is wrong.
func (l *loader) vector(name string, shape ...int) []float32 {
	own, ok := l.find(name, shape)
	if !ok || l.broken() {
		return nil
	}
	v, err := l.source.Vector(l.ctx, own)
	l.keep(err)
	return v
}

// scalar is a tensor of shape [] or [1]: transformers 4 accepts either.
func (l *loader) scalar(name string) float32 {
	own, ok := l.find(name, []int{}, []int{1})
	if !ok || l.broken() {
		return 0
	}
	v, err := l.source.Vector(l.ctx, own)
	l.keep(err)
	if len(v) != 1 {
		return 0
	}
	return v[0]
}

// table is an embedding table [rows, cols] that is looked up row by row.
func (l *loader) table(name string, rows, cols int) nn.Table {
	own, ok := l.find(name, []int{rows, cols})
	if !ok || l.broken() {
		return nil
	}
	t, err := l.linears.Table(own)
	l.keep(err)
	return t
}

// linear is the layer of NAME.weight [out, in] and, if it has one, NAME.bias [out].
func (l *loader) linear(name string, out, in int, bias bool) layer {
	return l.layer(name, name+".weight", name+".bias", out, in, bias, []int{out, in})
}

// layer is a linear layer whose weight is stored in one of several shapes.
func (l *loader) layer(name, weight, bias string, out, in int, biased bool, shapes ...[]int) layer {
	own, ok := l.find(weight, shapes...)
	var b []float32
	if biased {
		b = l.vector(bias, out)
	}
	if !ok || l.broken() {
		return layer{name: name}
	}
	made, err := l.linears.Linear(own, b)
	l.keep(err)
	if err == nil {
		if gotOut, gotIn := made.Shape(); gotOut != out || gotIn != in {
			l.keep(l.error(fmt.Sprintf("%s became a layer [%d, %d] in place of [%d, %d]", safetensors.Printable(own), gotOut, gotIn, out, in)))
		}
	}
	return layer{name, made}
}

// norm is a layer norm, or without a bias an RMS norm.
func (l *loader) norm(name string, width int, eps float32, bias bool) namedNorm {
	n := namedNorm{name: name}
	n.Gain, n.Eps = l.vector(name+".weight", width), eps
	if bias {
		n.Bias = l.vector(name+".bias", width)
	}
	return n
}

func (l *loader) keep(err error) {
	if l.failed == nil {
		l.failed = err
	}
}

// broken says that the network will not be made: nothing more is read, but
// names and shapes are still compared.
func (l *loader) broken() bool {
	return l.failed != nil || len(l.missing) > 0 || len(l.unfit) > 0 || len(l.twice) > 0
}

// done is the one error for all tensors, nil when they are as they should be.
// hint, if any, says what their pattern means.
func (l *loader) done(hint func(l *loader) string) error {
	var what []string
	if n := len(l.missing); n > 0 {
		count := fmt.Sprintf("%d tensors are missing", n)
		if n == 1 {
			count = "a tensor is missing"
		}
		what = append(what, count+": "+strings.Join(fold(l.inFile(l.missing)), ", "))
		if hint != nil {
			if h := hint(l); h != "" {
				what = append([]string{h}, what...)
			}
		}
	}
	what = append(what, fold(l.unfit)...)
	what = append(what, l.twice...)
	if len(what) == 0 {
		l.noteUnused()
		return l.failed
	}
	return l.error(strings.Join(what, "; "))
}

// noteUnused tells of tensors that nothing asked for: most often layers beyond
// those that config.json counts.
func (l *loader) noteUnused() {
	var left []string
	for name, own := range l.names {
		if !l.used[name] {
			left = append(left, safetensors.Printable(own))
		}
	}
	if len(left) == 0 {
		return
	}
	slices.Sort(left)
	const most = 6
	lines, more := fold(left), ""
	if len(lines) > most {
		lines, more = lines[:most], " and more"
	}
	l.unused = []string{fmt.Sprintf("%s: tensors that a %s of this config.json has no use for (%d): %s%s; check that weights and config.json are of one model",
		l.model.Path, l.family, len(left), strings.Join(lines, ", "), more)}
}

func (l *loader) error(what string) error {
	return &safetensors.Error{Path: l.model.Path, What: what, Do: "config.json and weights must be of one model: download or save them together again", Err: ErrWeights}
}

// begin begins a run on the weights; the source's End ends it.
func (b *base) begin(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return b.source.Begin()
}

// during is a run on the weights. When it fails under a file that changed,
// that is its error; when it does not, the file is looked at once more.
func (b *base) during(ctx context.Context, run func() error) error {
	if err := b.begin(ctx); err != nil {
		return err
	}
	defer b.source.End()
	if err := run(); err != nil {
		return b.source.Explain(err)
	}
	return b.source.Check()
}

// inFile gives canonical names the prefix that the file's names have, which
// the head stands outside of.
func (l *loader) inFile(names []string) []string {
	out := slices.Clone(names)
	for i, n := range out {
		if !strings.HasPrefix(n, "lm_head.") {
			out[i] = l.prefix + n
		}
	}
	return out
}

// absent says whether all that is missing begins with one of the prefixes, and
// the file has nothing at all that begins with the first.
func (l *loader) absent(prefixes ...string) bool {
	for name := range l.names {
		if strings.HasPrefix(name, prefixes[0]) {
			return false
		}
	}
	return len(l.missing) > 0 && !slices.ContainsFunc(l.missing, func(m string) bool {
		return !slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(m, p) })
	})
}
