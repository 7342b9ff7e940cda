package home

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"
	"github.com/muesli/termenv"

	"github.com/mmtui/mmtui/ui/keys"
	"github.com/mmtui/mmtui/ui/msg"
	"github.com/mmtui/mmtui/ui/theme"
)

var update = flag.Bool("update", false, "write the golden files")

func newView() *View {
	v := New(theme.New(theme.Dark, termenv.Ascii, theme.Braille), keys.Default())
	v.Update(msg.Resized{Width: 100, Height: 26})
	return v
}

// filled is a view with everything listed.
func filled() *View {
	v := newView()
	v.Update(msg.HomeListed{
		Recent: []msg.HomeEntry{{Label: "~/work/plan.toml", Detail: "project, 2026-01-02 15:04", Path: "/home/u/work/plan.toml"}},
		Cache: []msg.HomeEntry{
			{Label: "owner/clip-small", Detail: "151 MB", Path: "owner/clip-small"},
			{Label: "owner/evil\x1b[31m", Detail: "1.00 kB", Path: "owner/evil"},
		},
	})
	v.Update(msg.FolderListed{Path: "/models", Parent: "/", Entries: []msg.HomeEntry{
		{Label: "sub", Detail: "folder", Path: "/models/sub", Folder: true},
		{Label: "漢字.safetensors", Detail: "model, 2.14 MB", Path: "/models/漢字.safetensors"},
		{Label: "retsim.safetensors", Detail: "model, 2.14 MB", Path: "/models/retsim.safetensors"},
	}})
	return v
}

func result(cmd tea.Cmd) tea.Msg {
	if cmd == nil {
		return nil
	}
	return cmd()
}

func do(v *View, a keys.Action) tea.Msg {
	_, cmd, _ := v.Do(a)
	return result(cmd)
}

func typeText(v *View, text string) {
	for _, r := range text {
		v.Update(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune{r}})
	}
}

func press(v *View, k tea.KeyType) tea.Msg {
	_, cmd := v.Update(tea.KeyMsg{Type: k})
	return result(cmd)
}

func TestInitAsksForLists(t *testing.T) {
	batch, ok := result(newView().Init()).(tea.BatchMsg)
	if !ok || len(batch) != 2 {
		t.Fatalf("Init gives %v", batch)
	}
}

func TestOpensWhatIsUnderTheCursor(t *testing.T) {
	v := filled()
	if got := do(v, keys.Open); got != (msg.OpenPath{Path: "/home/u/work/plan.toml"}) {
		t.Errorf("the first recent one gives %+v", got)
	}
	do(v, keys.NextFocus)
	if got := do(v, keys.Open); got != (msg.OpenPath{Path: "owner/clip-small"}) {
		t.Errorf("the first cached one gives %+v", got)
	}
	do(v, keys.NextFocus)
	do(v, keys.Down)
	if got := do(v, keys.Open); got != (msg.NeedFolder{Path: "/models/sub"}) {
		t.Errorf("a folder gives %+v", got)
	}
	do(v, keys.Bottom)
	if got := do(v, keys.Open); got != (msg.OpenPath{Path: "/models/retsim.safetensors"}) {
		t.Errorf("a file gives %+v", got)
	}
	if got := do(v, keys.ParentDir); got != (msg.NeedFolder{Path: "/"}) {
		t.Errorf("the folder above gives %+v", got)
	}
	if got := do(v, keys.Hidden); got != (msg.NeedFolder{Path: "/models", Hidden: true}) {
		t.Errorf("hidden files give %+v", got)
	}
	do(v, keys.PrevFocus)
	do(v, keys.PrevFocus)
	if v.at != recent {
		t.Errorf("the focus is on %d", v.at)
	}
}

// Coming up from a folder the cursor is on it.
func TestCursorFollowsUp(t *testing.T) {
	v := filled()
	v.Update(msg.FolderListed{Path: "/models/sub", Parent: "/models"})
	v.Update(msg.FolderListed{Path: "/models", Parent: "/", Entries: []msg.HomeEntry{
		{Label: "a", Path: "/models/a", Folder: true}, {Label: "sub", Path: "/models/sub", Folder: true},
	}})
	if e, _ := v.panel[files].current(); e.Label != "sub" {
		t.Errorf("the cursor is on %q", e.Label)
	}
}

func TestTypedPath(t *testing.T) {
	v := filled()
	do(v, keys.TypePath)
	if !v.Typing() {
		t.Fatal("no line to type")
	}
	typeText(v, "  owner/other@main ")
	if got := press(v, tea.KeyEnter); got != (msg.OpenPath{Path: "owner/other@main"}) {
		t.Errorf("enter gives %+v", got)
	}
	if v.Typing() {
		t.Error("still typing")
	}
	do(v, keys.TypePath)
	press(v, tea.KeyEsc)
	if v.Typing() || !v.input.Empty() {
		t.Error("Esc leaves the line")
	}
	do(v, keys.TypePath)
	if got := press(v, tea.KeyEnter); got != nil {
		t.Errorf("enter on an empty line gives %+v", got)
	}
}

func TestFilterNarrowsEveryList(t *testing.T) {
	v := filled()
	do(v, keys.Filter)
	typeText(v, "ret")
	if n := len(v.panel[files].entries); n != 1 || len(v.panel[cache].entries) != 0 {
		t.Errorf("%d files, %d cached", n, len(v.panel[cache].entries))
	}
	press(v, tea.KeyEnter)
	if !v.Cancels() {
		t.Error("a filter is set and Back has nothing to do")
	}
	do(v, keys.Back)
	if v.Cancels() || len(v.panel[cache].entries) != 2 {
		t.Errorf("after Back %d cached", len(v.panel[cache].entries))
	}
}

func TestErrorsAreOnScreen(t *testing.T) {
	v := filled()
	v.Update(msg.Opening{Path: "x\x1b[2J"})
	if got := v.Render(100, 26); !strings.Contains(got, `opening x\x1b[2J`) {
		t.Errorf("opening does not show:\n%s", got)
	}
	v.Update(msg.OpenFailed{Path: "x", Err: errors.New("x: no such file; check the path")})
	if got := v.Render(100, 26); !strings.Contains(got, "no such file; check the path") {
		t.Errorf("the error does not show:\n%s", got)
	}
	v.Update(msg.FolderListed{Path: "/root", Err: errors.New("/root: permission denied")})
	if got := v.Render(100, 26); !strings.Contains(got, "permission denied") || v.folder != "/models" {
		t.Errorf("folder %q:\n%s", v.folder, got)
	}
	v.Update(msg.HomeListed{CacheProblem: "the cache cannot be read"})
	if got := v.Render(100, 26); !strings.Contains(got, "the cache cannot be read") {
		t.Errorf("the cache's problem does not show:\n%s", got)
	}
}

func TestOffReasons(t *testing.T) {
	off := func(v *View, a keys.Action) string {
		for _, o := range v.Actions() {
			if o.Action == a {
				return o.Off
			}
		}
		return "not on offer"
	}
	v := newView()
	if off(v, keys.Open) == "" || off(v, keys.ParentDir) == "" || off(v, keys.TypePath) != "" {
		t.Error("an empty view offers what it cannot do")
	}
	if off(filled(), keys.Open) != "" || off(filled(), keys.ParentDir) != "" {
		t.Error("a filled view does not offer what it can do")
	}
}

func TestMouse(t *testing.T) {
	v := filled()
	at := rects(100, 26)[files]
	v.Update(msg.Mouse{X: at.X + 3, Y: at.Y + 4, Kind: msg.Click})
	if e, _ := v.panel[files].current(); v.at != files || e.Label != "retsim.safetensors" {
		t.Errorf("a click leads to %q", e.Label)
	}
	_, cmd := v.Update(msg.Mouse{X: at.X + 3, Y: at.Y + 4, Kind: msg.Click, Double: true})
	if got := result(cmd); got != (msg.OpenPath{Path: "/models/retsim.safetensors"}) {
		t.Errorf("a double click gives %+v", got)
	}
	for _, m := range []msg.Mouse{{X: at.X, Y: at.Y, Kind: msg.Click, Double: true}, {X: at.X + 3, Y: at.Y + at.H - 1, Kind: msg.Click, Double: true}} {
		if _, cmd := v.Update(m); cmd != nil {
			t.Errorf("a click on the frame gives %+v", result(cmd))
		}
	}
	v.Update(msg.Mouse{X: at.X + 3, Y: at.Y + 3, Kind: msg.WheelDown})
	v.Update(msg.Mouse{X: at.X + 3, Y: at.Y + 3, Kind: msg.WheelUp})
}

func TestGoldens(t *testing.T) {
	for _, size := range [][2]int{{60, 20}, {100, 30}, {160, 45}} {
		w, h := size[0], size[1]-4
		v := filled()
		v.Update(msg.Resized{Width: w, Height: h})
		got := v.Render(w, h)
		path := filepath.Join("testdata", fmt.Sprintf("home-%dx%d.golden", size[0], size[1]))
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
}

func TestSweep(t *testing.T) {
	th := theme.New(theme.Light, termenv.TrueColor, theme.Braille)
	typing := filled()
	do(typing, keys.TypePath)
	typeText(typing, strings.Repeat("long/path/", 30))
	for i, v := range []*View{newView(), filled(), typing} {
		v.Update(msg.ThemeChanged{Theme: th})
		for w := 20; w <= 250; w += 1 + w/20 {
			for h := 5; h <= 80; h += 1 + h/10 {
				v.Update(msg.Resized{Width: w, Height: h})
				lines := strings.Split(v.Render(w, h), "\n")
				if len(lines) != h {
					t.Fatalf("view %d at %dx%d: %d lines", i, w, h, len(lines))
				}
				for y, l := range lines {
					if n := ansi.StringWidth(l); n != w {
						t.Fatalf("view %d at %dx%d: line %d has %d cells: %q", i, w, h, y, n, l)
					}
				}
			}
		}
	}
}
