package int2

// Metrics of one matrix against its quantized form. w is a weight, q its
// dequantized value, e = q − w; sums run over the matrix in float64.
// A figure that does not exist is NaN (for instance the SQNR of an exact copy:
// the ratio is infinite).
type Metrics struct {
	Count  int64 // weights
	NaNs   int64
	Infs   int64
	Signal float64 // Σ w²
	Error  float64 // Σ e²

	SQNRdB       float64 // 10·log10(Σw²/Σe²), dB
	RelativeRMSE float64 // √(Σe²/Σw²)
	Cosine       float64 // Σwq / √(Σw²·Σq²)
	MaxAbsError  float64 // max |e|
	MaxAbs       float64 // max |w|
	Min, Max     float64 // range of w
	Mean         float64 // of w
	Kurtosis     float64 // E[(w−mean)⁴]/E[(w−mean)²]², 3 for Gauss

	BelowIdealDB    float64   // SQNR of the exact optimum on this grid for these groups minus SQNRdB, dB; negative only where scales per input channel (SINQ) do better than the grid alone can; NaN unless asked for
	ClippedRatio    float64   // share of weights more than half a step outside the levels of their group
	CodeOccupancy   []float64 // share of each code, 2^bits
	CodeEntropyBits float64   // −Σ p·log2 p of the occupancy, bits
	ScaleSpread     float64   // largest group scale over the median one, of groups that are not all zero
	Cause           Cause     // why this matrix is hard, "" when nothing stands out
}

// Cause names what stands out in a matrix that quantizes badly.
type Cause string

// The causes, in the words that reports use.
const (
	CauseNone           Cause = ""
	CauseClipping       Cause = "clipping"
	CauseOutlierChannel Cause = "outlier channel"
	CauseDeadZone       Cause = "dead zone"
	CauseBadScale       Cause = "bad scale"
	CauseDegenerate     Cause = "degenerate tensor"
)

// Detail is what the tensor view draws.
type Detail struct {
	Rows, Cols, Groups int         // Groups is the number of groups a row
	RowSQNRdB          []float32   // [Rows]
	RowMaxAbs          []float32   // [Rows]
	GroupSQNRdB        []float32   // [Rows, Groups]
	ColRMS             []float32   // [Cols] root mean square of the weights of an input channel
	ColErrorRMS        []float32   // [Cols]
	Histogram          Histogram   // of the weights
	LevelHistogram     []Histogram // one a code: the weights that the code stands for
	Outliers           []Outlier   // channels that stand out, worst first, at most 32
	Verdict            Verdict
}

// Histogram counts weights in equal bins over [Lo, Hi]; weights outside fall in the end bins.
type Histogram struct {
	Lo, Hi float64
	Counts []int64
}

// Outlier is one channel whose weights are far larger than its peers'.
type Outlier struct {
	Axis  string  // "input" (a column) or "output" (a row)
	Index int     //
	Ratio float64 // its root mean square over the median channel's
	Share float64 // of the whole squared error in the groups it touches
}

// Verdict is the plain-language reading of a matrix's figures. It describes
// the matrix; it does not predict what quantizing it does to the task.
type Verdict struct {
	Cause   Cause
	Summary string   // one sentence
	Why     []string // the figures it rests on, one clause each
	Try     []string // choices that usually help, best first
}
