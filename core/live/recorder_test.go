package live

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

func sample(id string, v float64) Sample { return metric(id).value(v, "test", Measured) }

// validate holds JSON against a schema, or a definition of it.
func validate(t *testing.T, schema []byte, definition string, text []byte) {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(schema))
	if err != nil {
		t.Fatal(err)
	}
	delete(doc.(map[string]any), "$id") // the pointer below is into this document
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("urn:test", doc); err != nil {
		t.Fatal(err)
	}
	compiled, err := c.Compile("urn:test" + definition)
	if err != nil {
		t.Fatal(err)
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if err := compiled.Validate(value); err != nil {
		t.Errorf("%v\n%s", err, text)
	}
}

func TestWindow(t *testing.T) {
	now := newClock()
	r := NewRecorder(Options{Now: now.now})
	for i := range 1000 {
		r.Record(now.at, sample(ProcessMemory, float64(i)))
		now.pass(time.Second)
	}
	now.pass(-time.Second)
	for _, c := range []struct {
		steps int
		count int
	}{{0, 301}, {-1, 61}, {-9, 11}, {3, 301}, {1, 901}, {9, 1000}} {
		r.StepWindow(c.steps)
		s, _ := r.Snapshot(60, ProcessMemory).Metric(ProcessMemory)
		first := float64(1000 - c.count)
		if s.Stats.Count != c.count || float64(s.Stats.Min) != first || s.Stats.Max != 999 || len(s.History) != 60 || s.Stats.Partial {
			t.Errorf("window %v: %+v", r.Window(), s.Stats)
		}
		if want := first + math.Ceil(0.95*float64(c.count)) - 1; float64(s.Stats.P95) != want {
			t.Errorf("window %v: p95 %v, want %v", r.Window(), s.Stats.P95, want)
		}
	}
}

func TestPauseHoldsTheMoment(t *testing.T) {
	now := newClock()
	r := NewRecorder(Options{Now: now.now})
	r.Record(now.at, sample(MachineCPU, 10))
	r.TogglePause()
	at := now.at
	now.pass(10 * time.Second)
	r.Record(now.at, sample(MachineCPU, 90), sample(LoadAverage, 1))
	s := r.Snapshot(4)
	cpu, _ := s.Metric(MachineCPU)
	load, _ := s.Metric(LoadAverage)
	if !s.Paused || !s.Time.Equal(at) || cpu.Value != 10 || cpu.Stats.Count != 1 || load.Value.Valid() || load.Why == "" {
		t.Errorf("paused: %v %v, %v, %v", s.Paused, s.Time, cpu.Sample, load.Sample)
	}
	r.TogglePause()
	s = r.Snapshot(4)
	if cpu, _ = s.Metric(MachineCPU); s.Paused || cpu.Value != 90 || cpu.Stats.Count != 2 {
		t.Errorf("what was recorded meanwhile is lost: %+v", cpu)
	}
}

// A missing value keeps the history, and says why from now on.
func TestMissingValues(t *testing.T) {
	now := newClock()
	r := NewRecorder(Options{Now: now.now})
	first, _ := r.Snapshot(1).Metric(BatteryLevel)
	if first.Value.Valid() || first.Why == "" {
		t.Errorf("before the first reading: %+v", first)
	}
	r.Record(now.at, sample(BatteryLevel, 80))
	r.Record(now.at, metric(BatteryLevel).missing("test", "gone"))
	s, _ := r.Snapshot(1).Metric(BatteryLevel)
	if s.Value.Valid() || s.Why != "gone" || s.Stats.Count != 1 {
		t.Errorf("%+v", s)
	}
	if s := metric(BatteryLevel).value(math.Inf(1), "test", Measured); s.Value.Valid() || s.Why == "" || s.Confidence != "" {
		t.Errorf("infinity is a value: %+v", s)
	}
}

// However much is recorded, memory stays what it was.
func TestMemoryIsFixed(t *testing.T) {
	now := newClock()
	r := NewRecorder(Options{Capacity: 16, Now: now.now})
	for i := range 1000 {
		now.pass(time.Second)
		r.Record(now.at, sample(TokenMS, 1), Sample{Metric: Metric{ID: fmt.Sprintf("made_up_%d_count", i)}, Value: 1})
		r.Begin("run", nil, false).End(nil, nil, 0)
	}
	if len(r.series) > maxSeries || len(r.order) != len(r.series) || len(r.runs) > maxRuns {
		t.Errorf("%d series in an order of %d, %d runs", len(r.series), len(r.order), len(r.runs))
	}
	for id, s := range r.series {
		if s.ring != nil && cap(s.ring.points) != 16 {
			t.Errorf("%s takes %d points", id, cap(s.ring.points))
		}
	}
	s, _ := r.Snapshot(1, TokenMS).Metric(TokenMS)
	if s.Stats.Count != 16 || !s.Stats.Partial {
		t.Errorf("a window of 300 values of which 16 are kept: %+v", s.Stats)
	}
}

func TestExport(t *testing.T) {
	now := newClock()
	r := NewRecorder(Options{Now: now.now})
	r.Record(now.at, sample(ProcessMemory, 1.5e6), sample(MachineCPU, 12.5))
	now.pass(1500 * time.Millisecond)
	r.Record(now.at, sample(ProcessMemory, 2e6), metric(BatteryLevel).missing("x", "no battery"))
	r.Begin("tiny · float", nil, false).End(nil, fmt.Errorf("stopped \x1b[31m"), 0)
	r.Silence("phone", "it is asleep")
	var csv, jsonl, object bytes.Buffer
	values := r.Values()
	if err := WriteValuesCSV(&csv, values); err != nil {
		t.Fatal(err)
	}
	want := `time,elapsed_ms,metric,value,unit,source
2026-03-01T12:00:00Z,0,process_memory_bytes,1500000,bytes,test
2026-03-01T12:00:00Z,0,machine_cpu_percent,12.5,percent,test
2026-03-01T12:00:01.5Z,1500,process_memory_bytes,2000000,bytes,test
`
	if csv.String() != want {
		t.Errorf("CSV is\n%swant\n%s", &csv, want)
	}
	if err := WriteValuesJSONL(&jsonl, values); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(jsonl.String()) {
		validate(t, Schema(), "#/$defs/value", []byte(line))
	}
	if n := strings.Count(jsonl.String(), "\n"); n != 3 {
		t.Errorf("%d lines", n)
	}
	if err := r.Snapshot(8).WriteJSON(&object); err != nil {
		t.Fatal(err)
	}
	validate(t, Schema(), "", object.Bytes())
	var back Snapshot
	if err := json.Unmarshal(object.Bytes(), &back); err != nil || len(back.Runs) != 1 || back.Runs[0].Problem != `stopped \x1b[31m` {
		t.Errorf("%v: %+v", err, back.Runs)
	}
	object.Reset()
	if err := (Snapshot{SchemaVersion: 1, Time: now.at, WindowMS: 1}).WriteJSON(&object); err != nil {
		t.Fatal(err)
	}
	validate(t, Schema(), "", object.Bytes())
}

func TestFormatValue(t *testing.T) {
	for _, c := range []struct {
		unit Unit
		v    float64
		want string
	}{
		{Bytes, 312e6, "312 MB"}, {Percent, 43.4, "43%"}, {Milliseconds, 4.567, "4.57 ms"}, {Milliseconds, 45.67, "45.7 ms"},
		{Milliseconds, 812.3, "812 ms"}, {Milliseconds, 12345, "12.3 s"}, {Watts, -7.25, "-7.2 W"}, {Joules, 12.34, "12.3 J"},
		{Celsius, 54.6, "55 °C"}, {Megahertz, 3199.6, "3200 MHz"}, {Tasks, 1.5, "1.50"}, {Count, 17, "17"}, {Percent, math.NaN(), "n/a"},
		{TokensPerSecond, 14.25, "14.2 tok/s"}, {TokensPerSecond, 99.96, "100 tok/s"},
	} {
		if got := metricOf(c.unit).value(c.v, "", Measured).Text(); got != c.want {
			t.Errorf("%v %s: %q, want %q", c.v, c.unit, got, c.want)
		}
	}
}

func metricOf(u Unit) Metric { return Metric{ID: "m", Unit: u} }
