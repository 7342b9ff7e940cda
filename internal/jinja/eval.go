package jinja

import (
	"errors"
	"fmt"
	"strings"
)

// expr is an expression.
type expr interface {
	eval(r *run, s *scope) (any, error)
}

type (
	constExpr     struct{ value any }
	nameExpr      struct{ name string }
	tupleExpr     struct{ items []expr }
	listExpr      struct{ items []expr }
	dictExpr      struct{ keys, values []expr }
	orExpr        struct{ left, right expr }
	andExpr       struct{ left, right expr }
	notExpr       struct{ e expr }
	conditionExpr struct{ then, test, otherwise expr }
	compareExpr   struct {
		first     expr
		operators []string
		rest      []expr
	}
	binaryExpr struct {
		operator    string
		left, right expr
	}
	signExpr struct {
		operator string
		e        expr
	}
	attributeExpr struct {
		e    expr
		name string
	}
	itemExpr  struct{ e, key expr }
	sliceExpr struct{ start, stop, step expr }
	callExpr  struct {
		e         expr
		arguments arguments
	}
	filterExpr struct {
		e         expr
		name      string
		arguments arguments
	}
	testExpr struct {
		e         expr
		name      string
		arguments arguments
	}
	// capturedExpr is the text of a block that is filtered.
	capturedExpr struct{}
)

// capturedName is where the text of a filtered block stands; no template can
// name it.
const capturedName = "(captured)"

func (e *constExpr) eval(r *run, _ *scope) (any, error) { return e.value, r.step(1) }

func (e *nameExpr) eval(r *run, s *scope) (any, error) { return s.lookup(e.name), r.step(1) }

func (e *capturedExpr) eval(_ *run, s *scope) (any, error) { return s.lookup(capturedName), nil }

func evalAll(all []expr, r *run, s *scope) ([]any, error) {
	values := make([]any, len(all))
	for i, e := range all {
		var err error
		if values[i], err = e.eval(r, s); err != nil {
			return nil, err
		}
	}
	return values, r.spend(16 * len(all))
}

func (e *tupleExpr) eval(r *run, s *scope) (any, error) {
	items, err := evalAll(e.items, r, s)
	return tuple(items), err
}

func (e *listExpr) eval(r *run, s *scope) (any, error) {
	items, err := evalAll(e.items, r, s)
	return &list{items: items}, err
}

func (e *dictExpr) eval(r *run, s *scope) (any, error) {
	d := &Dict{}
	for i := range e.keys {
		key, err := e.keys[i].eval(r, s)
		if err != nil {
			return nil, err
		}
		value, err := e.values[i].eval(r, s)
		if err != nil {
			return nil, err
		}
		if err := r.weigh(key); err != nil {
			return nil, err
		}
		if err := d.set(key, value); err != nil {
			return nil, err
		}
	}
	return d, r.spend(64 * len(e.keys))
}

func (e *orExpr) eval(r *run, s *scope) (any, error) {
	v, err := e.left.eval(r, s)
	if err != nil || truth(v) {
		return v, err
	}
	return e.right.eval(r, s)
}

func (e *andExpr) eval(r *run, s *scope) (any, error) {
	v, err := e.left.eval(r, s)
	if err != nil || !truth(v) {
		return v, err
	}
	return e.right.eval(r, s)
}

func (e *notExpr) eval(r *run, s *scope) (any, error) {
	v, err := e.e.eval(r, s)
	return !truth(v), err
}

func (e *conditionExpr) eval(r *run, s *scope) (any, error) {
	test, err := e.test.eval(r, s)
	switch {
	case err != nil:
		return nil, err
	case truth(test):
		return e.then.eval(r, s)
	case e.otherwise != nil:
		return e.otherwise.eval(r, s)
	}
	return &undefined{what: "an if without else gave nothing"}, nil
}

func (e *compareExpr) eval(r *run, s *scope) (any, error) {
	left, err := e.first.eval(r, s)
	if err != nil {
		return nil, err
	}
	for i, operator := range e.operators {
		right, err := e.rest[i].eval(r, s)
		if err != nil {
			return nil, err
		}
		if ok, err := r.compare(operator, left, right); !ok || err != nil {
			return false, err
		}
		left = right
	}
	return true, nil
}

func (e *binaryExpr) eval(r *run, s *scope) (any, error) {
	left, err := e.left.eval(r, s)
	if err != nil {
		return nil, err
	}
	right, err := e.right.eval(r, s)
	if err != nil {
		return nil, err
	}
	if err := r.step(1); err != nil {
		return nil, err
	}
	if e.operator != "~" {
		return r.binary(e.operator, left, right)
	}
	a, err := r.text(left)
	if err != nil {
		return nil, err
	}
	b, err := r.text(right)
	if err != nil {
		return nil, err
	}
	if err := r.spend(len(a) + len(b)); err != nil {
		return nil, err
	}
	return a + b, nil
}

func (e *signExpr) eval(r *run, s *scope) (any, error) {
	v, err := e.e.eval(r, s)
	if err != nil {
		return nil, err
	}
	if u, ok := v.(*undefined); ok {
		return nil, u.err()
	}
	whole, real, isWhole, ok := number(v)
	switch {
	case !ok:
		return nil, fmt.Errorf("%s cannot be applied to a %s", e.operator, typeName(v))
	case e.operator == "+" && isWhole:
		return whole, nil
	case e.operator == "+":
		return real, nil
	case isWhole:
		return wholeArithmetic("-", 0, whole)
	}
	return -real, nil
}

// arguments are those of a call as they are written.
type arguments struct {
	values    []expr
	keys      []string
	keyValues []expr
	rest      expr // *rest
	named     expr // **named
}

// args are evaluated arguments.
type args struct {
	values []any
	named  *Dict
}

func (a *arguments) eval(r *run, s *scope) (args, error) {
	out := args{named: &Dict{}}
	var err error
	if out.values, err = evalAll(a.values, r, s); err != nil {
		return out, err
	}
	for i, key := range a.keys {
		v, err := a.keyValues[i].eval(r, s)
		if err != nil {
			return out, err
		}
		if err := out.named.set(key, v); err != nil {
			return out, err
		}
	}
	if a.rest != nil {
		v, err := a.rest.eval(r, s)
		if err != nil {
			return out, err
		}
		more, err := r.iterate(v)
		if err != nil {
			return out, err
		}
		if out.values, err = r.joined(out.values, more); err != nil {
			return out, err
		}
	}
	return out, a.evalNamed(r, s, &out)
}

// evalNamed adds what stands after **.
func (a *arguments) evalNamed(r *run, s *scope, out *args) error {
	if a.named == nil {
		return nil
	}
	v, err := a.named.eval(r, s)
	if err != nil {
		return err
	}
	d, ok := v.(*Dict)
	if !ok {
		return fmt.Errorf("the argument after ** is a %s; it must be a dict", typeName(v))
	}
	for i, key := range d.keys {
		name, ok := key.(string)
		if !ok {
			return errors.New("the names of arguments must be text")
		}
		if _, twice, _ := out.named.get(name); twice {
			return fmt.Errorf("the argument %s is given twice", name)
		}
		if err := out.named.set(name, d.values[i]); err != nil {
			return err
		}
	}
	return r.step(len(d.keys))
}

// bind gives the arguments in the order of the parameter names: positional ones
// first. Those that are not given are missing (see missing). Names that the
// callee does not have are an error.
func (a args) bind(of string, names ...string) ([]any, error) {
	if len(a.values) > len(names) {
		return nil, fmt.Errorf("%s takes %d arguments, %d are given", of, len(names), len(a.values))
	}
	out := make([]any, len(names))
	for i := range out {
		out[i] = missing{}
	}
	copy(out, a.values)
next:
	for i, key := range a.named.keys {
		for j, name := range names {
			if key == name {
				if j < len(a.values) {
					return nil, fmt.Errorf("%s is given the argument %s twice", of, name)
				}
				out[j] = a.named.values[i]
				continue next
			}
		}
		return nil, fmt.Errorf("%s has no argument %v", of, key)
	}
	return out, nil
}

// missing stands for an argument that is not given.
type missing struct{}

func isMissing(v any) bool {
	_, ok := v.(missing)
	return ok
}

func (e *callExpr) eval(r *run, s *scope) (any, error) {
	callee, err := e.e.eval(r, s)
	if err != nil {
		return nil, err
	}
	a, err := e.arguments.eval(r, s)
	if err != nil {
		return nil, err
	}
	return r.call(callee, a, nil)
}

// call calls a function or a macro. caller is that of a call block.
func (r *run) call(callee any, a args, caller *macro) (any, error) {
	if err := r.step(1); err != nil {
		return nil, err
	}
	switch f := callee.(type) {
	case *function:
		if caller != nil {
			if err := a.named.set("caller", caller); err != nil {
				return nil, err
			}
		}
		return f.call(r, a)
	case *macro:
		return f.call(r, a, caller)
	case *undefined:
		return nil, f.err()
	}
	return nil, fmt.Errorf("a %s cannot be called", typeName(callee))
}

func (e *filterExpr) eval(r *run, s *scope) (any, error) {
	v, err := e.e.eval(r, s)
	if err != nil {
		return nil, err
	}
	a, err := e.arguments.eval(r, s)
	if err != nil {
		return nil, err
	}
	return r.filter(e.name, v, a)
}

func (e *testExpr) eval(r *run, s *scope) (any, error) {
	v, err := e.e.eval(r, s)
	if err != nil {
		return nil, err
	}
	a, err := e.arguments.eval(r, s)
	if err != nil {
		return nil, err
	}
	return r.test(e.name, v, a)
}

// hidden reports whether a name is kept from templates by the sandbox.
func hidden(name string) bool { return strings.HasPrefix(name, "_") }
