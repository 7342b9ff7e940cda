package tomltext

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"
)

const sample = `# a project
schema_version = 1

[quantization] # the default
bits = 2
"gr\u0069d" = 'half'

# the head
[[quantization.rule]]
match = "*.head.*" # all of them
bits = 4

[[quantization.rule]]
match = """
multi
line"""
list = [1, # one
  { a.b = 2, c = [3] },
]
when = 2026-01-02 03:04:05
`

func TestPositions(t *testing.T) {
	d, err := Parse(sample)
	if err != nil {
		t.Fatal(err)
	}
	rule := func(i int) *Node { return d.Root.At("quantization", "rule").Items[i] }
	list := rule(1).Get("list")
	for _, c := range []struct {
		node *Node
		line int
		text string
	}{
		{d.Root.Get("schema_version"), 2, "1"},
		{d.Root.At("quantization", "bits"), 5, "2"},
		{d.Root.At("quantization", "grid"), 6, "'half'"},
		{rule(0).Get("match"), 10, `"*.head.*"`},
		{rule(0).Get("bits"), 11, "4"},
		{rule(1).Get("match"), 14, "\"\"\"\nmulti\nline\"\"\""},
		{list.Items[0], 17, "1"},
		{list.Items[1].At("a", "b"), 18, "2"},
		{list.Items[1].Get("c").Items[0], 18, "3"},
		{rule(1).Get("when"), 20, "2026-01-02 03:04:05"},
	} {
		if c.node == nil {
			t.Errorf("nothing for line %d", c.line)
			continue
		}
		if got := sample[c.node.start:c.node.end]; c.node.Line != c.line || got != c.text {
			t.Errorf("line %d, %q; want line %d, %q", c.node.Line, got, c.line, c.text)
		}
	}
	if got := d.Root.Get("quantization").Line; got != 4 {
		t.Errorf("table at line %d, want 4", got)
	}
	if rule(0).Line != 9 || rule(1).Line != 13 {
		t.Errorf("rules at lines %d and %d, want 9 and 13", rule(0).Line, rule(1).Line)
	}
	if d.Root.At("quantization", "none", "deeper") != nil {
		t.Error("a key that is not there was found")
	}
}

func TestErrorsNameTheLine(t *testing.T) {
	for _, c := range []struct {
		text, want string
		line       int
	}{
		{"a = 1\nb = \n", "expected value", 2},
		{"a = 1\na = 2\n", "already", 2},
		{"a = 1\n\n[a]\n", "already", 3},
		{"a = \"x\n", "", 1},
		{"a = 1 b = 2\n", "", 1},
		{strings.Repeat("a.", 40) + "b = 1\n", "16 parts", 1},
		{"x = 1\na = " + strings.Repeat("[", 2000), "32 arrays", 2},
		{"a = " + strings.Repeat("{a=", 2000), "32 arrays", 1},
		{"a = 99999999999999999999\n", "out of range", 1},
	} {
		_, err := Parse(c.text)
		s, ok := err.(*SyntaxError)
		if !ok || s.Line != c.line || !strings.Contains(s.Text, c.want) {
			t.Errorf("%.40q: error %v, want line %d with %q", c.text, err, c.line, c.want)
		}
	}
}

// wantOf makes what a document says into a wish.
func wantOf(n *Node) Want {
	switch n.Kind {
	case Table:
		t := WantTable{}
		for _, f := range n.Fields {
			t = append(t, WantField{f.Key, wantOf(f.Node)})
		}
		return t
	case Array:
		tables := WantTables{}
		for _, item := range n.Items {
			if t, ok := wantOf(item).(WantTable); ok {
				tables = append(tables, t)
			}
		}
		if len(tables) > 0 && len(tables) == len(n.Items) {
			return tables
		}
	}
	v := plain(n)
	return WantScalar{Literal: literal(v), Same: func(o any) bool { return o == nil || reflect.DeepEqual(o, v) || bothNaN(o, v) }}
}

// bothNaN reports whether two values are NaN, which equals nothing, itself included.
func bothNaN(a, b any) bool {
	x, ok := a.(float64)
	y, too := b.(float64)
	return ok && too && x != x && y != y
}

func plain(n *Node) any {
	if n.Kind == Array {
		all := []any{}
		for _, item := range n.Items {
			all = append(all, plain(item))
		}
		return all
	}
	return n.Value
}

func literal(v any) string {
	switch v := v.(type) {
	case string:
		return Quote(v)
	case float64:
		return Float(v)
	}
	return fmt.Sprint(v)
}

func scalar(v any) WantScalar {
	if i, ok := v.(int); ok {
		v = int64(i)
	}
	return WantScalar{Literal: literal(v), Same: func(o any) bool { return o == v }}
}

func rules(all ...WantTable) WantTables { return all }

func rule(match string, bits int) WantTable {
	return WantTable{{"match", scalar(match)}, {"bits", scalar(bits)}}
}

func quant(bits int, r WantTables) WantTable {
	t := WantTable{{"bits", scalar(bits)}, {"grid", scalar("half")}}
	if r != nil {
		t = append(t, WantField{"rule", r})
	}
	return WantTable{{"quantization", t}}
}

// TestUpdate shows texts before and after; every result is also read back.
func TestUpdate(t *testing.T) {
	for _, c := range []struct {
		name, before string
		want         WantTable
		after        string
	}{
		{"nothing to do", "# hi\n[quantization]\n  bits   =  2  # two\ngrid = 'half'\n", quant(2, nil),
			"# hi\n[quantization]\n  bits   =  2  # two\ngrid = 'half'\n"},
		{"a value", "[quantization]\nbits = 2 # two\ngrid = 'half'\n", quant(4, nil),
			"[quantization]\nbits = 4 # two\ngrid = 'half'\n"},
		{"a missing key", "[quantization]\nbits = 2 # two\n\n[x]\n", quant(2, nil),
			"[quantization]\nbits = 2 # two\ngrid = \"half\"\n\n[x]\n"},
		{"a key too many", "[quantization]\nbits = 2\nold = 1 # gone\n# stays\ngrid = \"half\"\n", quant(2, nil),
			"[quantization]\nbits = 2\n# stays\ngrid = \"half\"\n"},
		{"an empty file", "", quant(2, rules(rule("a", 4))),
			"[quantization]\nbits = 2\ngrid = \"half\"\n\n[[quantization.rule]]\nmatch = \"a\"\nbits = 4\n"},
		{"no last line end", "[quantization]\nbits = 2\ngrid = \"half\"", quant(2, rules(rule("a", 4))),
			"[quantization]\nbits = 2\ngrid = \"half\"\n\n[[quantization.rule]]\nmatch = \"a\"\nbits = 4\n"},
		{"a rule after the others", "[quantization]\nbits = 2\ngrid = \"half\"\n\n# one\n[[quantization.rule]]\nmatch = \"a\"\nbits = 4\n\n# other things\n[x]\n",
			quant(2, rules(rule("a", 4), rule("b", 8))),
			"[quantization]\nbits = 2\ngrid = \"half\"\n\n# one\n[[quantization.rule]]\nmatch = \"a\"\nbits = 4\n\n[[quantization.rule]]\nmatch = \"b\"\nbits = 8\n\n# other things\n[x]\n"},
		{"a rule before the others", "[quantization]\nbits = 2\ngrid = \"half\"\n\n# one\n[[quantization.rule]]\nmatch = \"a\"\nbits = 4\n",
			quant(2, rules(rule("b", 8), rule("a", 3))),
			"[quantization]\nbits = 2\ngrid = \"half\"\n\n[[quantization.rule]]\nmatch = \"b\"\nbits = 8\n\n# one\n[[quantization.rule]]\nmatch = \"a\"\nbits = 3\n"},
		{"a rule goes", "[quantization]\nbits = 2\ngrid = \"half\"\n\n# one\n[[quantization.rule]]\nmatch = \"a\"\nbits = 4\n\n# two\n[[quantization.rule]]\nmatch = \"b\"\nbits = 8\n",
			quant(2, rules(rule("b", 8))),
			"[quantization]\nbits = 2\ngrid = \"half\"\n\n# two\n[[quantization.rule]]\nmatch = \"b\"\nbits = 8\n"},
		{"the last rule goes", "[quantization]\nbits = 2\ngrid = \"half\"\n\n# one\n[[quantization.rule]]\nmatch = \"a\"\nbits = 4\n",
			quant(2, nil), "[quantization]\nbits = 2\ngrid = \"half\"\n"},
		{"a rule is renamed", "[quantization]\nbits = 2\ngrid = \"half\"\n# one\n[[quantization.rule]]\nmatch = \"a\"\nbits = 4 # four\n",
			quant(2, rules(rule("z", 4))),
			"[quantization]\nbits = 2\ngrid = \"half\"\n# one\n[[quantization.rule]]\nmatch = \"z\"\nbits = 4 # four\n"},
		{"rules change places", "[quantization]\nbits = 2\ngrid = \"half\"\n\n# one\n[[quantization.rule]]\nmatch = \"a\"\nbits = 4\n\n# two\n[[quantization.rule]]\nmatch = \"b\"\nbits = 8\n",
			quant(2, rules(rule("b", 8), rule("a", 4))),
			"[quantization]\nbits = 2\ngrid = \"half\"\n\n# two\n[[quantization.rule]]\nmatch = \"b\"\nbits = 8\n\n# one\n[[quantization.rule]]\nmatch = \"a\"\nbits = 4\n"},
		{"dotted keys", "quantization.bits = 2\n# end\n", quant(3, rules(rule("a", 4))),
			"quantization.bits = 3\nquantization.grid = \"half\"\n# end\n\n[[quantization.rule]]\nmatch = \"a\"\nbits = 4\n"},
		{"rules without defaults", "# r\n[[quantization.rule]]\nmatch = \"a\"\nbits = 4\n", quant(2, rules(rule("a", 4))),
			"[quantization]\nbits = 2\ngrid = \"half\"\n\n# r\n[[quantization.rule]]\nmatch = \"a\"\nbits = 4\n"},
		{"an inline table", "quantization = { bits = 2, grid = 'half' } # short\n", quant(4, nil),
			"quantization = { bits = 4, grid = 'half' } # short\n"},
		{"an inline table grows", "quantization = { bits = 2 } # short\n", quant(2, rules(rule("a", 4))),
			"quantization = { bits = 2, grid = \"half\", rule = [{ match = \"a\", bits = 4 }] } # short\n"},
		{"an inline array", "[quantization]\nbits = 2\ngrid = \"half\"\nrule = [\n  {match = 'a', bits = 4}, # one\n]\n", quant(2, rules(rule("a", 3))),
			"[quantization]\nbits = 2\ngrid = \"half\"\nrule = [\n  {match = 'a', bits = 3}, # one\n]\n"},
		{"an inline array grows", "[quantization]\nbits = 2\ngrid = \"half\"\nrule = [{match = 'a', bits = 4}]\n", quant(2, rules(rule("a", 4), rule("b", 3))),
			"[quantization]\nbits = 2\ngrid = \"half\"\nrule = [\n  { match = \"a\", bits = 4 },\n  { match = \"b\", bits = 3 },\n]\n"},
		{"Windows lines", "[quantization]\r\nbits = 2\r\n\r\n[x]\r\n", quant(4, nil),
			"[quantization]\r\nbits = 4\r\ngrid = \"half\"\r\n\r\n[x]\r\n"},
		{"mixed line ends", "[quantization]\r\nbits = 2\ngrid = \"half\"\n\n[x]\n\n\n[old]\na = 1\n", quant(4, nil),
			"[quantization]\r\nbits = 4\ngrid = \"half\"\n\n[x]\n"},
		{"a byte order mark", "\ufeff[quantization]\nbits = 2\ngrid = \"half\"\n", append(WantTable{{"v", scalar(1)}}, quant(4, nil)...),
			"\ufeffv = 1\n[quantization]\nbits = 4\ngrid = \"half\"\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, err := Parse(c.before)
			if err != nil {
				t.Fatal(err)
			}
			// Everything not mentioned but an empty [x] goes, which the cases keep to.
			got, err := d.Update(c.want)
			if err != nil {
				t.Fatal(err)
			}
			if got != c.after {
				t.Errorf("got\n%s\nwant\n%s", got, c.after)
			}
			checkSays(t, got, c.want)
		})
	}
}

// checkSays fails unless a text means what is wanted, empty tables aside.
func checkSays(t *testing.T, text string, want WantTable) {
	t.Helper()
	var got, wanted map[string]any
	if _, err := toml.Decode(text, &got); err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	if _, err := toml.Decode(Render(want), &wanted); err != nil {
		t.Fatalf("%v in\n%s", err, Render(want))
	}
	if g, w := fmt.Sprint(pruned(got)), fmt.Sprint(pruned(wanted)); g != w {
		t.Errorf("the text means\n%s\nwant\n%s\ntext:\n%s", g, w, text)
	}
}

// pruned drops empty tables and makes both kinds of table arrays one.
func pruned(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for k, e := range v {
			e = pruned(e)
			if m, ok := e.(map[string]any); ok && len(m) == 0 {
				continue
			}
			if l, ok := e.([]any); ok && len(l) == 0 {
				continue
			}
			out[k] = e
		}
		return out
	case []map[string]any:
		out := []any{}
		for _, e := range v {
			out = append(out, pruned(e))
		}
		return out
	case []any:
		out := []any{}
		for _, e := range v {
			out = append(out, pruned(e))
		}
		return out
	}
	return v
}

func TestUpdateRefusesWhatItCannot(t *testing.T) {
	d, err := Parse("[a]\nb = 1\n")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Update(WantTable{{"a", scalar(1)}}); err == nil || !strings.Contains(err.Error(), "line 1") {
		t.Errorf("a table became a value: %v", err)
	}
}

func TestQuote(t *testing.T) {
	for _, s := range []string{"", "plain", `a"b`, `re:\.layers\.[0-9]+`, `it's \d`, "tab\tline\nend", "\x01\x7f", "héllo ☃", "\u202e"} {
		var out struct{ V string }
		if _, err := toml.Decode("V = "+Quote(s), &out); err != nil || out.V != s {
			t.Errorf("%q is written %s and read %q, %v", s, Quote(s), out.V, err)
		}
	}
	if got := Quote(`re:\d`); got != `'re:\d'` {
		t.Errorf("a pattern is written %s", got)
	}
}

func TestFloat(t *testing.T) {
	for _, f := range []float64{0, 6, -1.5, 1e300, 1e-9, 123456789} {
		var out struct{ V any }
		if _, err := toml.Decode("V = "+Float(f), &out); err != nil || out.V != f {
			t.Errorf("%v is written %s and read %v, %v", f, Float(f), out.V, err)
		}
	}
}
