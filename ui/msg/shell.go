package msg

import "github.com/mmtui/mmtui/ui/theme"

// From the shell to the views, about the screen.
type (
	// Resized gives the size that Render will be called with; a view needs it for pages and for what is visible.
	Resized struct{ Width, Height int }
	// SideShown tells the side panel whether it is on screen.
	SideShown struct{ On bool }
	// Aim tells the side panel, as it opens, whether tensors are marked: it is then about them.
	Aim struct{ Marked bool }
	// Focus tells a view whether keys reach it first.
	Focus struct{ On bool }
	// ThemeChanged hands over another theme.
	ThemeChanged struct{ Theme theme.Theme }
	// Mouse is a click or a turn of the wheel; X and Y count from the view's own top left.
	Mouse struct {
		X, Y   int
		Kind   MouseKind
		Double bool // the second click on the same cell within half a second
	}
	// StepTensor moves the cursor of the Layers view by so many tensors, in the order it shows.
	StepTensor struct{ By int }
	// SelectTensor puts the cursor of the Layers view on a tensor.
	SelectTensor struct{ Name string }
	// ToggleMark marks a tensor in the Layers view, or takes its mark away.
	ToggleMark struct{ Name string }
)

// MouseKind is what the mouse did.
type MouseKind string

// What the mouse does.
const (
	Click     MouseKind = "click"
	WheelUp   MouseKind = "wheel up"
	WheelDown MouseKind = "wheel down"
)

// From a view to the shell, about work under way.
type (
	// DropTries forgets every NeedTry that has not been answered.
	DropTries struct{}
	// CloseSide closes the side panel.
	CloseSide struct{}
)

// SortBy orders the rows of the Layers view by a column's key; "" is file order.
type SortBy struct{ Column string }
