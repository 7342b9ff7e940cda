package jinja

import "fmt"

// macro is a macro, or the body of a call block. It sees the scope in which it
// is defined.
type macro struct {
	name       string
	parameters []parameter
	body       []stmt
	scope      *scope
	varargs    bool // the body reads varargs, so that more arguments may be given
	kwargs     bool // the same for names that are no parameters
}

type parameter struct {
	name  string
	value expr // nil without a default
}

func (st *macroStmt) exec(_ *run, s *scope) (signal, error) {
	m := *st.macro
	m.scope = s
	s.vars[m.name] = &m
	return ranOn, nil
}

func (st *callStmt) exec(r *run, s *scope) (signal, error) {
	caller := *st.caller
	caller.scope = s
	callee, err := st.call.e.eval(r, s)
	if err != nil {
		return ranOn, at(st.line, err)
	}
	a, err := st.call.arguments.eval(r, s)
	if err != nil {
		return ranOn, at(st.line, err)
	}
	v, err := r.call(callee, a, &caller)
	if err != nil {
		return ranOn, at(st.line, err)
	}
	text, err := r.text(v)
	if err == nil {
		err = r.write(text)
	}
	return ranOn, at(st.line, err)
}

// call gives the text that the macro writes. A parameter that is not given
// takes its default, which may name parameters before it, or is undefined.
func (m *macro) call(r *run, a args, caller *macro) (any, error) {
	r.depth++
	defer func() { r.depth-- }()
	if r.depth > maxDepth {
		return nil, fmt.Errorf("more than %d macro calls inside one another", maxDepth)
	}
	s := m.scope.child()
	given := map[any]bool{}
	for i, p := range m.parameters {
		v, named, _ := a.named.get(p.name)
		switch {
		case i < len(a.values) && named:
			return nil, fmt.Errorf("macro %s is given the argument %s twice", m.name, p.name)
		case i < len(a.values):
			v = a.values[i]
		case named:
		case p.value != nil:
			var err error
			if v, err = p.value.eval(r, s); err != nil {
				return nil, err
			}
		default:
			v = &undefined{what: fmt.Sprintf("parameter %s was not provided", quote(p.name))}
		}
		given[p.name] = true
		s.vars[p.name] = v
	}
	if err := m.others(a, caller, given, s); err != nil {
		return nil, err
	}
	text, err := r.capture(func() error {
		_, err := execAll(m.body, r, s)
		return err
	})
	return text, err
}

// others binds varargs, kwargs and caller, which a macro has without naming them.
func (m *macro) others(a args, caller *macro, given map[any]bool, s *scope) error {
	more := &Dict{}
	for i, key := range a.named.keys {
		switch {
		case given[key]:
		case key == "caller":
			s.vars["caller"] = a.named.values[i]
		default:
			if err := more.set(key, a.named.values[i]); err != nil {
				return err
			}
		}
	}
	if caller != nil && !given["caller"] {
		s.vars["caller"] = caller
	}
	if len(a.values) > len(m.parameters) {
		if !m.varargs {
			return fmt.Errorf("macro %s takes %d arguments, %d are given", m.name, len(m.parameters), len(a.values))
		}
		s.vars["varargs"] = tuple(a.values[len(m.parameters):])
	} else if !given["varargs"] {
		s.vars["varargs"] = tuple{}
	}
	if len(more.keys) > 0 && !m.kwargs {
		return fmt.Errorf("macro %s has no argument %v", m.name, more.keys[0])
	}
	if !given["kwargs"] {
		s.vars["kwargs"] = more
	}
	return nil
}
