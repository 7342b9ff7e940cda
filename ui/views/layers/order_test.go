package layers

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/ui/keys"
	"github.com/mmtui/mmtui/ui/msg"
)

// Taking in rows bit by bit must lead to the very list that sorting and
// filtering the finished report gives.
func TestUpdatesEqualARebuild(t *testing.T) {
	for _, flat := range []bool{false, true} {
		for _, order := range []string{"", "name", "sqnr_db", "rank", "bits_per_weight", "cause"} {
			for _, filter := range []string{"", "sqnr<7", "!norm state=done", "cause=outlier*"} {
				for _, descending := range []bool{false, true} {
					rng := rand.New(rand.NewPCG(1, 2))
					m := made(6)
					v := shown(t, m, 120, 30)
					if flat {
						do(v, keys.ToggleTree)
					} else {
						do(v, keys.ExpandAll)
					}
					v.sortBy(order, descending)
					v.setFilter(filter)
					todo := rng.Perm(len(m.Tensors))
					for len(todo) > 0 {
						k := min(1+rng.IntN(7), len(todo))
						rows := map[int]report.Tensor{}
						for _, i := range todo[:k] {
							rows[i] = doneRow(m.Tensors[i], i)
						}
						todo = todo[k:]
						v.Update(msg.RowsScanned{Rows: rows})
					}
					got := slices.Clone(v.list.lines)
					sums := make([]sum, len(v.list.tree.nodes))
					for i := range sums {
						sums[i] = v.list.tree.nodes[i].sum
					}
					v.list.rebuild()
					if !slices.Equal(got, v.list.lines) {
						t.Fatalf("flat=%v order=%q filter=%q: lines %v, a rebuild gives %v", flat, order, filter, got, v.list.lines)
					}
					for i := range sums {
						if !flat && sums[i] != v.list.tree.nodes[i].sum {
							t.Fatalf("order=%q filter=%q: node %d has %+v, a rebuild gives %+v", order, filter, i, sums[i], v.list.tree.nodes[i].sum)
						}
					}
				}
			}
		}
	}
}

// A block's SQNR is that of its tensors as one vector.
func TestBlocksPoolEnergies(t *testing.T) {
	m := scanned(made(2))
	v := shown(t, m, 120, 30)
	var signal, noise float64
	var parameters, size int64
	for _, r := range m.Tensors {
		parameters += r.Parameters
		size += r.QuantizedSizeBytes
		if r.SignalEnergy.Valid() {
			signal += float64(r.SignalEnergy)
			noise += float64(r.ErrorEnergy)
		}
	}
	all := v.list.tree.nodes[root].sum
	if got, want := all.number("sqnr_db"), 10*math.Log10(signal/noise); math.Abs(got-want) > 1e-9 {
		t.Errorf("pooled SQNR %v, want %v", got, want)
	}
	if all.parameters != parameters || all.size != size || all.tensors != len(m.Tensors) {
		t.Errorf("sums %+v", all)
	}
	if got, want := all.number("bits_per_weight"), 8*float64(size)/float64(parameters); got != want {
		t.Errorf("bits per weight %v, want %v", got, want)
	}
	if got, want := all.number("relative_rmse"), math.Sqrt(noise/signal); math.Abs(got-want) > 1e-12 {
		t.Errorf("relative RMSE %v, want %v", got, want)
	}
	if total := report.Totals(m.Tensors, 0); math.Abs(float64(total.SQNRdB)-all.number("sqnr_db")) > 1e-9 {
		t.Errorf("the header says %v, the block %v", total.SQNRdB, all.number("sqnr_db"))
	}
}

func TestEmptySumHasNoFigures(t *testing.T) {
	var none sum
	for _, key := range []string{"sqnr_db", "relative_rmse", "bits_per_weight", "rank"} {
		if got := none.number(key); !math.IsNaN(got) {
			t.Errorf("%s of nothing is %v", key, got)
		}
	}
}

func TestTreeShapes(t *testing.T) {
	for _, c := range []struct {
		what  string
		names []string
		want  []string // labels of the rows, all open, indented by depth
	}{
		{"one tensor", []string{"weight"}, []string{"weight"}},
		{"a single chain is one label", []string{"a.b.c.w"}, []string{"a.b.c.w"}},
		{"small modules are spelled out", []string{"fc.weight", "fc.bias", "ln.weight"}, []string{"fc.weight", "fc.bias", "ln.weight"}},
		{"blocks", []string{"h.0.attn.q.weight", "h.0.attn.q.bias", "h.1.attn.q.weight", "h.1.attn.k.weight"},
			[]string{"h", " 0", "  attn.q.weight", "  attn.q.bias", " 1", "  attn.q.weight", "  attn.k.weight"}},
		{"experts in a block", []string{"l.0.e.0.w1", "l.0.e.0.w2", "l.0.e.1.w1", "l.0.e.1.w2"},
			[]string{"l.0.e", " 0", "  w1", "  w2", " 1", "  w1", "  w2"}},
		{"a tensor and a block of one name", []string{"a", "a.0.x", "a.0.y", "a.1.x", "a.1.y"},
			[]string{"a", "a", " 0", "  x", "  y", " 1", "  x", "  y"}},
		{"no tensors", nil, nil},
	} {
		tree := newTree(c.names)
		tree.setOpen(true)
		rows := make([]report.Tensor, len(c.names))
		for i := range rows {
			rows[i] = report.Tensor{Name: c.names[i]}
		}
		l := list{tree: tree, rows: rows}
		l.rebuild()
		var got []string
		for _, at := range l.lines {
			n := tree.nodes[at]
			got = append(got, "        "[:n.depth]+n.label)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", c.what, got, c.want)
		}
	}
}

func FuzzTree(f *testing.F) {
	f.Add("a.b.c\na.b.d\na.0.x")
	f.Add("...\n.\n\n/a//b")
	f.Fuzz(func(t *testing.T, text string) {
		names := splitLines(text)
		tree := newTree(names)
		rows := make([]report.Tensor, len(names))
		for i := range rows {
			rows[i] = report.Tensor{Name: names[i]}
		}
		l := list{tree: tree, rows: rows}
		tree.setOpen(true)
		l.rebuild()
		seen := make([]int, len(names))
		tree.tensorsBelow(root, func(i int) { seen[i]++ })
		for i, n := range seen {
			if n != 1 {
				t.Fatalf("tensor %d %q is in the tree %d times", i, names[i], n)
			}
		}
		for i := range tree.nodes {
			if tree.nodes[i].depth >= maxDepth {
				t.Fatalf("a row at depth %d", tree.nodes[i].depth)
			}
		}
	})
}

// Whatever is typed as a filter, the view stays whole.
func FuzzFilter(f *testing.F) {
	for _, seed := range []string{"", "sqnr<8 params>1e6", "!norm ~aqw", "cause=outlier*", "\"two words\"", "(", "!!", "漢<字", "dtype=", "rank>=n/a"} {
		f.Add(seed)
	}
	m := scanned(made(2))
	f.Fuzz(func(t *testing.T, text string) {
		v := shown(t, m, 70, 12)
		do(v, keys.ToggleTree, keys.Filter)
		v.Update(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(text), Paste: true})
		typed := v.filter.input.Value()
		filter, err := report.ParseFilter(typed)
		if (err != nil) != (v.filter.problem != "") {
			t.Fatalf("%q: error %v, the bar says %q", typed, err, v.filter.problem)
		}
		if err == nil {
			want := 0
			for i := range m.Tensors {
				if filter.Match(&m.Tensors[i]) {
					want++
				}
			}
			if len(v.Shown()) != want {
				t.Fatalf("%q shows %d rows, want %d", typed, len(v.Shown()), want)
			}
		}
		lines := strings.Split(v.Render(70, 12), "\n")
		if len(lines) != 12 {
			t.Fatalf("%q: %d lines", typed, len(lines))
		}
		for y, l := range lines {
			if n := ansi.StringWidth(l); n != 70 {
				t.Fatalf("%q: line %d has %d cells: %q", typed, y, n, l)
			}
		}
		v.Update(tea.KeyMsg{Type: tea.KeyEsc})
		if len(v.Shown()) != len(m.Tensors) {
			t.Fatalf("%q: after Esc %d rows", typed, len(v.Shown()))
		}
	})
}

func splitLines(text string) []string {
	var out []string
	start := 0
	for i := range len(text) {
		if text[i] == '\n' {
			out = append(out, text[start:i])
			start = i + 1
		}
	}
	return append(out, text[start:])
}
