package layers

import (
	"slices"
	"strings"
	"testing"

	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/ui/keys"
	"github.com/mmtui/mmtui/ui/msg"
)

func TestMarks(t *testing.T) {
	v := shown(t, made(2), 120, 40)
	do(v, keys.Down)
	cmd := do(v, keys.Mark)
	m, ok := find[msg.SelectionChanged](cmd)
	if !ok || !slices.Equal(m.Marked, []string{"model.embed_tokens.weight"}) {
		t.Fatalf("marking sends %+v", sent(cmd))
	}
	if got := v.list.tree.nodes[v.node()].label; got != "layers" {
		t.Errorf("after marking the cursor is on %q", got)
	}
	do(v, keys.Mark) // the whole block
	if len(v.Marked()) != 1+16 {
		t.Errorf("%d tensors marked, want 17", len(v.Marked()))
	}
	do(v, keys.Mark)
	if len(v.Marked()) != 1 {
		t.Errorf("marking a marked block leaves %q", v.Marked())
	}
	v.setFilter("k_proj")
	do(v, keys.MarkAll)
	if got := v.Marked(); len(got) != 3 {
		t.Errorf("marking all that the filter shows gives %q", got)
	}
	v.Update(msg.ToggleMark{Name: "lm_head.weight"})
	v.Update(msg.ToggleMark{Name: "no such tensor"})
	if got := v.Marked(); len(got) != 4 {
		t.Errorf("after ToggleMark: %q", got)
	}
	copied, ok := find[msg.Copy](do(v, keys.Copy))
	if want := strings.Join(v.Marked(), "\n"); !ok || copied.Text != want {
		t.Errorf("copied %q, want %q", copied.Text, want)
	}
	do(v, keys.ClearMarks)
	if len(v.Marked()) != 0 || v.marked != 0 {
		t.Errorf("after clearing: %q", v.Marked())
	}
}

// Marks, open blocks and the cursor belong to tensors, not to places.
func TestStateSurvivesANewReport(t *testing.T) {
	m := made(2)
	v := shown(t, m, 120, 40)
	do(v, keys.ExpandAll, keys.Bottom, keys.Mark)
	v.Update(msg.SelectTensor{Name: "model.layers.1.mlp.up_proj.weight"})
	other := made(3)
	other.Tensors = append([]report.Tensor{pendingRow("a.new.first.tensor", 64, 64)}, other.Tensors...)
	v.Update(msg.ReportChanged{Report: other})
	if name, _ := v.current(); name != "model.layers.1.mlp.up_proj.weight" {
		t.Errorf("the cursor is on %q", name)
	}
	if got := v.Marked(); !slices.Equal(got, []string{"lm_head.weight"}) {
		t.Errorf("marked: %q", got)
	}
	if got := names(v); !slices.Contains(got, "self_attn.q_proj.weight") {
		t.Errorf("open blocks are closed: %q", got)
	}
}

func TestExportAndSelection(t *testing.T) {
	v := shown(t, scanned(made(2)), 120, 40)
	v.sortBy("sqnr_db", true)
	v.setFilter("!norm")
	do(v, keys.ToggleTree)
	e, ok := find[msg.Export](do(v, keys.Export))
	if !ok || len(e.Rows) != len(v.Shown()) || e.Rows[0].Name != v.Shown()[0].Name {
		t.Errorf("exports %d rows, shows %d", len(e.Rows), len(v.Shown()))
	}
	cmd := do(v, keys.Top, keys.Down)
	name, _ := v.current()
	if m, ok := find[msg.SelectionChanged](cmd); !ok || m.Name != name || name == "" {
		t.Errorf("moving to %q sends %+v", name, sent(cmd))
	}
	if _, ok := find[msg.SelectionChanged](do(v, keys.Filter)); ok {
		t.Error("a selection that did not change is sent again")
	}
}

func TestVisibleRowsAreAskedForFirst(t *testing.T) {
	v := shown(t, made(50), 120, 11)
	do(v, keys.ToggleTree)
	cmd := do(v, keys.Bottom)
	m, ok := find[msg.Visible](cmd)
	if !ok || !slices.Contains(m.Rows, len(v.list.rows)-1) || len(m.Rows) > 10 {
		t.Errorf("at the bottom it asks for %+v", m)
	}
	for _, i := range m.Rows {
		if v.list.rows[i].State != report.Pending {
			t.Errorf("row %d is %s and asked for", i, v.list.rows[i].State)
		}
	}
	v.Update(msg.ReportChanged{Report: scanned(made(50))})
	if _, ok := find[msg.Visible](do(v, keys.Top)); ok {
		t.Error("rows that are measured are asked for")
	}
}

func TestNextCause(t *testing.T) {
	v := shown(t, scanned(made(4)), 120, 40)
	var want []string
	for _, r := range v.Shown() {
		if hasCause(&r) {
			want = append(want, r.Name)
		}
	}
	for i := range len(want) + 1 {
		do(v, keys.NextCause)
		if name, _ := v.current(); name != want[i%len(want)] {
			t.Errorf("n for the %d. time leads to %q, want %q", i+1, name, want[i%len(want)])
		}
	}
	do(v, keys.PrevCause)
	if name, _ := v.current(); name != want[len(want)-1] {
		t.Errorf("N leads to %q, want %q", name, want[len(want)-1])
	}
}

func TestStepTensor(t *testing.T) {
	v := shown(t, made(2), 120, 40)
	v.Update(msg.SelectTensor{Name: "model.layers.0.input_layernorm.weight"})
	_, cmd := v.Update(msg.StepTensor{By: 1})
	if m, ok := find[msg.SelectionChanged](cmd); !ok || m.Name != "model.layers.1.self_attn.q_proj.weight" {
		t.Errorf("a step sends %+v", sent(cmd))
	}
	v.Update(msg.StepTensor{By: -1})
	if name, _ := v.current(); name != "model.layers.0.input_layernorm.weight" {
		t.Errorf("a step back leads to %q", name)
	}
}

func TestMouse(t *testing.T) {
	v := shown(t, scanned(made(2)), 120, 20)
	v.Update(msg.Mouse{X: 10, Y: 2, Kind: msg.Click})
	if name, _ := v.current(); name != "model.embed_tokens.weight" {
		t.Errorf("a click leads to %q", name)
	}
	_, cmd := v.Update(msg.Mouse{X: 10, Y: 2, Kind: msg.Click, Double: true})
	if m, ok := find[msg.OpenTensor](cmd); !ok || m.Name != "model.embed_tokens.weight" {
		t.Errorf("a double click sends %+v", sent(cmd))
	}
	at := v.placed[5]
	v.Update(msg.Mouse{X: at.X, Y: 0, Kind: msg.Click})
	v.Update(msg.Mouse{X: at.X, Y: 0, Kind: msg.Click})
	if v.list.order.ID != at.ID || !v.list.order.Descending {
		t.Errorf("two clicks on a head sort by %+v, want %s descending", v.list.order, at.ID)
	}
	v.Update(msg.Mouse{X: 0, Y: 1, Kind: msg.Click})
	if got := names(v); slices.Contains(got, "layers") {
		t.Errorf("a click on the arrow leaves the block open: %q", got)
	}
	v.Update(msg.Mouse{X: 3, Y: 19, Kind: msg.Click}) // below the last row
	v.Update(msg.Mouse{Kind: msg.WheelDown})
	v.Update(msg.Mouse{Kind: msg.WheelUp})
}
