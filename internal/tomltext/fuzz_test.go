package tomltext

import (
	"fmt"
	"testing"

	"github.com/BurntSushi/toml"
)

func seeds(f *testing.F) {
	for _, s := range []string{
		sample, "", "a.b.c = 1\n[x.y]\n[[x.z]]\n[x]\n", "a = [{b=1},{b=2}]\nc = {d.e = 1, f = []}\n",
		"a = '''x''''\nb = \"\"\"\\\n  y\"\"\"\"\"\n", "[a]\r\nb=1\r\n", "\ufeffa=1", "d = 1979-05-27T07:32:00Z\ne=07:32:00 # c\n",
		"a = {\n b = 1, # c\n}\n", "x = inf\ny = nan\nz = -0x1", "[[a]]\n[a.b]\nc=1\n[[a]]\nd=1\n",
		"\"\" = 1\n'a b'.\"c\" = 2\n",
	} {
		f.Add(s, uint64(7))
	}
}

// FuzzUpdate turns one document into another and checks that the text then
// says the other, and that nothing changes when nothing is to change.
func FuzzUpdate(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, text string, seed uint64) {
		if len(text) > 4096 {
			return
		}
		d, err := Parse(text)
		if err != nil {
			return
		}
		same, err := d.Update(wantOf(d.Root).(WantTable))
		if err != nil {
			t.Fatalf("nothing to change: %v", err)
		}
		if same != text && !dropsEmpty(d.Root) {
			t.Fatalf("nothing was to change:\n%q\n%q", text, same)
		}
		changed := mutate(wantOf(d.Root), &seed).(WantTable)
		got, err := d.Update(changed)
		if err != nil {
			return // refused, which is allowed
		}
		var a, b map[string]any
		if _, err := toml.Decode(Render(changed), &b); err != nil {
			return // a change that TOML cannot say
		}
		if _, err := toml.Decode(got, &a); err != nil {
			t.Fatalf("%v\nbefore %q\nafter %q", err, text, got)
		}
		if g, w := fmt.Sprint(pruned(a)), fmt.Sprint(pruned(b)); g != w {
			t.Fatalf("means %s\nwant %s\nbefore %q\nafter %q", g, w, text, got)
		}
	})
}

// dropsEmpty is true for texts with arrays that wantOf cannot tell from values.
func dropsEmpty(n *Node) bool {
	if n.Kind == Array {
		return true
	}
	for _, f := range n.Fields {
		if dropsEmpty(f.Node) {
			return true
		}
	}
	return false
}

// mutate changes a wish: values, keys added and dropped, tables moved.
func mutate(w Want, seed *uint64) Want {
	next := func(n uint64) uint64 {
		*seed = *seed*6364136223846793005 + 1442695040888963407
		return (*seed >> 33) % n
	}
	switch w := w.(type) {
	case WantTable:
		out := WantTable{}
		for _, f := range w {
			if next(6) == 0 {
				continue
			}
			out = append(out, WantField{f.Key, mutate(f.Value, seed)})
		}
		if next(3) == 0 && out.get("added") == nil && w.get("added") == nil {
			out = append(out, WantField{"added", scalar(int(next(100)))})
		}
		if next(5) == 0 && out.get("tables") == nil && w.get("tables") == nil {
			out = append(out, WantField{"tables", rules(rule("n", int(next(9))))})
		}
		return out
	case WantTables:
		out := WantTables{}
		for _, t := range w {
			if next(4) != 0 {
				out = append(out, mutate(t, seed).(WantTable))
			}
		}
		if next(2) == 0 {
			out = append(out, rule("new", int(next(9))))
		}
		if n := len(out); n > 1 && next(2) == 0 {
			out[0], out[n-1] = out[n-1], out[0]
		}
		return out
	case WantScalar:
		if next(4) == 0 {
			return scalar(int(next(1000)))
		}
	}
	return w
}
