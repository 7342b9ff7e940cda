package jinja

import (
	"errors"
	"slices"
	"strings"
)

// folded makes text small unless case matters.
func (r *run) folded(v any, caseMatters bool) (any, error) {
	if s, ok := v.(string); ok && !caseMatters {
		return strings.ToLower(s), errors.Join(r.weigh(s), r.spend(len(s)))
	}
	return v, r.weigh(v)
}

// sortBy sorts indices by their keys, stably.
func (r *run) sortBy(order []int, keys []any, reverse, caseMatters bool) error {
	small := make([]any, len(keys))
	for i := range keys {
		var err error
		if small[i], err = r.folded(keys[i], caseMatters); err != nil {
			return err
		}
	}
	var fault error
	slices.SortStableFunc(order, func(a, b int) int {
		if fault != nil {
			return 0
		}
		n, err := r.order(small[a], small[b], "<", 0)
		if err != nil {
			fault = err
		}
		if reverse {
			return -n
		}
		return n
	})
	return fault
}

// keysOf gives the key of each item by an attribute; several attributes with
// commas make a tuple.
func (r *run) keysOf(all []any, attribute any, caseMatters bool) ([]any, error) {
	names := []any{attribute}
	s, several := attribute.(string)
	if several && strings.Contains(s, ",") {
		names = nil
		for _, part := range strings.Split(s, ",") {
			names = append(names, part)
		}
	}
	keys := make([]any, len(all))
	for i, item := range all {
		key := make(tuple, len(names))
		for j, name := range names {
			get, err := r.getter(name)
			if err != nil {
				return nil, err
			}
			v, err := get(item)
			if err != nil {
				return nil, err
			}
			if key[j], err = r.folded(v, caseMatters); err != nil {
				return nil, err
			}
		}
		keys[i] = key
	}
	return keys, r.spend(32 * len(all) * len(names))
}

// given reports whether an argument is given and true.
func given(v any) bool { return !isMissing(v) && truth(v) }

func sortFilter(r *run, v any, in []any) (any, error) {
	all, err := r.iterate(v)
	if err != nil {
		return nil, err
	}
	keys, err := r.keysOf(all, in[2], given(in[1]))
	if err != nil {
		return nil, err
	}
	return r.sorted(all, keys, given(in[0]), true)
}

func (r *run) sorted(all, keys []any, reverse, caseMatters bool) (any, error) {
	order := make([]int, len(all))
	for i := range order {
		order[i] = i
	}
	if err := r.sortBy(order, keys, reverse, caseMatters); err != nil {
		return nil, err
	}
	out := &list{items: make([]any, len(all))}
	for i, from := range order {
		out.items[i] = all[from]
	}
	return out, nil
}

func dictSortFilter(r *run, v any, in []any) (any, error) {
	d, ok := v.(*Dict)
	if !ok {
		return nil, errors.New("only a dict can be sorted so")
	}
	keys := d.keys
	if !isMissing(in[1]) {
		switch in[1] {
		case "key":
		case "value":
			keys = d.values
		default:
			return nil, errors.New("by must be key or value")
		}
	}
	return r.sorted(d.pairs(), keys, given(in[2]), given(in[0]))
}

func uniqueFilter(r *run, v any, in []any) (any, error) {
	all, err := r.iterate(v)
	if err != nil {
		return nil, err
	}
	get, err := r.getter(in[1])
	if err != nil {
		return nil, err
	}
	seen := &Dict{}
	out := &generator{name: "unique"}
	for _, item := range all {
		key, err := get(item)
		if err != nil {
			return nil, err
		}
		if key, err = r.folded(key, given(in[0])); err != nil {
			return nil, err
		}
		if _, ok, err := seen.get(key); err != nil {
			return nil, err
		} else if ok {
			continue
		}
		if err := seen.set(key, true); err != nil {
			return nil, err
		}
		out.items = append(out.items, item)
	}
	return out, r.spend(64 * len(out.items))
}

// extreme is min (sign −1) or max (sign 1): the first of equal items.
func extreme(sign int) func(r *run, v any, in []any) (any, error) {
	return func(r *run, v any, in []any) (any, error) {
		all, err := r.iterate(v)
		if err != nil {
			return nil, err
		}
		if len(all) == 0 {
			return &undefined{what: "there is no smallest or largest item: the list is empty"}, nil
		}
		get, err := r.getter(in[1])
		if err != nil {
			return nil, err
		}
		var best, bestKey any
		for i, item := range all {
			key, err := get(item)
			if err != nil {
				return nil, err
			}
			if key, err = r.folded(key, given(in[0])); err != nil {
				return nil, err
			}
			if i == 0 {
				best, bestKey = item, key
				continue
			}
			n, err := r.order(key, bestKey, "<", 0)
			if err != nil {
				return nil, err
			}
			if n*sign > 0 {
				best, bestKey = item, key
			}
		}
		return best, nil
	}
}
