package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/mmtui/mmtui/int2"
)

// clock gives each piece of work the next of the given durations, over and over.
type clock struct {
	at    time.Time
	takes []time.Duration
	calls int
}

func (c *clock) now() time.Time {
	if c.calls%2 == 1 {
		c.at = c.at.Add(c.takes[c.calls/2%len(c.takes)])
	}
	c.calls++
	return c.at
}

func small(c *clock) Options {
	return Options{Rows: 8, Cols: 64, MemoryBytes: 1 << 12, Least: time.Millisecond, Now: c.now,
		Schemes: []int2.Scheme{int2.DefaultScheme()}}
}

func TestRatiosOfOneRun(t *testing.T) {
	c := &clock{at: time.Unix(0, 0), takes: []time.Duration{4 * time.Millisecond, 2 * time.Millisecond, 8 * time.Millisecond}}
	got, err := MeasureScan(t.Context(), small(c))
	if err != nil {
		t.Fatal(err)
	}
	near := func(what string, got, want float64) {
		t.Helper()
		if math.Abs(got-want) > 1e-9*want {
			t.Errorf("%s is %g, want %g", what, got, want)
		}
	}
	// Of three rounds the fastest counts, 2 ms, for every piece of work.
	near("memory", float64(got.MemoryReadBytesPerSecond), 4096/0.002)
	near("plain loop", float64(got.PlainWeightsPerSecond), 512/0.002)
	s := got.Solvers[0]
	near("solver", float64(s.WeightsPerSecond), 512/0.002)
	near("bytes", float64(s.BytesPerSecond), 4*512/0.002)
	near("share", float64(s.ShareOfMemory), 0.5)
	near("times", float64(s.TimesPlain), 1)
}

func TestFormats(t *testing.T) {
	c := &clock{takes: []time.Duration{time.Millisecond}}
	got, err := MeasureScan(t.Context(), small(c))
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	schema, err := jsonschema.UnmarshalJSON(bytes.NewReader(Schema()))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("bench.json", schema); err != nil {
		t.Fatal(err)
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if err := compiler.MustCompile("bench.json").Validate(value); err != nil {
		t.Errorf("%v\n%s", err, text)
	}
	for name, write := range map[string]func(*bytes.Buffer) error{
		"table": func(b *bytes.Buffer) error { return got.WriteTable(b) },
		"jsonl": func(b *bytes.Buffer) error { return got.WriteJSONL(b) },
		"csv":   func(b *bytes.Buffer) error { return got.WriteCSV(b) },
	} {
		var b bytes.Buffer
		if err := write(&b); err != nil || !strings.Contains(b.String(), "search") {
			t.Errorf("%s: %v\n%s", name, err, b.String())
		}
	}
}

// A clock that does not move gives figures that do not exist, not an endless loop.
func TestClockThatStandsStill(t *testing.T) {
	c := &clock{takes: []time.Duration{0}}
	got, err := MeasureScan(t.Context(), small(c))
	if err != nil {
		t.Fatal(err)
	}
	if got.PlainWeightsPerSecond.Valid() || got.Solvers[0].ShareOfMemory.Valid() {
		t.Errorf("figures without time: %+v", got)
	}
}

func TestCanceled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := MeasureScan(ctx, small(&clock{takes: []time.Duration{1}})); err == nil {
		t.Error("no error")
	}
}

// The plain loop is right: the error is that of RTN on the half grid in float scales.
func TestPlainLoop(t *testing.T) {
	m := gauss(16, 256)
	r, err := int2.Quantize(t.Context(), m, int2.Scheme{Bits: 2, Grid: int2.Half, Group: 64, Solver: int2.RTN}, int2.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got := plainLoop(m, 64); math.Abs(got-r.Metrics.Error) > 1e-2*r.Metrics.Error { // scales are rounded there
		t.Errorf("squared error %g, want %g", got, r.Metrics.Error)
	}
	if err := readMemory(1 << 12)(); err != nil {
		t.Error(err)
	}
}
