package jinja

import (
	"errors"
	"fmt"
)

// eval of an attribute: a method or attribute first, then an item of that name.
func (e *attributeExpr) eval(r *run, s *scope) (any, error) {
	v, err := e.e.eval(r, s)
	if err != nil {
		return nil, err
	}
	if err := r.step(1); err != nil {
		return nil, err
	}
	if u, ok := v.(*undefined); ok {
		return nil, u.err()
	}
	if a, ok := attribute(v, e.name); ok {
		return a, nil
	}
	if d, ok := v.(*Dict); ok {
		if item, ok, err := d.get(e.name); ok || err != nil {
			return item, err
		}
	}
	return absent(v, e.name), nil
}

func absent(v any, name string) any {
	return &undefined{what: fmt.Sprintf("a %s has no attribute or item %s", typeName(v), quote(short(name)))}
}

// short is the beginning of a name, for an error.
func short(name string) string {
	const most = 100
	for i := range name {
		if i > most {
			return name[:i] + "…"
		}
	}
	return name
}

// attribute is the method or attribute of that name.
func attribute(v any, name string) (any, bool) {
	if hidden(name) {
		return &undefined{what: fmt.Sprintf("the attribute %s of a %s is not for templates", quote(short(name)), typeName(v))}, true
	}
	switch v := v.(type) {
	case string:
		return textMethod(v, name)
	case *Dict:
		return dictMethod(v, name)
	case *list:
		return listMethod(v.items, name, true)
	case tuple:
		return listMethod(v, name, false)
	case *namespace:
		a, ok, _ := v.vars.get(name)
		return a, ok
	case *loop:
		return v.attribute(name)
	case *macro:
		if name == "name" {
			return v.name, true
		}
	case *rangeOf:
		switch name {
		case "start":
			return v.start, true
		case "stop":
			return v.stop, true
		case "step":
			return v.step, true
		}
	}
	return nil, false
}

// unsafe is a method that changes its object, which the immutable sandbox
// refuses when it is called.
func unsafe(of, name string) any {
	return &undefined{what: fmt.Sprintf("the method %s changes a %s; templates may not", quote(name), of)}
}

func dictMethod(d *Dict, name string) (any, bool) {
	method := func(call func(r *run, a args) (any, error)) (any, bool) {
		return &function{name: name, call: call}, true
	}
	switch name {
	case "keys", "values", "items":
		return method(func(_ *run, a args) (any, error) {
			_, err := a.bind(name)
			return &view{kind: "dict_" + name, of: d}, err
		})
	case "get":
		return method(func(r *run, a args) (any, error) {
			in, err := a.bind("get", "key", "default")
			if err != nil {
				return nil, err
			}
			if isMissing(in[0]) {
				return nil, errors.New("get needs a key")
			}
			if err := r.weigh(in[0]); err != nil {
				return nil, err
			}
			v, ok, err := d.get(in[0])
			if !ok && !isMissing(in[1]) {
				return in[1], err
			}
			return v, err
		})
	case "copy":
		return method(func(r *run, a args) (any, error) {
			out := &Dict{}
			for i := range d.keys {
				if err := out.set(d.keys[i], d.values[i]); err != nil {
					return nil, err
				}
			}
			return out, r.spend(64 * len(d.keys))
		})
	case "clear", "pop", "popitem", "setdefault", "update":
		return unsafe("dict", name), true
	}
	return nil, false
}

func listMethod(items []any, name string, changeable bool) (any, bool) {
	method := func(call func(r *run, item any) (any, error)) (any, bool) {
		return &function{name: name, call: func(r *run, a args) (any, error) {
			in, err := a.bind(name, "value")
			if err != nil {
				return nil, err
			}
			if isMissing(in[0]) {
				return nil, fmt.Errorf("%s needs a value", name)
			}
			return call(r, in[0])
		}}, true
	}
	switch name {
	case "index":
		return method(func(r *run, item any) (any, error) {
			for i, v := range items {
				if same, err := r.equal(v, item, 0); same || err != nil {
					return int64(i), err
				}
			}
			return nil, errors.New("index: the value is not in the list")
		})
	case "count":
		return method(func(r *run, item any) (any, error) {
			n := int64(0)
			for _, v := range items {
				same, err := r.equal(v, item, 0)
				if err != nil {
					return nil, err
				}
				if same {
					n++
				}
			}
			return n, nil
		})
	case "copy":
		if changeable {
			return &function{name: name, call: func(r *run, _ args) (any, error) {
				all, err := r.joined(items, nil)
				return &list{items: all}, err
			}}, true
		}
	case "append", "clear", "extend", "insert", "pop", "remove", "reverse", "sort":
		if changeable {
			return unsafe("list", name), true
		}
	}
	return nil, false
}

// attribute is one of the variables of a for.
func (l *loop) attribute(name string) (any, bool) {
	n := len(l.items)
	switch name {
	case "index":
		return int64(l.at + 1), true
	case "index0":
		return int64(l.at), true
	case "revindex":
		return int64(n - l.at), true
	case "revindex0":
		return int64(n - l.at - 1), true
	case "first":
		return l.at == 0, true
	case "last":
		return l.at == n-1, true
	case "length":
		return int64(n), true
	case "depth":
		return int64(1), true
	case "depth0":
		return int64(0), true
	case "previtem":
		if l.at == 0 {
			return &undefined{what: "there is no previous item"}, true
		}
		return l.items[l.at-1], true
	case "nextitem":
		if l.at == n-1 {
			return &undefined{what: "there is no next item"}, true
		}
		return l.items[l.at+1], true
	case "cycle":
		return &function{name: name, call: func(_ *run, a args) (any, error) {
			if len(a.values) == 0 {
				return nil, errors.New("loop.cycle needs values")
			}
			return a.values[l.at%len(a.values)], nil
		}}, true
	case "changed":
		return &function{name: name, call: func(r *run, a args) (any, error) {
			same, err := r.equalAll(l.changed, a.values, 0)
			changed := !same || !l.asked
			l.changed, l.asked = a.values, true
			return changed, err
		}}, true
	}
	return nil, false
}
