package layers

import (
	"slices"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/ui/msg"
)

// announce tells the shell what has changed since the last time: the tensor
// under the cursor and the marks, and which rows on screen wait for the scan.
func (v *View) announce() tea.Cmd {
	var cmds []tea.Cmd
	name, _ := v.current()
	if !v.sentOnce || name != v.sentName || v.markEdit != v.sentMarks {
		v.sentOnce, v.sentName, v.sentMarks = true, name, v.markEdit
		cmds = append(cmds, send(msg.SelectionChanged{Name: name, Marked: v.Marked()}))
	}
	if waiting := v.waiting(); len(waiting) > 0 && !slices.Equal(waiting, v.sentRows) {
		v.sentRows = waiting
		cmds = append(cmds, send(msg.Visible{Rows: waiting}))
	}
	if len(cmds) == 0 {
		return nil
	}
	return tea.Batch(cmds...)
}

// Selection is what SelectionChanged says at this moment.
func (v *View) Selection() msg.SelectionChanged {
	name, _ := v.current()
	return msg.SelectionChanged{Name: name, Marked: v.Marked()}
}

// waiting lists the rows on screen that are pending.
func (v *View) waiting() []int {
	var out []int
	lo, hi := v.scroll.Window(len(v.list.lines))
	for _, at := range v.list.lines[lo:min(hi, len(v.list.lines))] {
		if i := v.list.tree.nodes[at].tensor; i >= 0 && v.list.rows[i].State == report.Pending {
			out = append(out, int(i))
		}
	}
	return out
}

func send(m tea.Msg) tea.Cmd { return func() tea.Msg { return m } }
