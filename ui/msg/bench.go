package msg

import "github.com/mmtui/mmtui/core/bench"

// Bench is the screen of benchmarks.
const Bench ViewID = "bench"

// Between the shell and the Bench view.
type (
	// StartBench times the kernels, or the open model; it takes the place of
	// whatever is timed at the moment.
	StartBench struct {
		ID    int
		Model string // path of the model; "" for the kernels
	}
	// StopBench ends a measurement; what there is of it stays.
	StopBench struct{ ID int }
	// BenchProgress is how far a measurement is, and what there is of it so far:
	// Kernels or Model, nil where there is nothing yet.
	BenchProgress struct {
		ID       int
		Done, Of int
		What     string // that is measured now
		Kernels  *bench.Kernels
		Model    *bench.Model
		Last     bool  // it has ended
		Err      error // why, when not by itself
	}
)
