package bench

import (
	_ "embed"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"

	"github.com/mmtui/mmtui/core/report"
)

//go:embed bench.json
var schema []byte // read-only

// Schema is the JSON schema of Scan.
func Schema() []byte { return append([]byte(nil), schema...) }

// WriteTable writes the figures for people.
func (s Scan) WriteTable(w io.Writer) error {
	_, err := fmt.Fprintf(w, "one core of %d, %s weights in float32: memory is read at %s/s, a plain loop takes %s weights/s\n\n",
		s.Cores, report.HumanCount(s.Weights), report.FormatNumber(s.MemoryReadBytesPerSecond, report.Bytes),
		report.FormatNumber(s.PlainWeightsPerSecond, report.Count))
	if err != nil {
		return err
	}
	var t report.TextTable
	t.Add("SCHEME", false)
	t.Add("WEIGHTS/S", true)
	t.Add("BYTES/S", true)
	t.Add("OF MEMORY", true)
	t.Add("× PLAIN", true)
	for _, l := range s.Solvers {
		t.Row(l.Scheme.String(), report.FormatNumber(l.WeightsPerSecond, report.Count), report.FormatNumber(l.BytesPerSecond, report.Bytes),
			report.FormatNumber(l.ShareOfMemory, report.Share), report.FormatNumber(l.TimesPlain, report.Decibel))
	}
	return t.Write(w)
}

// WriteJSONL writes one solver a line.
func (s Scan) WriteJSONL(w io.Writer) error {
	enc := json.NewEncoder(w)
	for _, l := range s.Solvers {
		if err := enc.Encode(l); err != nil {
			return err
		}
	}
	return nil
}

// WriteCSV writes one solver a line, under the names of the JSON.
func (s Scan) WriteCSV(w io.Writer) error {
	out := csv.NewWriter(w)
	_ = out.Write([]string{"scheme", "weights_per_second_per_core", "float32_bytes_per_second_per_core", "share_of_memory_read_bandwidth", "times_plain_loop"})
	for _, l := range s.Solvers {
		_ = out.Write([]string{l.Scheme.String(), plain(l.WeightsPerSecond), plain(l.BytesPerSecond), plain(l.ShareOfMemory), plain(l.TimesPlain)})
	}
	out.Flush()
	return out.Error()
}
