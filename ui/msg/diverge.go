package msg

import (
	"github.com/mmtui/mmtui/core/diverge"
	"github.com/mmtui/mmtui/core/infer"
	"github.com/mmtui/mmtui/core/plan"
	"github.com/mmtui/mmtui/core/variant"
)

// RequestChanged tells the Diverge view what the Run view would ask, or has
// just asked, of the open model.
type RequestChanged struct {
	Request infer.Request
	Why     string       // why it cannot be asked yet, "" when it can
	Variant variant.Spec // that of the column beside float; the plan of a first look where there is none
}

// Between the shell and the Diverge view.
type (
	// NeedDivergence asks where a variant leaves the open model in a request; a
	// new one takes the place of the last.
	NeedDivergence struct {
		ID           int
		Request      infer.Request
		Variant      variant.Spec
		Lifts        []diverge.Lift // on top of the variant
		Combinations bool           // of quantized parts, too
	}
	// StopDivergence ends what is under way.
	StopDivergence struct{ ID int }
	// DivergenceProgress says how far it is.
	DivergenceProgress struct {
		ID       int
		Stage    string
		Done, Of int
	}
	// DivergenceReady answers NeedDivergence.
	DivergenceReady struct {
		ID     int
		Report *diverge.Report
		Err    error
	}
	// KeepPlan makes a plan that of the session, and saves it in the project.
	KeepPlan struct {
		Plan  plan.Plan
		Label string // for the undo list
	}
)
