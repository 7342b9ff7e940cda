// Package scan measures a model under a plan: it turns tensors into report
// rows, in parallel, visible rows first, and keeps what it has measured so
// that a change of plan or file re-measures only what changed.
package scan

import (
	"cmp"
	"runtime"
	"slices"
	"sync"

	"github.com/mmtui/mmtui/core/model"
	"github.com/mmtui/mmtui/core/plan"
	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/int2"
)

// DefaultBudgetBytes is the size that a model on a phone is held to: 35 MB.
const DefaultBudgetBytes = 35_000_000

// Options of a session. The zero value is usable.
type Options struct {
	BudgetBytes int64 // 0: DefaultBudgetBytes
	Workers     int   // 0: GOMAXPROCS
	NoIdeal     bool  // leave below_ideal_db and most causes null (they take a second pass over the weights)
	// Packed is given the packed form of tensors as they are measured, from any
	// goroutine, so that a writer need not quantize them again. A tensor whose
	// figures were known already is not measured and not given. nil: nobody wants them.
	Packed func(t *model.Tensor, p *int2.Packed)
}

// Session is a model, a plan and what is known of the one under the other.
// All methods are safe for concurrent use.
type Session struct {
	workers int
	noIdeal bool
	packed  func(*model.Tensor, *int2.Packed)
	engine  engine
	running chan struct{} // holds a token while Run is under way
	changed chan struct{} // tells Run to look at the rows again
	results *resultCache
	details *detailCache
	flights flightGroup

	mu     sync.Mutex
	model  *model.Model
	plan   plan.Plan
	budget int64
	rows   []*row
	byName map[string]*row
	tally  tally
	queue  queue
}

// Event reports one row that Run has finished.
type Event struct {
	Index    int // in Report().Tensors
	Tensor   report.Tensor
	Total    report.Total
	Done, Of int // rows measured of those to measure
}

// New starts a session; every quantizable row is pending.
func New(m *model.Model, p plan.Plan, opt Options) *Session {
	return newSession(m, p, opt, productionEngine())
}

func newSession(m *model.Model, p plan.Plan, opt Options, e engine) *Session {
	s := &Session{
		workers: cmp.Or(max(opt.Workers, 0), runtime.GOMAXPROCS(0)),
		noIdeal: opt.NoIdeal,
		packed:  opt.Packed,
		engine:  e,
		running: make(chan struct{}, 1),
		changed: make(chan struct{}, 1),
		details: newDetailCache(),
		model:   m,
		plan:    p,
		budget:  cmp.Or(opt.BudgetBytes, DefaultBudgetBytes),
	}
	s.results = newResultCache(resultsKept(len(m.Tensors)))
	s.rows, s.byName = s.newRows(m)
	s.tally = newTally(len(s.rows))
	decider := p.Decider()
	for _, r := range s.rows {
		s.decide(r, decider)
	}
	return s
}

// newRows makes a row a tensor, not yet decided.
func (s *Session) newRows(m *model.Model) ([]*row, map[string]*row) {
	rows := make([]*row, len(m.Tensors))
	byName := make(map[string]*row, len(m.Tensors))
	for i, t := range m.Tensors {
		rows[i] = &row{index: i, source: newSource(t, s.engine.weights(t))}
		byName[t.Name] = rows[i]
	}
	return rows, byName
}

// Report returns the present state. The caller owns it.
func (s *Session) Report() report.Model {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := report.Model{SchemaVersion: report.SchemaVersion, Model: s.model.Info(), Tensors: make([]report.Tensor, len(s.rows))}
	for i, r := range s.rows {
		out.Tensors[i] = r.out.Clone()
	}
	report.SetRanks(out.Tensors)
	out.Total = report.Totals(out.Tensors, s.budget)
	return out
}

// Model returns the model in use.
func (s *Session) Model() *model.Model {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.model
}

// Plan returns the plan in use.
func (s *Session) Plan() plan.Plan {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.plan
}

// SetPlan changes the plan. Rows whose scheme changes take a cached result or
// become pending; their indices are returned. A Run under way picks them up.
func (s *Session) SetPlan(p plan.Plan) []int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.plan = p
	decider := p.Decider()
	var changed []int
	for _, r := range s.rows {
		if s.decide(r, decider) {
			changed = append(changed, r.index)
		}
	}
	s.wake()
	return changed
}

// SetBudget changes the budget in bytes.
func (s *Session) SetBudget(bytes int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.budget = bytes
}

// Prioritize asks Run to take these rows first (those on screen).
func (s *Session) Prioritize(rows []int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.queue.visible = slices.Clone(rows)
	s.wake()
}

// wake makes Run look at the rows again. The caller holds the lock.
func (s *Session) wake() {
	s.queue.stale = true
	select {
	case s.changed <- struct{}{}:
	default: // it will anyway
	}
}
