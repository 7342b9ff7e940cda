package tensor

import "github.com/mmtui/mmtui/ui/layout"

// panelID names a panel, in the order that Tab walks.
type panelID int

const (
	panelVerdict panelID = iota
	panelHistogram
	panelMap
	panelValues
	panelCodes
	panelChannels
	panelOutliers
	panelCount
)

func (p panelID) title() string {
	return [...]string{"Verdict", "Weights", "Group SQNR", "Values", "Codes", "Output channels", "Outliers"}[p]
}

// short is the name on the line of panels that do not all fit.
func (p panelID) short() string {
	return [...]string{"Verdict", "Weights", "Map", "Values", "Codes", "Channels", "Outliers"}[p]
}

// need is how many rows a panel asks for, its title included.
type need struct{ least, most, weight int }

// needs depend on the scheme (a row a code) and on what there is to list.
type needs [panelCount]need

func needsFor(codes, outliers, verdict int) needs {
	rows := codes + 2
	if codes > 8 {
		rows = 8
	}
	return needs{
		panelVerdict:   {5, max(verdict+1, 5), 3},
		panelHistogram: {8, 18, 4},
		panelMap:       {8, 60, 6},
		panelValues:    {6, 60, 4},
		panelCodes:     {min(rows, 6), rows, 2},
		panelChannels:  {5, 7, 1},
		panelOutliers:  {3, max(outliers+1, 3), 1},
	}
}

// arrangement is where the panels go; those without a place have an empty rectangle.
type arrangement struct {
	head, tabs layout.Rect
	panels     [panelCount]layout.Rect
}

// Widths from which the panels stand in two columns.
const (
	twoColumns = 76
	fullWidth  = 110 // from here the left one is clearly the wider
	gutter     = 2   // between the columns
)

// arrange lays out the view: the head, the line of panels where not all of
// them fit, and one or two columns. The panel with the focus always has a place.
func arrange(width, height int, n needs, focus panelID) arrangement {
	var a arrangement
	a.head = layout.Rect{W: width, H: min(height, 3)}
	body := layout.Rect{Y: a.head.H, W: width, H: max(height-a.head.H, 0)}
	if a.fill(body, n, focus) {
		return a
	}
	a.panels = [panelCount]layout.Rect{}
	a.tabs = layout.Rect{Y: body.Y, W: width, H: min(body.H, 1)}
	body.Y += a.tabs.H
	body.H -= a.tabs.H
	a.fill(body, n, focus)
	return a
}

// fill places the panels and reports whether all of them have a place.
func (a *arrangement) fill(body layout.Rect, n needs, focus panelID) bool {
	if body.W < twoColumns {
		return a.column(body, n, focus,
			[]panelID{panelVerdict, panelHistogram, panelMap, panelValues, panelCodes, panelChannels, panelOutliers},
			[]panelID{panelMap, panelHistogram, panelVerdict, panelValues, panelCodes, panelChannels, panelOutliers})
	}
	share := 58
	if body.W < fullWidth {
		share = 52
	}
	left := layout.Rect{X: body.X, Y: body.Y, W: body.W * share / 100, H: body.H}
	right := layout.Rect{X: left.W + gutter, Y: body.Y, W: body.W - left.W - gutter, H: body.H}
	leftDone := a.column(left, n, focus,
		[]panelID{panelHistogram, panelMap, panelChannels}, []panelID{panelMap, panelHistogram, panelChannels})
	rightDone := a.column(right, n, focus,
		[]panelID{panelVerdict, panelCodes, panelValues, panelOutliers}, []panelID{panelVerdict, panelValues, panelCodes, panelOutliers})
	return leftDone && rightDone
}

// column stacks as many panels as fit in the order given, the focused one
// first, then the most wanted. What is left over goes to them by weight, up to
// the most that each can use; the last of all takes the rest.
func (a *arrangement) column(in layout.Rect, n needs, focus panelID, order, wanted []panelID) bool {
	chosen := map[panelID]int{}
	left := in.H
	take := func(p panelID) {
		if _, have := chosen[p]; !have && (n[p].least <= left || len(chosen) == 0 && p == focus) {
			chosen[p] = min(n[p].least, left)
			left -= chosen[p]
		}
	}
	for _, p := range order {
		if p == focus {
			take(p)
		}
	}
	for _, p := range wanted {
		take(p)
	}
	if len(chosen) == 0 && len(wanted) > 0 && in.H > 0 {
		chosen[wanted[0]] = in.H
		left = 0
	}
	grow(chosen, left, n, order)
	y := in.Y
	for _, p := range order {
		if h := chosen[p]; h > 0 {
			a.panels[p] = layout.Rect{X: in.X, Y: y, W: in.W, H: h}
			y += h
		}
	}
	return len(chosen) == len(order)
}

// grow hands out rows one at a time to the panel that has the least for its weight.
func grow(heights map[panelID]int, left int, n needs, order []panelID) {
	for ; left > 0; left-- {
		best := panelID(-1)
		for _, p := range order {
			h, ok := heights[p]
			if !ok || h >= n[p].most {
				continue
			}
			if best < 0 || (h-n[p].least)*n[best].weight < (heights[best]-n[best].least)*n[p].weight {
				best = p
			}
		}
		if best < 0 {
			break
		}
		heights[best]++
	}
	for i := len(order) - 1; i >= 0 && left > 0; i-- {
		if _, ok := heights[order[i]]; ok {
			heights[order[i]] += left
			return
		}
	}
}
