package layers

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"github.com/muesli/termenv"

	"github.com/mmtui/mmtui/core/report"
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

// halfway is a scan that has measured two thirds of the rows, with one that failed.
func halfway() *report.Model {
	m := made(2)
	for i := range m.Tensors {
		if i%3 != 2 {
			m.Tensors[i] = doneRow(m.Tensors[i], i)
		}
	}
	m.Tensors[6].State, m.Tensors[6].Reason = report.Failed, "model.safetensors: changed while it was read"
	m.Total = report.Totals(m.Tensors, 35_000_000)
	return m
}

func TestGoldens(t *testing.T) {
	for _, size := range [][2]int{{60, 20}, {100, 30}, {160, 45}} {
		w, h := size[0], size[1]-4 // the shell's lines
		at := fmt.Sprintf("%dx%d", size[0], size[1])
		tree := shown(t, scanned(made(2)), w, h)
		do(tree, keys.ExpandAll, keys.Down, keys.Down, keys.Down, keys.Down, keys.Mark)
		golden(t, "tree-"+at, tree.Render(w, h))

		flat := shown(t, halfway(), w, h)
		do(flat, keys.ToggleTree)
		flat.sortBy("sqnr_db", false)
		flat.setFilter("!norm")
		golden(t, "flat-"+at, flat.Render(w, h))
	}
	empty := New(plain(), keys.Default())
	golden(t, "no-model", empty.Render(60, 6))
	golden(t, "no-tensors", shown(t, &report.Model{}, 60, 6).Render(60, 6))
	none := shown(t, made(1), 60, 6)
	none.setFilter("nothing-has-this-name")
	golden(t, "no-match", none.Render(60, 6))
	ascii := New(theme.New(theme.Mono, termenv.Ascii, theme.ASCII), keys.Default())
	ascii.Update(msg.Resized{Width: 100, Height: 16})
	ascii.Update(msg.ReportChanged{Report: halfway()})
	do(ascii, keys.ExpandAll)
	golden(t, "ascii", ascii.Render(100, 16))
}

// With the ASCII ladder nothing else reaches the screen, dimensions aside.
func TestAsciiGraph(t *testing.T) {
	v := New(theme.New(theme.Mono, termenv.Ascii, theme.ASCII), keys.Default())
	v.Update(msg.Resized{Width: 160, Height: 40})
	v.Update(msg.ReportChanged{Report: halfway()})
	do(v, keys.ExpandAll)
	for _, r := range v.Render(160, 40) {
		if r != '\n' && (r < ' ' || r > '~') {
			t.Errorf("the screen has %q", r)
		}
	}
}

// Every size from 20×5 to 250×80 gives exactly that many cells.
func TestSweep(t *testing.T) {
	reports := []*report.Model{scanned(made(3)), halfway(), {}}
	for i, m := range reports {
		for _, th := range []theme.Theme{theme.New(theme.Dark, termenv.TrueColor, theme.Braille), theme.New(theme.Mono, termenv.ANSI, theme.ASCII)} {
			v := New(th, keys.Default())
			v.Update(msg.ReportChanged{Report: m})
			if i == 1 {
				do(v, keys.ToggleTree)
				v.setFilter("model")
				do(v, keys.Filter)
			}
			for w := 20; w <= 250; w += 1 + w/30 {
				for h := 5; h <= 80; h += 1 + h/12 {
					if (w+h)%2 == 0 { // a frame may also be drawn before the size has come
						v.Update(msg.Resized{Width: w, Height: h})
					}
					got := v.Render(w, h)
					lines := strings.Split(got, "\n")
					if len(lines) != h {
						t.Fatalf("report %d at %dx%d: %d lines", i, w, h, len(lines))
					}
					for y, l := range lines {
						if n := ansi.StringWidth(l); n != w {
							t.Fatalf("report %d at %dx%d: line %d has %d cells: %q", i, w, h, y, n, l)
						}
					}
				}
			}
		}
	}
}
