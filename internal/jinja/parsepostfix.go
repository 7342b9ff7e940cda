package jinja

// postfix reads attributes, subscripts and calls.
func (p *parser) postfix(e expr) (expr, error) {
	for links := 0; ; links++ {
		err := p.link(links)
		switch {
		case err != nil:
		case p.skipOp("."):
			e, err = p.attribute(e)
		case p.skipOp("["):
			e, err = p.subscript(e)
		case p.isOp("("):
			e, err = p.call(e)
		default:
			return e, nil
		}
		if err != nil {
			return nil, err
		}
	}
}

// filters reads filters, tests and calls.
func (p *parser) filters(e expr) (expr, error) {
	for links := 0; ; links++ {
		err := p.link(links)
		switch {
		case err != nil:
		case p.skipOp("|"):
			e, err = p.filter(e)
		case p.skipName("is"):
			e, err = p.test(e)
		case p.isOp("("):
			e, err = p.call(e)
		default:
			return e, nil
		}
		if err != nil {
			return nil, err
		}
	}
}

func (p *parser) attribute(e expr) (expr, error) {
	t := p.next()
	switch t.kind {
	case tokName:
		return &attributeExpr{e: e, name: t.text}, nil
	case tokInt:
		return &itemExpr{e: e, key: &constExpr{value: t.whole}}, nil
	}
	return nil, p.fail(t.line, "expected a name or a number after the dot, found %s", t)
}

func (p *parser) subscript(e expr) (expr, error) {
	var keys []expr
	for !p.isOp("]") {
		if len(keys) > 0 {
			if err := p.expectOp(","); err != nil {
				return nil, err
			}
		}
		key, err := p.subscriptKey()
		if err != nil {
			return nil, err
		}
		keys = append(keys, key)
	}
	if err := p.expectOp("]"); err != nil {
		return nil, err
	}
	if len(keys) == 1 {
		return &itemExpr{e: e, key: keys[0]}, nil
	}
	return &itemExpr{e: e, key: &tupleExpr{items: keys}}, nil
}

// subscriptKey reads a key or a slice start:stop:step with any part left out.
func (p *parser) subscriptKey() (expr, error) {
	var parts [3]expr
	part := 0
	colon := false
	for part < len(parts) && !p.isOp("]") && !p.isOp(",") {
		if p.skipOp(":") {
			colon = true
			part++
			continue
		}
		if parts[part] != nil {
			break
		}
		e, err := p.expression()
		if err != nil {
			return nil, err
		}
		parts[part] = e
	}
	if !colon && parts[0] == nil {
		return p.expression() // a key is missing: its error says what stands there
	}
	if !colon {
		return parts[0], nil
	}
	return &sliceExpr{start: parts[0], stop: parts[1], step: parts[2]}, nil
}

func (p *parser) call(e expr) (expr, error) {
	args, err := p.arguments()
	return &callExpr{e: e, arguments: args}, err
}

// arguments reads (a, b=c, *d, **e).
func (p *parser) arguments() (arguments, error) {
	var a arguments
	line := p.at().line
	if err := p.expectOp("("); err != nil {
		return a, err
	}
	for !p.isOp(")") {
		if err := p.argument(&a, line); err != nil {
			return a, err
		}
		if !p.skipOp(",") {
			break
		}
	}
	return a, p.expectOp(")")
}

func (p *parser) argument(a *arguments, line int) error {
	var err error
	after := p.tokens[min(p.pos+1, len(p.tokens)-1)]
	named := p.at().kind == tokName && after.kind == tokOperator && after.text == "="
	switch {
	case p.skipOp("*"):
		if a.rest != nil || a.named != nil {
			return p.fail(line, "the arguments of a call are in the wrong order")
		}
		a.rest, err = p.expression()
	case p.skipOp("**"):
		if a.named != nil {
			return p.fail(line, "the arguments of a call are in the wrong order")
		}
		a.named, err = p.expression()
	case named && a.named == nil:
		key := p.next().text
		p.pos++
		for _, k := range a.keys {
			if k == key {
				return p.fail(line, "the argument %s is given twice", key)
			}
		}
		var value expr
		value, err = p.expression()
		a.keys, a.keyValues = append(a.keys, key), append(a.keyValues, value)
	default:
		if a.rest != nil || a.named != nil || len(a.keys) > 0 {
			return p.fail(line, "the arguments of a call are in the wrong order")
		}
		var value expr
		value, err = p.expression()
		a.values = append(a.values, value)
	}
	return err
}

// dotted reads a name that may hold dots.
func (p *parser) dotted() (token, error) {
	name, err := p.expectName()
	for err == nil && p.skipOp(".") {
		var t token
		t, err = p.expectName()
		name.text += "." + t.text
	}
	return name, err
}

func (p *parser) filter(e expr) (expr, error) {
	name, err := p.dotted()
	if err != nil {
		return nil, err
	}
	f := &filterExpr{e: e, name: name.text}
	if p.isOp("(") {
		if f.arguments, err = p.arguments(); err != nil {
			return nil, err
		}
	}
	return f, nil
}

// test reads what follows "is".
func (p *parser) test(e expr) (expr, error) {
	negated := p.skipName("not")
	name, err := p.dotted()
	if err != nil {
		return nil, err
	}
	t := &testExpr{e: e, name: name.text}
	switch at := p.at(); {
	case p.isOp("("):
		t.arguments, err = p.arguments()
	case p.isName("is"):
		return nil, p.fail(at.line, "tests with is cannot follow one another")
	case at.kind == tokName && at.text != "else" && at.text != "or" && at.text != "and",
		at.kind == tokString, at.kind == tokInt, at.kind == tokFloat, p.isOp("["), p.isOp("{"):
		var arg expr
		if arg, err = p.primary(); err == nil {
			arg, err = p.postfix(arg)
		}
		t.arguments.values = []expr{arg}
	}
	if err != nil {
		return nil, err
	}
	if negated {
		return &notExpr{e: t}, nil
	}
	return t, nil
}
