// Package report holds the one set of types behind the screen, JSON and CSV.
// A number that a screen shows is a field here; schema/*.json describes them.
package report

import (
	"encoding/json"
	"math"

	"github.com/mmtui/mmtui/int2"
)

// SchemaVersion of every object of this package; a rename or a change of meaning raises it.
const SchemaVersion = 1

// Number is a figure that may not exist: NaN and ±Inf are written as null.
type Number float64

// NA is the Number that does not exist.
func NA() Number { return Number(math.NaN()) }

// Valid reports whether the number exists.
func (n Number) Valid() bool { return !math.IsNaN(float64(n)) && !math.IsInf(float64(n), 0) }

// MarshalJSON writes null for a number that does not exist.
func (n Number) MarshalJSON() ([]byte, error) {
	if !n.Valid() {
		return []byte("null"), nil
	}
	return json.Marshal(float64(n))
}

// UnmarshalJSON reads null as NaN.
func (n *Number) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		*n = NA()
		return nil
	}
	var f float64
	if err := json.Unmarshal(b, &f); err != nil {
		return err
	}
	*n = Number(f)
	return nil
}

// Model is the whole of `mmtui inspect --format json`.
type Model struct {
	SchemaVersion int       `json:"schema_version"`
	Model         ModelInfo `json:"model"`
	Total         Total     `json:"total"`
	Tensors       []Tensor  `json:"tensors"`
}

// ModelInfo says what was opened.
type ModelInfo struct {
	Path         string   `json:"path"`
	Files        []string `json:"files"`
	TensorCount  int      `json:"tensor_count"`
	Parameters   int64    `json:"parameters"`
	SizeBytes    int64    `json:"size_bytes"`   // bytes of tensor data as stored
	Architecture string   `json:"architecture"` // from config.json, "" when unknown
	Quantization string   `json:"quantization"` // "", "gptq", "awq", "compressed-tensors", "hqq", "bitsandbytes", "bitnet", "mmtui"
}

// Total is the model at the chosen plan.
type Total struct {
	SizeBytes       int64  `json:"size_bytes"`
	BitsPerWeight   Number `json:"bits_per_weight"`
	BudgetBytes     int64  `json:"budget_bytes"`
	OverBudgetBytes int64  `json:"over_budget_bytes"` // 0 within the budget
	SQNRdB          Number `json:"sqnr_db"`           // over all quantized tensors together: Σ signal / Σ error
}

// Tensor is one row of the report. Metrics are null for a tensor that stays as
// it is, or whose turn has not come.
type Tensor struct {
	Name       string `json:"name"`
	DType      string `json:"dtype"`
	Shape      []int  `json:"shape"`
	Parameters int64  `json:"parameters"`
	SizeBytes  int64  `json:"size_bytes"`

	Stored *Stored      `json:"stored,omitempty"` // how another tool, or mmtui, already quantized it
	Scheme *int2.Scheme `json:"scheme"`           // null when the tensor stays as it is
	Reason string       `json:"reason,omitempty"` // why it stays as it is, or why a metric is missing
	Rule   string       `json:"rule,omitempty"`   // the project's pattern that chose the scheme

	QuantizedSizeBytes int64    `json:"quantized_size_bytes"` // SizeBytes when it stays as it is
	BitsPerWeight      Number   `json:"bits_per_weight"`
	SQNRdB             Number   `json:"sqnr_db"`
	RelativeRMSE       Number   `json:"relative_rmse"`
	Cosine             Number   `json:"cosine"`
	MaxAbsError        Number   `json:"max_abs_error"`
	BelowIdealDB       Number   `json:"below_ideal_db"`
	ClippedRatio       Number   `json:"clipped_ratio"`
	CodeOccupancy      []Number `json:"code_occupancy"`
	CodeEntropyBits    Number   `json:"code_entropy_bits"`
	Kurtosis           Number   `json:"kurtosis"`
	ScaleSpread        Number   `json:"scale_spread"`
	Rank               *int     `json:"rank"` // 1 is the lowest SQNR in this model
	Cause              *string  `json:"cause"`
	SolverUsed         string   `json:"solver_used,omitempty"`   // when it differs from scheme.solver
	FallbackRows       int      `json:"fallback_rows,omitempty"` // rows that kept round-to-nearest because the solver did worse there

	SignalEnergy Number `json:"signal_energy"` // Σ w²
	ErrorEnergy  Number `json:"error_energy"`  // Σ (q−w)²
	State        State  `json:"state"`

	// IdealPending is set while below_ideal_db and the cause are still to come. A finished report has none.
	IdealPending bool `json:"-"`
}

// State of a row while a scan runs; a finished report has done, kept and failed only.
type State string

// The states.
const (
	Pending State = "pending" // to be scanned
	Done    State = "done"
	Kept    State = "kept"   // stays as it is
	Failed  State = "failed" // could not be read or quantized: Reason says why
)

// Stored says how a tensor is already quantized in its file.
type Stored struct {
	Method    string `json:"method"` // gptq, awq, compressed-tensors, hqq, bitsandbytes, bitnet, mmtui
	Bits      Number `json:"bits"`
	Group     int    `json:"group"` // 0: per channel or per tensor
	Symmetric bool   `json:"symmetric"`
	Detail    string `json:"detail,omitempty"` // what else a reader must know, such as "act-order" or "nf4, double"
}
