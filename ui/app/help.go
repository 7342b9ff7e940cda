package app

import (
	"github.com/mmtui/mmtui/ui/keys"
	"github.com/mmtui/mmtui/ui/msg"
	"github.com/mmtui/mmtui/ui/theme"
	"github.com/mmtui/mmtui/ui/views/layers"
)

// useTheme switches to a theme by name.
type useTheme struct{ name theme.Name }

// help lists every binding, those that hold now first. Choosing one carries it
// out, if it holds here.
func (s *shell) help() overlay {
	here := s.context()
	order := []keys.Context{here, keys.Global}
	for _, c := range keys.Contexts() {
		if c != here && c != keys.Global {
			order = append(order, c)
		}
	}
	var all []choice
	for _, c := range order {
		for i, b := range s.keys.Of(c) {
			one := choice{name: b.Short, help: b.Help, keys: b.KeyList()}
			if i == 0 {
				one.head = "Keys: " + string(c)
				if c == here {
					one.head += " (here)"
				}
			}
			if c == here || c == keys.Global {
				one.off = s.whyOff(b.Action)
				one.does = run{b.Action}
			}
			all = append(all, one)
		}
	}
	return newChoices("Help: type to search, Enter does it, Esc closes", s.keys, keys.Help, all)
}

// palette lists what can be done here, by name.
func (s *shell) palette() overlay {
	var all []choice
	for _, c := range []keys.Context{s.context(), keys.Global} {
		for _, b := range s.keys.Of(c) {
			if _, hidden := s.hiddenInPalette()[b.Action]; hidden {
				continue
			}
			all = append(all, choice{name: b.Short, help: b.Help, keys: b.First(), off: s.whyOff(b.Action), does: run{b.Action}})
		}
	}
	all = append(all, s.sortChoices()...)
	for _, name := range theme.Names() {
		all = append(all, choice{name: "theme " + string(name), help: "use the " + string(name) + " theme", does: useTheme{name}})
	}
	return newChoices("Commands", s.keys, keys.Palette, all)
}

// hiddenInPalette are the actions that make no sense by name: moves, and the palette itself.
func (s *shell) hiddenInPalette() map[keys.Action]bool {
	return map[keys.Action]bool{
		keys.Up: true, keys.Down: true, keys.Left: true, keys.Right: true, keys.PageUp: true, keys.PageDown: true,
		keys.HalfUp: true, keys.HalfDown: true, keys.Commands: true, keys.ForceQuit: true,
	}
}

// sortChoices offers every column of the table.
func (s *shell) sortChoices() []choice {
	if s.active != msg.Layers || s.open == nil {
		return nil
	}
	var out []choice
	for _, c := range layers.Columns() {
		out = append(out, choice{
			name: "sort by " + c.Title, help: c.Definition, does: msg.SortBy{Column: c.Key},
		})
	}
	return out
}
