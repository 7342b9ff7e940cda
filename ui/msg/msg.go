// Package msg holds the typed messages that cross between the workbench shell
// and its views. Views ask by message; the shell alone touches the session.
package msg

import (
	"github.com/mmtui/mmtui/core/plan"
	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/int2"
)

// ViewID names a screen.
type ViewID string

// The screens, in tab order.
const (
	Home    ViewID = "home"
	Layers  ViewID = "layers"
	Tensor  ViewID = "tensor"
	Compare ViewID = "compare"
	Run     ViewID = "run"
	Trace   ViewID = "trace"
	Diverge ViewID = "diverge"
)

// From the shell to the views.
type (
	// ReportChanged carries a new snapshot (after opening, a plan change or a reload). Views never modify it.
	ReportChanged struct{ Report *report.Model }
	// RowsScanned carries rows that a scan has finished since the last one, and the totals.
	RowsScanned struct {
		Rows     map[int]report.Tensor
		Total    report.Total
		Done, Of int
	}
	// DetailReady answers NeedDetail.
	DetailReady struct {
		Name   string
		Scheme int2.Scheme
		Detail *report.TensorDetail
		Err    error
	}
	// GroupReady answers NeedGroup.
	GroupReady struct {
		Name       string
		Row, Group int
		Values     *report.GroupValues
		Err        error
	}
	// Tried answers NeedTry.
	Tried struct {
		Name   string
		Scheme *int2.Scheme
		Row    report.Tensor
		Err    error
	}
	// SelectionChanged tells every view which tensor is under the cursor of the Layers view and which are marked.
	SelectionChanged struct {
		Name   string
		Marked []string
	}
	// PinsChanged tells the Compare view what is pinned as A and B; nil when nothing is.
	PinsChanged struct{ A, B *Pin }
)

// Pin is a plan with the report it gave.
type Pin struct {
	Label  string
	Report report.Model
}

// From a view to the shell.
type (
	// Show switches to a screen.
	Show struct{ View ViewID }
	// OpenTensor shows a tensor's view.
	OpenTensor struct{ Name string }
	// OpenPath opens a model, a folder, a cache name or a project.
	OpenPath struct{ Path string }
	// NeedDetail asks for a tensor's detail; nil is the plan's scheme.
	NeedDetail struct {
		Name   string
		Scheme *int2.Scheme
	}
	// NeedGroup asks for the values of one group.
	NeedGroup struct {
		Name       string
		Scheme     *int2.Scheme
		Row, Group int
	}
	// NeedTry asks for one tensor's row under another scheme.
	NeedTry struct {
		Name   string
		Scheme *int2.Scheme
	}
	// EditPlan changes the scheme of tensors, or of all that a pattern matches; it can be undone.
	EditPlan struct {
		Names   []string // exact names; a rule each, or one for a common pattern
		Pattern string   // used when Names is empty; "*" is the whole model
		Choice  plan.Choice
		Label   string // for the undo list, such as "3 tensors → 4b half g64 search"
	}
	// Undo and Redo walk the plan's history.
	Undo struct{}
	Redo struct{}
	// PinAs keeps the present report as side "A" or "B".
	PinAs struct{ Side string }
	// Save writes the project's TOML; an empty path is the open project's, or asks.
	Save struct{ Path string }
	// Export writes the rows shown to a file, in the format of its extension (csv, json, jsonl).
	Export struct{ Rows []report.Tensor }
	// Visible tells which rows are on screen, so that they are scanned first.
	Visible struct{ Rows []int }
	// Toast shows a line for a while.
	Toast struct {
		Text  string
		Error bool
	}
	// Copy puts text on the clipboard (OSC 52).
	Copy struct{ Text string }
)
