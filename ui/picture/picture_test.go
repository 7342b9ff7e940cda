package picture

import (
	"bytes"
	"compress/zlib"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/ansi/kitty"
	"github.com/charmbracelet/x/ansi/sixel"
	"github.com/charmbracelet/x/exp/golden"
	"github.com/muesli/termenv"

	"github.com/mmtui/mmtui/core/vision"
	"github.com/mmtui/mmtui/ui/theme"
)

// scene is a picture with a gradient, a disc and a dark corner.
func scene(t *testing.T, w, h int) *vision.Image {
	t.Helper()
	img, err := vision.NewImage(w, h)
	if err != nil {
		t.Fatal(err)
	}
	for y := range h {
		for x := range w {
			c := [3]uint8{uint8(255 * x / w), uint8(255 * y / h), 128}
			if dx, dy := 2*x-w, 2*y-h; dx*dx+dy*dy < h*h/2 {
				c = [3]uint8{250, 240, 90}
			}
			if x < w/6 && y < h/6 {
				c = [3]uint8{}
			}
			copy(img.Pix[3*(y*w+x):], c[:])
		}
	}
	return img
}

func made(t *testing.T, img *vision.Image, w, h int, d Display) *Picture {
	t.Helper()
	p, err := New(context.Background(), img, w, h, d)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestFitKeepsProportions(t *testing.T) {
	for _, c := range []struct{ w, h, width, height, cols, rows int }{
		{640, 480, 40, 100, 40, 15}, {640, 480, 1000, 15, 40, 15}, {100, 100, 20, 20, 20, 10}, {100, 100, 20, 5, 10, 5},
		{1, 5000, 40, 20, 1, 20}, {5000, 1, 40, 20, 40, 1}, {1, 1, 10, 10, 10, 5}, {30000, 30000, 40, 20, 40, 20},
		{0, 5, 10, 10, 0, 0}, {5, 5, 0, 10, 0, 0},
	} {
		if cols, rows := Fit(c.w, c.h, c.width, c.height); cols != c.cols || rows != c.rows {
			t.Errorf("%d×%d in %d×%d takes %d×%d, want %d×%d", c.w, c.h, c.width, c.height, cols, rows, c.cols, c.rows)
		}
	}
	for w := 1; w < 3000; w = 3*w + 1 {
		for h := 1; h < 3000; h = 2*h + 1 {
			for width := 1; width < 90; width += 7 {
				for height := 1; height < 40; height += 5 {
					if cols, rows := Fit(w, h, width, height); cols < 1 || rows < 1 || cols > width || rows > height {
						t.Fatalf("%d×%d in %d×%d takes %d×%d", w, h, width, height, cols, rows)
					}
				}
			}
		}
	}
}

func TestHalfBlocks(t *testing.T) {
	img := scene(t, 60, 40)
	for _, c := range []struct {
		name  string
		theme theme.Theme
	}{
		{"truecolor", theme.New(theme.Dark, termenv.TrueColor, theme.Braille)},
		{"ansi256", theme.New(theme.Dark, termenv.ANSI256, theme.Braille)},
		{"ansi16", theme.New(theme.Dark, termenv.ANSI, theme.Block)},
		{"mono", theme.New(theme.Mono, termenv.ANSI, theme.Braille)},
		{"ascii", theme.New(theme.Dark, termenv.Ascii, theme.ASCII)},
		{"ascii-light", theme.New(theme.Light, termenv.Ascii, theme.ASCII)},
	} {
		t.Run(c.name, func(t *testing.T) {
			lines := made(t, img, 24, 20, Display{}).Lines(c.theme)
			exactly(t, lines, 24, 8)
			golden.RequireEqual(t, strings.Join(lines, "\n"))
		})
	}
}

func exactly(t *testing.T, lines []string, w, h int) {
	t.Helper()
	if len(lines) != h {
		t.Fatalf("%d lines, want %d", len(lines), h)
	}
	for y, l := range lines {
		if n := ansi.StringWidth(l); n != w {
			t.Fatalf("line %d has %d cells, want %d: %q", y, n, w, l)
		}
	}
}

// The colours of the cells are those of the picture.
func TestHalfBlocksHaveThePixels(t *testing.T) {
	img, _ := vision.NewImage(2, 2)
	copy(img.Pix, []uint8{1, 2, 3, 40, 50, 60, 7, 8, 9, 200, 210, 220})
	lines := made(t, img, 2, 1, Display{}).Lines(theme.New(theme.Dark, termenv.TrueColor, theme.Braille))
	want := "\x1b[38;2;1;2;3;48;2;7;8;9m▀\x1b[38;2;40;50;60;48;2;200;210;220m▀\x1b[0m"
	if len(lines) != 1 || lines[0] != want {
		t.Errorf("got %q, want %q", lines, want)
	}
}

var apc = regexp.MustCompile("\x1b_G([^;\x1b]*)(;([^\x1b]*))?\x1b\\\\")

// The transmission is what the protocol's page says: chunks of at most 4096
// bytes, m=1 on all but the last, keys on the first only; RGB compressed by zlib.
func TestKittyTransmission(t *testing.T) {
	img := scene(t, 300, 200)
	for i := range img.Pix { // noise, so that there are several chunks
		img.Pix[i] ^= uint8(i * i >> 7)
	}
	p := made(t, img, 60, 30, Display{Protocol: Kitty, CellWidth: 8, CellHeight: 16})
	parts := apc.FindAllStringSubmatch(p.Transmission(), -1)
	joined := ""
	for _, part := range parts {
		joined += part[0]
	}
	if joined != p.Transmission() || len(parts) < 2 {
		t.Fatalf("%d sequences, and something between them", len(parts))
	}
	keys := map[string]string{}
	data := ""
	for i, part := range parts {
		if len(part[3]) > 4096 || i < len(parts)-1 && len(part[3])%4 != 0 {
			t.Errorf("chunk %d has %d bytes", i, len(part[3]))
		}
		more := "m=1"
		if i == len(parts)-1 {
			more = "m=0"
		}
		if !strings.Contains(part[1], more) {
			t.Errorf("chunk %d has the keys %q", i, part[1])
		}
		data += part[3]
		if i == 0 {
			for _, kv := range strings.Split(part[1], ",") {
				k, v, _ := strings.Cut(kv, "=")
				keys[k] = v
			}
		}
	}
	for k, v := range map[string]string{"a": "T", "f": "24", "s": "300", "v": "200", "o": "z", "i": fmt.Sprint(p.ID()), "U": "1", "c": "60", "r": "20", "q": "2"} {
		if keys[k] != v {
			t.Errorf("key %s is %q, want %q", k, keys[k], v)
		}
	}
	raw, err := base64.StdEncoding.DecodeString(data)
	if err != nil {
		t.Fatal(err)
	}
	z, err := zlib.NewReader(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	pix, err := io.ReadAll(z)
	if err != nil || !bytes.Equal(pix, img.Pix) {
		t.Errorf("the pixels are not those of the picture (%v)", err)
	}
}

// Placeholders survive the cutting and the padding of the workbench.
func TestKittyPlaceholders(t *testing.T) {
	p := made(t, scene(t, 300, 200), 12, 10, Display{Protocol: Kitty})
	lines := p.Lines(theme.New(theme.Dark, termenv.TrueColor, theme.Braille))
	exactly(t, lines, 12, 4)
	id := p.ID()
	if id == 0 || id > 0xffffff {
		t.Errorf("number %#x is no colour", id)
	}
	open := fmt.Sprintf("\x1b[38;2;%d;%d;%dm", id>>16, id>>8&255, id&255)
	for y, l := range lines {
		if !strings.HasPrefix(l, open) {
			t.Errorf("line %d does not begin with the number's colour: %q", y, l)
		}
		cells := []rune(ansi.Strip(l))
		if len(cells) != 3*12 {
			t.Fatalf("line %d has %d characters", y, len(cells))
		}
		for x := range 12 {
			if cells[3*x] != kitty.Placeholder || cells[3*x+1] != kitty.Diacritic(y) || cells[3*x+2] != kitty.Diacritic(x) {
				t.Fatalf("cell %d,%d is %q", x, y, cells[3*x:3*x+3])
			}
		}
		cut := ansi.TruncateLeft(ansi.Truncate(l, 8, ""), 3, "")
		if n := ansi.StringWidth(cut); n != 5 || !strings.Contains(cut, open) {
			t.Errorf("cut to 5 cells: %d, %q", n, cut)
		}
	}
	other := made(t, scene(t, 300, 201), 12, 10, Display{Protocol: Kitty})
	if other.ID() == id {
		t.Error("two pictures have one number")
	}
	if got, want := Forget(id), fmt.Sprintf("\x1b_Ga=d,d=I,i=%d,q=2\x1b\\", id); got != want {
		t.Errorf("forgetting is %q, want %q", got, want)
	}
}

// What is drawn as sixels decodes to the picture's colours again.
func TestSixel(t *testing.T) {
	img, _ := vision.NewImage(4, 4)
	for i := range 16 {
		copy(img.Pix[3*i:], []uint8{uint8(85 * (i % 4)), uint8(85 * (i / 4)), 51})
	}
	p := made(t, img, 8, 4, Display{Protocol: Sixel, CellWidth: 6, CellHeight: 12})
	lines := p.Lines(theme.New(theme.Dark, termenv.TrueColor, theme.Braille))
	exactly(t, lines, 8, 4)
	last := lines[3]
	if !strings.Contains(last, "\x1b7\x1b[8D\x1b[3A\x1bP") || !strings.Contains(last, "\x1b\\\x1b8") {
		t.Errorf("the drawing is not between save and restore: %.60q", last)
	}
	_, rest, _ := strings.Cut(last, "q")
	payload, _, _ := strings.Cut(rest, "\x1b\\")
	got, err := (&sixel.Decoder{}).Decode(strings.NewReader(payload))
	if err != nil {
		t.Fatal(err)
	}
	if b := got.Bounds(); b.Dx() != 48 || b.Dy() != 48 {
		t.Errorf("the picture has %v pixels", b)
	}
	r, g, b, _ := got.At(0, 0).RGBA()
	if r>>8 > 8 || g>>8 > 8 || b>>8 < 40 || b>>8 > 62 {
		t.Errorf("the corner is %d %d %d", r>>8, g>>8, b>>8)
	}
}

// The line that draws changes whenever a line that it covers does, and not otherwise.
func TestSettle(t *testing.T) {
	p := made(t, scene(t, 64, 64), 6, 3, Display{Protocol: Sixel, CellWidth: 6, CellHeight: 12})
	th := theme.New(theme.Dark, termenv.TrueColor, theme.Braille)
	frame := func(beside string) string {
		lines := p.Lines(th)
		lines[0] += beside
		return Settle("head\n" + strings.Join(lines, "\n") + "\nfoot")
	}
	a, again, b := strings.Split(frame(" one"), "\n"), strings.Split(frame(" one"), "\n"), strings.Split(frame(" two"), "\n")
	last := p.Height
	if a[last] != again[last] {
		t.Error("the line that draws changes by itself")
	}
	if a[last] == b[last] {
		t.Error("a covered line changed and the picture is not drawn again")
	}
	if ansi.Strip(a[last]) != ansi.Strip(b[last]) || ansi.StringWidth(a[last]) != 6 {
		t.Error("the mark shows")
	}
	if plain := "no picture\nhere"; Settle(plain) != plain || Strip(plain) != plain {
		t.Error("a frame without pictures is changed")
	}
	stripped := Strip(frame(" one"))
	if strings.Contains(stripped, "\x1bP") || ansi.Strip(stripped) != ansi.Strip(frame(" one")) {
		t.Error("Strip leaves the drawing, or takes more than it")
	}
}

func TestDetect(t *testing.T) {
	for _, c := range []struct {
		what string
		env  map[string]string
		cell int
		want Protocol
	}{
		{"kitty", map[string]string{"TERM": "xterm-kitty"}, 0, Kitty},
		{"kitty with another TERM", map[string]string{"TERM": "xterm-256color", "KITTY_WINDOW_ID": "1"}, 0, Kitty},
		{"ghostty", map[string]string{"TERM": "xterm-ghostty", "TERM_PROGRAM": "ghostty"}, 0, Kitty},
		{"tmux in kitty", map[string]string{"TERM": "tmux-256color", "TMUX": "/tmp/x,1,0", "KITTY_WINDOW_ID": "1"}, 9, Blocks},
		{"screen in kitty", map[string]string{"TERM": "screen.xterm-256color", "STY": "1.pts", "KITTY_WINDOW_ID": "1"}, 9, Blocks},
		{"foot", map[string]string{"TERM": "foot"}, 9, Sixel},
		{"foot that does not tell its cells", map[string]string{"TERM": "foot"}, 0, Blocks},
		{"WezTerm has no placeholders", map[string]string{"TERM": "xterm-256color", "TERM_PROGRAM": "WezTerm"}, 9, Sixel},
		{"a plain xterm", map[string]string{"TERM": "xterm-256color"}, 9, Blocks},
		{"forced in tmux", map[string]string{"TMUX": "x", Variable: "kitty"}, 0, Kitty},
		{"switched off", map[string]string{"TERM": "xterm-kitty", Variable: "none"}, 0, None},
		{"auto", map[string]string{"TERM": "xterm-kitty", Variable: "AUTO"}, 0, Kitty},
	} {
		d, err := Detect(func(k string) string { return c.env[k] }, c.cell, 2*c.cell)
		if err != nil || d.Protocol != c.want {
			t.Errorf("%s: %q, %v; want %q", c.what, d.Protocol, err, c.want)
		}
	}
	if _, err := Detect(func(string) string { return "jpeg" }, 0, 0); err == nil || !strings.Contains(err.Error(), "half blocks") && !strings.Contains(err.Error(), "blocks, none") {
		t.Errorf("an unknown word gives %v", err)
	}
}

func TestImpossiblePictures(t *testing.T) {
	img := scene(t, 8, 8)
	for _, p := range []Protocol{Kitty, Sixel, Blocks, None} {
		if _, err := New(context.Background(), img, 0, 5, Display{Protocol: p}); err == nil {
			t.Errorf("%s: no cells and no error", p)
		}
		long, _ := vision.NewImage(1, 4000)
		one := made(t, long, 40, 20, Display{Protocol: p})
		exactly(t, one.Lines(theme.New(theme.Dark, termenv.TrueColor, theme.Braille)), one.Width, one.Height)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := New(ctx, scene(t, 800, 800), 40, 20, Display{Protocol: Kitty}); err == nil {
		t.Error("a context that has ended gives no error")
	}
}
