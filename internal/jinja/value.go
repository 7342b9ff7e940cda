package jinja

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// The values of a run are nil (None), bool, int64, float64, string, *list,
// tuple, *Dict, *view, *generator, *rangeOf, *namespace, *undefined, *function,
// *macro and *loop.

type list struct{ items []any }

type tuple []any

// generator is what a filter gives that makes its items as they are taken: it
// can be gone through once, and it has no length.
type generator struct {
	name  string
	items []any
}

// view is what the methods keys, values and items of a dictionary give.
type view struct {
	kind string
	of   *Dict
}

// rangeOf is a range of whole numbers.
type rangeOf struct {
	start, stop, step int64
	count             int
}

// namespace is an object whose attributes can be set in an inner scope.
type namespace struct{ vars *Dict }

// undefined is a name, attribute or item that is not there. It prints as
// nothing; most other uses of it are an error that says what is missing.
type undefined struct{ what string }

func (u *undefined) err() error { return errors.New(u.what) }

// function is a builtin or a method.
type function struct {
	name string
	call func(r *run, a args) (any, error)
}

// Dict is a dictionary that keeps the order of its keys. The zero value is empty.
type Dict struct {
	keys   []any
	values []any
	index  map[any]int
}

// hashKey is what a value is found by: numbers that are equal are one key. It
// fails for a value that can change.
func hashKey(v any) (any, error) {
	type text string
	switch v := v.(type) {
	case nil:
		return nil, nil
	case bool:
		if v {
			return int64(1), nil
		}
		return int64(0), nil
	case int64:
		return v, nil
	case float64:
		if n := int64(v); float64(n) == v {
			return n, nil
		}
		return v, nil
	case string:
		return text(v), nil
	case tuple:
		var b strings.Builder
		if err := tupleKey(&b, v); err != nil {
			return nil, err
		}
		return b.String(), nil
	}
	return nil, fmt.Errorf("a %s cannot be a key", typeName(v))
}

// tupleKey writes what a tuple is found by: no two different ones are alike.
func tupleKey(b *strings.Builder, v tuple) error {
	const maxBytes = 1 << 12
	b.WriteByte('(')
	for _, item := range v {
		if inner, ok := item.(tuple); ok {
			if err := tupleKey(b, inner); err != nil {
				return err
			}
		} else {
			k, err := hashKey(item)
			if err != nil {
				return err
			}
			fmt.Fprintf(b, "%T %q,", k, fmt.Sprint(k))
		}
		if b.Len() > maxBytes {
			return errors.New("a tuple is too large to be a key")
		}
	}
	b.WriteByte(')')
	return nil
}

// Set sets the value of a key. Keys and values are as for Render.
func (d *Dict) Set(key string, value any) {
	v, err := fromGo(value, 0)
	if err != nil {
		v = &undefined{what: err.Error()}
	}
	_ = d.set(key, v) // a string can always be a key
}

func (d *Dict) set(key, value any) error {
	k, err := hashKey(key)
	if err != nil {
		return err
	}
	if i, ok := d.index[k]; ok {
		d.values[i] = value
		return nil
	}
	if d.index == nil {
		d.index = map[any]int{}
	}
	d.index[k] = len(d.keys)
	d.keys, d.values = append(d.keys, key), append(d.values, value)
	return nil
}

func (d *Dict) get(key any) (any, bool, error) {
	k, err := hashKey(key)
	if err != nil {
		return nil, false, err
	}
	i, ok := d.index[k]
	if !ok {
		return nil, false, nil
	}
	return d.values[i], true, nil
}

// pairs are the items as tuples.
func (d *Dict) pairs() []any {
	all := make([]any, len(d.keys))
	for i := range d.keys {
		all[i] = tuple{d.keys[i], d.values[i]}
	}
	return all
}

func (v *view) items() []any {
	switch v.kind {
	case "dict_keys":
		return v.of.keys
	case "dict_values":
		return v.of.values
	}
	return v.of.pairs()
}

func (r *rangeOf) items() []any {
	all := make([]any, r.count)
	for i := range all {
		all[i] = r.start + int64(i)*r.step
	}
	return all
}

// fromGo turns a value of the caller into one of a run.
func fromGo(v any, depth int) (any, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("more than %d values inside one another", maxDepth)
	}
	switch v := v.(type) {
	case nil, bool, int64, float64, string, *Dict, *list:
		return v, nil
	case int:
		return int64(v), nil
	case []any:
		l := &list{items: make([]any, len(v))}
		for i, item := range v {
			var err error
			if l.items[i], err = fromGo(item, depth+1); err != nil {
				return nil, err
			}
		}
		return l, nil
	case map[string]any:
		d := &Dict{}
		for _, key := range slices.Sorted(maps.Keys(v)) {
			value, err := fromGo(v[key], depth+1)
			if err != nil {
				return nil, err
			}
			if err := d.set(key, value); err != nil {
				return nil, err
			}
		}
		return d, nil
	}
	return nil, fmt.Errorf("a %T cannot be given to a template", v)
}

// typeName is what Python calls the type of a value.
func typeName(v any) string {
	switch v := v.(type) {
	case nil:
		return "NoneType"
	case bool:
		return "bool"
	case int64:
		return "int"
	case float64:
		return "float"
	case string:
		return "str"
	case *list:
		return "list"
	case tuple:
		return "tuple"
	case *Dict:
		return "dict"
	case *view:
		return v.kind
	case *generator:
		return "generator"
	case *rangeOf:
		return "range"
	case *namespace:
		return "Namespace"
	case *undefined:
		return "Undefined"
	case *macro:
		return "Macro"
	case *loop:
		return "LoopContext"
	}
	return "function"
}

// truth is bool(v) of Python.
func truth(v any) bool {
	switch v := v.(type) {
	case nil, *undefined:
		return false
	case bool:
		return v
	case int64:
		return v != 0
	case float64:
		return v != 0
	case string:
		return v != ""
	}
	if n, ok := length(v); ok {
		return n > 0
	}
	return true
}

// length is len(v) of Python; not ok if it has none. A string counts characters.
func length(v any) (int, bool) {
	switch v := v.(type) {
	case string:
		n := 0
		for range v {
			n++
		}
		return n, true
	case *list:
		return len(v.items), true
	case tuple:
		return len(v), true
	case *Dict:
		return len(v.keys), true
	case *view:
		return len(v.of.keys), true
	case *rangeOf:
		return v.count, true
	case *undefined:
		return 0, true
	case *loop:
		return len(v.items), true
	}
	return 0, false
}

// iterate gives all items of a value. Those of a generator are taken out of it.
// The slice belongs to the value: it must not be changed.
func (r *run) iterate(v any) ([]any, error) {
	all, ok := elements(v)
	if !ok {
		return nil, fmt.Errorf("a %s cannot be gone through", typeName(v))
	}
	if err := r.step(len(all)); err != nil {
		return nil, err
	}
	return all, r.spend(16 * len(all))
}

func elements(v any) ([]any, bool) {
	switch v := v.(type) {
	case string:
		all := make([]any, 0, len(v))
		for _, c := range v {
			all = append(all, string(c))
		}
		return all, true
	case *list:
		return v.items, true
	case tuple:
		return v, true
	case *Dict:
		return v.keys, true
	case *view:
		return v.items(), true
	case *rangeOf:
		return v.items(), true
	case *generator:
		all := v.items
		v.items = nil
		return all, true
	case *undefined:
		return nil, true
	}
	return nil, false
}
