package keys

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
	"testing"
)

// declared lists the actions that actions.go declares, by name.
func declared(t *testing.T) map[string]Action {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "actions.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]Action{}
	for _, d := range file.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok || g.Tok != token.CONST {
			continue
		}
		for _, spec := range g.Specs {
			v := spec.(*ast.ValueSpec)
			text, err := strconv.Unquote(v.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			out[v.Names[0].Name] = Action(text)
		}
	}
	if len(out) < 50 {
		t.Fatalf("only %d actions found", len(out))
	}
	return out
}

func TestEveryActionHasAKey(t *testing.T) {
	m := Default()
	bound := map[Action]bool{}
	for _, b := range m.All() {
		for _, k := range b.Keys {
			if a, ok := m.In(k, b.Context); ok {
				bound[a] = true
			}
		}
	}
	values := map[Action]string{}
	for name, a := range declared(t) {
		if !bound[a] {
			t.Errorf("no key carries out %s", name)
		}
		if other, twice := values[a]; twice {
			t.Errorf("%s and %s are the same action %q", name, other, a)
		}
		values[a] = name
	}
	for _, b := range m.All() {
		if _, ok := values[b.Action]; !ok {
			t.Errorf("%q in context %s is bound but not declared", b.Action, b.Context)
		}
	}
}

func TestNoKeyIsBoundTwiceInAContext(t *testing.T) {
	type place struct {
		context Context
		key     string
	}
	seen := map[place]Action{}
	actions := map[place]bool{}
	for _, b := range Default().All() {
		if at := (place{b.Context, string(b.Action)}); actions[at] {
			t.Errorf("%s has two bindings in context %s", b.Action, b.Context)
		} else {
			actions[at] = true
		}
		for _, k := range b.Keys {
			at := place{b.Context, k}
			if other, ok := seen[at]; ok {
				t.Errorf("in context %s, %q is both %s and %s", b.Context, k, other, b.Action)
			}
			seen[at] = b.Action
		}
	}
}

// A view must not take a key that works everywhere: people rely on it.
func TestViewsLeaveGlobalKeysAlone(t *testing.T) {
	m := Default()
	for _, c := range []Context{Layers, Tensor, WhatIf, Compare, Home} {
		for _, b := range m.Of(c) {
			for _, k := range b.Keys {
				if a, ok := m.In(k, Global); ok {
					t.Errorf("context %s takes %q, which is %s everywhere", c, k, a)
				}
			}
		}
	}
}

func TestBindingsAreDescribed(t *testing.T) {
	known := map[Context]bool{}
	for _, c := range Contexts() {
		known[c] = true
	}
	for _, b := range Default().All() {
		switch {
		case b.Short == "" || len(b.Short) > 14:
			t.Errorf("%s in %s: short text %q must have 1 to 14 letters", b.Action, b.Context, b.Short)
		case len(b.Help) < 2 || strings.HasSuffix(b.Help, "."):
			t.Errorf("%s in %s: help %q must be a clause without a stop", b.Action, b.Context, b.Help)
		case len(b.Keys) == 0:
			t.Errorf("%s in %s has no key", b.Action, b.Context)
		case !known[b.Context]:
			t.Errorf("%s is in context %q, which the help does not list", b.Action, b.Context)
		}
	}
}

// The keys that users know from vim, k9s and lazygit, as the conventions name them.
func TestConventions(t *testing.T) {
	m := Default()
	for _, c := range []struct {
		key     string
		context Context
		want    Action
	}{
		{"j", Layers, Down}, {"down", Layers, Down}, {"k", Layers, Up}, {"h", Layers, Left}, {"l", Layers, Right},
		{"g", Layers, Top}, {"G", Layers, Bottom}, {"pgup", Layers, PageUp}, {"pgdown", Layers, PageDown},
		{"ctrl+d", Layers, HalfDown}, {"ctrl+u", Layers, HalfUp}, {"/", Layers, Filter}, {"s", Layers, SortNext},
		{"S", Layers, SortReverse}, {" ", Layers, Mark}, {"y", Layers, Copy}, {"e", Layers, Export},
		{"enter", Layers, Open}, {"esc", Layers, Back}, {"tab", Layers, NextFocus}, {"1", Tensor, View1},
		{"3", Layers, View3}, {":", Layers, Commands}, {"ctrl+p", Tensor, Commands}, {"?", Home, ShowHelp},
		{"q", Compare, Quit}, {"ctrl+c", Home, ForceQuit}, {"u", WhatIf, Undo}, {"ctrl+r", WhatIf, Redo},
		{"w", Tensor, ShowWhat}, {"a", WhatIf, PinA}, {"b", Layers, PinB}, {"ctrl+s", WhatIf, Save},
		{"t", Layers, ToggleTree}, {"m", Tensor, Metrics}, {"enter", WhatIf, Apply},
	} {
		if got, ok := m.Lookup(c.key, c.context); !ok || got != c.want {
			t.Errorf("%q in %s is %q, want %q", c.key, c.context, got, c.want)
		}
	}
}

func TestLookup(t *testing.T) {
	m := NewMap([]Binding{
		{Action: "inner", Keys: []string{"x"}, Context: Layers},
		{Action: "second", Keys: []string{"x"}, Context: Layers},
		{Action: "outer", Keys: []string{"x", "ctrl+q"}, Context: Global, Short: "out"},
	})
	if a, _ := m.Lookup("x", Layers); a != "inner" {
		t.Errorf("x in layers is %q", a)
	}
	if a, _ := m.Lookup("x", Home); a != "outer" {
		t.Errorf("x in home is %q", a)
	}
	if _, ok := m.In("ctrl+q", Layers); ok {
		t.Error("In falls back to Global")
	}
	if _, ok := m.Lookup("z", Layers); ok {
		t.Error("z is bound")
	}
	b, ok := m.Binding("outer", Layers)
	if !ok || b.Short != "out" || b.KeyList() != "x Ctrl-Q" || b.First() != "x" {
		t.Errorf("Binding gives %+v, %v", b, ok)
	}
}

func TestDisplay(t *testing.T) {
	for key, want := range map[string]string{
		" ": "Space", "pgdown": "PgDn", "enter": "Enter", "shift+tab": "Shift-Tab", "ctrl+p": "Ctrl-P", "alt+x": "Alt-x", "G": "G", "?": "?",
	} {
		if got := Display(key); got != want {
			t.Errorf("Display(%q) = %q, want %q", key, got, want)
		}
	}
}

func TestViewNumber(t *testing.T) {
	if ViewNumber(View3) != 3 || ViewNumber(Quit) != 0 {
		t.Errorf("ViewNumber gives %d and %d", ViewNumber(View3), ViewNumber(Quit))
	}
}
