package live

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// source is a source that a test plays.
type source struct {
	name string
	read func(ctx context.Context) []Sample
}

func (s source) Name() string                      { return s.name }
func (s source) Read(ctx context.Context) []Sample { return s.read(ctx) }

func steady(name, id string, v float64) source {
	return source{name, func(context.Context) []Sample { return []Sample{sample(id, v)} }}
}

// latest is the last sample of a metric.
func latest(r *Recorder, id string) Sample {
	m, _ := r.Snapshot(1, id).Metric(id)
	return m.Sample
}

// A sensor that hangs holds nothing up, says so, and is taken in when it answers.
func TestSlowSource(t *testing.T) {
	r := NewRecorder(Options{})
	release := make(chan struct{})
	var asked atomic.Int32
	slow := source{"slow", func(context.Context) []Sample {
		if asked.Add(1) > 1 {
			<-release
		}
		return []Sample{sample(Temperature, 50+float64(asked.Load()))}
	}}
	s := NewSampler(r, slow, steady("quick", MachineCPU, 7))
	s.Step(t.Context())
	if v := latest(r, Temperature); v.Value != 51 {
		t.Fatalf("first: %+v", v)
	}
	s.patience = time.Millisecond
	s.Step(t.Context())
	s.Step(t.Context())
	if v := latest(r, Temperature); v.Value.Valid() || v.Why != "slow did not answer within 1ms" {
		t.Errorf("while it hangs: %+v", v)
	}
	if v := latest(r, MachineCPU); v.Value != 7 {
		t.Errorf("the other source: %+v", v)
	}
	if n := asked.Load(); n != 2 {
		t.Errorf("it was asked %d times while it hung", n)
	}
	if why := r.Snapshot(1).Silent["slow"]; why == "" {
		t.Error("nobody says that the source is silent")
	}
	close(release)
	s.Close()
	s.patience = deadline
	s.Step(t.Context())
	if v := latest(r, Temperature); v.Value != 52 {
		t.Errorf("after it answered: %+v", v)
	}
	if len(r.Snapshot(1).Silent) != 0 {
		t.Error("it is still called silent")
	}
}

// A source that panics costs its own figures only.
func TestBrokenSource(t *testing.T) {
	r := NewRecorder(Options{})
	reads := 0
	broken := source{"broken", func(context.Context) []Sample {
		if reads++; reads == 2 {
			panic("an empty file\x1b")
		}
		return []Sample{sample(Clock, 3000)}
	}}
	s := NewSampler(r, broken, steady("quick", MachineCPU, 7))
	s.Step(t.Context())
	s.Step(t.Context())
	if v := latest(r, Clock); v.Why != `the reading failed: an empty file\x1b` {
		t.Errorf("%+v", v)
	}
	s.Step(t.Context())
	if v := latest(r, Clock); v.Value != 3000 {
		t.Errorf("afterwards: %+v", v)
	}
}

// When Run returns, no reading goes on.
func TestRunEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var going atomic.Int32
	waits := source{"waits", func(ctx context.Context) []Sample {
		going.Add(1)
		defer going.Add(-1)
		<-ctx.Done()
		return nil
	}}
	s := NewSampler(NewRecorder(Options{}), waits)
	s.patience = time.Millisecond
	rounds := 0
	err := s.Run(ctx, time.Millisecond, func() error {
		if rounds++; rounds == 3 {
			cancel()
		}
		return nil
	})
	if !errors.Is(err, context.Canceled) || going.Load() != 0 || rounds != 3 {
		t.Errorf("%v, %d readings go on after %d rounds", err, going.Load(), rounds)
	}
	full := errors.New("disk full")
	if err := s.Run(t.Context(), time.Millisecond, func() error { return full }); !errors.Is(err, full) {
		t.Errorf("an error of the round: %v", err)
	}
}

func TestWatch(t *testing.T) {
	n := 0.0
	counts := source{"counts", func(context.Context) []Sample {
		n++
		return []Sample{sample(ProcessMemory, 1e6*n), metric(BatteryLevel).missing("x", "no battery in this machine")}
	}}
	var table, csv bytes.Buffer
	var rows []Row
	err := Watch(t.Context(), WatchOptions{Sources: []Source{counts}, Interval: time.Millisecond, Count: 3}, func(r Row) error {
		rows = append(rows, r)
		if len(rows) == 1 {
			return errors.Join(r.WriteHead(&table), r.WriteLine(&table), r.WriteCSVHead(&csv), r.WriteCSV(&csv))
		}
		return errors.Join(r.WriteLine(&table), r.WriteCSV(&csv))
	})
	if err != nil || len(rows) != 3 {
		t.Fatalf("%v, %d rows", err, len(rows))
	}
	for i, r := range rows {
		if got, want := r.Metrics[0].Value, 1e6*float64(i+2); float64(got) != want {
			t.Errorf("row %d has %v, want %v: the first reading is no row", i, got, want)
		}
		for _, m := range r.Metrics {
			if m.Panel == PanelAnswers || m.ID == ModelBytes {
				t.Errorf("%s without a run", m.ID)
			}
		}
		var line bytes.Buffer
		if err := r.WriteJSON(&line); err != nil {
			t.Fatal(err)
		}
		validate(t, WatchSchema(), "#/$defs/row", line.Bytes())
	}
	lines := strings.Split(strings.TrimSpace(table.String()), "\n")
	if len(lines) != 4 || !strings.Contains(lines[1], "2.00 MB") || !strings.Contains(lines[1], "n/a") || len([]rune(lines[0])) != len([]rune(lines[1])) {
		t.Errorf("table:\n%s", &table)
	}
	if got := strings.Split(csv.String(), "\n"); !strings.HasPrefix(got[0], "time,elapsed_ms,process_memory_bytes,") || !strings.Contains(got[3], ",4000000,") || len(got) != 5 {
		t.Errorf("CSV:\n%s", &csv)
	}
	stop := fmt.Errorf("the reader has gone")
	if err := Watch(t.Context(), WatchOptions{Interval: time.Millisecond}, func(Row) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("an error of the row: %v", err)
	}
}

// A round over the sensors of this machine.
func BenchmarkStep(b *testing.B) {
	sources, _, err := Here(b.Context(), 0)
	if err != nil {
		b.Fatal(err)
	}
	s := NewSampler(NewRecorder(Options{}), sources...)
	for b.Loop() {
		s.Step(b.Context())
	}
}

// A snapshot of a full window of the longest length.
func BenchmarkSnapshot(b *testing.B) {
	now := newClock()
	r := NewRecorder(Options{Now: now.now})
	r.StepWindow(9)
	for i := range DefaultCapacity {
		for _, m := range Metrics() {
			r.Record(now.at, m.value(float64(i*7919%1000), "", Measured))
		}
		now.pass(800 * time.Millisecond)
	}
	for b.Loop() {
		r.Snapshot(120)
	}
}
