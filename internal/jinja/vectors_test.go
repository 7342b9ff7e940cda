package jinja

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// vector is a template that Jinja2 rendered, or refused.
type vector struct {
	Name     string          `json:"name"`
	Template string          `json:"template"`
	Vars     json.RawMessage `json:"vars"`
	Out      *string         `json:"out"`
	Error    string          `json:"error"`
	// Refused: Jinja2 renders it, and we say that we do not.
	Refused bool `json:"refused"`
}

// vectorNow is the time of strftime_now in the vectors.
func vectorNow() time.Time { return time.Date(2026, 11, 24, 9, 5, 7, 0, time.UTC) }

// ordered reads JSON with the order of its keys, and whole numbers as such.
func ordered(d *json.Decoder) (any, error) {
	t, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch t := t.(type) {
	case json.Number:
		if n, err := t.Int64(); err == nil {
			return n, nil
		}
		return t.Float64()
	case json.Delim:
		if t == '[' {
			all := []any{}
			for d.More() {
				v, err := ordered(d)
				if err != nil {
					return nil, err
				}
				all = append(all, v)
			}
			_, err := d.Token()
			return all, err
		}
		dict := &Dict{}
		for d.More() {
			key, err := d.Token()
			if err != nil {
				return nil, err
			}
			v, err := ordered(d)
			if err != nil {
				return nil, err
			}
			dict.Set(key.(string), v)
		}
		_, err := d.Token()
		return dict, err
	}
	return t, nil
}

func readVectors(t *testing.T, path string) []vector {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var all []vector
	in := bufio.NewReader(f)
	for {
		line, err := in.ReadBytes('\n')
		if len(line) > 0 {
			var v vector
			if err := json.Unmarshal(line, &v); err != nil {
				t.Fatalf("%s: %v", path, err)
			}
			all = append(all, v)
		}
		if err == io.EOF {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func (v vector) render(t *testing.T) (string, error) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(v.Vars))
	d.UseNumber()
	vars, err := ordered(d)
	if err != nil {
		t.Fatal(err)
	}
	tmpl, err := Parse("t", v.Template)
	if err != nil {
		return "", err
	}
	variables := map[string]any{}
	dict := vars.(*Dict)
	for i, key := range dict.keys {
		variables[key.(string)] = dict.values[i]
	}
	return tmpl.Render(variables, Options{Now: vectorNow()})
}

// Every vector is rendered to the letter, and what Jinja2 refuses is refused.
func TestVectors(t *testing.T) {
	paths, err := filepath.Glob("testdata/*.jsonl")
	if err != nil || len(paths) == 0 {
		t.Fatal("there are no vectors")
	}
	for _, path := range paths {
		all := readVectors(t, path)
		for _, v := range all[1:] {
			v.Vars = all[0].Vars
			got, err := v.render(t)
			switch {
			case v.Refused:
				if err == nil || !strings.Contains(err.Error(), "support") {
					t.Errorf("%s: got %q, %v; want an error that says what is not supported", v.Name, got, err)
				}
			case v.Out == nil && err == nil:
				t.Errorf("%s: got %q; Jinja2 refuses it: %s", v.Name, got, v.Error)
			case v.Out != nil && err != nil:
				t.Errorf("%s: %v; Jinja2 gives %q", v.Name, err, *v.Out)
			case v.Out != nil && got != *v.Out:
				t.Errorf("%s: got\n%q, want\n%q", v.Name, got, *v.Out)
			}
		}
	}
}
