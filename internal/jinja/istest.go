package jinja

import (
	"errors"
	"fmt"
)

// test applies what stands after "is".
func (r *run) test(name string, v any, a args) (any, error) {
	if err := r.step(1); err != nil {
		return nil, err
	}
	if len(a.named.keys) > 0 {
		return nil, fmt.Errorf("the test %s takes no named arguments", name)
	}
	if operator := comparisonTest(name); operator != "" {
		if len(a.values) != 1 {
			return nil, fmt.Errorf("the test %s needs one argument", name)
		}
		return r.compare(operator, v, a.values[0])
	}
	switch name {
	case "divisibleby":
		if len(a.values) != 1 {
			return nil, errors.New("the test divisibleby needs one argument")
		}
		rest, err := r.binary("%", v, a.values[0])
		return !truth(rest), err
	case "sameas":
		if len(a.values) != 1 {
			return nil, errors.New("the test sameas needs one argument")
		}
		return sameAs(v, a.values[0]), nil
	}
	if len(a.values) > 0 {
		return nil, fmt.Errorf("the test %s takes no argument", name)
	}
	return r.plainTest(name, v)
}

// comparisonTest is the operator that a test stands for; "" if it is none.
func comparisonTest(name string) string {
	switch name {
	case "eq", "equalto", "==":
		return "=="
	case "ne", "!=":
		return "!="
	case "lt", "lessthan", "<":
		return "<"
	case "le", "<=":
		return "<="
	case "gt", "greaterthan", ">":
		return ">"
	case "ge", ">=":
		return ">="
	case "in":
		return "in"
	}
	return ""
}

// sameAs is identity: equal constants are one object, other values are one only
// if they are the very same.
func sameAs(a, b any) bool {
	switch a.(type) {
	case tuple:
		return false
	}
	switch b.(type) {
	case tuple:
		return false
	}
	return a == b
}

func (r *run) plainTest(name string, v any) (any, error) {
	_, isUndefined := v.(*undefined)
	_, _, whole, isNumber := number(v)
	_, isBool := v.(bool)
	switch name {
	case "defined":
		return !isUndefined, nil
	case "undefined":
		return isUndefined, nil
	case "none":
		return v == nil, nil
	case "boolean":
		return isBool, nil
	case "true":
		return v == true, nil
	case "false":
		return v == false, nil
	case "integer":
		return isNumber && whole && !isBool, nil
	case "float":
		return isNumber && !whole, nil
	case "number":
		return isNumber, nil
	case "string":
		_, ok := v.(string)
		return ok, nil
	case "mapping":
		_, ok := v.(*Dict)
		return ok, nil
	case "sequence":
		switch v.(type) {
		case string, *list, tuple, *Dict, *rangeOf, *undefined:
			return true, nil
		}
		return false, nil
	case "iterable":
		switch v.(type) {
		case *generator, *view, *loop:
			return true, nil
		}
		_, ok := length(v)
		return ok, nil
	case "callable":
		switch v.(type) {
		case *function, *macro:
			return true, nil
		}
		return isUndefined, nil
	case "odd", "even":
		rest, err := r.binary("%", v, int64(2))
		if err != nil {
			return nil, err
		}
		same, err := r.equal(rest, map[string]any{"odd": int64(1), "even": int64(0)}[name], 0)
		return same, err
	case "upper", "lower":
		if err := r.weigh(v); err != nil {
			return nil, err
		}
		s, err := r.text(v)
		if name == "upper" {
			return isUpper(s), err
		}
		return isLower(s), err
	case "filter":
		s, _ := v.(string)
		_, ok := filters()[s]
		return ok, nil
	}
	return nil, fmt.Errorf("the test %s is not supported in chat templates", quote(name))
}
