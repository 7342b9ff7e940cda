package diverge

import (
	"fmt"
	"math"

	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/core/safetensors"
)

// noiseFloor is the relative error below which a difference is rounding of
// float32, as core/diff has it: explained errors that are smaller count as it.
const noiseFloor = 1e-6

// fill works the figures of a row out.
func (r *record) fill() Row {
	out := r.Row
	out.InputSQNRdB, out.LocalSQNRdB = r.input.sqnr(), r.local.sqnr()
	out.CumulativeSQNRdB, out.Cosine = r.cumulative.sqnr(), r.cumulative.cosine()
	out.RelativeRMSE = report.Number(r.cumulative.relative())
	out.LocalShare, out.AmplificationDB = report.NA(), report.NA()
	out.Exact, out.LocalExact = r.cumulative.exact(), r.local.exact()
	out.NotFinite = NotFinite{Float: r.cumulative.brokenA, Local: r.local.brokenB, Variant: r.cumulative.brokenB}
	if r.Kind == Stage || out.Exact {
		return out
	}
	if r.local.whole() && r.cumulative.whole() { // an infinite error would make the share 0
		out.LocalShare = report.Number(r.local.ee / r.cumulative.ee)
	}
	out.AmplificationDB = amplification(r.cumulative.relative(), r.inherited(), r.local.relative())
	return out
}

// inherited is the relative error of a row's input: ids are exact.
func (r *record) inherited() float64 {
	if r.Kind == Embedding {
		return 0
	}
	return r.input.relative()
}

// amplification is 10·log10(c²/(i²+l²)) of relative errors; see Row.
func amplification(cumulative, inherited, local float64) report.Number {
	explained := max(inherited*inherited+local*local, noiseFloor*noiseFloor)
	return report.Number(10 * math.Log10(cumulative*cumulative/explained))
}

// breaks says whether a row is a layer whose output has left the float run.
func (r Row) breaks(below float64) bool {
	switch {
	case r.Kind == Stage:
		return false
	case r.NotFinite.Any():
		return true
	case r.Exact:
		return false
	case r.CumulativeSQNRdB.Valid():
		return float64(r.CumulativeSQNRdB) < below
	}
	return true // an error where there is no signal
}

// find names the rows that stand out.
func (r *Report) find() {
	r.Exact = true
	for i := range r.Rows {
		row := &r.Rows[i]
		r.Exact = r.Exact && row.Exact
		if row.Kind == Stage {
			continue
		}
		if r.FirstBreak == nil && row.breaks(float64(r.BreakDB)) {
			r.FirstBreak = row.finding(row.wordBreak(r.BreakDB))
		}
		if a := row.AmplificationDB; a.Valid() && a > 0 && (r.MostAmplifying == nil || a > r.MostAmplifying.AmplificationDB) {
			r.MostAmplifying = row.finding(fmt.Sprintf("%s amplifies most: its error is %s dB above what its input and its own weights explain; %s",
				safetensors.Printable(row.Name), decibels(a), Basis))
		}
		if l := row.LocalSQNRdB; l.Valid() && !row.LocalExact && (r.WorstLocal == nil || l < r.WorstLocal.LocalSQNRdB) {
			r.WorstLocal = row.finding(fmt.Sprintf("%s is the worst by itself: local SQNR %s dB; %s", safetensors.Printable(row.Name), decibels(l), Basis))
		}
	}
}

func (r *Row) finding(words string) *Finding {
	return &Finding{
		Name: r.Name, Part: r.Part, Order: r.Order, Words: words,
		LocalSQNRdB: r.LocalSQNRdB, CumulativeSQNRdB: r.CumulativeSQNRdB, AmplificationDB: r.AmplificationDB,
	}
}

func (r *Row) wordBreak(below report.Number) string {
	name := safetensors.Printable(r.Name)
	switch n := r.NotFinite; {
	case n.Float > 0:
		return fmt.Sprintf("%s is the first layer whose output is no number, %s of it in the float run itself: look at its weights", name, report.Plural(n.Float, "value"))
	case n.Any():
		return fmt.Sprintf("%s is the first layer whose output is no number: %s in the quantized run, %d of them with exact inputs", name, report.Plural(n.Variant, "value"), n.Local)
	case !r.CumulativeSQNRdB.Valid():
		return fmt.Sprintf("%s is the first layer that breaks: an error where float gives zeros; %s", name, Basis)
	}
	return fmt.Sprintf("%s is the first layer that breaks: cumulative SQNR %s dB, below %s dB; %s", name, decibels(r.CumulativeSQNRdB), decibels(below), Basis)
}

func decibels(n report.Number) string { return report.FormatNumber(n, report.Decibel) }
