package jinja

// macroBody reads the body of a macro or a call block: loops outside are not its own.
func (p *parser) macroBody(end string) ([]stmt, error) {
	loops := p.loops
	p.loops = 0
	defer func() { p.loops = loops }()
	return p.bodyTo(end)
}

func (p *parser) macroStatement(line int) (stmt, error) {
	name, err := p.expectName()
	if err != nil {
		return nil, err
	}
	m := &macro{name: name.text}
	if err := p.signature(m); err != nil {
		return nil, err
	}
	m.body, err = p.macroBody("endmacro")
	m.varargs, m.kwargs = usesName(m.body, "varargs"), usesName(m.body, "kwargs")
	return &macroStmt{line: line, macro: m}, err
}

// signature reads (a, b=default).
func (p *parser) signature(m *macro) error {
	if err := p.expectOp("("); err != nil {
		return err
	}
	for !p.isOp(")") {
		if len(m.parameters) > 0 {
			if err := p.expectOp(","); err != nil {
				return err
			}
		}
		name, err := p.expectName()
		if err != nil {
			return err
		}
		var value expr
		if p.skipOp("=") {
			if value, err = p.expression(); err != nil {
				return err
			}
		} else if n := len(m.parameters); n > 0 && m.parameters[n-1].value != nil {
			return p.fail(name.line, "the parameter %s without a default stands after one with a default", name.text)
		}
		m.parameters = append(m.parameters, parameter{name: name.text, value: value})
	}
	return p.expectOp(")")
}

func (p *parser) callStatement(line int) (stmt, error) {
	m := &macro{name: "caller"}
	if p.isOp("(") {
		if err := p.signature(m); err != nil {
			return nil, err
		}
	}
	e, err := p.expression()
	if err != nil {
		return nil, err
	}
	call, ok := e.(*callExpr)
	if !ok {
		return nil, p.fail(line, "a call block needs a call")
	}
	m.body, err = p.macroBody("endcall")
	m.varargs, m.kwargs = usesName(m.body, "varargs"), usesName(m.body, "kwargs")
	return &callStmt{line: line, call: call, caller: m}, err
}

func (p *parser) filterStatement(line int) (stmt, error) {
	e, err := p.filter(&capturedExpr{})
	if err == nil {
		e, err = p.filters(e)
	}
	if err != nil {
		return nil, err
	}
	body, err := p.bodyTo("endfilter")
	return &filterStmt{line: line, filter: e, body: body}, err
}

func (p *parser) withStatement(line int) (stmt, error) {
	s := &withStmt{line: line}
	for p.at().kind != tokBlockEnd {
		if len(s.targets) > 0 {
			if err := p.expectOp(","); err != nil {
				return nil, err
			}
		}
		to, err := p.target(false)
		if err != nil {
			return nil, err
		}
		if err := p.expectOp("="); err != nil {
			return nil, err
		}
		value, err := p.expression()
		if err != nil {
			return nil, err
		}
		s.targets, s.values = append(s.targets, to), append(s.values, value)
	}
	var err error
	s.body, err = p.bodyTo("endwith")
	return s, err
}

// target reads what is assigned to: a name, name.attribute where a namespace
// may stand, or several with commas. A tuple may be in parentheses.
func (p *parser) target(namespace bool, ends ...string) (target, error) {
	if err := p.enter(); err != nil {
		return target{}, err
	}
	defer p.leave()
	var all []target
	several := false
	for !p.tupleEnd(ends...) && !p.isOp("=") {
		t, err := p.oneTarget(namespace)
		if err != nil {
			return target{}, err
		}
		all = append(all, t)
		if !p.skipOp(",") {
			break
		}
		several = true
	}
	switch {
	case several:
		return target{several: all, tuple: true}, nil
	case len(all) == 0:
		return target{}, p.fail(p.at().line, "expected a name, found %s", p.at())
	}
	return all[0], nil
}

func (p *parser) oneTarget(namespace bool) (target, error) {
	if p.skipOp("(") {
		t, err := p.target(false)
		if err != nil {
			return t, err
		}
		return t, p.expectOp(")")
	}
	name, err := p.expectName()
	if err != nil {
		return target{}, err
	}
	switch name.text {
	case "true", "false", "none", "True", "False", "None":
		return target{}, p.fail(name.line, "%s cannot be assigned to", name.text)
	}
	t := target{name: name.text}
	if namespace && p.skipOp(".") {
		attribute, err := p.expectName()
		if err != nil {
			return t, err
		}
		t.attribute = attribute.text
	}
	return t, nil
}
