package bench

import (
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/mmtui/mmtui/ui/component"
	"github.com/mmtui/mmtui/ui/keys"
	"github.com/mmtui/mmtui/ui/msg"
)

// Actions lists what the view takes now, in footer order.
func (v View) Actions() []keys.Offer {
	start, rows, open := "", "", ""
	if v.rows() == 0 {
		rows = "nothing was measured yet"
	}
	switch {
	case v.running:
		start = "a measurement is under way; Esc stops it"
	case v.subject == ofModel && v.path == "":
		start = "no model is open; o opens one"
	}
	if v.current().phase == "" {
		open = "the cursor is on no phase of a model"
	}
	offers := []keys.Offer{{Action: keys.RunNow, Off: start}, {Action: keys.NextTask}}
	if v.running {
		offers = append(offers, keys.Offer{Action: keys.Back})
	}
	return append(offers,
		keys.Offer{Action: keys.Open, Off: open}, keys.Offer{Action: keys.Right, Off: rows}, keys.Offer{Action: keys.Copy, Off: rows},
		keys.Offer{Action: keys.Left, Off: rows}, keys.Offer{Action: keys.Up, Off: rows}, keys.Offer{Action: keys.Down, Off: rows},
		keys.Offer{Action: keys.Top, Off: rows}, keys.Offer{Action: keys.Bottom, Off: rows}, keys.Offer{Action: keys.PageUp, Off: rows},
		keys.Offer{Action: keys.PageDown, Off: rows}, keys.Offer{Action: keys.HalfUp, Off: rows}, keys.Offer{Action: keys.HalfDown, Off: rows})
}

// Do carries out an action.
func (v View) Do(a keys.Action) (component.View, tea.Cmd, bool) {
	if s, moved := v.scroll[v.subject].Do(a, v.rows()); moved {
		v.scroll[v.subject] = s
		return v, nil, true
	}
	switch a {
	case keys.RunNow:
		return v.start()
	case keys.NextTask:
		v.subject = (v.subject + 1) % subjects
	case keys.Back:
		if !v.running {
			return v, nil, false
		}
		return v, send(msg.StopBench{ID: v.id}), true
	case keys.Open:
		if phase := v.current().phase; phase != "" {
			v.toggle(phase)
		}
	case keys.Left, keys.Right:
		v.reading = !v.reading
	case keys.Copy:
		return v, tea.Batch(send(msg.Copy{Text: v.copied()}), send(msg.Toast{Text: "copied the table"})), true
	default:
		return v, nil, false
	}
	return v, nil, true
}

// start begins a measurement; what the last one of the kind gave stays until
// this one has really begun, since it may be refused.
func (v View) start() (component.View, tea.Cmd, bool) {
	if v.running || v.subject == ofModel && v.path == "" {
		return v, nil, true
	}
	v.id++
	v.running, v.measured, v.done, v.of, v.what = true, v.subject, 0, 0, ""
	v.errs[v.subject] = nil
	ask := msg.StartBench{ID: v.id}
	if v.subject == ofModel {
		ask.Model = v.path
	}
	return v, send(ask), true
}

// copied is the table as tab-separated text.
func (v View) copied() string {
	var b strings.Builder
	heads := heads(v.subject)
	names := make([]string, len(heads))
	for i, h := range heads {
		names[i] = h.title
	}
	b.WriteString(strings.Join(names, "\t") + "\n")
	for _, l := range v.lines[v.subject] {
		b.WriteString(strings.Join(l.cells, "\t") + "\n")
	}
	return b.String()
}
