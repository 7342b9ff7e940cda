package snapshot

import (
	"encoding/xml"
	"errors"
	"io"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/charmbracelet/x/exp/golden"
)

// everything is a frame with every attribute, kind of colour and kind of glyph.
const everything = "plain \x1b[1mbold\x1b[0m \x1b[2mfaint\x1b[0m \x1b[3mitalic\x1b[0m \x1b[4munder line\x1b[0m \x1b[7mreverse\x1b[0m \x1b[9mstrike\x1b[0m\n" +
	"\x1b[31mred \x1b[92mbright\x1b[39m none \x1b[44mground\x1b[49m \x1b[38;5;208mindexed\x1b[48;2;1;2;3mtrue\x1b[m <&>\"'\n" +
	"\x1b[38;2;10;20;30m⣿⣿⡇⠀⢸\x1b[0m \x1b[32m█▇▁▏░▒▓▀▐▙\x1b[0m \x1b[33m─│┌┼╬╭╮╯╰━┃╌┄╱\x1b[0m\n" +
	"wide 日本 e\u0301 👩‍💻 end"

func TestSVGGolden(t *testing.T) {
	golden.RequireEqual(t, SVG(everything, 60, 4, "every <kind> & \"more\""))
}

// letters reads a picture back: the characters at their columns, row by row.
func letters(t *testing.T, svg string) []string {
	t.Helper()
	rows := map[int]map[int]string{}
	d := xml.NewDecoder(strings.NewReader(svg))
	y, inCells := 0, false
	var places []int
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("not well-formed: %v", err)
		}
		switch e := token.(type) {
		case xml.StartElement:
			inCells = inCells || e.Name.Local == "g"
			for _, a := range e.Attr {
				if e.Name.Local == "text" && a.Name.Local == "y" {
					n, _ := strconv.Atoi(a.Value)
					y = (n - baseline) / cellHeight
				}
				if e.Name.Local == "tspan" && a.Name.Local == "x" {
					places = nil
					for _, p := range strings.Fields(a.Value) {
						n, err := strconv.Atoi(p)
						if err != nil || n%cellWidth != 0 {
							t.Fatalf("%q is no column", p)
						}
						places = append(places, n/cellWidth)
					}
				}
			}
		case xml.CharData:
			if !inCells || len(places) == 0 {
				continue
			}
			if rows[y] == nil {
				rows[y] = map[int]string{}
			}
			runes := []rune(string(e))
			if len(places) == 1 { // a cluster
				rows[y][places[0]] = string(e)
			} else if len(runes) != len(places) {
				t.Fatalf("%d letters on %d places: %q", len(runes), len(places), string(e))
			} else {
				for i, r := range runes {
					rows[y][places[i]] = string(r)
				}
			}
			places = nil
		}
	}
	var out []string
	for y := range rows {
		for len(out) <= y {
			out = append(out, "")
		}
	}
	for y, row := range rows {
		last := 0
		for x := range row {
			last = max(last, x)
		}
		for x := 0; x <= last; x++ {
			if s, ok := row[x]; ok {
				out[y] += s
			} else {
				out[y] += " "
			}
		}
	}
	return out
}

func TestLettersStandInTheirColumns(t *testing.T) {
	frame := "ab  cd \x1b[31mef\x1b[0m  g\n  \x1b[1mx y\x1b[0m│z"
	got := letters(t, SVG(frame, 20, 3, ""))
	want := []string{"ab  cd ef  g", "  x y z"}
	for y := range want {
		if got[y] != want[y] {
			t.Errorf("row %d reads %q, want %q", y, got[y], want[y])
		}
	}
}

func TestShapesAreNoLetters(t *testing.T) {
	svg := SVG("█▁⣿─│╭░▐", 20, 1, "")
	if strings.Contains(svg, "<tspan") {
		t.Error("a block, a line or dots were left to the font")
	}
	if strings.Count(svg, "<path") < 4 {
		t.Errorf("shapes are missing:\n%s", svg)
	}
}

func TestSVGIsTheSameEveryTime(t *testing.T) {
	first := SVG(everything, 60, 5, "title")
	for range 20 {
		if SVG(everything, 60, 5, "title") != first {
			t.Fatal("the same frame gave two pictures")
		}
	}
}

func TestColours(t *testing.T) {
	for _, c := range []struct{ name, frame, want string }{
		{"true colour", "\x1b[38;2;17;34;51mx", `fill="#112233">x`},
		{"colons", "\x1b[38:2::17:34:51mx", `fill="#112233">x`},
		{"index", "\x1b[38;5;196mx", `fill="#ff0000">x`},
		{"index of a basic colour", "\x1b[38;5;1mx", `fill="#f7768e">x`},
		{"basic", "\x1b[31mx", `fill="#f7768e">x`},
		{"bright", "\x1b[97mx", `fill="#ffffff">x`},
		{"ground", "\x1b[48;2;1;2;3mx", `width="9" height="18" fill="#010203"`},
		{"reverse", "\x1b[7mx", `width="9" height="18" fill="#c8d0e0"`},
		{"reverse letters", "\x1b[7mx", `fill="#161821">x`},
		{"bold", "\x1b[1mx", `font-weight="bold">x`},
		{"reset", "\x1b[1;31m\x1b[0mx", `fill="#c8d0e0">x`},
		{"off", "\x1b[1;3;31m\x1b[22;23;39mx", `fill="#c8d0e0">x`},
		{"runs over lines", "\x1b[31m\nx", `fill="#f7768e">x`},
		{"underline", "\x1b[4mab", `h18" stroke="#c8d0e0"`},
		{"broken colour", "\x1b[38;9mx", `fill="#c8d0e0">x`},
	} {
		if svg := SVG(c.frame, 4, 2, ""); !strings.Contains(svg, c.want) {
			t.Errorf("%s: the picture of %q lacks %q:\n%s", c.name, c.frame, c.want, svg)
		}
	}
	if svg := SVG("\x1b[8msecret", 10, 1, ""); strings.Contains(svg, "secret") {
		t.Error("concealed text is in the picture")
	}
	if svg := (Picture{Width: 4, Height: 1, Light: true, Bare: true}).SVG("x"); !strings.Contains(svg, `fill="#fbfbfd"`) || strings.Contains(svg, "<circle") {
		t.Errorf("a bare light picture is neither bare nor light:\n%s", svg)
	}
}

func TestSequencesThatDoNotColourAreLeftOut(t *testing.T) {
	frame := "a\x1b[2Jb\x1b]0;title\x07c\x1b]8;;http://x\x1b\\d\x1b(Be\x1b[?25lf\x00g\x1b[1;1Hh\x1bM"
	if got := letters(t, SVG(frame, 20, 1, ""))[0]; got != "abcdefgh" {
		t.Errorf("the picture reads %q", got)
	}
	if got := Text(frame); got != "abcdefgh\n" {
		t.Errorf("the text reads %q", got)
	}
}

func TestWhatDoesNotFitIsCut(t *testing.T) {
	svg := SVG("abcdef\nsecond\nthird", 3, 2, "")
	if got := letters(t, svg); len(got) != 2 || got[0] != "abc" || got[1] != "sec" {
		t.Errorf("a picture of 3x2 shows %q", got)
	}
	if !strings.Contains(svg, `width="51" height="90"`) {
		t.Errorf("a picture of 3x2 has another size:\n%s", svg[:200])
	}
	if got := letters(t, SVG("日本語", 5, 1, ""))[0]; !strings.HasPrefix(got, "日") || strings.Contains(got, "語") {
		t.Errorf("a wide character was cut in two: %q", got)
	}
}

func TestText(t *testing.T) {
	if got, want := Text("\x1b[31mred \x1b[0m  \n\n  x\x1b[7m \x1b[0m\n \n"), "red\n\n  x\n"; got != want {
		t.Errorf("text is %q, want %q", got, want)
	}
}

func FuzzSVG(f *testing.F) {
	f.Add(everything, 60, 4)
	f.Add("\x1b[38;5", 3, 1)
	f.Add("\x1b[38;2;1;2m\x1b[48:2:1:2:3:4:5:6mx", 9, 2)
	f.Add("\x1b["+strings.Repeat("1;", 200)+"mx", 4, 1)
	f.Add("\xff\xfe\x9b31mx\u0085\ufffe\x1b", 5, 5)
	f.Add("a\tb\r\nc", 10, 3)
	f.Fuzz(func(t *testing.T, frame string, w, h int) {
		w, h = w%300, h%100
		svg := SVG(frame, w, h, frame)
		d := xml.NewDecoder(strings.NewReader(svg))
		for {
			if _, err := d.Token(); err != nil {
				if !errors.Is(err, io.EOF) {
					t.Fatalf("not well-formed: %v\n%s", err, svg)
				}
				break
			}
		}
		if !utf8.ValidString(svg) {
			t.Fatal("the picture is not UTF-8")
		}
		if SVG(frame, w, h, frame) != svg {
			t.Fatal("the same frame gave two pictures")
		}
		if text := Text(frame); strings.ContainsAny(text, "\x1b\x07\x00\r") {
			t.Fatalf("the text holds control characters: %q", text)
		}
	})
}
