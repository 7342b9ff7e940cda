package int2

import (
	"fmt"
	"math"
	"slices"
)

// Thresholds of a diagnosis. Each is a figure that Gaussian weights stay well
// inside of under every solver, and that the planted faults of the tests pass.
const (
	outlierHarmDB   = 2.5  // the other weights in the outliers' groups are this much worse than Gaussian weights would be
	outlierMinShare = 0.10 // of the whole error lies in those groups
	clippedMinShare = 0.50 // of the whole error is made by clipped weights
	deadMinShare    = 0.60 // of the weights have an error as large as themselves
	lossyMinShare   = 0.30 // of the groups have twice the error of their optimum
	badScaleDB      = 2.5  // below the optimum over all
	hardDB          = 1.0  // below Gaussian weights: less is not worth a cause
)

// gaussianDB is the SQNR of the best uniform quantizer of 2^bits levels on
// Gaussian weights, dB (J. Max, Quantizing for minimum distortion, 1960, table II).
func gaussianDB(bits int) float64 {
	switch bits {
	case 2:
		return 9.25
	case 3:
		return 14.27
	case 4:
		return 19.38
	}
	return 40.34
}

// diagnose reads the figures of a quantized matrix. Without evidence it names
// degenerate matrices only.
func diagnose(m *Metrics, e *evidence, f *format) Verdict {
	switch {
	case m.Count == 0:
		return Verdict{Summary: "The tensor is empty."}
	case m.MaxAbs == 0:
		return degenerate("Every weight is zero.")
	case m.MaxAbs < minNormal:
		return degenerate("Every weight is below the smallest normal float32, so the tensor quantizes to zero.")
	case m.Min == m.Max:
		return degenerate("Every weight has the same value.")
	case e == nil:
		return Verdict{Summary: "Not examined yet."}
	}
	c := examination{m: m, e: e, f: f, gauss: gaussianDB(f.scheme.Bits)}
	for _, look := range []func() (Verdict, bool){c.outlierChannel, c.clipping, c.deadZone, c.badScale} {
		if v, found := look(); found {
			return v
		}
	}
	return c.unremarkable()
}

func degenerate(summary string) Verdict {
	return Verdict{Cause: CauseDegenerate, Summary: summary, Try: []string{"keep it in float"}}
}

// examination holds what the checks share.
type examination struct {
	m     *Metrics
	e     *evidence
	f     *format
	gauss float64
}

// outlierChannel finds input channels whose weights are far larger than their
// peers': they widen the groups they share with others, whose weights then
// lose their resolution. A large output channel does no such harm, since every
// row has scales of its own.
func (x *examination) outlierChannel() (Verdict, bool) {
	signal, err := x.e.columns.signal, x.e.columns.err
	median := medianEnergy(signal)
	if median == 0 {
		return Verdict{}, false
	}
	outlier := func(k int) bool { return signal[k] >= outlierRatio*outlierRatio*median }
	var count, worst int
	var touched, restSignal, restErr float64
	for g := range x.f.groups {
		lo, hi := x.f.bounds(g)
		n, groupErr, s, e := 0, 0.0, 0.0, 0.0
		for k := lo; k < hi; k++ {
			groupErr += err[k]
			if !outlier(k) {
				s += signal[k]
				e += err[k]
				continue
			}
			n++
			if count == 0 && n == 1 || signal[k] > signal[worst] {
				worst = k
			}
		}
		if n > 0 {
			count += n
			touched += groupErr
			restSignal += s
			restErr += e
		}
	}
	share, rest := touched/x.m.Error, ratioDB(restSignal, restErr)
	if count == 0 || !(share >= outlierMinShare) || !(rest < x.gauss-outlierHarmDB) {
		return Verdict{}, false
	}
	ratio := math.Sqrt(signal[worst] / median)
	return Verdict{
		Cause: CauseOutlierChannel,
		Summary: fmt.Sprintf("%s far larger than the rest: input channel %d is %.1f times the median. It sets the scale of its groups, and the weights beside it lose their resolution.",
			channels(count), worst, ratio),
		Why: []string{
			fmt.Sprintf("the groups it touches hold %.0f%% of the squared error", 100*share),
			fmt.Sprintf("their other weights have %.1f dB, Gaussian weights would have %.1f dB", rest, x.gauss),
		},
		Try: x.try(smallerGroups(", so that fewer weights share a group with it"), columnScales(), moreBits()),
	}, true
}

func channels(n int) string {
	if n == 1 {
		return "One input channel is"
	}
	return fmt.Sprintf("%d input channels are", n)
}

// clipping finds matrices that lose most where weights lie beyond the levels.
func (x *examination) clipping() (Verdict, bool) {
	share := x.e.clippedErr / x.m.Error
	if !(share >= clippedMinShare) || !x.hard() {
		return Verdict{}, false
	}
	return Verdict{
		Cause:   CauseClipping,
		Summary: fmt.Sprintf("%.1f%% of the weights lie beyond the outermost levels and make %.0f%% of the squared error.", 100*x.m.ClippedRatio, 100*share),
		Why:     []string{x.tails(), x.against()},
		Try:     x.try(searchedScale(""), smallerGroups(", so that a large weight widens the scale of fewer neighbours"), affineGrid(", if one side is longer"), moreBits()),
	}, true
}

// deadZone finds matrices whose steps are so wide that most weights vanish in them.
func (x *examination) deadZone() (Verdict, bool) {
	share := float64(x.e.dead) / float64(x.m.Count)
	if !(share >= deadMinShare) || !x.hard() {
		return Verdict{}, false
	}
	return Verdict{
		Cause:   CauseDeadZone,
		Summary: fmt.Sprintf("The levels lie so far apart that the error of %.0f%% of the weights is as large as the weight itself.", 100*share),
		Why:     []string{x.tails(), x.against()},
		Try:     x.try(searchedScale(": it lets a few large weights go and serves the many"), smallerGroups(""), moreBits()),
	}, true
}

// badScale finds matrices whose levels lie where better ones are known.
func (x *examination) badScale() (Verdict, bool) {
	lossy := 0.0
	if x.e.groups > 0 {
		lossy = float64(x.e.lossy) / float64(x.e.groups)
	}
	if !(lossy >= lossyMinShare) && !(x.m.BelowIdealDB >= badScaleDB) {
		return Verdict{}, false
	}
	v := Verdict{
		Cause:   CauseBadScale,
		Summary: fmt.Sprintf("%.0f%% of the groups have more than twice the error that the best scale on this grid would leave.", 100*lossy),
		Why:     []string{fmt.Sprintf("the tensor is %.2f dB below the optimum for this grid and group size", x.m.BelowIdealDB)},
		Try:     x.try(searchedScale(" (search; ls on the affine grid)")),
	}
	if x.m.ScaleSpread > 50 {
		v.Why = append(v.Why, fmt.Sprintf("the largest group scale is %.0f times the median one: too far apart for 8-bit multipliers within a row", x.m.ScaleSpread))
		v.Try = append(v.Try, "smaller groups do not help here: keep the tensor in float, or split its rows")
	}
	return v, true
}

// unremarkable says so, and how the matrix compares.
func (x *examination) unremarkable() Verdict {
	if math.IsNaN(x.m.SQNRdB) {
		return Verdict{Summary: "The quantized tensor equals the original."}
	}
	v := Verdict{Summary: "Nothing stands out: the error is spread evenly over the tensor.", Why: []string{x.against()}}
	if x.hard() {
		v.Summary = "No single cause stands out, but the tensor is harder than Gaussian weights."
		v.Why = append(v.Why, x.tails())
		v.Try = x.try(smallerGroups(""), affineGrid(""), moreBits())
	}
	return v
}

// hard reports whether the matrix is clearly worse than Gaussian weights.
func (x *examination) hard() bool { return x.m.SQNRdB < x.gauss-hardDB }

func (x *examination) against() string {
	return fmt.Sprintf("%.2f dB, where the best scale on Gaussian weights reaches %.2f dB at %d bits", x.m.SQNRdB, x.gauss, x.f.scheme.Bits)
}

func (x *examination) tails() string {
	return fmt.Sprintf("kurtosis %.1f (Gaussian weights have 3): the largest weight is %.0f times the root mean square",
		x.m.Kurtosis, x.m.MaxAbs/math.Sqrt(x.m.Signal/float64(x.m.Count)))
}

// advice is something to try, unless the scheme already does it.
type advice struct {
	text    string
	already func(Scheme) bool
}

func smallerGroups(why string) advice {
	return advice{"smaller groups" + why, func(s Scheme) bool { return s.Group != PerChannel && s.Group <= 16 }}
}

func searchedScale(why string) advice {
	return advice{"a searched scale" + why, func(s Scheme) bool { return s.Solver != RTN }}
}

func affineGrid(why string) advice {
	return advice{"the affine grid" + why, func(s Scheme) bool { return s.Grid == Affine }}
}

func columnScales() advice {
	return advice{"sinq, which gives every input channel a scale of its own", func(s Scheme) bool { return s.Solver == SINQ }}
}

func moreBits() advice {
	return advice{"3 or 4 bits for this tensor", func(s Scheme) bool { return s.Bits > 3 }}
}

// try lists the advice that the scheme does not follow yet.
func (x *examination) try(list ...advice) []string {
	var out []string
	for _, a := range list {
		if !a.already(x.f.scheme) {
			out = append(out, a.text)
		}
	}
	return out
}

// medianEnergy is the median of the energies of the input channels.
func medianEnergy(signal []float64) float64 {
	if len(signal) == 0 {
		return 0
	}
	sorted := slices.Clone(signal)
	slices.Sort(sorted)
	return sorted[len(sorted)/2]
}
