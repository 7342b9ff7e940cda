package main

import (
	"strings"
	"testing"
)

const green = `{"Action":"start","Package":"x/a"}
{"Action":"run","Package":"x/a","Test":"TestOne"}
{"Action":"output","Package":"x/a","Test":"TestOne","Output":"=== RUN   TestOne\n"}
{"Action":"output","Package":"x/a","Test":"TestOne","Output":"noise of a test that passed\n"}
{"Action":"pass","Package":"x/a","Test":"TestOne"}
{"Action":"output","Package":"x/a","Output":"ok  \tx/a\t0.1s\n"}
{"Action":"pass","Package":"x/a"}
`

const skipped = `{"Action":"output","Package":"x/b","Test":"TestTwo","Output":"=== RUN   TestTwo\n"}
{"Action":"output","Package":"x/b","Test":"TestTwo","Output":"    b_test.go:12: no tmux here\n"}
{"Action":"output","Package":"x/b","Test":"TestTwo","Output":"--- SKIP: TestTwo (0.00s)\n"}
{"Action":"skip","Package":"x/b","Test":"TestTwo"}
{"Action":"output","Package":"x/b","Output":"ok  \tx/b\t0.1s\n"}
{"Action":"pass","Package":"x/b"}
`

const red = `{"Action":"output","Package":"x/c","Test":"TestThree","Output":"    c_test.go:3: got 1, want 2\n"}
{"Action":"fail","Package":"x/c","Test":"TestThree"}
{"Action":"output","Package":"x/c","Output":"FAIL\tx/c\t0.1s\n"}
{"Action":"fail","Package":"x/c"}
`

const unbuilt = `{"ImportPath":"x/d","Action":"build-output","Output":"d.go:1: syntax error\n"}
{"ImportPath":"x/d","Action":"build-fail"}
`

func TestVerdicts(t *testing.T) {
	for _, c := range []struct {
		name, in string
		strict   bool
		code     int
		want     []string
		not      string
	}{
		{"green", green, true, 0, []string{"passed 1, skipped 0", "ok  \tx/a"}, "noise"},
		{"skip", green + skipped, false, 0, []string{"passed 1, skipped 1", "skipped: no tmux here (x/b TestTwo)"}, "fails here"},
		{"strict skip", green + skipped, true, 1, []string{"a skipped test fails here"}, ""},
		{"red", green + red, false, 1, []string{"got 1, want 2", "FAIL\tx/c"}, ""},
		{"build", green + unbuilt, false, 1, []string{"syntax error"}, ""},
		{"nothing ran", "", false, 1, []string{"passed 0"}, ""},
		{"plain text", green + "panic: in a build\n", false, 0, []string{"panic: in a build"}, ""},
	} {
		var out strings.Builder
		if code := run(strings.NewReader(c.in), &out, c.strict); code != c.code {
			t.Errorf("%s: exit code %d, want %d", c.name, code, c.code)
		}
		for _, w := range c.want {
			if !strings.Contains(out.String(), w) {
				t.Errorf("%s: no %q in\n%s", c.name, w, out.String())
			}
		}
		if c.not != "" && strings.Contains(out.String(), c.not) {
			t.Errorf("%s: %q in\n%s", c.name, c.not, out.String())
		}
	}
}

func TestClosingLinesComeLast(t *testing.T) {
	var out strings.Builder
	run(strings.NewReader(green+skipped), &out, false)
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if last := lines[len(lines)-1]; !strings.HasPrefix(last, "ok  \t") {
		t.Errorf("last line is %q, want go test's own", last)
	}
}
