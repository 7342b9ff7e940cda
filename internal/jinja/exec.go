package jinja

import (
	"errors"
	"fmt"
)

// signal is how a statement ended.
type signal uint8

const (
	ranOn signal = iota
	breakLoop
	continueLoop
)

// stmt is a statement.
type stmt interface {
	exec(r *run, s *scope) (signal, error)
}

type (
	textStmt  struct{ text string }
	printStmt struct {
		line int
		e    expr
	}
	forStmt struct {
		line            int
		target          target
		over, test      expr
		body, otherwise []stmt
	}
	branch struct {
		line int
		test expr
		body []stmt
	}
	ifStmt struct {
		branches  []branch
		otherwise []stmt
	}
	setStmt struct {
		line   int
		target target
		value  expr
	}
	setBlockStmt struct {
		line   int
		target target
		filter expr // nil without filters
		body   []stmt
	}
	filterStmt struct {
		line   int
		filter expr
		body   []stmt
	}
	withStmt struct {
		line    int
		targets []target
		values  []expr
		body    []stmt
	}
	macroStmt struct {
		line  int
		macro *macro
	}
	callStmt struct {
		line   int
		call   *callExpr
		caller *macro
	}
	jumpStmt struct {
		line int
		how  signal
	}
)

// target is what is assigned to.
type target struct {
	name      string
	attribute string // of the namespace called name
	several   []target
	tuple     bool
}

// at adds a line to an error that has none.
func at(line int, err error) error {
	if err == nil {
		return nil
	}
	var e *Error
	if errors.As(err, &e) && e.Line > 0 {
		return err
	}
	if e != nil {
		e.Line = line
		return e
	}
	return &Error{Line: line, What: err.Error()}
}

func execAll(body []stmt, r *run, s *scope) (signal, error) {
	for _, st := range body {
		if err := r.step(1); err != nil {
			return ranOn, err
		}
		if how, err := st.exec(r, s); how != ranOn || err != nil {
			return how, err
		}
	}
	return ranOn, nil
}

func (st *textStmt) exec(r *run, _ *scope) (signal, error) { return ranOn, r.write(st.text) }

func (st *printStmt) exec(r *run, s *scope) (signal, error) {
	v, err := st.e.eval(r, s)
	if err != nil {
		return ranOn, at(st.line, err)
	}
	text, err := r.text(v)
	if err == nil {
		err = r.write(text)
	}
	return ranOn, at(st.line, err)
}

func (st *jumpStmt) exec(*run, *scope) (signal, error) { return st.how, nil }

func (st *ifStmt) exec(r *run, s *scope) (signal, error) {
	for _, b := range st.branches {
		v, err := b.test.eval(r, s)
		if err != nil {
			return ranOn, at(b.line, err)
		}
		if truth(v) {
			return execAll(b.body, r, s)
		}
	}
	return execAll(st.otherwise, r, s)
}

// loop is the variable of that name within a for.
type loop struct {
	items   []any
	at      int
	changed []any // what loop.changed was given last
	asked   bool
}

func (st *forStmt) exec(r *run, s *scope) (signal, error) {
	items, err := st.items(r, s)
	if err != nil {
		return ranOn, at(st.line, err)
	}
	if len(items) == 0 {
		return execAll(st.otherwise, r, s.child())
	}
	l := &loop{items: items}
	for i, item := range items {
		l.at = i
		inner := s.child()
		inner.vars["loop"] = l
		if err := st.target.assign(r, inner, item); err != nil {
			return ranOn, at(st.line, err)
		}
		how, err := execAll(st.body, r, inner)
		if err != nil {
			return ranOn, err
		}
		if how == breakLoop {
			break
		}
	}
	return ranOn, nil
}

// items are those that are gone through: those for which the test holds.
func (st *forStmt) items(r *run, s *scope) ([]any, error) {
	v, err := st.over.eval(r, s)
	if err != nil {
		return nil, err
	}
	all, err := r.iterate(v)
	if err != nil || st.test == nil {
		return all, err
	}
	var kept []any
	for _, item := range all {
		inner := s.child()
		if err := st.target.assign(r, inner, item); err != nil {
			return nil, err
		}
		ok, err := st.test.eval(r, inner)
		if err != nil {
			return nil, err
		}
		if truth(ok) {
			kept = append(kept, item)
		}
	}
	return kept, nil
}

// assign sets what the target names to a value, and takes it apart for a tuple.
func (t *target) assign(r *run, s *scope, v any) error {
	switch {
	case t.tuple:
		parts, err := r.iterate(v)
		if err != nil {
			return err
		}
		if len(parts) != len(t.several) {
			return fmt.Errorf("%d values cannot be assigned to %d names", len(parts), len(t.several))
		}
		for i := range t.several {
			if err := t.several[i].assign(r, s, parts[i]); err != nil {
				return err
			}
		}
		return nil
	case t.attribute != "":
		ns, ok := s.lookup(t.name).(*namespace)
		if !ok {
			return fmt.Errorf("%s.%s cannot be set: %s is no namespace", t.name, t.attribute, t.name)
		}
		return ns.vars.set(t.attribute, v)
	}
	s.vars[t.name] = v
	return nil
}

func (st *setStmt) exec(r *run, s *scope) (signal, error) {
	v, err := st.value.eval(r, s)
	if err == nil {
		err = st.target.assign(r, s, v)
	}
	return ranOn, at(st.line, err)
}

// captured runs a block in a scope of its own and gives its text, filtered.
func captured(r *run, s *scope, body []stmt, filter expr) (any, error) {
	inner := s.child()
	text, err := r.capture(func() error {
		_, err := execAll(body, r, inner)
		return err
	})
	if err != nil || filter == nil {
		return text, err
	}
	inner = s.child()
	inner.vars[capturedName] = text
	return filter.eval(r, inner)
}

func (st *setBlockStmt) exec(r *run, s *scope) (signal, error) {
	v, err := captured(r, s, st.body, st.filter)
	if err == nil {
		err = st.target.assign(r, s, v)
	}
	return ranOn, at(st.line, err)
}

func (st *filterStmt) exec(r *run, s *scope) (signal, error) {
	v, err := captured(r, s, st.body, st.filter)
	if err != nil {
		return ranOn, at(st.line, err)
	}
	text, err := r.text(v)
	if err == nil {
		err = r.write(text)
	}
	return ranOn, at(st.line, err)
}

// exec evaluates the values in the outer scope: none sees another.
func (st *withStmt) exec(r *run, s *scope) (signal, error) {
	inner := s.child()
	for i := range st.targets {
		v, err := st.values[i].eval(r, s)
		if err == nil {
			err = st.targets[i].assign(r, inner, v)
		}
		if err != nil {
			return ranOn, at(st.line, err)
		}
	}
	return execAll(st.body, r, inner)
}
