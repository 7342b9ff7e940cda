package jinja

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// percent is s % v of Python: %s, %r, %d, %i, %u, %f, %e, %g, %x, %X, %o, %c and
// %% with flags, width and precision; %(name)s takes from a dict.
func (r *run) percent(s string, v any) (string, error) {
	values, several := v.(tuple)
	if !several {
		values = tuple{v}
	}
	dict, byName := v.(*Dict)
	var b strings.Builder
	used := 0
	for {
		i := strings.IndexByte(s, '%')
		if i < 0 {
			break
		}
		b.WriteString(s[:i])
		spec, n, err := readPercent(s[i:])
		if err != nil {
			return "", err
		}
		s = s[i+n:]
		if spec.verb == '%' {
			b.WriteByte('%')
			continue
		}
		var arg any
		switch {
		case spec.named && !byName:
			return "", errors.New("a named % needs a dict")
		case spec.named:
			var ok bool
			if arg, ok, _ = dict.get(spec.key); !ok {
				return "", fmt.Errorf("the dict has no %s", quote(spec.key))
			}
		case used >= len(values):
			return "", errors.New("there are more % than values")
		default:
			arg = values[used]
			used++
		}
		text, err := r.percentValue(spec, arg)
		if err != nil {
			return "", err
		}
		b.WriteString(text)
	}
	if used < len(values) && !byName && (several || used == 0) {
		return "", errors.New("there are more values than %")
	}
	b.WriteString(s)
	return b.String(), r.spend(b.Len())
}

// percentSpec is one % of a format.
type percentSpec struct {
	named     bool
	key       string
	flags     string
	width     int
	precision int // -1 if there is none
	verb      byte
}

func readPercent(s string) (spec percentSpec, n int, err error) {
	spec.precision = -1
	n = 1
	if n < len(s) && s[n] == '(' {
		end := strings.IndexByte(s, ')')
		if end < 0 {
			return spec, 0, errors.New("a %( has no end")
		}
		spec.named, spec.key = true, s[2:end]
		n = end + 1
	}
	for n < len(s) && strings.IndexByte("-+ 0#", s[n]) >= 0 {
		spec.flags += s[n : n+1]
		n++
	}
	count := func() int {
		from := n
		for n < len(s) && isDecimal(s[n]) {
			n++
		}
		v, _ := strconv.Atoi(s[from:n])
		return v
	}
	spec.width = count()
	if n < len(s) && s[n] == '.' {
		n++
		spec.precision = count()
	}
	if n >= len(s) || strings.IndexByte("srdiufFeEgGxXoc%", s[n]) < 0 {
		return spec, 0, errors.New("a % is cut off or of an unknown kind")
	}
	if spec.width > 10_000 || spec.precision > 1000 {
		return spec, 0, errors.New("the width of a % is too large")
	}
	spec.verb = s[n]
	return spec, n + 1, nil
}

func (r *run) percentValue(spec percentSpec, v any) (string, error) {
	flags := strings.ReplaceAll(spec.flags, "#", "")
	format := "%" + flags
	if spec.width > 0 {
		format += strconv.Itoa(spec.width)
	}
	if spec.precision >= 0 {
		format += "." + strconv.Itoa(spec.precision)
	}
	switch spec.verb {
	case 's', 'r', 'c':
		text, err := r.text(v)
		if spec.verb == 'r' {
			var b strings.Builder
			err = r.repr(&b, v, 0)
			text = b.String()
		}
		return fmt.Sprintf("%"+strings.TrimLeft(format[1:], "0+ ")+"s", text), err
	}
	whole, real, isWhole, ok := number(v)
	if !ok {
		return "", fmt.Errorf("%%%c needs a number, not a %s", spec.verb, typeName(v))
	}
	switch spec.verb {
	case 'd', 'i', 'u':
		if !isWhole {
			whole = int64(real)
		}
		return fmt.Sprintf(format+"d", whole), nil
	case 'x', 'X', 'o':
		if !isWhole {
			return "", fmt.Errorf("%%%c needs an int, not a float", spec.verb)
		}
		return fmt.Sprintf(format+string(spec.verb), whole), nil
	}
	if spec.precision < 0 {
		format += ".6"
	}
	return fmt.Sprintf(format+string(spec.verb), real), nil
}

// format is s.format(…) of Python without format specifications: {}, {0},
// {name}, {{ and }}.
func (r *run) format(s string, a args) (any, error) {
	var b strings.Builder
	next := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c != '{' && c != '}' {
			b.WriteByte(c)
			continue
		}
		if i+1 < len(s) && s[i+1] == c {
			b.WriteByte(c)
			i++
			continue
		}
		end := strings.IndexByte(s[i:], '}')
		if c == '}' || end < 0 {
			return nil, errors.New("format: a single brace; write it twice")
		}
		v, err := a.field(s[i+1:i+end], &next)
		if err != nil {
			return nil, err
		}
		text, err := r.text(v)
		if err != nil {
			return nil, err
		}
		if err := r.spend(len(text)); err != nil {
			return nil, err
		}
		b.WriteString(text)
		i += end
	}
	return b.String(), r.spend(b.Len())
}

// field is the argument that a replacement field of format names.
func (a args) field(name string, next *int) (any, error) {
	if strings.ContainsAny(name, ":!.[") {
		return nil, fmt.Errorf("format: the field {%s} is not supported; use {}, {0} or {name}", name)
	}
	if v, ok, _ := a.named.get(name); ok {
		return v, nil
	}
	i := *next
	if name == "" {
		*next++
	} else {
		var err error
		if i, err = strconv.Atoi(name); err != nil {
			i = -1
		}
	}
	if i < 0 || i >= len(a.values) {
		return nil, fmt.Errorf("format: there is no argument {%s}", name)
	}
	return a.values[i], nil
}
