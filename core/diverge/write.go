package diverge

import (
	_ "embed"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/mmtui/mmtui/core/plan"
	"github.com/mmtui/mmtui/core/report"
)

//go:embed diverge.json
var schema []byte // read-only

// Schema is the JSON schema of Report.
func Schema() []byte { return append([]byte(nil), schema...) }

// WriteJSON writes the report as one object.
func (r *Report) WriteJSON(w io.Writer) error { return report.WriteObject(w, r) }

// WriteJSONL writes a row a line, in the order of execution.
func (r *Report) WriteJSONL(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	for i := range r.Rows {
		if err := enc.Encode(&r.Rows[i]); err != nil {
			return err
		}
	}
	return nil
}

// WriteCSV writes a row a line, under the names of the JSON.
func (r *Report) WriteCSV(w io.Writer) error {
	lines := [][]string{{"order", "name", "part", "kind", "quantized", "scheme", "bits_per_weight", "rows", "cols", "samples", "input_sqnr_db", "local_sqnr_db",
		"cumulative_sqnr_db", "cosine", "relative_rmse", "local_share", "amplification_db", "exact", "local_exact",
		"not_finite.float", "not_finite.local", "not_finite.variant"}}
	for _, x := range r.Rows {
		line := []string{strconv.Itoa(x.Order), x.Name, string(x.Part), string(x.Kind), strconv.FormatBool(x.Quantized), x.Scheme, cell(x.Bits),
			strconv.Itoa(x.Rows), strconv.Itoa(x.Cols), strconv.FormatInt(x.Samples, 10)}
		for _, n := range []report.Number{x.InputSQNRdB, x.LocalSQNRdB, x.CumulativeSQNRdB, x.Cosine, x.RelativeRMSE, x.LocalShare, x.AmplificationDB} {
			line = append(line, cell(n))
		}
		line = append(line, strconv.FormatBool(x.Exact), strconv.FormatBool(x.LocalExact))
		for _, n := range []int64{x.NotFinite.Float, x.NotFinite.Local, x.NotFinite.Variant} {
			line = append(line, strconv.FormatInt(n, 10))
		}
		lines = append(lines, line)
	}
	return csv.NewWriter(w).WriteAll(lines)
}

func cell(n report.Number) string {
	if !n.Valid() {
		return ""
	}
	return strconv.FormatFloat(float64(n), 'g', -1, 64)
}

// WriteTable writes the report for people: what stands out, the rows in the
// order of execution, the combinations.
func (r *Report) WriteTable(w io.Writer) error {
	for _, line := range append(r.header(), "") {
		if _, err := fmt.Fprintln(w, line); err != nil {
			return err
		}
	}
	if err := r.rowTable().Write(w); err != nil {
		return err
	}
	if len(r.Combinations) == 0 {
		return nil
	}
	if _, err := fmt.Fprintln(w); err != nil {
		return err
	}
	return r.combinationTable().Write(w)
}

// header says what was compared and what stands out.
func (r *Report) header() []string {
	p := report.Printable
	lines := []string{fmt.Sprintf("%s of %s: %s beside float, layer by layer over %s", r.Task, p(r.Model), p(r.Variant), r.inputs())}
	if len(r.Lifts) > 0 {
		var lifts []string
		for _, l := range r.Lifts {
			lifts = append(lifts, p(l.String()))
		}
		lines = append(lines, "lifted: "+strings.Join(lifts, ", "))
	}
	lines = append(lines, "figures are a "+r.Basis)
	lines = append(lines, r.findings()...)
	lines = append(lines, r.KL.words(r.Positions))
	if r.Answer != "" || r.VariantAnswer != "" {
		lines = append(lines, "float:   "+p(r.Answer), "variant: "+p(r.VariantAnswer))
	}
	return lines
}

func (r *Report) inputs() string {
	if len(r.Texts) > 0 {
		return report.Plural(int64(r.Tiles), "picture") + " and " + report.Plural(int64(len(r.Texts)), "text")
	}
	return report.Plural(int64(r.Tiles), "tile") + " and " + report.Plural(int64(r.PromptTokens), "prompt token")
}

// findings are the sentences on what stands out, without the basis, which the
// header says once.
func (r *Report) findings() []string {
	if r.Exact {
		return []string{"no value differs: every SQNR is infinite"}
	}
	var lines []string
	if r.FirstBreak == nil {
		lines = append(lines, fmt.Sprintf("no layer breaks: every cumulative SQNR is at least %s dB", decibels(r.BreakDB)))
	}
	for _, f := range []*Finding{r.FirstBreak, r.MostAmplifying, r.WorstLocal} {
		if f != nil {
			lines = append(lines, strings.TrimSuffix(f.Words, "; "+Basis))
		}
	}
	return lines
}

// words sums KL up in a line.
func (k KL) words(at []Position) string {
	if k.Count == 0 {
		return "KL n/a: there is no position"
	}
	n := func(v report.Number) string { return report.FormatNumber(v, report.Plain) }
	line := fmt.Sprintf("KL(float ‖ variant) over %s: mean %s nats, 5%%-trimmed %s, largest %s", report.Plural(int64(k.Count), "position"), n(k.Mean), n(k.TrimmedMean), n(k.Max))
	if k.MaxAt >= 0 {
		line += fmt.Sprintf(" at %d (%s)", k.MaxAt+1, report.Printable(strconv.Quote(at[k.MaxAt].Text)))
	}
	if k.NotFinite > 0 {
		line += fmt.Sprintf(", without a figure %d", k.NotFinite)
	}
	return line + "; same first choice at " + report.FormatNumber(k.Agreement, report.Share)
}

// String is a lift as --lift takes it.
func (l Lift) String() string {
	if l.Bits == plan.Float {
		return l.Name + ":float"
	}
	return l.Name + ":" + strconv.Itoa(l.Bits)
}

func (r *Report) rowTable() *report.TextTable {
	t := &report.TextTable{}
	for _, head := range []string{"LAYER", "PART", "SCHEME"} {
		t.Add(head, false)
	}
	for _, head := range []string{"INPUT dB", "LOCAL dB", "CUMULATIVE dB", "COS", "REL ERR", "AMPLIFIED dB"} {
		t.Add(head, true)
	}
	t.Add("NOTE", false)
	for i := range r.Rows {
		x := &r.Rows[i]
		name, scheme := report.Printable(x.Name), x.Scheme
		if x.Kind == Stage {
			name, scheme = "= "+name, "-"
		}
		t.Row(name, string(x.Part), scheme,
			figure(x.InputSQNRdB, report.Decibel), figure(x.LocalSQNRdB, report.Decibel), figure(x.CumulativeSQNRdB, report.Decibel),
			figure(x.Cosine, report.Ratio), figure(x.RelativeRMSE, report.Ratio), figure(x.AmplificationDB, report.Decibel), r.note(x))
	}
	return t
}

// figure is a number of the table; one that does not exist is a dash.
func figure(n report.Number, k report.Kind) string {
	if !n.Valid() {
		return "-"
	}
	return report.FormatNumber(n, k)
}

// note marks the rows that stand out.
func (r *Report) note(x *Row) string {
	var notes []string
	for _, f := range []struct {
		at   *Finding
		what string
	}{{r.FirstBreak, "first break"}, {r.MostAmplifying, "amplifies most"}, {r.WorstLocal, "worst local"}} {
		if f.at != nil && f.at.Order == x.Order {
			notes = append(notes, f.what)
		}
	}
	if x.NotFinite.Any() {
		notes = append(notes, fmt.Sprintf("not finite: %d in float, %d by itself, %d in the variant", x.NotFinite.Float, x.NotFinite.Local, x.NotFinite.Variant))
	}
	if x.Exact {
		notes = append(notes, "exact")
	}
	return strings.Join(notes, ", ")
}

func (r *Report) combinationTable() *report.TextTable {
	t := &report.TextTable{}
	t.Add("QUANTIZED", false)
	for _, head := range []string{"MEAN KL", "TRIMMED", "LARGEST", "AGREE"} {
		t.Add(head, true)
	}
	t.Add("ANSWER", false)
	for _, c := range r.Combinations {
		names := []string{}
		for _, p := range c.Quantized {
			names = append(names, string(p))
		}
		what := strings.Join(names, " × ")
		if what == "" {
			what = "none"
		}
		t.Row(what, figure(c.KL.Mean, report.Plain), figure(c.KL.TrimmedMean, report.Plain), figure(c.KL.Max, report.Plain),
			figure(c.KL.Agreement, report.Share), report.Printable(c.Answer))
	}
	return t
}
