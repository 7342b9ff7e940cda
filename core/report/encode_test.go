package report_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/core/report/schematest"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs (rewrite it with -update):\n%s", path, got)
	}
}

func TestEncodings(t *testing.T) {
	m := report.Sample()
	write := func(f func(*bytes.Buffer) error) []byte {
		t.Helper()
		var b bytes.Buffer
		if err := f(&b); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	object := write(func(b *bytes.Buffer) error { return report.WriteJSON(b, m) })
	golden(t, "report.json", object)
	schematest.Validate(t, "inspect", object)

	lines := write(func(b *bytes.Buffer) error { return report.WriteJSONL(b, m) })
	golden(t, "report.jsonl", lines)
	for _, line := range bytes.Split(bytes.TrimSpace(lines), []byte("\n")) {
		schematest.ValidateLine(t, "inspect", "row", line)
	}
	if n := bytes.Count(lines, []byte("\n")); n != len(m.Tensors) {
		t.Errorf("%d lines for %d tensors", n, len(m.Tensors))
	}

	table := write(func(b *bytes.Buffer) error { return report.WriteTable(b, m, report.TableOptions{}) })
	golden(t, "report.txt", table)

	sheet := write(func(b *bytes.Buffer) error { return report.WriteCSV(b, m) })
	golden(t, "report.csv", sheet)
	records, err := csv.NewReader(bytes.NewReader(sheet)).ReadAll()
	if err != nil || len(records) != len(m.Tensors)+1 {
		t.Errorf("%d records, %v", len(records), err)
	}
	for _, record := range records {
		for _, cell := range record {
			if cell == "NaN" || cell == "+Inf" {
				t.Errorf("%s is written in %q", cell, record)
			}
		}
	}

	back, err := report.ReadJSON(bytes.NewReader(object))
	if err != nil {
		t.Fatal(err)
	}
	if again := write(func(b *bytes.Buffer) error { return report.WriteJSON(b, back) }); !bytes.Equal(again, object) {
		t.Error("a report that is read and written again differs")
	}
}

func TestJSONFieldOrder(t *testing.T) {
	var b bytes.Buffer
	if err := report.WriteJSONL(&b, report.Sample()); err != nil {
		t.Fatal(err)
	}
	line, _, _ := strings.Cut(b.String(), "\n")
	at := -1
	for _, key := range []string{"name", "dtype", "shape", "parameters", "size_bytes", "scheme", "quantized_size_bytes", "bits_per_weight", "sqnr_db",
		"relative_rmse", "cosine", "max_abs_error", "below_ideal_db", "clipped_ratio", "code_occupancy", "code_entropy_bits", "rank", "cause"} {
		i := strings.Index(line, `"`+key+`":`)
		if i <= at {
			t.Errorf("%s is missing or out of order in %s", key, line)
		}
		at = i
	}
}

func TestEmptyReport(t *testing.T) {
	var b bytes.Buffer
	if err := report.WriteJSON(&b, report.Model{SchemaVersion: report.SchemaVersion, Total: report.Totals(nil, 5)}); err != nil {
		t.Fatal(err)
	}
	schematest.Validate(t, "inspect", b.Bytes())
	b.Reset()
	if err := report.WriteTable(&b, report.Model{}, report.TableOptions{Columns: report.ListColumns(), NoHeader: true}); err != nil {
		t.Fatal(err)
	}
	if got, want := b.String(), "NAME  SHAPE  DTYPE  PARAMS  STORED  METHOD  S.BITS\n"; got != want {
		t.Errorf("table %q, want %q", got, want)
	}
}

func TestTableUnknownColumn(t *testing.T) {
	err := report.WriteTable(&bytes.Buffer{}, report.Model{}, report.TableOptions{Columns: []string{"sqrn"}})
	if err == nil || !strings.Contains(err.Error(), "did you mean sqnr?") {
		t.Errorf("error %v", err)
	}
}

type brokenWriter struct{}

var errBroken = errors.New("no space")

func (brokenWriter) Write([]byte) (int, error) { return 0, errBroken }

func TestWriteErrorsComeBack(t *testing.T) {
	m := report.Sample()
	for name, err := range map[string]error{
		"json":    report.WriteJSON(brokenWriter{}, m),
		"jsonl":   report.WriteJSONL(brokenWriter{}, m),
		"csv":     report.WriteCSV(brokenWriter{}, m),
		"table":   report.WriteTable(brokenWriter{}, m, report.TableOptions{}),
		"bare":    report.WriteTable(brokenWriter{}, m, report.TableOptions{NoHeader: true}),
		"problem": report.WriteProblem(brokenWriter{}, report.Problem{What: "x"}, true),
		"detail":  report.WriteDetailJSON(brokenWriter{}, report.TensorDetail{}),
	} {
		if !errors.Is(err, errBroken) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestReadJSONErrors(t *testing.T) {
	for text, want := range map[string]string{
		"":                     "not a report",
		"{":                    "not a report",
		"[]":                   "not a report",
		"{}":                   "schema version 0",
		`{"schema_version":9}`: "schema version 9",
		`{"schema_version":1,"tensors":[{"scheme":{"bits":5,"grid":"half","group":64,"solver":"rtn"}}]}`: "bits",
	} {
		if _, err := report.ReadJSON(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("ReadJSON(%q) = %v, want an error with %q", text, err, want)
		}
	}
}

func TestProblem(t *testing.T) {
	p := report.Problem{File: "project.toml", Line: 7, What: `unknown key "bit"`, Do: `did you mean "bits"?`, ExitCode: 2}
	var b bytes.Buffer
	if err := report.WriteProblem(&b, p, true); err != nil {
		t.Fatal(err)
	}
	line, object, _ := strings.Cut(b.String(), "\n")
	if want := `mmtui: project.toml:7: unknown key "bit"; did you mean "bits"?`; line != want {
		t.Errorf("line %q, want %q", line, want)
	}
	schematest.Validate(t, "error", []byte(object))
	var got report.ProblemReport
	if err := json.Unmarshal([]byte(object), &got); err != nil || got.Error != p {
		t.Errorf("object %+v, %v", got, err)
	}
	if got := (report.Problem{What: "two\nlines \x1b[31m  here"}).String(); got != `two lines \x1b[31m  here` {
		t.Errorf("String() = %q", got)
	}
	b.Reset()
	if err := report.WriteProblem(&b, report.Problem{What: "x"}, false); err != nil || b.String() != "mmtui: x\n" {
		t.Errorf("plain: %q, %v", b.String(), err)
	}
}

func TestSchemas(t *testing.T) {
	defs := map[string]map[string]any{}
	for _, name := range report.SchemaNames() {
		text, err := report.Schema(name)
		if err != nil {
			t.Fatal(err)
		}
		var doc struct {
			Defs map[string]any `json:"$defs"`
		}
		if err := json.Unmarshal(text, &doc); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		defs[name] = doc.Defs
		if err := schematest.Problem(name, "", []byte(`[]`)); err == nil {
			t.Errorf("schema %s takes an array", name)
		}
	}
	// tensor.json repeats what inspect.json defines, so that each file stands alone.
	for _, def := range []string{"scheme", "stored", "row"} {
		a, _ := json.Marshal(defs["inspect"][def])
		b, _ := json.Marshal(defs["tensor"][def])
		if !bytes.Equal(a, b) {
			t.Errorf("inspect.json and tensor.json differ in %s", def)
		}
	}
	if _, err := report.Schema("../report.go"); err == nil || !strings.Contains(err.Error(), "inspect, tensor, diff") {
		t.Errorf("unknown schema: %v", err)
	}
}

func TestSchemaIsNotLax(t *testing.T) {
	var b bytes.Buffer
	if err := report.WriteJSON(&b, report.Sample()); err != nil {
		t.Fatal(err)
	}
	for _, change := range [][2]string{
		{`"schema_version": 1`, `"schema_version": 2`}, {`"sqnr_db": 7.912345`, `"sqnr_db": "7.9"`}, {`"state": "done"`, `"state": "gone"`},
		{`"bits": 2`, `"bits": 5`}, {`"rank": 1`, `"rank": 0`}, {`"dtype"`, `"type"`},
	} {
		broken := strings.Replace(b.String(), change[0], change[1], 1)
		if broken == b.String() {
			t.Errorf("%s is not in the report", change[0])
		}
		if err := schematest.Problem("inspect", "", []byte(broken)); err == nil {
			t.Errorf("%s is accepted", change[1])
		}
	}
}
