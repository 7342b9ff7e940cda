package msg

import "github.com/mmtui/mmtui/core/diff"

// Between the shell and the Trace view.
type (
	// NeedTraces asks to compare two files of activations; a new one takes the place of the last.
	NeedTraces struct{ A, B string }
	// TracesCompared answers NeedTraces.
	TracesCompared struct {
		A, B   string
		Report *diff.Report
		Err    error
	}
	// TraceWritten says that a run's activations were written to a file.
	TraceWritten struct{ Path string }
	// AskTraceFile lets the user name the file of a side, "A" or "B".
	AskTraceFile struct{ Side, Suggested string }
	// TraceFileChosen answers AskTraceFile.
	TraceFileChosen struct{ Side, Path string }
)
