package diff

import (
	"bytes"
	"encoding/csv"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/core/report/schematest"
	"github.com/mmtui/mmtui/int2"
)

func reportOf(path string, rows ...report.Tensor) report.Model {
	m := report.Model{SchemaVersion: report.SchemaVersion, Tensors: rows, Total: report.Totals(rows, 1000)}
	m.Model.Path, m.Model.TensorCount = path, len(rows)
	return m
}

func measured(name string, bits int, sqnr report.Number) report.Tensor {
	t := report.Unmeasured()
	t.Name, t.DType, t.Shape, t.Parameters, t.State = name, "F32", []int{10, 100}, 1000, report.Done
	t.Scheme = &int2.Scheme{Bits: bits, Grid: int2.Half, Group: 64, Solver: int2.Search}
	t.QuantizedSizeBytes, t.SQNRdB, t.BitsPerWeight = int64(130*bits), sqnr, report.Number(bits)
	return t
}

func twoReports() (a, b report.Model) {
	other := measured("shape", 2, 8)
	other.Shape = []int{100, 10}
	norm := report.Unmeasured()
	norm.Name, norm.DType, norm.Shape, norm.State = "norm", "F32", []int{100}, report.Kept
	a = reportOf("a.json", measured("w", 2, 8.5), measured("same", 2, 9), norm, measured("shape", 2, 8), measured("lost", 2, 8), measured("x.gone", 2, 7))
	b = reportOf("b.json", measured("w", 4, 20.25), measured("same", 2, 9), norm, other, measured("lost", 2, report.NA()), measured("gone", 2, 7))
	return a, b
}

func TestCompareReports(t *testing.T) {
	a, b := twoReports()
	r := CompareReports(a, b)
	for name, want := range map[string]Status{"w": Changed, "same": Same, "norm": Same, "shape": Shape, "lost": Changed, "x.gone": OnlyA, "gone": OnlyB} {
		if got := rowOf(t, r, name).Status; got != want {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
	}
	delta := func(name, metric string) Delta {
		for _, d := range rowOf(t, r, name).Deltas {
			if d.Metric == metric {
				return d
			}
		}
		t.Errorf("%s has no %s", name, metric)
		return Delta{}
	}
	if d := delta("w", "sqnr_db"); d.A != 8.5 || d.B != 20.25 || d.Delta != 11.75 {
		t.Errorf("%+v", d)
	}
	if d := delta("lost", "sqnr_db"); d.A != 8 || d.B.Valid() || d.Delta.Valid() {
		t.Errorf("%+v", d)
	}
	if len(rowOf(t, r, "norm").Deltas) != 1 { // its size alone is a number
		t.Errorf("%+v", rowOf(t, r, "norm").Deltas)
	}
	if len(r.Suggestions) != 1 || r.Suggestions[0] != (Suggestion{"a", "x.", 1}) {
		t.Errorf("%+v", r.Suggestions)
	}
	if r.A.SizeBytes != a.Total.SizeBytes || r.Kind != Reports || r.Total.SQNRdB.Valid() {
		t.Errorf("%+v, %+v", r.A, r.Total)
	}
}

func TestEncodings(t *testing.T) {
	w := gauss(1, 64)
	x := append([]float32{}, w...)
	x[0]++
	a := write(t, floats("w", w, 4, 16), floats("only", w, 64), floats("same", w, 64))
	b := write(t, floats("w", x, 4, 16), floats("m.only", w, 64), floats("same", w, 64))
	ra, rb := twoReports()
	for name, r := range map[string]*Report{
		"models": compareModels(t, a, b, Options{}), "reports": CompareReports(ra, rb), "empty": CompareReports(report.Model{}, report.Model{}),
		"prefix": compareModels(t, a, b, Options{StripB: "m."}),
	} {
		var out bytes.Buffer
		if err := WriteJSON(&out, r); err != nil {
			t.Fatal(err)
		}
		schematest.Validate(t, "diff", out.Bytes())
		out.Reset()
		if err := WriteJSONL(&out, r); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(out.String()) {
			schematest.ValidateLine(t, "diff", "row", []byte(line))
		}
		if n := strings.Count(out.String(), "\n"); n != len(r.Tensors) {
			t.Errorf("%s: %d lines for %d rows", name, n, len(r.Tensors))
		}
		out.Reset()
		if err := WriteCSV(&out, r); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(out.String(), "NaN") {
			t.Errorf("%s: NaN in CSV", name)
		}
		records, err := csv.NewReader(&out).ReadAll()
		if err != nil || len(records) != len(r.Tensors)+1 {
			t.Errorf("%s: %d records, %v", name, len(records), err)
		}
		full := errors.New("full")
		for _, err := range []error{WriteTable(failing{full}, r, TableOptions{}), WriteJSON(failing{full}, r), WriteCSV(failing{full}, r)} {
			if !errors.Is(err, full) {
				t.Errorf("%s: error %v", name, err)
			}
		}
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

func TestTables(t *testing.T) {
	w := gauss(1, 64)
	x := append([]float32{}, w...)
	x[0]++
	a := write(t, floats("w", w, 4, 16), floats("only", w, 64), floats("same", w, 64))
	b := write(t, floats("w", x, 4, 16), floats("m.only", w, 64), floats("same", w, 64))
	r := compareModels(t, a, b, Options{})
	r.A.Path, r.B.Path = "a", "b"
	var out bytes.Buffer
	if err := WriteTable(&out, r, TableOptions{DifferentOnly: true}); err != nil {
		t.Fatal(err)
	}
	want := `A  a, 3 tensors, 192 parameters, 768 B (32.000 bits per weight)
B  b, 3 tensors, 192 parameters, 768 B (32.000 bits per weight)
1 changed, 1 the same, 1 only in A, 1 only in B; together SQNR 18.23 dB, relative RMSE 0.1225, largest error 1
1 more name match without the prefix "m." of B: add --strip-b m.

NAME    STATUS   SHAPE  STORED     B/W  SQNR dB    RMSE     COS  MAX|E|  NOTE
only    only_a   64     F32     32.000        -       -       -       -
w       changed  4×16   F32     32.000    18.23  0.1225  0.9933       1
m.only  only_b   64     F32     32.000        -       -       -       -
`
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", out.String(), want)
	}
	ra, rb := twoReports()
	out.Reset()
	if err := WriteTable(&out, CompareReports(ra, rb), TableOptions{}); err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"2b half g64 search > 4b half g64 search", "2.000 > 4.000", "+11.75", "10×100 in A, 100×10 in B"} {
		if !strings.Contains(out.String(), part) {
			t.Errorf("the table lacks %q:\n%s", part, out.String())
		}
	}
}

func TestOpenReport(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	a, _ := twoReports()
	var b bytes.Buffer
	if err := report.WriteJSON(&b, a); err != nil {
		t.Fatal(err)
	}
	m, ok, err := OpenReport(file("a.json", b.String()))
	if err != nil || !ok || len(m.Tensors) != len(a.Tensors) || CompareReports(m, a).HasDifference() {
		t.Errorf("a report: %v, %v, %d tensors", ok, err, len(m.Tensors))
	}
	for name, text := range map[string]string{"index.json": `{"metadata":{},"weight_map":{}}`, "x.safetensors": "\x08\x00\x00\x00\x00\x00\x00\x00{}      ",
		"empty": "", "broken": "{", "list": "[1]"} {
		if _, ok, err := OpenReport(file(name, text)); ok || err != nil {
			t.Errorf("%s: %v, %v", name, ok, err)
		}
	}
	if _, ok, err := OpenReport(dir); ok || err != nil {
		t.Errorf("a folder: %v, %v", ok, err)
	}
	if _, _, err := OpenReport(filepath.Join(dir, "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	if _, ok, err := OpenReport(file("old.json", `{"schema_version":0,"tensors":[]}`)); !ok || err == nil || !strings.Contains(err.Error(), "old.json") {
		t.Errorf("another version: %v, %v", ok, err)
	}
}
