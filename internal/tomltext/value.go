package tomltext

// value reads a value into a node; depth counts the arrays and inline tables around it.
func (s *scanner) value(depth int) (*Node, error) {
	if depth > maxDepth {
		return nil, s.tooMuch("more than %d arrays and tables in one another", maxDepth)
	}
	s.blanks()
	n := &Node{Line: s.line, start: s.pos, inline: depth > 0}
	var err error
	switch s.peek() {
	case '[':
		n.Kind = Array
		err = s.array(n, depth)
	case '{':
		n.Kind = Table
		err = s.inlineTable(n, depth)
	case '"', '\'':
		err = s.str()
	default:
		err = s.bare()
	}
	n.end = s.pos
	return n, err
}

// bare skips a number, a boolean or a time. A date and its time may be apart by a space.
func (s *scanner) bare() error {
	start := s.pos
	for s.pos < len(s.text) {
		switch c := s.text[s.pos]; c {
		case ',', ']', '}', '#', '\n', '\r', '\t', '[', '{', '=', '"', '\'':
			return s.notEmpty(start)
		case ' ':
			if !(s.pos-start == len("2026-01-02") && s.text[start+4] == '-' && s.digitNext()) {
				return s.notEmpty(start)
			}
			s.pos++
		default:
			s.pos++
		}
	}
	return s.notEmpty(start)
}

func (s *scanner) digitNext() bool {
	return s.pos+1 < len(s.text) && s.text[s.pos+1] >= '0' && s.text[s.pos+1] <= '9'
}

func (s *scanner) notEmpty(start int) error {
	if s.pos == start {
		return s.fail("expected a value")
	}
	return nil
}

func (s *scanner) array(n *Node, depth int) error {
	for s.pos++; ; {
		s.space()
		if s.peek() == ']' {
			s.pos++
			return nil
		}
		item, err := s.value(depth + 1)
		if err != nil {
			return err
		}
		item.form = formItem
		n.Items = append(n.Items, item)
		if err := s.separator(']'); err != nil {
			return err
		}
	}
}

func (s *scanner) inlineTable(n *Node, depth int) error {
	for s.pos++; ; {
		s.space()
		if s.peek() == '}' {
			s.pos++
			return nil
		}
		line := s.line
		key, child, err := s.keyValue(depth + 1)
		if err != nil {
			return err
		}
		child.Line = line
		if err := n.place(key, child, nil); err != nil {
			return s.fail("%s", err)
		}
		if err := s.separator('}'); err != nil {
			return err
		}
	}
}

// separator skips a comma, or stops before the closing bracket.
func (s *scanner) separator(closing byte) error {
	s.space()
	switch s.peek() {
	case ',':
		s.pos++
		return nil
	case closing:
		return nil
	}
	return s.fail("expected a comma or %q", closing)
}

func (s *scanner) keyValue(depth int) ([]string, *Node, error) {
	key, err := s.key()
	if err != nil {
		return nil, nil, err
	}
	if s.peek() != '=' {
		return nil, nil, s.fail("expected =")
	}
	s.pos++
	n, err := s.value(depth)
	if n != nil {
		n.form = formPair
	}
	return key, n, err
}
