package whatif

import (
	tea "github.com/charmbracelet/bubbletea"

	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/int2"
	"github.com/mmtui/mmtui/ui/msg"
)

const (
	inFlight   = 4      // tries asked for at a time; the shell may run them side by side
	rememberOf = 50_000 // outcomes kept
)

// tries asks for outcomes a few at a time and remembers them, so that going
// back to a choice shows its figures at once. Update alone changes it.
type tries struct {
	known   map[tryKey]*outcome
	drop    bool // DropTries is on its way: nothing may be asked until the shell has it
	queue   []tryKey
	waiting map[tryKey]bool
}

// tryKey is a tensor under a scheme; float is the tensor as it is.
type tryKey struct {
	name   string
	float  bool
	scheme int2.Scheme
}

func keyOf(name string, s *int2.Scheme) tryKey {
	if s == nil {
		return tryKey{name: name, float: true}
	}
	return tryKey{name: name, scheme: *s}
}

func (k tryKey) need() msg.NeedTry {
	if k.float {
		return msg.NeedTry{Name: k.name}
	}
	s := k.scheme
	return msg.NeedTry{Name: k.name, Scheme: &s}
}

// outcome is a row, or why there is none.
type outcome struct {
	row report.Tensor
	err error
}

func newTries() *tries {
	return &tries{known: map[tryKey]*outcome{}, waiting: map[tryKey]bool{}}
}

// renewed forgets all outcomes; what is under way is dropped with the next start.
func (t *tries) renewed() *tries {
	out := newTries()
	out.waiting, out.drop = t.waiting, t.drop
	return out
}

// dropped comes back to the panel when the shell has dealt with the DropTries before it.
type dropped struct{}

// start drops what is under way and asks for every name under every scheme
// that is not known. Commands may overtake each other, so that a question could
// reach the shell before the drop that was meant for the ones before it; after
// a drop the questions therefore wait until it has come through.
func (t *tries) start(names []string, schemes []*int2.Scheme) tea.Cmd {
	busy := len(t.waiting) > 0
	t.queue, t.waiting = nil, map[tryKey]bool{}
	if len(t.known) > rememberOf {
		t.known = map[tryKey]*outcome{}
	}
	seen := map[tryKey]bool{}
	for _, s := range schemes {
		for _, name := range names {
			k := keyOf(name, s)
			if _, have := t.known[k]; !have && !seen[k] {
				seen[k] = true
				t.queue = append(t.queue, k)
			}
		}
	}
	switch {
	case t.drop:
		return nil
	case busy:
		t.drop = true
		return tea.Sequence(func() tea.Msg { return msg.DropTries{} }, func() tea.Msg { return dropped{} })
	}
	return tea.Batch(t.next(inFlight)...)
}

// goOn asks for what has been waiting for a drop.
func (t *tries) goOn() tea.Cmd {
	t.drop = false
	return tea.Batch(t.next(inFlight)...)
}

// next takes up to n from the queue.
func (t *tries) next(n int) []tea.Cmd {
	var cmds []tea.Cmd
	for n > 0 && len(t.queue) > 0 {
		k := t.queue[0]
		t.queue = t.queue[1:]
		t.waiting[k] = true
		need := k.need()
		cmds = append(cmds, func() tea.Msg { return need })
		n--
	}
	return cmds
}

// answer takes in an outcome that was waited for and asks for the next.
func (t *tries) answer(m msg.Tried) tea.Cmd {
	k := keyOf(m.Name, m.Scheme)
	if !t.waiting[k] {
		return nil // dropped since
	}
	delete(t.waiting, k)
	t.known[k] = &outcome{m.Row, m.Err}
	return tea.Batch(t.next(1)...)
}

// of is the outcome for a tensor under a scheme.
func (t *tries) of(name string, s *int2.Scheme) (*outcome, bool) {
	o, ok := t.known[keyOf(name, s)]
	return o, ok
}
