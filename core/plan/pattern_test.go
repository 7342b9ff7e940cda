package plan

import (
	"strings"
	"testing"
)

func TestPatternMatch(t *testing.T) {
	tests := []struct {
		pattern string
		yes, no []string
	}{
		{"*", []string{"a", "", "a.b/c"}, nil},
		{"model.layers.3.weight", []string{"model.layers.3.weight"}, []string{"model.layers.33weight", "xmodel.layers.3.weight", "model.layers.3.weight2"}},
		{"*.mlp.*", []string{"a.mlp.b", "x.y.mlp.up.weight", "a/b.mlp."}, []string{"mlp.b", "a.mlp"}},
		{"layers.?.w", []string{"layers.1.w", "layers.é.w"}, []string{"layers.10.w", "layers..w"}},
		{"layers.[0-3].w", []string{"layers.0.w", "layers.3.w"}, []string{"layers.4.w", "layers.-.w"}},
		{"layers.[!0-3].w", []string{"layers.4.w"}, []string{"layers.2.w"}},
		{"layers.[^ab]", []string{"layers.c"}, []string{"layers.a"}},
		{"a[*]b", []string{"a*b"}, []string{"axb"}},
		{"a[[]b]", []string{"a[b]"}, []string{"ab"}},
		{"a[]x]b", []string{"a]b", "axb"}, []string{"ayb"}},
		{"a[-x]b", []string{"a-b", "axb"}, []string{"ayb"}},
		{"a[x-]b", []string{"a-b", "axb"}, []string{"ayb"}},
		{`a[\d]b`, []string{`a\b`, "adb"}, []string{"a1b"}},
		{"a[[:]b", []string{"a[b", "a:b"}, []string{"acb"}},
		{`a\*`, []string{`a\`, `a\xyz`}, []string{"a*"}},
		{"w(1)+", []string{"w(1)+"}, []string{"w1", "w11"}},
		{"line*end", []string{"line\nend"}, nil},
		{"re:mlp|attn", []string{"x.mlp.y", "attn"}, []string{"norm"}},
		{"re:^layers\\.(1|2)\\.", []string{"layers.1.w", "layers.2.w"}, []string{"layers.12.w", "x.layers.1."}},
		{"re:", []string{"anything", ""}, nil},
		{"[r]e:x", []string{"re:x"}, []string{"x"}},
	}
	for _, tt := range tests {
		p, err := ParsePattern(tt.pattern)
		if err != nil {
			t.Errorf("ParsePattern(%q): %v", tt.pattern, err)
			continue
		}
		if p.String() != tt.pattern {
			t.Errorf("String() = %q, want %q", p.String(), tt.pattern)
		}
		for _, name := range tt.yes {
			if !p.Match(name) {
				t.Errorf("%q does not match %q", tt.pattern, name)
			}
		}
		for _, name := range tt.no {
			if p.Match(name) {
				t.Errorf("%q matches %q", tt.pattern, name)
			}
		}
	}
}

func TestPatternErrors(t *testing.T) {
	tests := []struct{ pattern, want string }{
		{"", "empty"},
		{"layers.[0-3", "not closed"},
		{"layers.[", "not closed"},
		{"layers.[z-a]", "invalid character class range"},
		{"re:(", "missing closing )"},
		{"re:a{1000000}", "invalid repeat count"},
	}
	for _, tt := range tests {
		_, err := ParsePattern(tt.pattern)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("ParsePattern(%q) = %v, want an error with %q", tt.pattern, err, tt.want)
		}
		if err != nil && tt.pattern != "" && !strings.Contains(err.Error(), tt.pattern) {
			t.Errorf("ParsePattern(%q): the error does not name the pattern: %v", tt.pattern, err)
		}
	}
}

func TestZeroPatternMatchesNothing(t *testing.T) {
	var p Pattern
	for _, name := range []string{"", "a"} {
		if p.Match(name) {
			t.Errorf("the zero pattern matches %q", name)
		}
	}
}

func TestExact(t *testing.T) {
	names := []string{
		"model.layers.0.weight", "a*b", "a?b", "a[0]", "[", "]", "re:x", "r", `a\b`, "a b", "é", "*", "a]b[c",
	}
	for _, name := range names {
		p := Exact(name)
		back, err := ParsePattern(p.String())
		if err != nil {
			t.Errorf("Exact(%q) writes %q, which does not parse: %v", name, p, err)
			continue
		}
		for _, q := range []Pattern{p, back} {
			if lit, ok := q.Literal(); !ok || lit != name {
				t.Errorf("Exact(%q): literal %q, %v", name, lit, ok)
			}
			for _, other := range names {
				if q.Match(other) != (other == name) {
					t.Errorf("Exact(%q) and %q: match is %v", name, other, q.Match(other))
				}
			}
		}
	}
}

func FuzzPattern(f *testing.F) {
	for _, s := range []string{"*", "a[b-c]*", "re:^x$", "[!]]", "[[:alpha:]]", "[a-]", `[\]`, "[&&]"} {
		f.Add(s, "name")
	}
	f.Fuzz(func(t *testing.T, text, name string) {
		if p, err := ParsePattern(text); err == nil {
			p.Match(name)
			if p.String() != text {
				t.Errorf("ParsePattern(%q).String() = %q", text, p.String())
			}
		}
		exact := Exact(name)
		if !exact.Match(name) {
			t.Errorf("Exact(%q) does not match its name", name)
		}
		if name == "" {
			return
		}
		back, err := ParsePattern(exact.String())
		if err != nil {
			t.Fatalf("Exact(%q) writes %q: %v", name, exact, err)
		}
		if lit, ok := back.Literal(); !ok || lit != name {
			t.Errorf("Exact(%q) read back is %q, %v", name, lit, ok)
		}
	})
}
