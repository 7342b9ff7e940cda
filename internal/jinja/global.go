package jinja

import (
	"errors"
	"fmt"
)

// globals are the functions that every template has.
func globals() map[string]any {
	all := map[string]any{}
	for name, call := range map[string]func(r *run, a args) (any, error){
		"range":           rangeFunction,
		"namespace":       namespaceFunction,
		"dict":            dictFunction,
		"raise_exception": raise,
		"strftime_now":    strftimeNow,
		"joiner":          joiner,
		"cycler":          cycler,
	} {
		all[name] = &function{name: name, call: call}
	}
	return all
}

func raise(r *run, a args) (any, error) {
	in, err := a.bind("raise_exception", "message")
	if err != nil {
		return nil, err
	}
	if isMissing(in[0]) {
		return nil, errors.New("raise_exception needs a message")
	}
	text, err := r.text(in[0])
	if err != nil {
		return nil, err
	}
	return nil, &Error{What: text, Raised: true}
}

func rangeFunction(_ *run, a args) (any, error) {
	if len(a.values) < 1 || len(a.values) > 3 || len(a.named.keys) > 0 {
		return nil, errors.New("range takes one to three whole numbers")
	}
	var n [3]int64
	for i, v := range a.values {
		whole, _, isWhole, ok := number(v)
		if !ok || !isWhole {
			if u, isUndefined := v.(*undefined); isUndefined {
				return nil, u.err()
			}
			return nil, fmt.Errorf("range takes whole numbers, not a %s", typeName(v))
		}
		n[i] = whole
	}
	out := &rangeOf{stop: n[0], step: 1}
	if len(a.values) > 1 {
		out.start, out.stop = n[0], n[1]
	}
	if len(a.values) > 2 {
		out.step = n[2]
	}
	if out.step == 0 {
		return nil, errors.New("the step of a range cannot be 0")
	}
	distance, step := float64(out.stop)-float64(out.start), float64(out.step)
	count := distance / step
	if count > maxRange+1 {
		return nil, fmt.Errorf("a range has more than %d numbers", maxRange)
	}
	for at := out.start; out.step > 0 && at < out.stop || out.step < 0 && at > out.stop; at += out.step {
		out.count++
		if out.count > maxRange {
			return nil, fmt.Errorf("a range has more than %d numbers", maxRange)
		}
		if next := at + out.step; (next > at) != (out.step > 0) {
			break // the next one is beyond 64 bits
		}
	}
	return out, nil
}

// dictFunction is dict(other, name=value).
func dictFunction(r *run, a args) (any, error) {
	out := &Dict{}
	if len(a.values) > 1 {
		return nil, errors.New("dict takes one value and names")
	}
	if len(a.values) == 1 {
		pairs, err := r.pairsOf(a.values[0])
		if err != nil {
			return nil, err
		}
		for _, pair := range pairs {
			if err := out.set(pair[0], pair[1]); err != nil {
				return nil, err
			}
		}
	}
	for i, key := range a.named.keys {
		if err := out.set(key, a.named.values[i]); err != nil {
			return nil, err
		}
	}
	return out, r.spend(64 * len(out.keys))
}

func (r *run) pairsOf(v any) ([][]any, error) {
	if d, ok := v.(*Dict); ok {
		v = &list{items: d.pairs()}
	}
	all, err := r.iterate(v)
	if err != nil {
		return nil, err
	}
	out := make([][]any, len(all))
	for i, item := range all {
		if out[i], err = r.iterate(item); err != nil {
			return nil, err
		}
		if len(out[i]) != 2 {
			return nil, errors.New("dict needs pairs")
		}
	}
	return out, nil
}

func namespaceFunction(r *run, a args) (any, error) {
	v, err := dictFunction(r, a)
	if err != nil {
		return nil, err
	}
	return &namespace{vars: v.(*Dict)}, nil
}

// joiner gives a function that gives nothing the first time and then its text.
func joiner(r *run, a args) (any, error) {
	in, err := a.bind("joiner", "sep")
	if err != nil {
		return nil, err
	}
	sep := ", "
	if !isMissing(in[0]) {
		if sep, err = r.text(in[0]); err != nil {
			return nil, err
		}
	}
	used := false
	return &function{name: "joiner", call: func(*run, args) (any, error) {
		if !used {
			used = true
			return "", nil
		}
		return sep, nil
	}}, nil
}

// cycler gives an object with next(), reset() and current.
func cycler(_ *run, a args) (any, error) {
	if len(a.values) == 0 {
		return nil, errors.New("cycler needs values")
	}
	at := 0
	object := &namespace{vars: &Dict{}}
	show := func() error { return object.vars.set("current", a.values[at]) }
	method := func(name string, call func() (any, error)) error {
		return object.vars.set(name, &function{name: name, call: func(*run, args) (any, error) { return call() }})
	}
	err := errors.Join(
		method("next", func() (any, error) {
			v := a.values[at]
			at = (at + 1) % len(a.values)
			return v, show()
		}),
		method("reset", func() (any, error) {
			at = 0
			return nil, show()
		}),
		show(),
	)
	return object, err
}
