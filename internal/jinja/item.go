package jinja

import (
	"errors"
	"fmt"
)

// eval of a subscript: an item first, then a method or attribute of that name.
func (e *itemExpr) eval(r *run, s *scope) (any, error) {
	v, err := e.e.eval(r, s)
	if err != nil {
		return nil, err
	}
	if sl, ok := e.key.(*sliceExpr); ok {
		return r.slice(v, sl, s)
	}
	key, err := e.key.eval(r, s)
	if err != nil {
		return nil, err
	}
	return r.item(v, key)
}

// item is v[key]; undefined if there is none.
func (r *run) item(v, key any) (any, error) {
	if err := errors.Join(r.step(1), r.weigh(key)); err != nil {
		return nil, err
	}
	switch v := v.(type) {
	case *undefined:
		return nil, v.err()
	case *Dict:
		if item, ok, err := v.get(key); ok && err == nil {
			return item, nil
		}
	case *list:
		if item, ok := indexed(v.items, key); ok {
			return item, nil
		}
	case tuple:
		if item, ok := indexed(v, key); ok {
			return item, nil
		}
	case *rangeOf:
		if i, _, whole, ok := number(key); ok && whole {
			if i < 0 {
				i += int64(v.count)
			}
			if i >= 0 && i < int64(v.count) {
				return v.start + i*v.step, nil
			}
		}
	case string:
		all, _ := elements(v)
		if err := r.step(len(v) / 16); err != nil {
			return nil, err
		}
		if item, ok := indexed(all, key); ok {
			return item, nil
		}
	}
	if name, ok := key.(string); ok {
		if a, ok := attribute(v, name); ok {
			return a, nil
		}
		return absent(v, name), nil
	}
	return &undefined{what: fmt.Sprintf("a %s has no such item", typeName(v))}, nil
}

// indexed is items[key]; a negative index counts from the end.
func indexed(items []any, key any) (any, bool) {
	i, _, whole, ok := number(key)
	if !ok || !whole {
		return nil, false
	}
	if i < 0 {
		i += int64(len(items))
	}
	if i < 0 || i >= int64(len(items)) {
		return nil, false
	}
	return items[i], true
}

// eval of a slice outside a subscript does not come up: the parser makes none.
func (e *sliceExpr) eval(*run, *scope) (any, error) {
	return nil, fmt.Errorf("a slice stands where a key must")
}

// slice is v[start:stop:step].
func (r *run) slice(v any, e *sliceExpr, s *scope) (any, error) {
	if u, ok := v.(*undefined); ok {
		return nil, u.err()
	}
	var bounds [3]*int64
	for i, part := range []expr{e.start, e.stop, e.step} {
		if part == nil {
			continue
		}
		value, err := part.eval(r, s)
		if err != nil {
			return nil, err
		}
		n, _, whole, ok := number(value)
		switch {
		case value == nil:
		case !ok || !whole:
			return nil, fmt.Errorf("a slice needs whole numbers, not a %s", typeName(value))
		default:
			bounds[i] = &n
		}
	}
	if bounds[2] != nil && *bounds[2] == 0 {
		return nil, fmt.Errorf("the step of a slice cannot be 0")
	}
	switch v.(type) {
	case string, *list, tuple, *rangeOf:
	default:
		return nil, fmt.Errorf("a %s has no slices", typeName(v))
	}
	all, err := r.iterate(v)
	if err != nil {
		return nil, err
	}
	picked := sliced(all, bounds)
	switch v := v.(type) {
	case string:
		parts := make([]string, len(picked))
		for i, c := range picked {
			parts[i] = c.(string)
		}
		return r.join(parts, "")
	case *rangeOf:
		step := v.step
		if bounds[2] != nil {
			step *= *bounds[2]
		}
		return rangeSlice(picked, step), nil
	case tuple:
		return tuple(picked), nil
	}
	return &list{items: picked}, nil
}

// sliced picks items as Python does; a bound that is nil is left out.
func sliced(all []any, bounds [3]*int64) []any {
	n, step := int64(len(all)), int64(1)
	if bounds[2] != nil {
		step = max(*bounds[2], -n-1)
	}
	low, high := int64(0), n
	if step < 0 {
		low, high = -1, n-1
	}
	clip := func(b *int64, otherwise int64) int64 {
		if b == nil {
			return otherwise
		}
		v := *b
		if v < 0 {
			v = max(v, -n-1) + n
		}
		return min(max(v, low), high)
	}
	start, stop := clip(bounds[0], low), clip(bounds[1], high)
	if step < 0 {
		start, stop = clip(bounds[0], high), clip(bounds[1], low)
	}
	var picked []any
	for i := start; step > 0 && i < stop || step < 0 && i > stop; i += min(step, n+1) {
		picked = append(picked, all[i])
	}
	return picked
}

// rangeSlice is the range that a slice of a range is.
func rangeSlice(picked []any, step int64) *rangeOf {
	out := &rangeOf{step: step, count: len(picked)}
	if len(picked) > 0 {
		out.start = picked[0].(int64)
		out.stop = out.start + int64(len(picked))*step
	}
	return out
}
