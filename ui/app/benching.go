package app

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/mmtui/mmtui/core/bench"
	"github.com/mmtui/mmtui/ui/msg"
)

// benchFuncs time the kernels and a model.
type benchFuncs struct {
	kernels func(ctx context.Context, opt bench.KernelOptions) (bench.Kernels, error)
	model   func(ctx context.Context, path string, opt bench.ModelOptions) (bench.Model, error)
}

// benchmarks measure this machine; models are opened as the workbench opens them.
func (w world) benchmarks() benchFuncs {
	return benchFuncs{
		kernels: bench.MeasureKernels,
		model: func(ctx context.Context, path string, opt bench.ModelOptions) (bench.Model, error) {
			opt.Model, opt.PackDir, opt.Workers = w.model, w.packDir, w.scan.Workers
			return bench.MeasureModel(ctx, path, opt)
		},
	}
}

// errNoBench is what a workbench without benchmarks says.
var errNoBench = errors.New("nothing is measured for a picture")

// benching is a measurement under way. There is one at a time, whichever model
// asked for it: two would measure each other.
type benching struct {
	owner *opened // nil: no model is open
	tasks *tasks
	stop  context.CancelFunc
	ended chan struct{} // closed when the work has ended

	mu    sync.Mutex
	what  msg.BenchProgress
	moved chan struct{} // holds a token while there is something new
}

// benchMoved says that there is news of a measurement.
type benchMoved struct {
	of   *benching
	what msg.BenchProgress
}

// set changes what there is and tells of it.
func (b *benching) set(change func(*msg.BenchProgress)) {
	b.mu.Lock()
	change(&b.what)
	b.mu.Unlock()
	select {
	case b.moved <- struct{}{}:
	default:
	}
}

func (b *benching) read() msg.BenchProgress {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.what
}

func (b *benching) progress(done, of int, what string) {
	b.set(func(p *msg.BenchProgress) { p.Done, p.Of, p.What = done, of, what })
}

// fromBench deals with what the Bench view asks for, and with the answers.
func (s *shell) fromBench(m tea.Msg) (tea.Cmd, bool) {
	switch m := m.(type) {
	case msg.StartBench:
		return s.startBench(m), true
	case msg.StopBench:
		if b := s.bench; b != nil && b.owner == s.open && b.read().ID == m.ID {
			b.stop()
		}
		return nil, true
	case benchMoved:
		return s.takeBench(m), true
	}
	return nil, false
}

// startBench measures in a goroutine of its own, once the measurement before it
// has ended; scans wait meanwhile. While a model answers it is refused: each
// would spoil the other's times.
func (s *shell) startBench(m msg.StartBench) tea.Cmd {
	if slices.ContainsFunc(s.models, (*opened).busy) {
		return s.toBench(s.open, msg.BenchProgress{ID: m.ID, Last: true, Err: errOccupied})
	}
	before := s.bench
	if before != nil {
		before.stop()
	}
	b := &benching{owner: s.open, tasks: s.tasks, ended: make(chan struct{}), moved: make(chan struct{}, 1), what: msg.BenchProgress{ID: m.ID}}
	if b.owner != nil {
		b.tasks = b.owner.tasks
	}
	ctx, cancel := context.WithCancel(b.tasks.ctx)
	b.stop, s.bench = cancel, b
	quiet, do := s.hush(), s.services.bench
	work := b.tasks.cmd(func(context.Context) tea.Msg {
		defer cancel()
		defer close(b.ended)
		quiet(ctx)
		if before != nil {
			select {
			case <-before.ended:
			case <-before.tasks.ctx.Done(): // its model was closed, perhaps before it began
			case <-ctx.Done():
			}
		}
		err := b.measure(ctx, do, m.Model)
		b.set(func(p *msg.BenchProgress) { p.Last, p.Err = true, err })
		return nil
	})
	return tea.Batch(work, b.next())
}

// measure does the work; what there is comes bit by bit.
func (b *benching) measure(ctx context.Context, do benchFuncs, model string) error {
	kernels := func(k bench.Kernels) { b.set(func(p *msg.BenchProgress) { p.Kernels = &k }) }
	figures := func(m bench.Model) { b.set(func(p *msg.BenchProgress) { p.Model = &m }) }
	if model == "" {
		if do.kernels == nil {
			return errNoBench
		}
		k, err := do.kernels(ctx, bench.KernelOptions{Progress: b.progress, Show: kernels})
		if len(k.Cases) > 0 {
			kernels(k)
		}
		return err
	}
	if do.model == nil {
		return errNoBench
	}
	m, err := do.model(ctx, model, bench.ModelOptions{Progress: b.progress, Show: figures})
	if len(m.Variants) > 0 {
		figures(m)
	}
	return err
}

// next waits for news, and then for the rest of the frame.
func (b *benching) next() tea.Cmd {
	return b.tasks.cmd(func(ctx context.Context) tea.Msg {
		select {
		case <-ctx.Done():
			return nil
		case <-b.moved:
		}
		if !b.read().Last {
			frame := time.NewTimer(frameInterval)
			defer frame.Stop()
			select {
			case <-ctx.Done():
				return nil
			case <-frame.C:
			}
		}
		return benchMoved{b, b.read()}
	})
}

// takeBench hands news to the view of the model that asked.
func (s *shell) takeBench(m benchMoved) tea.Cmd {
	tell := s.toBench(m.of.owner, m.what)
	if !m.what.Last {
		return tea.Batch(tell, m.of.next())
	}
	if s.bench == m.of {
		s.bench = nil
	}
	return tea.Batch(tell, s.resumeScans())
}

// toBench hands a message to a model's Bench view, or to that of no model.
func (s *shell) toBench(owner *opened, m tea.Msg) tea.Cmd {
	if owner != nil {
		return s.on(owner, func() tea.Cmd { return s.to(msg.Bench, m) })
	}
	next, cmd := s.blank.views[msg.Bench].Update(m)
	s.blank.views[msg.Bench] = next
	return cmd
}

// timing reports whether something is measured whose figures a scan would spoil.
func (s *shell) timing() bool {
	b := s.bench
	return b != nil && (b.owner == nil || slices.Contains(s.models, b.owner))
}
