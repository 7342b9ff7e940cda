package projects

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/mmtui/mmtui/internal/tomltext"
)

// reader fills the structs of a file from its text, and complains of every
// key that they do not have and every value of the wrong kind.
type reader struct {
	*collector
	elsewhere func(key string) string // a hint for a key that is not known, "" for none
}

// tag is the key of a struct field; "" for a field that is not in the file.
func tag(f reflect.StructField) string {
	if t := f.Tag.Get("toml"); t != "-" {
		return t
	}
	return ""
}

// keysOf lists the keys of a struct in order.
func keysOf(t reflect.Type) []string {
	var keys []string
	for i := range t.NumField() {
		if k := tag(t.Field(i)); k != "" {
			keys = append(keys, k)
		}
	}
	return keys
}

// tableName is how a user writes the header of a table.
func tableName(path []string, item bool) string {
	if item {
		return "[[" + tomltext.Path(path...) + "]]"
	}
	return "[" + tomltext.Path(path...) + "]"
}

// table reads a table of the text into a struct.
func (r *reader) table(n *tomltext.Node, path []string, item bool, into reflect.Value) {
	for _, f := range n.Fields {
		field, ok := fieldOf(into, f.Key)
		if !ok {
			r.unknown(f, path, item, into.Type())
			continue
		}
		before := len(r.problems)
		r.field(f, append(slices.Clone(path), f.Key), path, item, field)
		if len(r.problems) > before && item {
			r.breaks(n.Line)
		}
	}
	if line := into.FieldByName("Line"); line.IsValid() {
		line.SetInt(int64(n.Line))
	}
}

func fieldOf(into reflect.Value, key string) (reflect.Value, bool) {
	for i := range into.NumField() {
		if key != "" && tag(into.Type().Field(i)) == key { // fields that are no key have an empty tag
			return into.Field(i), true
		}
	}
	return reflect.Value{}, false
}

// field reads what stands under one key.
func (r *reader) field(f *tomltext.Field, path, parent []string, item bool, into reflect.Value) {
	switch {
	case into.Kind() == reflect.Slice:
		r.list(f, path, into)
	case into.Type().Elem().Kind() == reflect.Struct:
		if f.Node.Kind != tomltext.Table {
			r.add(f.Node.Line, fmt.Sprintf("%s must be a table", f.Key),
				"write "+tableName(path, false)+" and its keys on the lines below")
			return
		}
		into.Set(reflect.New(into.Type().Elem()))
		r.table(f.Node, path, false, into.Elem())
	default:
		r.scalar(f, parent, item, into)
	}
}

func (r *reader) list(f *tomltext.Field, path []string, into reflect.Value) {
	wrong := func(line int) {
		r.add(line, fmt.Sprintf("%s must be a list of tables", f.Key), "begin each with "+tableName(path, true))
	}
	if f.Node.Kind != tomltext.Array {
		wrong(f.Node.Line)
		return
	}
	for _, n := range f.Node.Items {
		if n.Kind != tomltext.Table {
			wrong(n.Line)
			continue
		}
		e := reflect.New(into.Type().Elem()).Elem()
		r.table(n, path, true, e)
		into.Set(reflect.Append(into, e))
	}
}

func (r *reader) scalar(f *tomltext.Field, parent []string, item bool, into reflect.Value) {
	where := ""
	if len(parent) > 0 {
		where = tableName(parent, item) + " "
	}
	switch f.Node.Kind {
	case tomltext.Table:
		r.add(f.Node.Line, where+f.Key+" must be a single value, not a table", "")
		return
	case tomltext.Array:
		r.add(f.Node.Line, where+f.Key+" must be a single value, not a list", "")
		return
	}
	v := reflect.New(into.Type().Elem())
	if err := v.Interface().(value).read(f.Key, f.Node.Value); err != nil {
		r.add(f.Node.Line, where+err.Error(), "")
		return
	}
	into.Set(v)
}

// unknown complains of a key, with the nearest that is known.
func (r *reader) unknown(f *tomltext.Field, path []string, item bool, t reflect.Type) {
	what := fmt.Sprintf("unknown key %q", f.Key)
	if len(path) > 0 {
		what += " in " + tableName(path, item)
	}
	known := keysOf(t)
	do := "known keys: " + strings.Join(known, ", ")
	if hint := r.elsewhere(f.Key); hint != "" {
		do = hint
	} else if near := nearest(f.Key, known); near != "" {
		do = fmt.Sprintf("did you mean %q?", near)
	}
	r.add(f.Node.Line, what, do)
}
