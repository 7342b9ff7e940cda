// Package diff compares two models, two traces or two reports, tensor by
// tensor, matched by name.
package diff

import (
	"slices"

	"github.com/mmtui/mmtui/core/report"
)

// Kind says what was compared.
type Kind string

// The kinds.
const (
	Models  Kind = "models"  // values
	Traces  Kind = "traces"  // activations, in network order
	Reports Kind = "reports" // figures of two `inspect` reports
)

// Status of a row.
type Status string

// The statuses.
const (
	Same    Status = "same"
	Changed Status = "changed"
	Shape   Status = "shape" // the shapes differ, nothing is compared
	Failed  Status = "failed"
	OnlyA   Status = "only_a"
	OnlyB   Status = "only_b"
)

// Report is `mmtui diff A B --format json`.
type Report struct {
	SchemaVersion int          `json:"schema_version"`
	Kind          Kind         `json:"kind"`
	A             Info         `json:"a"`
	B             Info         `json:"b"`
	Total         Total        `json:"total"`
	Suggestions   []Suggestion `json:"suggestions"`
	Tensors       []Row        `json:"tensors"` // in A's order, then those that only B has; of traces in network order

	Trace *TraceFindings `json:"trace,omitempty"` // of traces
}

// Info is one side as a whole.
type Info struct {
	Path          string        `json:"path"`
	TensorCount   int           `json:"tensor_count"`
	Parameters    int64         `json:"parameters"`
	SizeBytes     int64         `json:"size_bytes"` // of reports, at their schemes
	BitsPerWeight report.Number `json:"bits_per_weight"`
}

// Total counts the rows by status, and pools the figures of the floating-point
// tensors that changed or are quantized on one side only: for an original and
// its quantized form these are the tensors, and the figure, of the scan.
type Total struct {
	Same         int           `json:"same"`
	Changed      int           `json:"changed"`
	Shape        int           `json:"shape"`
	Failed       int           `json:"failed"`
	OnlyA        int           `json:"only_a"`
	OnlyB        int           `json:"only_b"`
	SQNRdB       report.Number `json:"sqnr_db"`
	RelativeRMSE report.Number `json:"relative_rmse"`
	MaxAbsError  report.Number `json:"max_abs_error"`
	SignalEnergy report.Number `json:"signal_energy"`
	ErrorEnergy  report.Number `json:"error_energy"`
}

// Suggestion is a prefix whose removal would make more names match. Names are
// never matched by guess.
type Suggestion struct {
	Side    string `json:"side"` // "a" or "b"
	Prefix  string `json:"prefix"`
	Matches int    `json:"matches"`
}

// Row is one tensor. Figures measure B against A.
type Row struct {
	Name         string        `json:"name"`
	Status       Status        `json:"status"`
	Reason       string        `json:"reason,omitempty"`
	A            *Side         `json:"a"`
	B            *Side         `json:"b"`
	SQNRdB       report.Number `json:"sqnr_db"`
	RelativeRMSE report.Number `json:"relative_rmse"`
	Cosine       report.Number `json:"cosine"`
	MaxAbsError  report.Number `json:"max_abs_error"`
	SignalEnergy report.Number `json:"signal_energy"` // Σa²
	ErrorEnergy  report.Number `json:"error_energy"`  // Σ(b−a)²
	Deltas       []Delta       `json:"deltas,omitempty"`

	Input  string         `json:"input,omitempty"`  // of traces: the activation that this one is computed from
	Growth *report.Number `json:"growth,omitempty"` // of traces: relative error over that of the input

	pooled     bool // counts for Total
	activation bool // a floating-point tensor of a trace
}

// Side is the tensor on one side.
type Side struct {
	Name          string        `json:"name,omitempty"` // in its file, where a stripped prefix makes it another
	DType         string        `json:"dtype"`
	Shape         []int         `json:"shape"`
	SizeBytes     int64         `json:"size_bytes"`
	BitsPerWeight report.Number `json:"bits_per_weight"`
	Method        string        `json:"method,omitempty"` // stored quantization; of a report, the scheme
}

// Delta is one figure on both sides, of reports.
type Delta struct {
	Metric string        `json:"metric"`
	A      report.Number `json:"a"`
	B      report.Number `json:"b"`
	Delta  report.Number `json:"delta"` // b − a
}

// newRow is a row without figures.
func newRow(name string, status Status, a, b *Side) Row {
	na := report.NA()
	return Row{Name: name, Status: status, A: a, B: b, SQNRdB: na, RelativeRMSE: na, Cosine: na, MaxAbsError: na, SignalEnergy: na, ErrorEnergy: na}
}

// add counts a row.
func (t *Total) add(r *Row) {
	switch r.Status {
	case Same:
		t.Same++
	case Changed:
		t.Changed++
	case Shape:
		t.Shape++
	case Failed:
		t.Failed++
	case OnlyA:
		t.OnlyA++
	case OnlyB:
		t.OnlyB++
	}
}

// HasDifference reports whether anything is not the same on both sides. Two
// runs are never the same to the bit, and one may have recorded more: traces
// differ when a layer leaves, when shapes do, or when there was nothing that
// could be compared.
func (r Report) HasDifference() bool {
	if r.Trace != nil {
		return r.Trace.FirstToLeave != nil || r.Total.Shape > 0 || r.Total.Failed > 0 || r.Total.Same+r.Total.Changed == 0
	}
	return r.Total.Same != len(r.Tensors)
}

// pair is a tensor on both sides, by index; −1 where it is missing.
type pair struct {
	name string
	a, b int
}

// match pairs two lists of names in A's order, then what only B has.
func match(a, b []string) []pair {
	inB := make(map[string]int, len(b))
	for i, name := range b {
		inB[name] = i
	}
	out := make([]pair, 0, len(a))
	taken := make([]bool, len(b))
	for i, name := range a {
		j, ok := inB[name]
		if !ok {
			j = -1
		} else {
			taken[j] = true
		}
		out = append(out, pair{name, i, j})
	}
	for j, name := range b {
		if !taken[j] {
			out = append(out, pair{name, -1, j})
		}
	}
	return out
}

// suggest finds the prefix, on either side, without which the most tensors that
// have no counterpart would find one of the same shape.
func suggest(rows []Row) []Suggestion {
	onlyA, onlyB := map[string][]int{}, map[string][]int{}
	for _, r := range rows {
		switch r.Status {
		case OnlyA:
			onlyA[r.Name] = r.A.Shape
		case OnlyB:
			onlyB[r.Name] = r.B.Shape
		}
	}
	out := []Suggestion{}
	for _, s := range []Suggestion{bestPrefix("a", onlyA, onlyB), bestPrefix("b", onlyB, onlyA)} {
		if s.Matches > 0 {
			out = append(out, s)
		}
	}
	return out
}

// bestPrefix tries every part of the long names up to a dot.
func bestPrefix(side string, long, short map[string][]int) Suggestion {
	counts := map[string]int{}
	for name, shape := range long {
		for i := range name {
			if name[i] != '.' {
				continue
			}
			if other, ok := short[name[i+1:]]; ok && slices.Equal(shape, other) {
				counts[name[:i+1]]++
			}
		}
	}
	best := Suggestion{Side: side}
	for prefix, n := range counts {
		// The name decides between equals: the order of a map is random.
		if n > best.Matches || n == best.Matches && prefix < best.Prefix {
			best.Prefix, best.Matches = prefix, n
		}
	}
	return best
}
