// Package int2 quantizes weight matrices to 2 bits (and to 3, 4 and 8 for
// comparison), packs them in the number format of docs/format.md, and measures
// what that costs. It knows matrices only: nothing of models, files or screens.
package int2

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Grid names the set of levels a code can stand for, relative to a group's scale s.
type Grid string

// The grids. For b bits, q runs over 0 .. 2^b−1.
const (
	// Half is (s/2)·(2q − (2^b−1)); at 2 bits {−1.5, −0.5, 0.5, 1.5}·s. It has no zero.
	Half Grid = "half"
	// Twos is s·(q − 2^(b−1)); at 2 bits {−2, −1, 0, 1}·s, with s of either sign.
	Twos Grid = "twos"
	// Affine is s·q + min.
	Affine Grid = "affine"
)

// Grids lists every grid in the order that a user cycles through them.
func Grids() []Grid { return []Grid{Half, Twos, Affine} }

// Solver names the way scales and offsets are found.
type Solver string

// The solvers that need nothing but the weights.
const (
	RTN    Solver = "rtn"    // round to nearest: scale from the largest magnitude, affine from min and max
	Search Solver = "search" // scale of least squared error on the grid
	LS     Solver = "ls"     // least squares for (scale, min), alternated with the codes; affine only
	HQQ    Solver = "hqq"    // half-quadratic zero-point tuning (Badri and Shaji 2023); affine only
	SINQ   Solver = "sinq"   // Sinkhorn-normalised (arXiv 2509.22944); affine only, adds a scale per input channel
	Best   Solver = "best"   // the measured best of those that fit the grid
)

// Solvers lists every solver in the order that a user cycles through them.
func Solvers() []Solver { return []Solver{RTN, Search, LS, HQQ, SINQ, Best} }

// PerChannel as Scheme.Group means one group for a whole row.
const PerChannel = 0

// Scheme says how one matrix is quantized.
type Scheme struct {
	Bits        int    // 2, 3, 4 or 8
	Grid        Grid   // which levels the codes stand for
	Group       int    // weights along a row that share a scale, or PerChannel
	Solver      Solver // how scales and offsets are found
	IntegerZero bool   // affine with RTN: min = −s·z with a whole z in 0 .. 2^Bits−1, as AWQ and GPTQ files store it
}

// DefaultScheme is what a model is scanned with when nobody says otherwise:
// 2 bits on the half grid, groups of 64, scale of least squared error.
func DefaultScheme() Scheme { return Scheme{Bits: 2, Grid: Half, Group: 64, Solver: Search} }

// BitWidths lists the widths that the number format carries.
func BitWidths() []int { return []int{2, 3, 4, 8} }

// GroupSizes lists the group sizes offered on screen; any multiple of 16 from 16 to 256 is valid.
func GroupSizes() []int { return []int{16, 32, 64, 128, 256, PerChannel} }

// Fits reports whether a solver can work on a grid.
func (s Solver) Fits(g Grid) bool {
	switch s {
	case LS, HQQ, SINQ:
		return g == Affine
	case RTN, Search, Best:
		return true
	}
	return false
}

// ImpliedGrid is the grid a solver takes when the user names none.
func (s Solver) ImpliedGrid() Grid {
	if s.Fits(Half) {
		return Half
	}
	return Affine
}

// Validate returns an error that names the field, its value and what is allowed.
func (s Scheme) Validate() error {
	if _, err := ParseBits(strconv.Itoa(s.Bits)); err != nil {
		return err
	}
	if _, err := ParseGrid(string(s.Grid)); err != nil {
		return err
	}
	if _, err := ParseSolver(string(s.Solver)); err != nil {
		return err
	}
	if s.Group != PerChannel && (s.Group < 16 || s.Group > 256 || s.Group%16 != 0) {
		return fmt.Errorf("group %d is not allowed; use a multiple of 16 from 16 to 256, or \"channel\"", s.Group)
	}
	if !s.Solver.Fits(s.Grid) {
		return fmt.Errorf("solver %q works on the %s grid only, not on %q; set grid = %q or another solver",
			s.Solver, Affine, s.Grid, Affine)
	}
	if s.IntegerZero && (s.Grid != Affine || s.Solver != RTN) {
		return fmt.Errorf("an integer zero goes with the affine grid and the rtn solver, not with %s and %s", s.Grid, s.Solver)
	}
	return nil
}

// ParseBits accepts 2, 3, 4 and 8.
func ParseBits(v string) (int, error) {
	switch v {
	case "2", "3", "4", "8":
		return int(v[0] - '0'), nil
	}
	return 0, fmt.Errorf("bits %q is not allowed; use 2, 3, 4 or 8 (16 keeps a tensor in float)", v)
}

// ParseGrid accepts half, twos and affine.
func ParseGrid(v string) (Grid, error) {
	switch g := Grid(v); g {
	case Half, Twos, Affine:
		return g, nil
	}
	return "", fmt.Errorf("grid %q is not known; use half, twos or affine", v)
}

// ParseSolver accepts the solvers of this package. Those that need calibration
// data are named in the error, so that a user learns why they are refused.
func ParseSolver(v string) (Solver, error) {
	switch s := Solver(v); s {
	case RTN, Search, LS, HQQ, SINQ, Best:
		return s, nil
	case "awq", "gptq", "refine":
		return "", fmt.Errorf("solver %q needs calibration data, which this version cannot use yet; use rtn, search, ls, hqq, sinq or best", v)
	}
	return "", fmt.Errorf("solver %q is not known; use rtn, search, ls, hqq, sinq or best", v)
}

// ParseGroup accepts a multiple of 16 from 16 to 256, or "channel".
func ParseGroup(v string) (int, error) {
	if v == "channel" {
		return PerChannel, nil
	}
	n, err := strconv.Atoi(v)
	if err != nil || n < 16 || n > 256 || n%16 != 0 {
		return 0, fmt.Errorf("group %q is not allowed; use a multiple of 16 from 16 to 256, or \"channel\"", v)
	}
	return n, nil
}

// GroupString is the group as users write it.
func (s Scheme) GroupString() string {
	if s.Group == PerChannel {
		return "channel"
	}
	return strconv.Itoa(s.Group)
}

// String is the short form shown on screen, such as "2b half g64 search".
func (s Scheme) String() string {
	g := "g" + s.GroupString()
	if s.Group == PerChannel {
		g = "channel"
	}
	grid := string(s.Grid)
	if s.IntegerZero {
		grid += "-int" // a whole zero point
	}
	return strings.Join([]string{strconv.Itoa(s.Bits) + "b", grid, g, string(s.Solver)}, " ")
}

// Levels is the number of codes, 2^Bits.
func (s Scheme) Levels() int { return 1 << s.Bits }

// GroupLen is the number of weights in a full group of a row of cols weights.
func (s Scheme) GroupLen(cols int) int {
	if s.Group == PerChannel || s.Group > cols {
		return cols
	}
	return s.Group
}

// Groups is the number of groups in a row of cols weights; the last may be short.
func (s Scheme) Groups(cols int) int {
	if cols == 0 {
		return 0
	}
	g := s.GroupLen(cols)
	return (cols + g - 1) / g
}

// RowBytes is the number of bytes that the packed codes of one row take.
func (s Scheme) RowBytes(cols int) int { return (cols*s.Bits + 7) / 8 }

// SizeBytes is the size of a [rows, cols] matrix in the number format: codes,
// a byte a group (and two more on the affine grid), a float32 a row. HasCol
// adds a float32 per input channel.
func (s Scheme) SizeBytes(rows, cols int, hasCol bool) int64 {
	perGroup := int64(1)
	if s.Grid == Affine {
		perGroup += 2
	}
	n := int64(rows) * (int64(s.RowBytes(cols)) + perGroup*int64(s.Groups(cols)) + 4)
	if hasCol {
		n += 4 * int64(cols)
	}
	return n
}

// BitsPerWeight is SizeBytes in bits over rows·cols; NaN for an empty matrix.
func (s Scheme) BitsPerWeight(rows, cols int, hasCol bool) float64 {
	if rows == 0 || cols == 0 {
		return math.NaN()
	}
	return 8 * float64(s.SizeBytes(rows, cols, hasCol)) / (float64(rows) * float64(cols))
}

type schemeJSON struct {
	Bits   int    `json:"bits"`
	Grid   Grid   `json:"grid"`
	Group  any    `json:"group"`
	Solver Solver `json:"solver"`
	Zero   string `json:"zero,omitempty"` // "integer", or absent for a float zero
}

// MarshalJSON writes group as a number or "channel".
func (s Scheme) MarshalJSON() ([]byte, error) {
	out := schemeJSON{Bits: s.Bits, Grid: s.Grid, Group: s.Group, Solver: s.Solver}
	if s.Group == PerChannel {
		out.Group = "channel"
	}
	if s.IntegerZero {
		out.Zero = "integer"
	}
	return json.Marshal(out)
}

// UnmarshalJSON reads what MarshalJSON writes and validates it.
func (s *Scheme) UnmarshalJSON(data []byte) error {
	var in struct {
		schemeJSON
		Group json.RawMessage `json:"group"`
	}
	if err := json.Unmarshal(data, &in); err != nil {
		return err
	}
	group, err := ParseGroup(strings.Trim(string(in.Group), `"`))
	if err != nil {
		return err
	}
	if in.Zero != "" && in.Zero != "integer" {
		return fmt.Errorf("zero %q is not known; use \"integer\" or leave it out for a float zero", in.Zero)
	}
	*s = Scheme{Bits: in.Bits, Grid: in.Grid, Group: group, Solver: in.Solver, IntegerZero: in.Zero == "integer"}
	return s.Validate()
}
