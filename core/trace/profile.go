package trace

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/mmtui/mmtui/core/report"
)

// Profile is `mmtui trace … --format json`: what each layer took and what each
// activation is like.
type Profile struct {
	SchemaVersion int             `json:"schema_version"`
	Task          string          `json:"task"`
	Model         string          `json:"model"`
	Family        string          `json:"family"`
	Backend       string          `json:"backend"`
	Text          string          `json:"text"`   // the answer
	Output        string          `json:"output"` // the file written, "" for none
	SizeBytes     int64           `json:"size_bytes"`
	Layers        []LayerRow      `json:"layers"`
	Activations   []ActivationRow `json:"activations"`
}

// LayerRow is a layer over all its calls in one phase. Layers enclose one
// another; self_ms is without those inside.
type LayerRow struct {
	Name    string        `json:"name"`
	Phase   string        `json:"phase"` // "prompt" or "token"
	Depth   int           `json:"depth"`
	Calls   int           `json:"calls"`
	TotalMS report.Number `json:"total_ms"`
	SelfMS  report.Number `json:"self_ms"`
	Share   report.Number `json:"share_ratio"` // of all self_ms of the phase
}

// ActivationRow is a named activation. Statistics leave NaN and infinities out.
type ActivationRow struct {
	Name      string        `json:"name"`
	DType     string        `json:"dtype"`
	Shape     []int         `json:"shape"`
	SizeBytes int64         `json:"size_bytes"`
	Written   bool          `json:"written"` // its values are in the file
	Min       report.Number `json:"min"`
	Max       report.Number `json:"max"`
	Mean      report.Number `json:"mean"`
	RMS       report.Number `json:"rms"`
	NotFinite int64         `json:"not_finite_count"`
}

// stats sums an activation up as it comes.
type stats struct {
	n, broken    int64
	min, max     float64
	sum, squares float64
}

func (s *stats) add(data []float32) {
	for _, f := range data {
		v := float64(f)
		if math.IsNaN(v) || math.IsInf(v, 0) {
			s.broken++
			continue
		}
		if s.n == 0 {
			s.min, s.max = v, v
		}
		s.n++
		s.min, s.max = min(s.min, v), max(s.max, v)
		s.sum += v
		s.squares += v * v
	}
}

// fill puts the statistics into a row; null where there are no values.
func (s *stats) fill(row *ActivationRow) {
	row.NotFinite = s.broken
	if s.n == 0 {
		row.Min, row.Max, row.Mean, row.RMS = report.NA(), report.NA(), report.NA(), report.NA()
		return
	}
	row.Min, row.Max = report.Number(s.min), report.Number(s.max)
	row.Mean, row.RMS = report.Number(s.sum/float64(s.n)), report.Number(math.Sqrt(s.squares/float64(s.n)))
}

// Profile sums the recording up. What was run is for the caller to fill in.
func (r *Recorder) Profile() Profile {
	p := Profile{SchemaVersion: report.SchemaVersion, Layers: []LayerRow{}, Activations: []ActivationRow{}}
	whole := map[string]time.Duration{}
	for _, t := range r.layers.all {
		whole[phase(t.token)] += t.total - t.inner
	}
	for _, t := range r.layers.all {
		row := LayerRow{Name: t.name, Phase: phase(t.token), Depth: t.depth, Calls: t.calls, TotalMS: ms(t.total), SelfMS: ms(t.total - t.inner), Share: report.NA()}
		if all := whole[row.Phase]; all > 0 {
			row.Share = report.Number(float64(t.total-t.inner) / float64(all))
		}
		p.Layers = append(p.Layers, row)
	}
	for i := range r.kept {
		t := &r.kept[i]
		row := ActivationRow{Name: t.name, DType: string(t.dtype), Shape: append([]int{}, t.shape...), Written: t.stored}
		row.SizeBytes = int64(t.dtype.Bits() / 8)
		for _, d := range t.shape {
			row.SizeBytes *= int64(d)
		}
		t.stats.fill(&row)
		p.Activations = append(p.Activations, row)
	}
	return p
}

func phase(token bool) string {
	if token {
		return phaseToken
	}
	return phasePrompt
}

func ms(d time.Duration) report.Number { return report.Number(float64(d) / float64(time.Millisecond)) }

// WriteTable writes a profile for people: the layers, then the activations.
func (p *Profile) WriteTable(w io.Writer) error {
	n := report.FormatNumber
	var layers, activations report.TextTable
	for _, c := range []string{"LAYER", "PHASE"} {
		layers.Add(c, false)
	}
	for _, c := range []string{"CALLS", "TOTAL ms", "SELF ms", "SHARE"} {
		layers.Add(c, true)
	}
	for _, r := range p.Layers {
		layers.Row(strings.Repeat("  ", r.Depth)+report.Printable(r.Name), r.Phase, strconv.Itoa(r.Calls),
			fixed(r.TotalMS, 3), fixed(r.SelfMS, 3), percent(r.Share))
	}
	for _, c := range []string{"ACTIVATION", "SHAPE"} {
		activations.Add(c, false)
	}
	for _, c := range []string{"BYTES", "MIN", "MAX", "MEAN", "RMS", "NOT FINITE"} {
		activations.Add(c, true)
	}
	for _, r := range p.Activations {
		activations.Row(report.Printable(r.Name), report.ShapeString(r.Shape), report.HumanBytes(r.SizeBytes),
			n(r.Min, report.Plain), n(r.Max, report.Plain), n(r.Mean, report.Plain), n(r.RMS, report.Plain), strconv.FormatInt(r.NotFinite, 10))
	}
	if len(p.Layers) > 0 {
		if err := layers.Write(w); err != nil {
			return err
		}
		if _, err := fmt.Fprintln(w); err != nil {
			return err
		}
	}
	return activations.Write(w)
}

func fixed(n report.Number, digits int) string {
	if !n.Valid() {
		return "n/a"
	}
	return strconv.FormatFloat(float64(n), 'f', digits, 64)
}

func percent(n report.Number) string {
	if !n.Valid() {
		return "n/a"
	}
	return strconv.FormatFloat(100*float64(n), 'f', 1, 64) + "%"
}

// WriteJSONL writes a row a line: layers, then activations.
func (p *Profile) WriteJSONL(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	for i := range p.Layers {
		if err := enc.Encode(&p.Layers[i]); err != nil {
			return err
		}
	}
	for i := range p.Activations {
		if err := enc.Encode(&p.Activations[i]); err != nil {
			return err
		}
	}
	return nil
}

// WriteCSV writes the layers, a line each.
func (p *Profile) WriteCSV(w io.Writer) error {
	rows := [][]string{{"name", "phase", "depth", "calls", "total_ms", "self_ms", "share_ratio"}}
	for _, r := range p.Layers {
		rows = append(rows, []string{r.Name, r.Phase, strconv.Itoa(r.Depth), strconv.Itoa(r.Calls), cell(r.TotalMS), cell(r.SelfMS), cell(r.Share)})
	}
	return csv.NewWriter(w).WriteAll(rows)
}

func cell(n report.Number) string {
	if !n.Valid() {
		return ""
	}
	return strconv.FormatFloat(float64(n), 'g', -1, 64)
}
