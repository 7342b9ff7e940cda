package jinja

// expression reads one expression with its conditions.
func (p *parser) expression() (expr, error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer p.leave()
	e, err := p.or()
	for links := 0; err == nil && p.skipName("if"); links++ {
		if err := p.link(links); err != nil {
			return nil, err
		}
		c := &conditionExpr{then: e}
		if c.test, err = p.or(); err != nil {
			return nil, err
		}
		if p.skipName("else") {
			if c.otherwise, err = p.expression(); err != nil {
				return nil, err
			}
		}
		e = c
	}
	return e, err
}

func (p *parser) tupleEnd(ends ...string) bool {
	t := p.at()
	if t.kind == tokVariableEnd || t.kind == tokBlockEnd || t.kind == tokOperator && t.text == ")" {
		return true
	}
	for _, end := range ends {
		if p.isName(end) {
			return true
		}
	}
	return false
}

// tuple reads an expression, or several with commas as a tuple. conditions:
// whether "a if b" may stand in it.
func (p *parser) tuple(conditions bool, ends ...string) (expr, error) {
	e, several, err := p.items(conditions, ends...)
	if err != nil {
		return nil, err
	}
	if several {
		return &tupleExpr{items: e}, nil
	}
	if len(e) == 0 {
		return nil, p.fail(p.at().line, "expected an expression, found %s", p.at())
	}
	return e[0], nil
}

func (p *parser) items(conditions bool, ends ...string) (all []expr, several bool, err error) {
	for !p.tupleEnd(ends...) {
		var e expr
		if conditions {
			e, err = p.expression()
		} else {
			e, err = p.or()
		}
		if err != nil {
			return nil, false, err
		}
		all = append(all, e)
		if !p.skipOp(",") {
			break
		}
		several = true
	}
	return all, several, nil
}

func (p *parser) or() (expr, error) {
	left, err := p.and()
	for links := 0; err == nil && p.skipName("or"); links++ {
		if err := p.link(links); err != nil {
			return nil, err
		}
		var right expr
		right, err = p.and()
		left = &orExpr{left: left, right: right}
	}
	return left, err
}

func (p *parser) and() (expr, error) {
	left, err := p.not()
	for links := 0; err == nil && p.skipName("and"); links++ {
		if err := p.link(links); err != nil {
			return nil, err
		}
		var right expr
		right, err = p.not()
		left = &andExpr{left: left, right: right}
	}
	return left, err
}

func (p *parser) not() (expr, error) {
	if !p.skipName("not") {
		return p.compare()
	}
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer p.leave()
	e, err := p.not()
	return &notExpr{e: e}, err
}

// comparison moves over a comparison operator and names it; "" if there is none.
func (p *parser) comparison() string {
	t := p.at()
	if t.kind == tokOperator {
		switch t.text {
		case "==", "!=", "<", "<=", ">", ">=":
			p.pos++
			return t.text
		}
	}
	if p.skipName("in") {
		return "in"
	}
	if after := p.tokens[min(p.pos+1, len(p.tokens)-1)]; p.isName("not") && after.kind == tokName && after.text == "in" {
		p.pos += 2
		return "not in"
	}
	return ""
}

func (p *parser) compare() (expr, error) {
	first, err := p.binary(0)
	if err != nil {
		return nil, err
	}
	c := &compareExpr{first: first}
	for {
		op := p.comparison()
		if op == "" {
			break
		}
		right, err := p.binary(0)
		if err != nil {
			return nil, err
		}
		c.operators, c.rest = append(c.operators, op), append(c.rest, right)
	}
	if len(c.operators) == 0 {
		return first, nil
	}
	return c, nil
}

// binary reads the arithmetic operators of one level and all that bind tighter.
// All are left-associative, ** too, as Jinja2 has it.
func (p *parser) binary(level int) (expr, error) {
	levels := [][]string{{"+", "-"}, {"~"}, {"*", "/", "//", "%"}, {"**"}}
	if level == len(levels) {
		return p.unary(true)
	}
	left, err := p.binary(level + 1)
	for links := 0; err == nil; links++ {
		if err := p.link(links); err != nil {
			return nil, err
		}
		op := ""
		for _, o := range levels[level] {
			if p.skipOp(o) {
				op = o
				break
			}
		}
		if op == "" {
			break
		}
		var right expr
		right, err = p.binary(level + 1)
		left = &binaryExpr{operator: op, left: left, right: right}
	}
	return left, err
}

func (p *parser) unary(filters bool) (expr, error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer p.leave()
	var e expr
	var err error
	if t := p.at(); p.skipOp("-") || p.skipOp("+") {
		if e, err = p.unary(false); err == nil {
			e = &signExpr{operator: t.text, e: e}
		}
	} else {
		e, err = p.primary()
	}
	if err == nil {
		e, err = p.postfix(e)
	}
	if err == nil && filters {
		e, err = p.filters(e)
	}
	return e, err
}

func (p *parser) primary() (expr, error) {
	t := p.next()
	switch t.kind {
	case tokName:
		switch t.text {
		case "true", "True":
			return &constExpr{value: true}, nil
		case "false", "False":
			return &constExpr{value: false}, nil
		case "none", "None":
			return &constExpr{}, nil
		}
		return &nameExpr{name: t.text}, nil
	case tokInt:
		return &constExpr{value: t.whole}, nil
	case tokFloat:
		return &constExpr{value: t.real}, nil
	case tokString:
		text := t.text
		for p.at().kind == tokString {
			text += p.next().text
		}
		return &constExpr{value: text}, nil
	case tokOperator:
		switch t.text {
		case "(":
			return p.parenthesis()
		case "[":
			return p.list()
		case "{":
			return p.dict()
		}
	}
	return nil, p.fail(t.line, "unexpected %s", t)
}

func (p *parser) parenthesis() (expr, error) {
	all, several, err := p.items(true)
	if err != nil {
		return nil, err
	}
	if err := p.expectOp(")"); err != nil {
		return nil, err
	}
	if len(all) == 1 && !several {
		return all[0], nil
	}
	return &tupleExpr{items: all}, nil
}

func (p *parser) list() (expr, error) {
	l := &listExpr{}
	for !p.isOp("]") {
		e, err := p.expression()
		if err != nil {
			return nil, err
		}
		l.items = append(l.items, e)
		if !p.skipOp(",") {
			break
		}
	}
	return l, p.expectOp("]")
}

func (p *parser) dict() (expr, error) {
	d := &dictExpr{}
	for !p.isOp("}") {
		key, err := p.expression()
		if err != nil {
			return nil, err
		}
		if err := p.expectOp(":"); err != nil {
			return nil, err
		}
		value, err := p.expression()
		if err != nil {
			return nil, err
		}
		d.keys, d.values = append(d.keys, key), append(d.values, value)
		if !p.skipOp(",") {
			break
		}
	}
	return d, p.expectOp("}")
}
