package report

import (
	"fmt"
	"io"
	"strings"
)

// WriteDetailTable writes a tensor's detail for people: the figures, the
// histogram with the levels, outliers and the verdict.
func WriteDetailTable(w io.Writer, d TensorDetail) error {
	t := &d.Tensor
	var b strings.Builder
	fmt.Fprintf(&b, "%s  %s %s, %s\n", Printable(t.Name), ShapeString(t.Shape), t.DType, Plural(t.Parameters, "weight"))
	fmt.Fprintf(&b, "[%d, %d] under %s\n", d.Rows, d.Cols, d.Scheme)
	if d.Note != "" {
		fmt.Fprintf(&b, "note: %s\n", Printable(d.Note))
	}
	b.WriteString("\n")
	if err := d.figures(&b); err != nil {
		return err
	}
	d.bins(&b)
	d.outliers(&b)
	d.verdict(&b)
	_, err := io.WriteString(w, b.String())
	return err
}

// figures lists the numbers of the row with their definitions.
func (d TensorDetail) figures(w io.Writer) error {
	var table TextTable
	table.Add("FIGURE", false)
	table.Add("VALUE", true)
	table.Add("MEANS", false)
	columns := Columns()
	for _, key := range []string{"quantized_size_bytes", "bits_per_weight", "sqnr_db", "relative_rmse", "cosine", "max_abs_error",
		"below_ideal_db", "clipped_ratio", "code_entropy_bits", "kurtosis", "scale_spread", "rank"} {
		if c, ok := FindColumn(columns, key); ok {
			table.Row(c.Title, c.FormatUnit(c.Number(&d.Tensor)), c.Definition)
		}
	}
	for _, n := range []struct {
		title, means string
		value        Number
	}{{"MIN", "smallest weight", d.Min}, {"MAX", "largest weight", d.Max}, {"MEAN", "mean of the weights", d.Mean}} {
		table.Row(n.title, FormatNumber(n.value, Plain), n.means)
	}
	for code, share := range d.Tensor.CodeOccupancy {
		if len(d.Tensor.CodeOccupancy) > 16 {
			break // 256 lines would say little
		}
		level := NA()
		if code < len(d.LevelsMedian) {
			level = d.LevelsMedian[code]
		}
		table.Row(fmt.Sprintf("CODE %d", code), FormatNumber(share, Share), "share of weights; at the median scale it stands for "+FormatNumber(level, Plain))
	}
	return table.Write(w)
}

// tableBins is how many lines the histogram takes.
const tableBins = 16

// bins draws the histogram, the bins gathered to tableBins lines.
func (d TensorDetail) bins(w io.Writer) {
	n := len(d.Histogram.Counts)
	if n == 0 || !d.Histogram.Lo.Valid() || !d.Histogram.Hi.Valid() {
		return
	}
	lines := min(tableBins, n)
	sums := make([]int64, lines)
	var top int64
	for i, c := range d.Histogram.Counts {
		sums[i*lines/n] += c
		top = max(top, sums[i*lines/n])
	}
	lo, width := float64(d.Histogram.Lo), float64(d.Histogram.Hi-d.Histogram.Lo)/float64(lines)
	fmt.Fprintf(w, "\nweights, and the levels at the median scale (clipped outside %s … %s)\n",
		FormatNumber(d.ClipLow, Plain), FormatNumber(d.ClipHigh, Plain))
	const bar = 40
	for i, c := range sums {
		from := lo + float64(i)*width
		var marks []string
		for code, level := range d.LevelsMedian {
			at := float64(level)
			if len(d.LevelsMedian) <= 16 && at >= from && (at < from+width || i == lines-1 && at <= from+width) {
				marks = append(marks, fmt.Sprintf("◀ code %d", code))
			}
		}
		length := 0
		if top > 0 {
			length = int((c*bar + top - 1) / top) // a bin with one weight shows
		}
		line := fmt.Sprintf("%11s %-*s %s", FormatNumber(Number(from), Plain), bar, strings.Repeat("█", length), strings.Join(marks, " "))
		fmt.Fprintln(w, strings.TrimRight(line, " "))
	}
}

func (d TensorDetail) outliers(w io.Writer) {
	if len(d.Outliers) == 0 {
		return
	}
	fmt.Fprintln(w, "\nchannels that stand out")
	for _, o := range d.Outliers {
		fmt.Fprintf(w, "  %s channel %d: %s × the median channel, %s of the error\n",
			o.Axis, o.Index, FormatNumber(o.Ratio, Plain), FormatNumber(o.Share, Share))
	}
}

func (d TensorDetail) verdict(w io.Writer) {
	if d.Verdict.Summary == "" {
		return
	}
	cause := ""
	if d.Verdict.Cause != "" {
		cause = d.Verdict.Cause + ": "
	}
	fmt.Fprintf(w, "\nverdict: %s%s\n", cause, d.Verdict.Summary)
	for _, why := range d.Verdict.Why {
		fmt.Fprintf(w, "  because %s\n", why)
	}
	for _, try := range d.Verdict.Try {
		fmt.Fprintf(w, "  try %s\n", try)
	}
	if d.Verdict.Scope != "" {
		fmt.Fprintf(w, "  (%s)\n", d.Verdict.Scope)
	}
}
