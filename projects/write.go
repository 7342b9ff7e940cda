package projects

import (
	"reflect"

	"github.com/mmtui/mmtui/internal/tomltext"
)

// wantOf says what a text must have for a struct of a file: the inverse of reader.
func wantOf(v reflect.Value) tomltext.WantTable {
	var out tomltext.WantTable
	for i := range v.NumField() {
		key := tag(v.Type().Field(i))
		field := v.Field(i)
		if key == "" || field.IsNil() || field.Kind() == reflect.Slice && field.Len() == 0 {
			continue
		}
		want := wantOfField(key, field)
		if t, ok := want.(tomltext.WantTable); ok && len(t) == 0 {
			continue // [budget] without a key says nothing
		}
		out = append(out, tomltext.WantField{Key: key, Value: want})
	}
	return out
}

func wantOfField(key string, field reflect.Value) tomltext.Want {
	switch {
	case field.Kind() == reflect.Slice:
		var tables tomltext.WantTables
		for i := range field.Len() {
			tables = append(tables, wantOf(field.Index(i)))
		}
		return tables
	case field.Type().Elem().Kind() == reflect.Struct:
		return wantOf(field.Elem())
	}
	v := field.Interface().(value)
	return tomltext.WantScalar{
		Literal: v.literal(),
		Same: func(have any) bool {
			other := reflect.New(field.Type().Elem())
			err := other.Interface().(value).read(key, have)
			return err == nil && other.Elem().Equal(field.Elem())
		},
	}
}

func (f *projectFile) want() tomltext.WantTable { return wantOf(reflect.ValueOf(f).Elem()) }

// same tells whether two files that fileOf made mean the same; whether the
// version is written does not matter.
func (f *projectFile) same(o *projectFile) bool {
	a, b := *f, *o
	a.SchemaVersion, b.SchemaVersion = nil, nil
	return reflect.DeepEqual(a, b)
}
