package jinja

import (
	"cmp"
	"fmt"
	"strings"
)

// number gives a bool, an int or a float as a number.
func number(v any) (whole int64, real float64, isWhole, ok bool) {
	switch v := v.(type) {
	case bool:
		if v {
			return 1, 1, true, true
		}
		return 0, 0, true, true
	case int64:
		return v, float64(v), true, true
	case float64:
		return 0, v, false, true
	}
	return 0, 0, false, false
}

// equal is a == b of Python.
func (r *run) equal(a, b any, depth int) (bool, error) {
	if depth > maxDepth {
		return false, fmt.Errorf("more than %d values inside one another", maxDepth)
	}
	if err := r.step(1); err != nil {
		return false, err
	}
	if aw, ar, whole, ok := number(a); ok {
		bw, br, bWhole, ok := number(b)
		return ok && (whole && bWhole && aw == bw || !(whole && bWhole) && ar == br), nil
	}
	switch a := a.(type) {
	case nil:
		return b == nil, nil
	case string:
		b, ok := b.(string)
		return ok && a == b, r.weigh(a)
	case *undefined:
		_, ok := b.(*undefined)
		return ok, nil
	case *list:
		b, ok := b.(*list)
		if !ok {
			return false, nil
		}
		return r.equalAll(a.items, b.items, depth)
	case tuple:
		b, ok := b.(tuple)
		if !ok {
			return false, nil
		}
		return r.equalAll(a, b, depth)
	case *Dict:
		b, ok := b.(*Dict)
		if !ok || len(a.keys) != len(b.keys) {
			return false, nil
		}
		return r.equalDict(a, b, depth)
	case *rangeOf:
		b, ok := b.(*rangeOf)
		if !ok {
			return false, nil
		}
		return r.equalAll(a.items(), b.items(), depth)
	}
	if _, ok := b.(tuple); ok { // not comparable by ==
		return false, nil
	}
	return a == b, nil
}

func (r *run) equalAll(a, b []any, depth int) (bool, error) {
	if len(a) != len(b) {
		return false, nil
	}
	for i := range a {
		if same, err := r.equal(a[i], b[i], depth+1); !same || err != nil {
			return false, err
		}
	}
	return true, nil
}

func (r *run) equalDict(a, b *Dict, depth int) (bool, error) {
	for i, key := range a.keys {
		v, ok, err := b.get(key)
		if !ok || err != nil {
			return false, err
		}
		if same, err := r.equal(a.values[i], v, depth+1); !same || err != nil {
			return false, err
		}
	}
	return true, nil
}

// order is negative, 0 or positive as a stands before, with or after b. The
// operator is only for the error.
func (r *run) order(a, b any, operator string, depth int) (int, error) {
	if depth > maxDepth {
		return 0, fmt.Errorf("more than %d values inside one another", maxDepth)
	}
	if err := r.step(1); err != nil {
		return 0, err
	}
	if aw, ar, whole, ok := number(a); ok {
		if bw, br, bWhole, ok := number(b); ok {
			if whole && bWhole {
				return cmp.Compare(aw, bw), nil
			}
			return cmp.Compare(ar, br), nil
		}
	}
	switch x := a.(type) {
	case string:
		if y, ok := b.(string); ok {
			return strings.Compare(x, y), r.weigh(x) // bytes of UTF-8 order as code points do
		}
	case *list:
		if y, ok := b.(*list); ok {
			return r.orderAll(x.items, y.items, operator, depth)
		}
	case tuple:
		if y, ok := b.(tuple); ok {
			return r.orderAll(x, y, operator, depth)
		}
	}
	for _, v := range []any{a, b} {
		if u, ok := v.(*undefined); ok {
			return 0, u.err()
		}
	}
	return 0, fmt.Errorf("a %s and a %s cannot be compared with %s", typeName(a), typeName(b), operator)
}

func (r *run) orderAll(a, b []any, operator string, depth int) (int, error) {
	for i := range min(len(a), len(b)) {
		if same, err := r.equal(a[i], b[i], depth+1); err != nil {
			return 0, err
		} else if !same {
			return r.order(a[i], b[i], operator, depth+1)
		}
	}
	return cmp.Compare(len(a), len(b)), nil
}

// contains is item in v of Python.
func (r *run) contains(v, item any) (bool, error) {
	switch v := v.(type) {
	case string:
		part, ok := item.(string)
		if !ok {
			return false, fmt.Errorf("only a str can be in a str, not a %s", typeName(item))
		}
		return strings.Contains(v, part), r.weigh(v)
	case *Dict:
		if err := r.weigh(item); err != nil {
			return false, err
		}
		_, ok, err := v.get(item)
		return ok, err
	}
	all, err := r.iterate(v)
	if err != nil {
		return false, err
	}
	for _, other := range all {
		if same, err := r.equal(item, other, 0); same || err != nil {
			return same, err
		}
	}
	return false, nil
}

// compare applies a comparison operator.
func (r *run) compare(operator string, a, b any) (bool, error) {
	switch operator {
	case "==", "!=":
		same, err := r.equal(a, b, 0)
		return same == (operator == "=="), err
	case "in", "not in":
		in, err := r.contains(b, a)
		return in == (operator == "in"), err
	}
	n, err := r.order(a, b, operator, 0)
	switch operator {
	case "<":
		return n < 0, err
	case "<=":
		return n <= 0, err
	case ">":
		return n > 0, err
	}
	return n >= 0, err
}
