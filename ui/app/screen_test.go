package app

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"
	"github.com/muesli/termenv"

	"github.com/mmtui/mmtui/ui/internal/race"
	"github.com/mmtui/mmtui/ui/keys"
	"github.com/mmtui/mmtui/ui/msg"
	"github.com/mmtui/mmtui/ui/theme"
)

var update = flag.Bool("update", false, "write the golden files")

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got+"\n" != string(want) {
		t.Errorf("%s differs; -update writes it\ngot:\n%s\nwant:\n%s", path, got, want)
	}
}

// exact fails unless the screen has exactly so many cells.
func exact(t *testing.T, what, screen string, w, h int) {
	t.Helper()
	lines := strings.Split(screen, "\n")
	if len(lines) != h {
		t.Fatalf("%s at %dx%d: %d lines", what, w, h, len(lines))
	}
	for y, l := range lines {
		if n := ansi.StringWidth(l); n != w {
			t.Fatalf("%s at %dx%d: line %d has %d cells: %q", what, w, h, y, n, l)
		}
	}
}

// states are ways that the screen can look.
func states() map[string]func(*rig) {
	return map[string]func(*rig){
		"layers":  func(r *rig) {},
		"home":    func(r *rig) { r.press("o"); r.untilSeen("12.0 MB"); r.untilSeen("Files in /models") },
		"what-if": func(r *rig) { r.press("w"); r.untilSeen("What-if") },
		"tensor": func(r *rig) {
			r.press("t", "enter")
			r.untilSeen("cut short")
			r.until("the selection", func() bool { return r.shell.selection.Name != "" })
		},
		"compare": func(r *rig) { r.press("a", "3") },
		"help":    func(r *rig) { r.press("?") },
		"models":  func(r *rig) { r.press("O") },
		"trace":   func(r *rig) { r.press("5") },
		"run":     func(r *rig) { r.press("4"); r.untilSeen("cannot be run") },
		"asked": func(r *rig) {
			r.canRun("A cat sits on a wooden table beside a blue cup.")
			r.press("4")
			r.untilSeen("idefics3")
			r.pick()
			r.press("r")
			r.untilSeen("of text")
		},
		"columns": func(r *rig) {
			r.canRun("A cat sits on a wooden table beside a blue cup.")
			r.canAlso("made-up.safetensors int2", "A cat sits on a wooden chair beside a blue cup.")
			r.press("4")
			r.untilSeen("idefics3")
			r.pick()
			r.press("I")
			r.until("the column", func() bool { return strings.Contains(r.screen(), "2 int2") || r.shell.width < 70 })
			r.press("r")
			r.untilSeen("of text")
			r.until("both answers", func() bool { return !r.shell.open.running })
			r.shell.toasts = nil
			r.press("tab")
		},
		"diverge": func(r *rig) {
			r.canRun("A cat.")
			r.press("4")
			r.untilSeen("idefics3")
			r.pick()
			r.press("7")
			r.untilSeen("Compares float with int2")
			r.press("r")
			r.untilSeen("first break")
			r.press("+")
			r.untilSeen("no layer falls below")
			r.shell.toasts = nil
		},
		"picker": func(r *rig) {
			r.canRun("A cat.")
			r.press("4")
			r.untilSeen("idefics3")
			r.press("p")
			r.untilSeen("cat.png")
			r.until("the preview", func() bool { return strings.Contains(r.screen(), "▓▓") || r.shell.width < 70 })
		},
		"palette": func(r *rig) { r.press(":") },
		"save":    func(r *rig) { r.press("ctrl+s") },
		"quit":    func(r *rig) { r.edit("layers.1.weight"); r.shell.toasts = nil; r.press("q") },
		"toasts": func(r *rig) {
			r.send(msg.Toast{Text: "copied 3 names"})
			r.send(msg.Toast{Text: "project.toml:7: key \"solvr\" is not known; did you mean solver?\nthe last good state stays in use", Error: true})
		},
	}
}

func TestScreenGoldens(t *testing.T) {
	for name, prepare := range states() {
		for _, size := range [][2]int{{60, 20}, {100, 30}, {160, 45}} {
			r := openedRig(t, 9)
			r.until("the ranks", func() bool { return r.shell.report.Tensors[0].Rank != nil })
			r.send(tea.WindowSizeMsg{Width: size[0], Height: size[1]})
			prepare(r)
			screen := r.shell.View()
			exact(t, name, screen, size[0], size[1])
			golden(t, fmt.Sprintf("%s-%dx%d", name, size[0], size[1]), screen)
		}
	}
}

// Every size from 20×5 to 250×80, in every state, gives exactly that many cells.
func TestScreenSweep(t *testing.T) {
	for name, prepare := range states() {
		r := openedRig(t, 9)
		prepare(r)
		if name == "toasts" {
			r.shell.theme = theme.New(theme.HighContrast, termenv.TrueColor, theme.ASCII)
		}
		for w := 20; w <= 250; w += race.Step(1 + w/12) {
			for h := 5; h <= 80; h += race.Step(1 + h/6) {
				r.send(tea.WindowSizeMsg{Width: w, Height: h})
				exact(t, name, r.shell.View(), w, h)
			}
		}
	}
}

func TestHeaderStates(t *testing.T) {
	r := newRig(t, 2)
	if !strings.Contains(r.screen(), "no model open") {
		t.Errorf("without a model:\n%s", r.screen())
	}
	r = openedRig(t, 4)
	r.shell.report.Total.BudgetBytes, r.shell.report.Total.OverBudgetBytes = 1000, 4376
	if !strings.Contains(r.screen(), "4.38 kB over ✗") {
		t.Errorf("over the budget:\n%s", r.screen())
	}
	r.shell.report.Total.BudgetBytes, r.shell.report.Total.OverBudgetBytes = 5500, 0
	if !strings.Contains(r.screen(), "97.7% ▲") {
		t.Errorf("near the budget:\n%s", r.screen())
	}
	r.edit("layers.0.weight")
	if !strings.Contains(strings.Split(r.screen(), "\n")[0], "made-up.safetensors●") {
		t.Errorf("an unsaved plan does not show:\n%s", r.screen())
	}
}

// A path with control characters must not reach the terminal.
func TestHostilePath(t *testing.T) {
	r := openedRig(t, 2)
	r.shell.open.path = "evil\x1b[2J\nname.safetensors"
	r.send(msg.Toast{Text: "saved evil\x1b[2J\r.toml"})
	if got := r.shell.View(); strings.ContainsAny(got, "\x1b\r") || strings.Count(got, "\n") != 44 {
		t.Errorf("the screen has control characters: %q", got)
	}
}

func TestFooterOffersFitAndAreBound(t *testing.T) {
	r := openedRig(t, 4)
	for w := 60; w <= 250; w++ {
		r.send(tea.WindowSizeMsg{Width: w, Height: 30})
		end := 0
		var last []keys.Action
		for _, one := range r.shell.placeFooter(w) {
			if one.x < end || one.x+one.w > w {
				t.Fatalf("at %d columns %s stands at %d..%d, the one before ends at %d", w, one.action, one.x, one.x+one.w, end)
			}
			end = one.x + one.w
			last = append(last, one.action)
		}
		if n := len(last); n < 4 || last[n-1] != keys.Quit || last[n-2] != keys.ShowHelp {
			t.Errorf("at %d columns the footer has %v", w, last)
		}
	}
}

// Each binding of a view's context is either something that the view or the
// shell does, or says why not: no key is dead.
func TestEveryBindingDoesSomething(t *testing.T) {
	for view, press := range map[msg.ViewID]string{msg.Layers: "1", msg.Tensor: "2", msg.Compare: "3", msg.Run: "4", msg.Trace: "5", msg.Home: "6", msg.Diverge: "7"} {
		for _, context := range []keys.Context{keys.Context(view), keys.Global} {
			for _, b := range keys.Default().Of(context) {
				r := openedRig(t, 6)
				r.press("t")
				r.until("the selection", func() bool { return r.shell.selection.Name != "" })
				r.press(press)
				if r.shell.active != view {
					t.Fatalf("%s shows %s", press, r.shell.active)
				}
				r.shell.toasts = nil
				r.shell.dispatch(b.Action)
				for _, one := range r.shell.toasts {
					if strings.Contains(one.text, "has no use") {
						t.Errorf("%s: %s (%s) has no use", view, b.Action, b.KeyList())
					}
				}
			}
		}
	}
	for _, b := range keys.Default().Of(keys.WhatIf) {
		r := openedRig(t, 6)
		r.press("t", "w")
		r.shell.toasts = nil
		r.shell.dispatch(b.Action)
		for _, one := range r.shell.toasts {
			if strings.Contains(one.text, "has no use") {
				t.Errorf("what-if: %s (%s) has no use", b.Action, b.KeyList())
			}
		}
	}
}
