package tensor

import (
	tea "github.com/charmbracelet/bubbletea"

	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/ui/chart"
	"github.com/mmtui/mmtui/ui/component"
	"github.com/mmtui/mmtui/ui/keys"
	"github.com/mmtui/mmtui/ui/msg"
)

// Actions lists what the view takes now, in footer order.
func (v View) Actions() []keys.Offer {
	none, noMap := "", ""
	switch {
	case v.index < 0:
		none = "no tensor is open"
	case v.facts == nil && v.err != nil:
		none = "this tensor cannot be shown"
	case v.facts == nil:
		none = "the tensor is being measured"
	}
	if noMap = none; noMap == "" && v.facts.perRow == 0 {
		noMap = "there are no figures by group"
	}
	open := ""
	if v.index < 0 {
		open = none
	}
	zoomIn, zoomOut := noMap, noMap
	if noMap == "" {
		if rows, groups := v.currentAtlas().perCell(); rows == 1 && groups == 1 {
			zoomIn = "every cell is one group already"
		}
		if v.zoom == 0 {
			zoomOut = "the whole map is shown"
		}
	}
	return []keys.Offer{
		{Action: keys.Metrics, Off: open}, {Action: keys.NextFocus, Off: none}, {Action: keys.NextTensor}, {Action: keys.PrevTensor},
		{Action: keys.WorstGroup, Off: noMap}, {Action: keys.ZoomIn, Off: zoomIn}, {Action: keys.ZoomOut, Off: zoomOut},
		{Action: keys.Pooling, Off: noMap}, {Action: keys.LogScale, Off: none}, {Action: keys.Mark, Off: open},
		{Action: keys.Copy, Off: none}, {Action: keys.Export, Off: open}, {Action: keys.Open, Off: noMap},
		{Action: keys.BestGroup, Off: noMap}, {Action: keys.PrevFocus, Off: none},
		{Action: keys.Left, Off: none}, {Action: keys.Down, Off: none}, {Action: keys.Up, Off: none}, {Action: keys.Right, Off: none},
		{Action: keys.Top, Off: none}, {Action: keys.Bottom, Off: none}, {Action: keys.HalfUp, Off: none}, {Action: keys.HalfDown, Off: none},
		{Action: keys.PageUp, Off: none}, {Action: keys.PageDown, Off: none},
		{Action: keys.RowStart, Off: noMap}, {Action: keys.RowEnd, Off: noMap},
	}
}

func send(m tea.Msg) tea.Cmd { return func() tea.Msg { return m } }

// Do carries out an action.
func (v View) Do(a keys.Action) (component.View, tea.Cmd, bool) {
	switch a {
	case keys.NextTensor:
		return v, send(msg.StepTensor{By: 1}), true
	case keys.PrevTensor:
		return v, send(msg.StepTensor{By: -1}), true
	}
	if v.index < 0 {
		return v, nil, false
	}
	if v.metrics {
		return v.doMetrics(a)
	}
	switch a {
	case keys.Metrics:
		v.metrics, v.definitionsFrom = true, 0
		return v, nil, true
	case keys.Mark:
		return v, send(msg.ToggleMark{Name: v.row.Name}), true
	case keys.Export:
		return v, send(msg.Export{Rows: []report.Tensor{*v.measured()}}), true
	}
	if v.facts == nil {
		return v, nil, false
	}
	switch a {
	case keys.NextFocus:
		v.focus = (v.focus + 1) % panelCount
	case keys.PrevFocus:
		v.focus = (v.focus + panelCount - 1) % panelCount
	case keys.LogScale:
		v.log = !v.log
	case keys.Copy:
		return v, send(msg.Copy{Text: v.copied()}), true
	default:
		return v.doMap(a)
	}
	return v, nil, true
}

// doMap handles what needs a map, and the moves.
func (v View) doMap(a keys.Action) (component.View, tea.Cmd, bool) {
	if v.facts.perRow > 0 {
		switch a {
		case keys.WorstGroup, keys.BestGroup:
			return v.toExtreme(a == keys.WorstGroup)
		case keys.Pooling:
			v.pool = chart.Mean - v.pool
			return v, nil, true
		case keys.ZoomIn:
			if rows, groups := v.currentAtlas().perCell(); rows > 1 || groups > 1 {
				v.zoom++
			}
			return v, nil, true
		case keys.ZoomOut:
			v.zoom = max(v.zoom-1, 0)
			return v, nil, true
		case keys.Open:
			v.focus = panelValues
			return v, nil, true
		}
	}
	switch v.focus {
	case panelMap, panelChannels:
		return v.walk(a)
	default:
		return v.scrollBy(a)
	}
}

// toExtreme goes to the worst (or best) group, and from there on to the next one.
func (v View) toExtreme(worst bool) (component.View, tea.Cmd, bool) {
	from := place{-1, -1}
	if v.walked && v.walkWorst == worst && v.walkAt == v.cursor {
		from = v.cursor
	}
	to := v.facts.extreme(from, worst)
	if to == v.cursor {
		to = v.facts.extreme(to, worst)
	}
	v, cmd := v.moveTo(to)
	v.walked, v.walkWorst, v.walkAt = true, worst, to
	return v, cmd, true
}
