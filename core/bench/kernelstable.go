package bench

import (
	_ "embed"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/mmtui/mmtui/core/report"
)

//go:embed kernels.json
var kernelsSchema []byte // read-only

// KernelsSchema is the JSON schema of Kernels.
func KernelsSchema() []byte { return append([]byte(nil), kernelsSchema...) }

// WriteTable writes the figures for people.
func (k Kernels) WriteTable(w io.Writer) error {
	var b strings.Builder
	b.WriteString(report.Printable(k.Machine.Line()) + "\n")
	for _, p := range k.Peaks {
		b.WriteString(p.Line() + "\n")
	}
	if !k.Complete {
		b.WriteString("stopped before all cases were measured\n")
	}
	b.WriteString("\n")
	if _, err := io.WriteString(w, b.String()); err != nil {
		return err
	}
	var t report.TextTable
	for i, head := range []string{"KERNEL", "TIER", "THREADS", "M×K×N", "WEIGHTS", "µS", "GOP/S", "GB/S", "OF PEAK", "OF READING", "BOUND BY"} {
		t.Add(head, i == 2 || i > 4 && i < 10)
	}
	for _, c := range k.Cases {
		t.Row(c.Kernel, c.Tier, itoa(c.Threads), c.Shape.String(), c.weights(), scaled(c.Seconds, 1e-6, 1), scaled(c.Ops, 1e9, 1), scaled(c.Bytes, 1e9, 2),
			percent(c.ShareOfPeak), percent(c.ShareOfRead), c.Bound)
	}
	return t.Write(w)
}

// Line is the peaks for people.
func (p Peak) Line() string {
	threads := "threads"
	if p.Threads == 1 {
		threads = "thread"
	}
	text := fmt.Sprintf("peaks on %d %s: FMA %s GFLOP/s, reading %s GB/s", p.Threads, threads, scaled(p.FMA, 1e9, 1), scaled(p.Read, 1e9, 1))
	for _, i := range p.Integer {
		text += fmt.Sprintf(", %s %s GOP/s", i.Tier, scaled(i.Ops, 1e9, 1))
	}
	return text
}

// weights says where they come from.
func (c KernelCase) weights() string {
	if c.Streamed {
		return "memory"
	}
	return "cached"
}

// WriteJSONL writes one case a line.
func (k Kernels) WriteJSONL(w io.Writer) error { return writeLines(w, k.Cases) }

// WriteCSV writes one case a line, under the names of the JSON.
func (k Kernels) WriteCSV(w io.Writer) error {
	rows := [][]string{{"kernel", "tier", "scheme", "threads", "rows", "cols", "outputs", "streamed", "seconds", "ops_per_second", "weight_bytes_per_second",
		"peak_ops_per_second", "peak_read_bytes_per_second", "share_of_peak", "share_of_read", "bound"}}
	for _, c := range k.Cases {
		scheme := ""
		if c.Scheme != nil {
			scheme = c.Scheme.String()
		}
		rows = append(rows, []string{c.Kernel, c.Tier, scheme, itoa(c.Threads), itoa(c.Rows), itoa(c.Cols), itoa(c.Outputs), strconv.FormatBool(c.Streamed), plain(c.Seconds), plain(c.Ops),
			plain(c.Bytes), plain(c.PeakOps), plain(c.PeakRead), plain(c.ShareOfPeak), plain(c.ShareOfRead), c.Bound})
	}
	return csv.NewWriter(w).WriteAll(rows)
}

// writeLines writes one item a line.
func writeLines[T any](w io.Writer, items []T) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	for i := range items {
		if err := enc.Encode(items[i]); err != nil {
			return err
		}
	}
	return nil
}

// plain is a number in full, "" for one that does not exist.
func plain(n report.Number) string {
	if !n.Valid() {
		return ""
	}
	return strconv.FormatFloat(float64(n), 'g', -1, 64)
}

// scaled is a number in a larger or smaller unit, with so many decimals.
func scaled(n report.Number, unit float64, decimals int) string {
	if !n.Valid() {
		return "n/a"
	}
	return strconv.FormatFloat(float64(n)/unit, 'f', decimals, 64)
}

// percent is a share for people.
func percent(n report.Number) string {
	if !n.Valid() {
		return "n/a"
	}
	return scaled(n, 0.01, 1) + "%"
}
