package picker

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/exp/golden"
	"github.com/muesli/termenv"

	"github.com/mmtui/mmtui/core/vision"
	"github.com/mmtui/mmtui/ui/internal/race"
	"github.com/mmtui/mmtui/ui/internal/viewtest"
	"github.com/mmtui/mmtui/ui/keys"
	"github.com/mmtui/mmtui/ui/msg"
	"github.com/mmtui/mmtui/ui/picture"
	"github.com/mmtui/mmtui/ui/theme"
)

func listing() msg.PicturesListed {
	return msg.PicturesListed{
		Path: "/pictures", Parent: "/", Folders: []string{"cats", "catalogue"},
		Pictures: []msg.PictureEntry{
			{Name: "cat.png", Path: "/pictures/cat.png", Info: msg.PictureInfo{Format: "PNG", Width: 640, Height: 480, SizeBytes: 123456}},
			{Name: "dog.jpg", Path: "/pictures/dog.jpg", Info: msg.PictureInfo{Format: "JPEG", Width: 1200, Height: 1600, SizeBytes: 2345678}},
			{Name: "torn\x1b[2J.png", Path: "/pictures/torn.png", Err: errors.New("torn.png: the file ends too early")},
		},
	}
}

func filled(t *testing.T, w, h int) *Picker {
	t.Helper()
	p, first := New(keys.Default(), nil, false)
	if first != (msg.NeedPictures{}) {
		t.Fatalf("it begins with %+v", first)
	}
	p.Resize(w, h)
	need, _ := p.Receive(listing())
	if n, ok := need.(msg.NeedPreview); ok {
		img, err := vision.NewImage(32, 24)
		if err != nil {
			t.Fatal(err)
		}
		for i := range img.Pix {
			img.Pix[i] = uint8(i / 96 * 10)
		}
		one, err := picture.New(context.Background(), img, n.Width, n.Height, picture.Display{})
		if err != nil {
			t.Fatal(err)
		}
		p.Receive(msg.PreviewReady{Path: n.Path, Width: n.Width, Height: n.Height, Picture: one})
	}
	return p
}

func key(p *Picker, names ...string) (m tea.Msg, closed bool) {
	for _, name := range names {
		k := tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(name)}
		switch name {
		case "enter":
			k = tea.KeyMsg{Type: tea.KeyEnter}
		case "esc":
			k = tea.KeyMsg{Type: tea.KeyEsc}
		case "tab":
			k = tea.KeyMsg{Type: tea.KeyTab}
		case "space":
			k = tea.KeyMsg{Type: tea.KeySpace, Runes: []rune{' '}}
		case "clear":
			k = tea.KeyMsg{Type: tea.KeyCtrlU}
		}
		m, closed = p.Key(k)
	}
	return m, closed
}

func plain() theme.Theme { return theme.New(theme.Dark, termenv.Ascii, theme.Braille) }

func TestGolden(t *testing.T) {
	for _, size := range [][2]int{{60, 20}, {100, 24}} {
		t.Run(fmt.Sprintf("%dx%d", size[0], size[1]), func(t *testing.T) {
			frame := filled(t, size[0], size[1]).Render(plain(), size[0], size[1])
			viewtest.Exact(t, frame, size[0], size[1])
			golden.RequireEqual(t, frame)
		})
	}
}

func TestSweep(t *testing.T) {
	typing := filled(t, 100, 24)
	key(typing, "i", strings.Repeat("long/", 40))
	empty, _ := New(keys.Default(), nil, true)
	for _, p := range []*Picker{filled(t, 100, 24), typing, empty} {
		for w := 3; w <= 150; w += race.Step(7) {
			for h := 3; h <= 60; h += race.Step(5) {
				p.Resize(w, h)
				viewtest.Exact(t, p.Render(plain(), w, h), w, h)
			}
		}
	}
}

func TestChoosing(t *testing.T) {
	p := filled(t, 100, 24)
	if m, closed := key(p, "enter"); !closed || !slices.Equal(m.(msg.PicturesChosen).Paths, []string{"/pictures/cat.png"}) {
		t.Errorf("Enter gives %+v", m)
	}
	p = filled(t, 100, 24)
	if m, closed := key(p, "space", "space", "space", "enter"); !closed || !slices.Equal(m.(msg.PicturesChosen).Paths, []string{"/pictures/cat.png", "/pictures/dog.jpg"}) {
		t.Errorf("two marks and Enter give %+v", m)
	}
	p = filled(t, 100, 24)
	if m, closed := key(p, "P"); !closed || len(m.(msg.PicturesChosen).Paths) != 2 {
		t.Errorf("the folder gives %+v", m)
	}
	p = filled(t, 100, 24)
	if m, closed := key(p, "G", "enter"); closed || m != nil || !strings.Contains(p.Render(plain(), 100, 24), "ends too early") {
		t.Errorf("a picture that cannot be read gives %+v", m)
	}
	if m, closed := key(p, "*", "*", "esc"); !closed || m != nil || len(p.marked) != 2 {
		t.Errorf("Esc gives %+v with %q marked", m, p.marked)
	}
}

func TestFolders(t *testing.T) {
	p := filled(t, 100, 24)
	if m, _ := key(p, "g", "j", "enter"); m != (msg.NeedPictures{Path: "/pictures/cats"}) {
		t.Errorf("a folder gives %+v", m)
	}
	if m, _ := key(p, "h"); m != (msg.NeedPictures{Path: "/"}) {
		t.Errorf("h gives %+v", m)
	}
	if m, _ := key(p, "."); m != (msg.NeedPictures{Path: "/pictures", Hidden: true}) {
		t.Errorf(". gives %+v", m)
	}
	p.Receive(msg.PicturesListed{Path: "/secret", Err: errors.New("/secret: permission denied")})
	if p.folder != "/pictures" || !strings.Contains(p.Render(plain(), 100, 24), "permission denied") {
		t.Error("a folder that cannot be read takes the place of the last one")
	}
	p.Receive(msg.PicturesListed{Path: "/", Folders: []string{"other", "pictures"}})
	if e, _ := p.current(); e.path != "/pictures" {
		t.Errorf("coming up the cursor is on %q", e.path)
	}
	p, _ = New(keys.Default(), nil, false)
	p.Resize(100, 24)
	p.Receive(msg.PicturesListed{Path: "/a", Parent: "/", Folders: []string{"b", "c"}})
	if e, _ := p.current(); e.name != ".." {
		t.Errorf("in a folder without pictures the cursor begins on %q", e.name)
	}
}

func TestCompletion(t *testing.T) {
	p := filled(t, 100, 24)
	key(p, "i")
	if got := p.input.Value(); got != "/pictures/" {
		t.Fatalf("typing begins with %q", got)
	}
	key(p, "c", "tab")
	if got := p.input.Value(); got != "/pictures/cat" {
		t.Errorf("c is completed to %q", got)
	}
	key(p, ".", "tab")
	if got := p.input.Value(); got != "/pictures/cat.png" {
		t.Errorf("cat. is completed to %q", got)
	}
	if m, closed := key(p, "enter"); closed || m != (msg.NeedPictures{Path: "/pictures/cat.png"}) {
		t.Errorf("Enter gives %+v", m)
	}
	if m, done := p.Receive(msg.PicturesListed{Picked: "/pictures/cat.png"}); !done || !slices.Equal(m.(msg.PicturesChosen).Paths, []string{"/pictures/cat.png"}) {
		t.Errorf("a file that was named gives %+v", m)
	}
	p = filled(t, 100, 24)
	m, _ := key(p, "i", "clear", "/x/y", "tab")
	if m != (msg.NeedPictures{Path: "/x/"}) {
		t.Errorf("another folder is asked for as %+v", m)
	}
	p.Receive(msg.PicturesListed{Path: "/x", Parent: "/", Folders: []string{"yes"}})
	if got := p.input.Value(); got != "/x/yes/" {
		t.Errorf("it is completed to %q", got)
	}
	key(p, "zzz", "tab")
	p.Receive(msg.PicturesListed{Path: "/x/yes", Parent: "/x"})
	if !strings.Contains(p.Render(plain(), 100, 24), "nothing here begins like that") {
		t.Error("nothing is said where nothing begins like that")
	}
}
