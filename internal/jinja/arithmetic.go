package jinja

import (
	"errors"
	"fmt"
	"math"
	"math/bits"
	"strings"
)

// binary applies an arithmetic operator.
func (r *run) binary(op string, a, b any) (any, error) {
	for _, v := range []any{a, b} {
		if u, ok := v.(*undefined); ok {
			return nil, u.err()
		}
	}
	aw, ar, aWhole, aNumber := number(a)
	bw, br, bWhole, bNumber := number(b)
	switch {
	case aNumber && bNumber && aWhole && bWhole:
		return wholeArithmetic(op, aw, bw)
	case aNumber && bNumber:
		return realArithmetic(op, ar, br)
	case op == "*" && aNumber && aWhole:
		return r.repeat(b, aw)
	case op == "*" && bNumber && bWhole:
		return r.repeat(a, bw)
	}
	switch x := a.(type) {
	case string:
		if y, ok := b.(string); ok && op == "+" {
			if err := r.spend(len(x) + len(y)); err != nil {
				return nil, err
			}
			return x + y, nil
		}
		if op == "%" {
			return r.percent(x, b)
		}
	case *list:
		if y, ok := b.(*list); ok && op == "+" {
			all, err := r.joined(x.items, y.items)
			return &list{items: all}, err
		}
	case tuple:
		if y, ok := b.(tuple); ok && op == "+" {
			all, err := r.joined(x, y)
			return tuple(all), err
		}
	}
	return nil, fmt.Errorf("%s cannot be applied to a %s and a %s", op, typeName(a), typeName(b))
}

func (r *run) joined(a, b []any) ([]any, error) {
	if err := r.spend(16 * (len(a) + len(b))); err != nil {
		return nil, err
	}
	return append(append(make([]any, 0, len(a)+len(b)), a...), b...), nil
}

// repeat is v * n for text and lists.
func (r *run) repeat(v any, n int64) (any, error) {
	size := 0
	switch v := v.(type) {
	case string:
		size = len(v)
	case *list:
		size = 16 * len(v.items)
	case tuple:
		size = 16 * len(v)
	default:
		return nil, fmt.Errorf("* cannot be applied to a %s and an int", typeName(v))
	}
	n = max(n, 0)
	if size > 0 && n > int64(maxBytes/size) {
		n = maxBytes // refused by spend
		return nil, r.spend(maxBytes + 1)
	}
	if size == 0 {
		n = 0
	}
	if err := r.spend(size * int(n)); err != nil {
		return nil, err
	}
	times := func(items []any) []any {
		all := make([]any, 0, len(items)*int(n))
		for range n {
			all = append(all, items...)
		}
		return all
	}
	switch v := v.(type) {
	case *list:
		return &list{items: times(v.items)}, nil
	case tuple:
		return tuple(times(v)), nil
	}
	return strings.Repeat(v.(string), int(n)), nil
}

var errOverflow = errors.New("a whole number does not fit in 64 bits")

func wholeArithmetic(op string, a, b int64) (any, error) {
	switch op {
	case "+":
		c := a + b
		if (c > a) != (b > 0) && b != 0 {
			return nil, errOverflow
		}
		return c, nil
	case "-":
		c := a - b
		if (c < a) != (b > 0) && b != 0 {
			return nil, errOverflow
		}
		return c, nil
	case "*":
		return product(a, b)
	case "**":
		if b < 0 {
			return realArithmetic(op, float64(a), float64(b))
		}
		return power(a, b)
	}
	if b == 0 {
		return nil, errors.New("division by zero")
	}
	switch op {
	case "/":
		return float64(a) / float64(b), nil
	case "//":
		if a == math.MinInt64 && b == -1 {
			return nil, errOverflow
		}
		q := a / b
		if a%b != 0 && (a < 0) != (b < 0) {
			q--
		}
		return q, nil
	}
	if b == -1 {
		return int64(0), nil
	}
	m := a % b
	if m != 0 && (m < 0) != (b < 0) {
		m += b
	}
	return m, nil
}

func product(a, b int64) (any, error) {
	magnitude := func(v int64) uint64 {
		if v < 0 {
			return -uint64(v)
		}
		return uint64(v)
	}
	high, low := bits.Mul64(magnitude(a), magnitude(b))
	if high != 0 || low > math.MaxInt64 {
		return nil, errOverflow
	}
	return a * b, nil
}

func power(a, b int64) (any, error) {
	result := int64(1)
	if a == 0 || a == 1 || a == -1 {
		b = min(b, 2+b%2)
	}
	for range b {
		c, err := product(result, a)
		if err != nil {
			return nil, err
		}
		result = c.(int64)
	}
	return result, nil
}

func realArithmetic(op string, a, b float64) (any, error) {
	switch op {
	case "+":
		return a + b, nil
	case "-":
		return a - b, nil
	case "*":
		return a * b, nil
	case "**":
		c := math.Pow(a, b)
		if a == 0 && b < 0 {
			return nil, errors.New("division by zero")
		}
		if math.IsNaN(c) && !math.IsNaN(a) && !math.IsNaN(b) {
			return nil, errors.New("a power is no real number")
		}
		return c, nil
	}
	if b == 0 {
		return nil, errors.New("division by zero")
	}
	if op == "/" {
		return a / b, nil
	}
	m := math.Mod(a, b)
	if m != 0 && (m < 0) != (b < 0) {
		m += b
	}
	if op == "%" {
		if m == 0 {
			m = math.Copysign(0, b)
		}
		return m, nil
	}
	q := (a - m) / b
	floor := math.Floor(q)
	if q-floor > 0.5 {
		floor++
	}
	return floor, nil
}
