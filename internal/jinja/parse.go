package jinja

import "fmt"

// parser reads tokens by recursive descent. Its grammar is that of Jinja2.
type parser struct {
	tokens []token
	pos    int
	depth  int
	loops  int // for blocks around the current place, within one macro
}

func (p *parser) at() token { return p.tokens[p.pos] }

func (p *parser) next() token {
	t := p.tokens[p.pos]
	if t.kind != tokEOF {
		p.pos++
	}
	return t
}

func (p *parser) fail(line int, format string, args ...any) error {
	return &Error{Line: line, What: fmt.Sprintf(format, args...)}
}

func (p *parser) isOp(text string) bool {
	t := p.at()
	return t.kind == tokOperator && t.text == text
}

func (p *parser) isName(text string) bool {
	t := p.at()
	return t.kind == tokName && t.text == text
}

// skipOp moves over an operator if it stands here.
func (p *parser) skipOp(text string) bool {
	if p.isOp(text) {
		p.pos++
		return true
	}
	return false
}

func (p *parser) skipName(text string) bool {
	if p.isName(text) {
		p.pos++
		return true
	}
	return false
}

func (p *parser) expectOp(text string) error {
	if !p.skipOp(text) {
		return p.fail(p.at().line, "expected %s, found %s", text, p.at())
	}
	return nil
}

func (p *parser) expectName() (token, error) {
	t := p.at()
	if t.kind != tokName {
		return t, p.fail(t.line, "expected a name, found %s", t)
	}
	p.pos++
	return t, nil
}

func (p *parser) expect(kind tokenKind) error {
	if t := p.at(); t.kind != kind {
		return p.fail(t.line, "expected %s, found %s", token{kind: kind}, t)
	}
	p.pos++
	return nil
}

// enter counts nesting, so that a template cannot exhaust the stack.
func (p *parser) enter() error {
	p.depth++
	if p.depth > maxNesting {
		return p.fail(p.at().line, "more than %d expressions or blocks inside one another", maxNesting)
	}
	return nil
}

func (p *parser) leave() { p.depth-- }

// link bounds a row of operators: each is one level deeper when it is evaluated.
func (p *parser) link(n int) error {
	if n > maxChain {
		return p.fail(p.at().line, "more than %d operators in a row", maxChain)
	}
	return nil
}

func parseTemplate(tokens []token) ([]stmt, error) {
	p := &parser{tokens: tokens}
	body, err := p.block()
	if err != nil {
		return nil, err
	}
	return body, p.expect(tokEOF)
}

// block reads statements until the end of the template or a tag named in ends,
// whose name is then the current token.
func (p *parser) block(ends ...string) ([]stmt, error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer p.leave()
	var body []stmt
	for {
		t := p.at()
		switch t.kind {
		case tokEOF:
			if len(ends) > 0 {
				return nil, p.fail(t.line, "the template ends inside a block; expected {%% %s %%}", ends[len(ends)-1])
			}
			return body, nil
		case tokData:
			p.pos++
			body = append(body, &textStmt{text: t.text})
		case tokVariableBegin:
			p.pos++
			e, err := p.tuple(true)
			if err != nil {
				return nil, err
			}
			if err := p.expect(tokVariableEnd); err != nil {
				return nil, err
			}
			body = append(body, &printStmt{line: t.line, e: e})
		case tokBlockBegin:
			p.pos++
			for _, end := range ends {
				if p.isName(end) {
					return body, nil
				}
			}
			s, err := p.statement()
			if err != nil {
				return nil, err
			}
			if err := p.expect(tokBlockEnd); err != nil {
				return nil, err
			}
			body = append(body, s...)
		default:
			return nil, p.fail(t.line, "unexpected %s", t)
		}
	}
}

// body reads the block of a statement up to one of ends; a colon may stand
// before the end of the tag.
func (p *parser) body(ends ...string) ([]stmt, error) {
	p.skipOp(":")
	if err := p.expect(tokBlockEnd); err != nil {
		return nil, err
	}
	return p.block(ends...)
}

// bodyTo is body with one end, which is read too.
func (p *parser) bodyTo(end string) ([]stmt, error) {
	body, err := p.body(end)
	if err == nil {
		p.pos++
	}
	return body, err
}

func (p *parser) statement() ([]stmt, error) {
	t, err := p.expectName()
	if err != nil {
		return nil, err
	}
	var s stmt
	switch t.text {
	case "for":
		s, err = p.forStatement(t.line)
	case "if":
		s, err = p.ifStatement(t.line)
	case "set":
		s, err = p.setStatement(t.line)
	case "macro":
		s, err = p.macroStatement(t.line)
	case "call":
		s, err = p.callStatement(t.line)
	case "filter":
		s, err = p.filterStatement(t.line)
	case "with":
		s, err = p.withStatement(t.line)
	case "print":
		return p.printStatement(t.line)
	case "generation":
		// Marks what an assistant said; it changes nothing that is written.
		body, err := p.bodyTo("endgeneration")
		return []stmt{&withStmt{line: t.line, body: body}}, err
	case "break", "continue":
		if p.loops == 0 {
			return nil, p.fail(t.line, "%s stands outside a for", t.text)
		}
		s = &jumpStmt{line: t.line, how: map[string]signal{"break": breakLoop, "continue": continueLoop}[t.text]}
	case "include", "import", "from", "extends", "block", "autoescape", "do", "debug", "trans":
		return nil, p.fail(t.line, "the tag %s is not supported in chat templates", quote(t.text))
	default:
		return nil, p.fail(t.line, "unknown tag %s", quote(t.text))
	}
	return []stmt{s}, err
}

func (p *parser) forStatement(line int) (stmt, error) {
	s := &forStmt{line: line}
	var err error
	if s.target, err = p.target(false, "in"); err != nil {
		return nil, err
	}
	if !p.skipName("in") {
		return nil, p.fail(p.at().line, "expected in, found %s", p.at())
	}
	if s.over, err = p.tuple(false, "recursive"); err != nil {
		return nil, err
	}
	if p.skipName("if") {
		if s.test, err = p.expression(); err != nil {
			return nil, err
		}
	}
	if p.isName("recursive") {
		return nil, p.fail(line, "a recursive for is not supported in chat templates")
	}
	p.loops++
	s.body, err = p.body("endfor", "else")
	p.loops--
	if err != nil {
		return nil, err
	}
	if p.next().text == "else" {
		s.otherwise, err = p.bodyTo("endfor")
	}
	return s, err
}

func (p *parser) ifStatement(line int) (stmt, error) {
	s := &ifStmt{}
	for {
		test, err := p.tuple(false)
		if err != nil {
			return nil, err
		}
		body, err := p.body("elif", "else", "endif")
		if err != nil {
			return nil, err
		}
		s.branches = append(s.branches, branch{line: line, test: test, body: body})
		end := p.next()
		line = end.line
		switch end.text {
		case "else":
			s.otherwise, err = p.bodyTo("endif")
			return s, err
		case "endif":
			return s, nil
		}
	}
}

func (p *parser) setStatement(line int) (stmt, error) {
	to, err := p.target(true)
	if err != nil {
		return nil, err
	}
	if p.skipOp("=") {
		value, err := p.tuple(true)
		return &setStmt{line: line, target: to, value: value}, err
	}
	s := &setBlockStmt{line: line, target: to}
	if p.isOp("|") {
		if s.filter, err = p.filters(&capturedExpr{}); err != nil {
			return nil, err
		}
	}
	s.body, err = p.bodyTo("endset")
	return s, err
}

func (p *parser) printStatement(line int) ([]stmt, error) {
	var all []stmt
	for p.at().kind != tokBlockEnd {
		if len(all) > 0 {
			if err := p.expectOp(","); err != nil {
				return nil, err
			}
		}
		e, err := p.expression()
		if err != nil {
			return nil, err
		}
		all = append(all, &printStmt{line: line, e: e})
	}
	return all, nil
}
