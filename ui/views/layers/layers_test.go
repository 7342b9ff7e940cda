package layers

import (
	"slices"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"
	"github.com/muesli/termenv"

	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/ui/keys"
	"github.com/mmtui/mmtui/ui/msg"
	"github.com/mmtui/mmtui/ui/theme"
)

func plain() theme.Theme { return theme.New(theme.Dark, termenv.Ascii, theme.Braille) }

// shown is a view of a size with a report in it.
func shown(t testing.TB, m *report.Model, width, height int) *View {
	t.Helper()
	v := New(plain(), keys.Default())
	v.Update(msg.Resized{Width: width, Height: height})
	v.Update(msg.ReportChanged{Report: m})
	return v
}

// sent runs a command and lists its messages.
func sent(cmd tea.Cmd) []tea.Msg {
	if cmd == nil {
		return nil
	}
	m := cmd()
	if batch, ok := m.(tea.BatchMsg); ok {
		var out []tea.Msg
		for _, c := range batch {
			out = append(out, sent(c)...)
		}
		return out
	}
	return []tea.Msg{m}
}

// find is the message of type T among those a command brings.
func find[T any](cmd tea.Cmd) (T, bool) {
	for _, m := range sent(cmd) {
		if one, ok := m.(T); ok {
			return one, true
		}
	}
	var none T
	return none, false
}

func do(v *View, actions ...keys.Action) tea.Cmd {
	var cmd tea.Cmd
	for _, a := range actions {
		_, cmd, _ = v.Do(a)
	}
	return cmd
}

func typeText(v *View, text string) {
	for _, r := range text {
		v.Update(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune{r}})
	}
}

// names lists the rows of the screen by their first column.
func names(v *View) []string {
	var out []string
	for _, at := range v.list.lines {
		out = append(out, v.list.tree.nodes[at].label)
	}
	return out
}

func TestTreeOpensAndCloses(t *testing.T) {
	v := shown(t, made(2), 120, 20)
	want := []string{"model", "embed_tokens.weight", "layers", "norm.weight", "lm_head.weight"}
	if got := names(v); !slices.Equal(got, want) {
		t.Fatalf("rows %q, want %q", got, want)
	}
	do(v, keys.Down, keys.Down, keys.Right)
	if got := names(v); len(got) != 7 || got[3] != "0" || got[4] != "1" {
		t.Errorf("after opening layers: %q", got)
	}
	do(v, keys.Right, keys.Right)
	if got := names(v); len(got) != 15 || got[4] != "self_attn.q_proj.weight" || got[11] != "input_layernorm.weight" {
		t.Errorf("after opening block 0: %q", got)
	}
	do(v, keys.Down, keys.Left)
	if got := v.list.tree.nodes[v.node()].label; got != "0" {
		t.Errorf("left from a tensor leads to %q", got)
	}
	do(v, keys.Left)
	if got := names(v); len(got) != 7 {
		t.Errorf("after closing block 0: %q", got)
	}
	do(v, keys.ExpandAll)
	if got := names(v); len(got) != 1+1+1+2*9+1+1 {
		t.Errorf("all open: %d rows: %q", len(got), got)
	}
	do(v, keys.CollapseAll)
	if got := names(v); !slices.Equal(got, []string{"model", "lm_head.weight"}) {
		t.Errorf("all closed: %q", got)
	}
}

func TestEnterOpensATensor(t *testing.T) {
	v := shown(t, made(1), 120, 20)
	cmd := do(v, keys.Down, keys.Open)
	if m, ok := find[msg.OpenTensor](cmd); !ok || m.Name != "model.embed_tokens.weight" {
		t.Errorf("enter on a tensor sends %+v", sent(cmd))
	}
	do(v, keys.Top)
	if _, ok := find[msg.OpenTensor](do(v, keys.Open)); ok {
		t.Error("enter on a block opens a tensor")
	}
	if got := names(v); !slices.Equal(got, []string{"model", "lm_head.weight"}) {
		t.Errorf("enter on an open block leaves %q", got)
	}
}

func TestSortPutsMissingLast(t *testing.T) {
	v := shown(t, scanned(made(3)), 160, 40)
	do(v, keys.ToggleTree)
	v.Update(msg.SortBy{Column: "sqnr_db"})
	check := func(descending bool) {
		t.Helper()
		rows := v.Shown()
		for i := 1; i < len(rows); i++ {
			a, b := rows[i-1].SQNRdB, rows[i].SQNRdB
			switch {
			case !a.Valid() && b.Valid():
				t.Errorf("row %d has no SQNR and stands before one that has", i-1)
			case a.Valid() && b.Valid() && (a > b) != descending && a != b:
				t.Errorf("rows %d and %d are out of order: %v, %v", i-1, i, a, b)
			}
		}
	}
	check(false)
	do(v, keys.SortReverse)
	check(true)
}

// The table sorts as the headless report does.
func TestFlatOrderIsTheReports(t *testing.T) {
	m := scanned(made(4))
	v := shown(t, m, 160, 40)
	do(v, keys.ToggleTree)
	for _, c := range v.columns {
		for _, reverse := range []bool{false, true} {
			v.sortBy(c.Key, reverse)
			want, err := report.View{Sort: c.Key, Reverse: reverse}.Indices(m.Tensors)
			if err != nil {
				t.Fatal(err)
			}
			for i, row := range v.Shown() {
				if row.Name != m.Tensors[want[i]].Name {
					t.Errorf("by %s, reverse=%v: row %d is %s, the report has %s", c.Key, reverse, i, row.Name, m.Tensors[want[i]].Name)
					break
				}
			}
		}
	}
}

func TestSortKeyWalksTheColumns(t *testing.T) {
	v := shown(t, made(1), 160, 20)
	seen := []string{}
	for range len(v.placed) + 1 {
		do(v, keys.SortNext)
		seen = append(seen, v.list.order.ID)
	}
	if seen[0] != "name" || seen[len(seen)-1] != "" || len(slices.Compact(slices.Clone(seen))) != len(v.placed)+1 {
		t.Errorf("s walks %q", seen)
	}
	do(v, keys.SortPrev)
	if got := v.list.order.ID; got != v.placed[len(v.placed)-1].ID {
		t.Errorf("< from file order leads to %q", got)
	}
}

func TestFilterNarrowsWhileTyping(t *testing.T) {
	v := shown(t, scanned(made(3)), 120, 20)
	do(v, keys.Filter)
	if !v.Typing() {
		t.Fatal("/ does not start typing")
	}
	typeText(v, "mlp sqnr<9")
	for _, row := range v.Shown() {
		if !strings.Contains(row.Name, "mlp") || !(row.SQNRdB < 9) {
			t.Errorf("%s with %v dB is shown", row.Name, row.SQNRdB)
		}
	}
	want := len(v.Shown())
	if want == 0 || want == 9 {
		t.Fatalf("%d rows shown, the filter must leave some and drop some", want)
	}
	if got := v.Render(120, 20); !strings.Contains(got, "/mlp sqnr<9") {
		t.Errorf("the bar does not show the filter:\n%s", got)
	}
	v.Update(tea.KeyMsg{Type: tea.KeyEnter})
	if v.Typing() || len(v.Shown()) != want || !v.Cancels() {
		t.Errorf("enter: typing=%v, %d rows, cancels=%v", v.Typing(), len(v.Shown()), v.Cancels())
	}
	do(v, keys.Back)
	if len(v.Shown()) != 27 || v.Cancels() {
		t.Errorf("after Esc %d rows, cancels=%v", len(v.Shown()), v.Cancels())
	}
}

// While what is typed is no filter, the last good one stays and the bar says what is wrong.
func TestBadFilterKeepsTheLastGoodOne(t *testing.T) {
	v := shown(t, scanned(made(3)), 120, 20)
	do(v, keys.Filter)
	typeText(v, "mlp")
	want := len(v.Shown())
	v.Update(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(" sqnrr<8"), Paste: true})
	if len(v.Shown()) != want {
		t.Errorf("%d rows shown, want %d", len(v.Shown()), want)
	}
	if got := v.Render(120, 20); !strings.Contains(got, "did you mean sqnr") {
		t.Errorf("the bar does not say what is wrong:\n%s", got)
	}
	v.Update(tea.KeyMsg{Type: tea.KeyEnter})
	if !v.Typing() || len(v.Shown()) != want {
		t.Errorf("Enter on a bad filter: typing=%v, %d rows", v.Typing(), len(v.Shown()))
	}
	v.Update(tea.KeyMsg{Type: tea.KeyEsc})
	if v.Typing() || len(v.Shown()) != 27 {
		t.Errorf("Esc while typing: typing=%v, %d rows", v.Typing(), len(v.Shown()))
	}
}

func TestFilterOpensBlocksAndClosesThemAgain(t *testing.T) {
	v := shown(t, scanned(made(3)), 120, 40)
	before := names(v)
	v.setFilter("layers.1.mlp")
	if got := names(v); !slices.Contains(got, "mlp.up_proj.weight") {
		t.Errorf("what is found is not on screen: %q", got)
	}
	v.setFilter("")
	if got := names(v); !slices.Equal(got, before) {
		t.Errorf("after the filter %q, before %q", got, before)
	}
}

func TestOffReasons(t *testing.T) {
	v := New(plain(), keys.Default())
	for _, o := range v.Actions() {
		if o.Off == "" {
			t.Errorf("%s is on offer without a model", o.Action)
		}
	}
	v = shown(t, scanned(made(1)), 120, 20)
	off := map[keys.Action]string{}
	for _, o := range v.Actions() {
		off[o.Action] = o.Off
	}
	if off[keys.Open] != "" || off[keys.Filter] != "" || off[keys.ClearMarks] == "" || off[keys.SortReverse] == "" || off[keys.ClearFilter] == "" {
		t.Errorf("reasons: %v", off)
	}
}

func TestEveryOfferIsCarriedOut(t *testing.T) {
	v := shown(t, scanned(made(2)), 120, 20)
	for _, o := range v.Actions() {
		if _, _, handled := v.Do(o.Action); !handled && o.Off == "" {
			t.Errorf("%s is on offer and not handled", o.Action)
		}
		if v.Typing() {
			v.Update(tea.KeyMsg{Type: tea.KeyEsc})
		}
	}
}

// Names come from files: none may reach the terminal as it is.
func TestHostileNames(t *testing.T) {
	m := &report.Model{}
	for _, name := range []string{"a\x1b[31mred\x1b[2J.weight", "line\nbreak", "", ".", "...", "a..b", "/", "漢字.重み.weight", "\u202eevil", strings.Repeat("a.", 300), strings.Repeat("x", 512)} {
		m.Tensors = append(m.Tensors, pendingRow(name, 16, 16))
	}
	for _, flat := range []bool{false, true} {
		v := shown(t, m, 120, 30)
		if flat {
			do(v, keys.ToggleTree)
		} else {
			do(v, keys.ExpandAll)
		}
		got := v.Render(120, 30)
		if strings.ContainsAny(got, "\x1b\r\t\u202e") || strings.Count(got, "\n") != 29 {
			t.Errorf("flat=%v: the screen has control characters:\n%q", flat, got)
		}
		if !strings.Contains(got, `mred\x1b[2J`) {
			t.Errorf("flat=%v: the escape does not show as text:\n%s", flat, got)
		}
		if len(v.Shown()) != len(m.Tensors) {
			t.Errorf("flat=%v: %d tensors shown of %d", flat, len(v.Shown()), len(m.Tensors))
		}
		for range len(v.list.lines) {
			do(v, keys.Down)
		}
		if w := ansi.StringWidth(strings.Split(v.Render(120, 30), "\n")[3]); w != 120 {
			t.Errorf("flat=%v: a line has %d cells", flat, w)
		}
	}
}

func TestRowsOutOfRangeAreIgnored(t *testing.T) {
	v := shown(t, made(1), 120, 20)
	v.Update(msg.RowsScanned{Rows: map[int]report.Tensor{-1: {}, 999: {}}})
	New(plain(), keys.Default()).Update(msg.RowsScanned{Rows: map[int]report.Tensor{0: {}}})
	v.Update(msg.ReportChanged{Report: nil})
	if got := v.Render(60, 5); !strings.Contains(got, "no model is open") {
		t.Errorf("without a report:\n%s", got)
	}
}
