package report

import (
	"encoding/json"
	"fmt"

	"github.com/mmtui/mmtui/int2"
)

// TensorDetail is `mmtui inspect --tensor NAME --format json` and the tensor view.
type TensorDetail struct {
	SchemaVersion int         `json:"schema_version"`
	Tensor        Tensor      `json:"tensor"`
	Note          string      `json:"note,omitempty"`
	Rows          int         `json:"rows"`
	Cols          int         `json:"cols"`
	Scheme        int2.Scheme `json:"scheme"`
	Min           Number      `json:"min"`
	Max           Number      `json:"max"`
	Mean          Number      `json:"mean"`
	Histogram     Histogram   `json:"histogram"`
	// CodeHistograms has one histogram a code, on the bins of Histogram: the weights that each code stands for.
	CodeHistograms []Histogram `json:"code_histograms"`
	// LevelsMedian is where the levels lie for the median group scale, in weight units; ClipLow and ClipHigh are half a step outside them.
	LevelsMedian []Number    `json:"levels_median"`
	ClipLow      Number      `json:"clip_low"`
	ClipHigh     Number      `json:"clip_high"`
	Verdict      Verdict     `json:"verdict"`
	Outliers     []Outlier   `json:"outliers"`
	Channels     []Channel   `json:"channels,omitempty"` // output channels; with --channels
	Groups       *GroupsGrid `json:"groups,omitempty"`   // with --groups
}

// Histogram over equal bins from Lo to Hi.
type Histogram struct {
	Lo     Number  `json:"lo"`
	Hi     Number  `json:"hi"`
	Counts []int64 `json:"counts"`
}

// Verdict is int2.Verdict for readers.
type Verdict struct {
	Cause   string   `json:"cause"` // "" when nothing stands out
	Summary string   `json:"summary"`
	Why     []string `json:"why"`
	Try     []string `json:"try"`
	// Scope says what a verdict is: a description of this tensor, not a prediction of the task's damage.
	Scope string `json:"scope"`
}

// Outlier is a channel whose weights are far larger than its peers'.
type Outlier struct {
	Axis  string `json:"axis"` // "input" or "output"
	Index int    `json:"index"`
	Ratio Number `json:"ratio"` // RMS over the median channel's
	Share Number `json:"error_share"`
}

// Channel is one output channel (a row of the matrix).
type Channel struct {
	Index  int    `json:"index"`
	SQNRdB Number `json:"sqnr_db"`
	MaxAbs Number `json:"max_abs"`
}

// GroupsGrid holds the SQNR of every group, row-major [rows, groups_per_row].
type GroupsGrid struct {
	PerRow int      `json:"groups_per_row"`
	SQNRdB []Number `json:"sqnr_db"`
}

// GroupValues is one group, weight by weight.
type GroupValues struct {
	Row      int      `json:"row"`
	Group    int      `json:"group"`
	FirstCol int      `json:"first_col"`
	Scale    Number   `json:"scale"`
	Min      Number   `json:"min"` // value of code 0
	Codes    Codes    `json:"codes"`
	Original []Number `json:"original"`
	Restored []Number `json:"restored"`
	SQNRdB   Number   `json:"sqnr_db"`
}

// Codes are the codes of some weights. In JSON they are numbers, not the base64
// that a plain []uint8 becomes.
type Codes []uint8

// MarshalJSON writes an array of numbers.
func (c Codes) MarshalJSON() ([]byte, error) {
	wide := make([]int, len(c))
	for i, v := range c {
		wide[i] = int(v)
	}
	return json.Marshal(wide)
}

// UnmarshalJSON reads an array of numbers from 0 to 255.
func (c *Codes) UnmarshalJSON(data []byte) error {
	var wide []uint16
	if err := json.Unmarshal(data, &wide); err != nil {
		return err
	}
	out := make(Codes, len(wide))
	for i, v := range wide {
		if v > 255 {
			return fmt.Errorf("code %d is above 255", v)
		}
		out[i] = uint8(v)
	}
	*c = out
	return nil
}
