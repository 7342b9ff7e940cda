// Package keys holds the one table of key bindings: it drives dispatch, the
// footer, the searchable help and the command palette.
package keys

import (
	"slices"
	"strings"
)

// Action is what a key does, apart from which key it is.
type Action string

// Offer is an action that a view takes now.
type Offer struct {
	Action Action
	Off    string // why it cannot be used for the moment, "" when it can
}

// Context is where a binding holds. A key is looked up in the contexts of what
// has the focus, innermost first, and in Global last.
type Context string

// The contexts.
const (
	Global  Context = "everywhere"
	Home    Context = "home"
	Layers  Context = "layers"
	Tensor  Context = "tensor"
	WhatIf  Context = "what-if"
	Compare Context = "compare"
	Run     Context = "run"
	Trace   Context = "trace"
	Diverge Context = "diverge"
	Bench   Context = "bench"
	Live    Context = "live"
	Text    Context = "text entry" // while a line of text is typed; other keys are text
	Help    Context = "help"
	Palette Context = "palette"
	Confirm Context = "question"

	Models   Context = "open models"
	Pictures Context = "picture picker"
)

// Contexts lists every context in the order of the help.
func Contexts() []Context {
	return []Context{Global, Layers, Tensor, WhatIf, Compare, Run, Trace, Diverge, Bench, Live, Home, Text, Pictures, Models, Help, Palette, Confirm}
}

// Binding ties keys to an action within a context.
type Binding struct {
	Action  Action
	Keys    []string // as bubbletea names them: "ctrl+s", "pgdown", " "
	Short   string   // a word or two for the footer
	Help    string   // a sentence for the help and the palette
	Context Context
}

// Map is a table of bindings. The zero value is empty; it is never changed
// once made, so that it may be shared.
type Map struct {
	bindings []Binding
	byKey    map[Context]map[string]Action
}

// NewMap builds a table. Of two bindings of one key in a context the first wins.
func NewMap(bindings []Binding) Map {
	m := Map{bindings: bindings, byKey: map[Context]map[string]Action{}}
	for _, b := range bindings {
		at := m.byKey[b.Context]
		if at == nil {
			at = map[string]Action{}
			m.byKey[b.Context] = at
		}
		for _, k := range b.Keys {
			if _, taken := at[k]; !taken {
				at[k] = b.Action
			}
		}
	}
	return m
}

// Lookup finds what a key does: contexts innermost first, then Global.
func (m Map) Lookup(key string, contexts ...Context) (Action, bool) {
	for _, c := range contexts {
		if a, ok := m.byKey[c][key]; ok {
			return a, true
		}
	}
	a, ok := m.byKey[Global][key]
	return a, ok
}

// In finds what a key does in one context, without falling back to Global.
func (m Map) In(key string, context Context) (Action, bool) {
	a, ok := m.byKey[context][key]
	return a, ok
}

// Binding finds the binding of an action: contexts innermost first, then Global.
func (m Map) Binding(a Action, contexts ...Context) (Binding, bool) {
	for _, c := range append(slices.Clone(contexts), Global) {
		for _, b := range m.bindings {
			if b.Context == c && b.Action == a {
				return b, true
			}
		}
	}
	return Binding{}, false
}

// Of lists the bindings of a context in table order.
func (m Map) Of(context Context) []Binding {
	var out []Binding
	for _, b := range m.bindings {
		if b.Context == context {
			out = append(out, b)
		}
	}
	return out
}

// All lists every binding in table order.
func (m Map) All() []Binding { return slices.Clone(m.bindings) }

// Display is how a key is written for people.
func Display(key string) string {
	switch key {
	case " ":
		return "Space"
	case "pgdown":
		return "PgDn"
	case "pgup":
		return "PgUp"
	case "up", "down", "left", "right", "enter", "tab", "esc", "home", "end", "backspace":
		return strings.ToUpper(key[:1]) + key[1:]
	case "shift+tab":
		return "Shift-Tab"
	}
	if rest, ok := strings.CutPrefix(key, "ctrl+"); ok {
		return "Ctrl-" + strings.ToUpper(rest)
	}
	if rest, ok := strings.CutPrefix(key, "alt+"); ok {
		return "Alt-" + rest
	}
	return key
}

// KeyList writes all keys of a binding, such as "k Up".
func (b Binding) KeyList() string {
	out := make([]string, len(b.Keys))
	for i, k := range b.Keys {
		out[i] = Display(k)
	}
	return strings.Join(out, " ")
}

// First is the key shown in the footer, "" when the action has none.
func (b Binding) First() string {
	if len(b.Keys) == 0 {
		return ""
	}
	return Display(b.Keys[0])
}
