package infer

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/mmtui/mmtui/core/report"
)

// Compare answers one request with several variants of a model, a token of each
// in turn, and holds them against the first, the reference. Pictures of one
// folder are prepared once; the times of a variant are those of its own steps
// and of the pictures. emit is called from the calling goroutine with the index
// of a runner; nil takes no events.
//
// A variant that breaks off leaves the others running: its error comes back
// beside the comparison. When ctx ends, the comparison so far comes back with
// the context's error; when it ends before the work begins, nil does.
// An Observer is refused: it watches one run.
func Compare(ctx context.Context, runners []*Runner, q Request, emit func(variant int, e Event)) (*Comparison, error) {
	switch {
	case len(runners) == 0:
		return nil, refuse("open some", "no variants are given")
	case q.Observer != nil:
		return nil, refuse("trace one variant at a time", "an observer watches one run, and there are %d", len(runners))
	case q.TeacherForced && q.Task == Retrieval:
		return nil, refuse("leave it out", "retrieval has no tokens to feed")
	}
	release, err := takeAll(ctx, runners)
	if err != nil {
		return nil, err
	}
	defer release()
	if emit == nil {
		emit = func(int, Event) {}
	}
	c, err := newComparing(ctx, runners, q, emit)
	if err != nil {
		return nil, err
	}
	c.ref().runner.machine.resetPeak()
	for _, col := range c.columns {
		e := col.p.estimate
		col.emit(Event{Kind: Started, Estimate: &e})
	}
	if c.ref().runner.embed != nil {
		err = c.retrieve(ctx)
	} else {
		err = c.generate(ctx)
	}
	return c.finish(ctx, err)
}

// comparing is a comparison under way.
type comparing struct {
	q       Request
	columns []*column
}

// column is one variant of it.
type column struct {
	name   string
	runner *Runner
	p      *prepared
	res    *Result
	clock  *stopwatch
	emit   func(Event)
	gen    *generation // nil of retrieval
	next   int         // the id that it is fed next
	done   bool
	err    error // why it broke off

	last     chosen // of the place that was taken last
	kl       []report.Number
	noKL     string // why the next place has no KL; "" while it has
	agreed   int
	compared int
	differs  *Difference

	spearman      []report.Number
	agreement     report.Number
	textAgreement report.Number
}

func (c *comparing) ref() *column { return c.columns[0] }

// newComparing prepares the request for every runner. What the reference's
// setting auto chose holds for all.
func newComparing(ctx context.Context, runners []*Runner, q Request, emit func(int, Event)) (*comparing, error) {
	c := &comparing{q: q}
	names := VariantNames(runners)
	for i, r := range runners {
		p, err := c.prepare(ctx, r)
		if err != nil {
			return nil, err
		}
		col := &column{name: names[i], runner: r, p: p, res: r.newResult(q, p), clock: &stopwatch{now: r.now},
			emit: func(e Event) { emit(i, e) }, agreement: report.NA(), textAgreement: report.NA()}
		col.res.Variant = col.name
		c.columns = append(c.columns, col)
		if i > 0 {
			col.noKL = c.incomparable(col)
			if col.noKL != "" && q.TeacherForced {
				return nil, refuse("compare without teacher forcing", "%s cannot be fed the tokens of %s: %s", col.name, c.ref().name, col.noKL)
			}
		}
	}
	c.ref().noKL = "this is the reference"
	return c, c.reach()
}

func (c *comparing) prepare(ctx context.Context, r *Runner) (*prepared, error) {
	q := c.q
	if len(c.columns) == 0 {
		return r.prepare(ctx, q, q.ImageSize.Auto)
	}
	ref := c.ref().p
	if q.ImageSize.Auto {
		q.ImageSize, q.Split = ImageSize{}, ref.option.split
	}
	p, err := r.prepare(ctx, q, false)
	if err != nil {
		return nil, err
	}
	p.size, p.estimate.Reduced = ref.size, ref.estimate.Reduced
	return p, nil
}

// VariantNames are what Compare calls the columns of runners: their variants'
// names, numbered where two have one.
func VariantNames(runners []*Runner) []string {
	var out []string
	for _, r := range runners {
		name := r.variantName()
		for n, first := 2, name; slices.Contains(out, name); n++ {
			name = fmt.Sprintf("%s (%d)", first, n)
		}
		out = append(out, name)
	}
	return out
}

// incomparable says why a column's distributions are not over the reference's
// choices, "" where they are.
func (c *comparing) incomparable(col *column) string {
	a, b := c.ref(), col
	switch {
	case a.runner.gen == nil || b.runner.gen == nil:
		return ""
	case a.runner.gen.Vocabulary() != b.runner.gen.Vocabulary():
		return fmt.Sprintf("its vocabulary has %s and the reference's %s",
			report.Plural(int64(b.runner.gen.Vocabulary()), "token"), report.Plural(int64(a.runner.gen.Vocabulary()), "token"))
	case !slices.Equal(a.p.ids, b.p.ids):
		return "its prompt has other tokens than the reference's"
	}
	return ""
}

// reach refuses what this machine cannot do: the answers lie in memory
// together, and are waited for together.
func (c *comparing) reach() error {
	var all prepared
	seen := map[*Runner]bool{}
	for _, col := range c.columns {
		e, weights := col.p.estimate, col.p.weights
		all.estimate.AvailableBytes = e.AvailableBytes
		all.estimate.TotalMS += e.TotalMS
		all.estimate.MemoryBytes += e.MemoryBytes - weights
		if !seen[col.runner] {
			seen[col.runner] = true
			all.estimate.MemoryBytes += weights
			all.weights += weights
		}
	}
	return all.reach(c.q)
}

// finish sums up, also a comparison that was cut off.
func (c *comparing) finish(ctx context.Context, err error) (*Comparison, error) {
	if err != nil && (ctx.Err() == nil || !errors.Is(err, ctx.Err())) {
		return nil, err
	}
	out := &Comparison{SchemaVersion: report.SchemaVersion, Task: c.q.Task, Reference: c.ref().name,
		TeacherForced: c.q.TeacherForced, PeakMemoryBytes: report.NA(), Notes: c.notes()}
	if bytes, ok := c.ref().runner.machine.peak(); ok {
		out.PeakMemoryBytes = report.Number(bytes)
	}
	var broken []error
	for _, col := range c.columns {
		out.Variants = append(out.Variants, col.finish(err != nil))
		if col.err != nil {
			broken = append(broken, fmt.Errorf("%s: %w", report.Printable(col.name), col.err))
		}
	}
	if err != nil {
		return out, ctx.Err()
	}
	return out, errors.Join(broken...)
}

// finish is the column as it is told.
func (col *column) finish(stopped bool) Column {
	if col.gen != nil {
		col.gen.close()
	}
	col.res.TotalMS = ms(col.clock.elapsed())
	if stopped && !col.done {
		col.res.StopReason = StopCancelled
	}
	if col.differs != nil && col.gen != nil {
		before := col.runner.codec.decode(col.res.TokenIDs[:col.differs.Index], true)
		col.differs.At = commonPrefix(before, col.res.Text)
	}
	out := Column{
		Variant: col.name, Result: col.res, KL: append([]report.Number{}, col.kl...), NoKL: col.noKL, Spearman: col.spearman,
		Agreement: col.agreement, TextAgreement: col.textAgreement, Compared: col.compared, FirstDifference: col.differs,
		WeightBytes: col.res.WeightBytes, MemoryBytes: col.p.estimate.MemoryBytes,
	}
	out.MeanKL, out.TrimmedMeanKL = means(col.kl)
	if col.compared > 0 {
		out.Agreement = report.Number(float64(col.agreed) / float64(col.compared))
	}
	if col.err != nil {
		out.Error = col.err.Error()
	}
	return out
}

// commonPrefix is the length of what two texts begin with, in bytes of whole
// characters.
func commonPrefix(a, b string) int {
	n := 0
	for _, r := range a {
		if !strings.HasPrefix(b[n:], string(r)) {
			break
		}
		n += len(string(r))
	}
	return n
}

// notes are what a reader of the figures must know.
func (c *comparing) notes() []string {
	var out []string
	if c.q.Temperature > 0 {
		out = append(out, fmt.Sprintf("at temperature %g tokens are drawn, with the seed %d for every variant: answers differ by chance too; KL and agreement are of the distributions before temperature",
			c.q.Temperature, c.q.Seed))
	}
	return out
}
