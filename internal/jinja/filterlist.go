package jinja

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// getter gives what a dotted attribute such as "function.name" or "0" names; an
// argument that is not given or none names the item itself.
func (r *run) getter(attribute any) (func(item any) (any, error), error) {
	var path []any
	switch a := attribute.(type) {
	case nil, missing:
	case string:
		for _, part := range strings.Split(a, ".") {
			if n, err := strconv.ParseInt(part, 10, 64); err == nil && every(func(c rune) bool { return c < 128 && isDecimal(byte(c)) })(part) {
				path = append(path, n)
			} else {
				path = append(path, part)
			}
		}
	case int64:
		path = []any{a}
	default:
		return nil, fmt.Errorf("an attribute is named by a str, not by a %s", typeName(a))
	}
	return func(item any) (any, error) {
		var err error
		for _, part := range path {
			if item, err = r.item(item, part); err != nil {
				return nil, err
			}
		}
		return item, nil
	}, nil
}

func (r *run) mapFilter(v any, a args) (any, error) {
	if !truth(v) {
		return &generator{name: "map"}, nil
	}
	all, err := r.iterate(v)
	if err != nil {
		return nil, err
	}
	apply, err := r.mapping(a)
	if err != nil {
		return nil, err
	}
	out := make([]any, len(all))
	for i, item := range all {
		if out[i], err = apply(item); err != nil {
			return nil, err
		}
	}
	return &generator{name: "map", items: out}, nil
}

// mapping is what map does to an item: it takes an attribute, or applies a filter.
func (r *run) mapping(a args) (func(item any) (any, error), error) {
	if attribute, ok, _ := a.named.get("attribute"); ok && len(a.values) == 0 {
		otherwise, _, _ := a.named.get("default")
		get, err := r.getter(attribute)
		return func(item any) (any, error) {
			out, err := get(item)
			if _, absent := out.(*undefined); absent && otherwise != nil {
				out = otherwise
			}
			return out, err
		}, err
	}
	if len(a.values) == 0 {
		return nil, errors.New("map needs a filter or an attribute")
	}
	name, err := textArgument(a.values[0])
	if err != nil {
		return nil, fmt.Errorf("map: %w", err)
	}
	return func(item any) (any, error) {
		return r.filter(name, item, args{values: a.values[1:], named: a.named})
	}, nil
}

// selectFilter keeps the items (or those with an attribute) for which a test
// holds, or does not.
func (r *run) selectFilter(name string, v any, a args, attribute, want bool) (any, error) {
	if !truth(v) {
		return &generator{name: name}, nil
	}
	all, err := r.iterate(v)
	if err != nil {
		return nil, err
	}
	values := a.values
	get := func(item any) (any, error) { return item, nil }
	if attribute {
		if len(values) == 0 {
			return nil, fmt.Errorf("%s needs an attribute", name)
		}
		if get, err = r.getter(values[0]); err != nil {
			return nil, err
		}
		values = values[1:]
	}
	out := &generator{name: name}
	for _, item := range all {
		of, err := get(item)
		if err != nil {
			return nil, err
		}
		holds := truth(of)
		if len(values) > 0 {
			test, err := textArgument(values[0])
			if err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			result, err := r.test(test, of, args{values: values[1:], named: a.named})
			if err != nil {
				return nil, err
			}
			holds = truth(result)
		}
		if holds == want {
			out.items = append(out.items, item)
		}
	}
	return out, nil
}

func firstFilter(r *run, v any, _ []any) (any, error) {
	if g, ok := v.(*generator); ok {
		if len(g.items) == 0 {
			return &undefined{what: "there is no first item: the list is empty"}, nil
		}
		item := g.items[0]
		g.items = g.items[1:]
		return item, nil
	}
	all, err := r.iterate(v)
	if err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return &undefined{what: "there is no first item: the list is empty"}, nil
	}
	return all[0], nil
}

func lastFilter(r *run, v any, _ []any) (any, error) {
	if _, ok := v.(*generator); ok {
		return nil, errors.New("a generator has no last item; add the filter list")
	}
	all, err := r.iterate(v)
	if err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return &undefined{what: "there is no last item: the list is empty"}, nil
	}
	return all[len(all)-1], nil
}

func listFilter(r *run, v any, _ []any) (any, error) {
	all, err := r.iterate(v)
	return &list{items: slices.Clone(all)}, err
}

func reverseFilter(r *run, v any, _ []any) (any, error) {
	all, err := r.iterate(v)
	if err != nil {
		return nil, err
	}
	all = slices.Clone(all)
	slices.Reverse(all)
	if _, ok := v.(string); ok {
		parts := make([]string, len(all))
		for i := range all {
			parts[i] = all[i].(string)
		}
		return r.join(parts, "")
	}
	return &generator{name: "reverse", items: all}, nil
}

func itemsFilter(_ *run, v any, _ []any) (any, error) {
	switch v := v.(type) {
	case *undefined:
		return &generator{name: "items"}, nil
	case *Dict:
		return &generator{name: "items", items: v.pairs()}, nil
	}
	return nil, fmt.Errorf("a %s has no pairs", typeName(v))
}

func joinFilter(r *run, v any, in []any) (any, error) {
	all, err := r.iterate(v)
	if err != nil {
		return nil, err
	}
	get, err := r.getter(in[1])
	if err != nil {
		return nil, err
	}
	sep := ""
	if !isMissing(in[0]) {
		if sep, err = r.text(in[0]); err != nil {
			return nil, err
		}
	}
	parts := make([]string, len(all))
	for i, item := range all {
		if item, err = get(item); err != nil {
			return nil, err
		}
		if parts[i], err = r.text(item); err != nil {
			return nil, err
		}
	}
	return r.join(parts, sep)
}

func batchFilter(r *run, v any, in []any) (any, error) {
	all, err := r.iterate(v)
	if err != nil {
		return nil, err
	}
	n, err := wholeArgument(in[0], 0)
	if err != nil {
		return nil, err
	}
	if n < 1 || n > maxRange {
		return nil, errors.New("the number of items a row is out of range")
	}
	out := &generator{name: "batch"}
	for row := range slices.Chunk(all, int(n)) {
		row = slices.Clone(row)
		for !isMissing(in[1]) && in[1] != nil && len(row) < int(n) {
			row = append(row, in[1])
		}
		out.items = append(out.items, &list{items: row})
	}
	return out, r.spend(16 * len(out.items) * int(n))
}

func sumFilter(r *run, v any, in []any) (any, error) {
	all, err := r.iterate(v)
	if err != nil {
		return nil, err
	}
	get, err := r.getter(in[0])
	if err != nil {
		return nil, err
	}
	var total any = int64(0)
	if !isMissing(in[1]) {
		total = in[1]
	}
	for _, item := range all {
		if item, err = get(item); err != nil {
			return nil, err
		}
		if total, err = r.binary("+", total, item); err != nil {
			return nil, err
		}
	}
	return total, nil
}
