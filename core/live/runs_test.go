package live

import (
	"errors"
	"math"
	"testing"
	"time"

	"github.com/mmtui/mmtui/core/infer"
	"github.com/mmtui/mmtui/core/report"
)

// meter is a counter that a test turns.
type meter struct {
	joules float64
	err    error
}

func (m *meter) Joules() (float64, string, error) { return m.joules, "a meter", m.err }

func answer() *infer.Result {
	na := report.NA()
	return &infer.Result{TokensPerSecond: 25, TimeToFirstToken: 300, TotalMS: 620, PeakMemoryBytes: 9e6, WeightBytes: 5e6, ActivationBytes: 1e6, PreprocessMS: na, EncoderMS: na}
}

// play runs an answer whose first token comes after 300 ms, and whose further
// ones after the given times.
func play(r *Recorder, now *clock, m Meter, label string, gaps ...time.Duration) {
	f := r.Begin(label, m, false)
	start := now.at
	now.pass(5 * time.Second) // the model is opened
	if counted, ok := m.(*meter); ok {
		counted.joules += 1000
	}
	f.Event(infer.Event{Kind: infer.Started}, now.at.Sub(start))
	now.pass(300 * time.Millisecond)
	f.Event(infer.Event{Kind: infer.Token}, now.at.Sub(start))
	for _, gap := range gaps {
		now.pass(gap)
		f.Event(infer.Event{Kind: infer.Token}, now.at.Sub(start))
	}
	if counted, ok := m.(*meter); ok {
		counted.joules += 12
	}
	f.End(answer(), nil, now.at.Sub(start))
}

func figure(t *testing.T, r Run, id string) report.Number {
	t.Helper()
	f, ok := r.Figure(id)
	if !ok || f.Value.Valid() == (f.Why != "") {
		t.Fatalf("%s: %+v", id, f)
	}
	return f.Value
}

func TestRunFigures(t *testing.T) {
	now := newClock()
	r := NewRecorder(Options{Now: now.now})
	play(r, now, &meter{joules: 100}, "tiny · int2", 40*time.Millisecond, 60*time.Millisecond, 20*time.Millisecond, 200*time.Millisecond)
	run := r.Snapshot(1).Runs[0]
	for id, want := range map[string]float64{
		FirstTokenMS: 300, "token_p50_ms": 40, "token_p95_ms": 200, "token_p99_ms": 200, Speed: 25, AnswerMS: 620, "tokens_count": 5,
		ModelBytes: 5e6, CacheBytes: 1e6, "peak_memory_bytes": 9e6, AnswerEnergy: 12,
	} {
		if got := float64(figure(t, run, id)); got != want {
			t.Errorf("%s is %v, want %v", id, got, want)
		}
	}
	if v := figure(t, run, ProcessCPU); v.Valid() {
		t.Errorf("a share of the processor without a reading: %v", v)
	}
	s := r.Snapshot(1)
	for id, want := range map[string]float64{FirstTokenMS: 300, TokenMS: 200, AnswerMS: 620, AnswerEnergy: 12, ModelBytes: 5e6, CacheBytes: 1e6, Speed: 25} {
		if m, _ := s.Metric(id); float64(m.Value) != want {
			t.Errorf("the history's %s is %v, want %v", id, m.Value, want)
		}
	}
	if m, _ := s.Metric(TokenMS); m.Stats.Count != 4 || m.Stats.P50 != 40 {
		t.Errorf("per token: %+v", m.Stats)
	}
}

// A long run shows its speed meanwhile: ten tokens a second.
func TestSpeedMeanwhile(t *testing.T) {
	now := newClock()
	r := NewRecorder(Options{Now: now.now})
	f := r.Begin("x", nil, false)
	for i := range 21 {
		now.pass(100 * time.Millisecond)
		f.Event(infer.Event{Kind: infer.Token}, time.Duration(i+1)*100*time.Millisecond)
	}
	m, _ := r.Snapshot(1).Metric(Speed)
	if m.Stats.Count != 4 || math.Abs(float64(m.Stats.Min)-10) > 1e-9 || math.Abs(float64(m.Stats.Max)-10) > 1e-9 {
		t.Errorf("%+v", m.Stats)
	}
	if run := r.Snapshot(1).Runs[0]; !run.Under() {
		t.Error("the run has ended")
	}
}

// Without a meter the battery's power over the run counts, while it is drained.
func TestEnergyOfTheBattery(t *testing.T) {
	for _, c := range []struct {
		name    string
		watts   float64
		covered bool
		want    float64
	}{
		{"drained", -10, true, 6.2}, {"on the charger", 10, true, math.NaN()}, {"not read", -10, false, math.NaN()},
	} {
		now := newClock()
		r := NewRecorder(Options{Now: now.now})
		power := func() Sample {
			s := sample(BatteryPower, c.watts)
			if c.covered {
				s.Span = 5
			}
			return s
		}
		r.Record(now.at, power())
		play(r, now, &meter{err: errors.New("root only")}, "x", 320*time.Millisecond)
		if f, _ := r.Snapshot(1).Runs[0].Figure(AnswerEnergy); f.Value.Valid() || f.Why != "root only" {
			t.Errorf("%s, before the battery is read again: %+v", c.name, f)
		}
		now.pass(2 * time.Second)
		r.Record(now.at, power())
		got := float64(figure(t, r.Snapshot(1).Runs[0], AnswerEnergy))
		if math.Abs(got-c.want) > 1e-9 || math.IsNaN(got) != math.IsNaN(c.want) {
			t.Errorf("%s: %v J, want %v", c.name, got, c.want)
		}
		if m, _ := r.Snapshot(1).Metric(AnswerEnergy); m.Value.Valid() && m.Confidence != Estimated {
			t.Errorf("%s: %s", c.name, m.Confidence)
		}
	}
}

func TestRunsThatFail(t *testing.T) {
	now := newClock()
	r := NewRecorder(Options{Now: now.now})
	r.Begin("x", &meter{}, false).End(nil, errors.New("too large"), 0)
	run := r.Snapshot(1).Runs[0]
	if run.Under() || run.Problem != "too large" {
		t.Errorf("%+v", run)
	}
	for _, f := range run.Figures {
		if f.Value.Valid() && f.ID != AnswerMS && f.ID != "tokens_count" {
			t.Errorf("%s is %v of no answer", f.ID, f.Value)
		}
	}
	if m, _ := r.Snapshot(1).Metric(AnswerMS); m.Value.Valid() {
		t.Error("a failed run counts among the latencies")
	}
}

func TestPins(t *testing.T) {
	now := newClock()
	r := NewRecorder(Options{Now: now.now})
	if err := r.Pin("A"); !errors.Is(err, ErrNoRun) {
		t.Errorf("nothing to pin: %v", err)
	}
	sides := func(a, b int) {
		t.Helper()
		if s := r.Snapshot(1); s.A != a || s.B != b || a > 0 && s.Run(a) == nil || b > 0 && s.Run(b) == nil {
			t.Errorf("A %d, B %d, want %d and %d", s.A, s.B, a, b)
		}
	}
	play(r, now, nil, "one")
	_ = r.Pin("A")
	sides(1, 0) // it is not compared with itself
	play(r, now, nil, "two")
	sides(1, 2)
	play(r, now, nil, "three")
	sides(1, 3) // the last one
	_ = r.Pin("B")
	for range 3 * maxRuns {
		play(r, now, nil, "more")
	}
	sides(1, 3) // pinned runs stay
	r.Unpin()
	sides(0, 0)
	ids := map[int]bool{}
	for _, one := range r.Snapshot(1).Runs {
		ids[one.ID] = true
	}
	if len(ids) != maxRuns || !ids[3*maxRuns+3] {
		t.Errorf("%d different runs are kept", len(ids))
	}
}

// Of runs that take turns only their own times are theirs.
func TestRunsInTurns(t *testing.T) {
	now := newClock()
	r := NewRecorder(Options{Now: now.now})
	counted := &meter{}
	a, b := r.Begin("a", counted, true), r.Begin("b", counted, true)
	for i := range 3 {
		now.pass(10 * time.Millisecond)
		a.Event(infer.Event{Kind: infer.Token}, time.Duration(i+1)*10*time.Millisecond)
		now.pass(40 * time.Millisecond)
		b.Event(infer.Event{Kind: infer.Token}, time.Duration(i+1)*40*time.Millisecond)
		counted.joules += 5
	}
	r.Record(now.at, sample(ProcessCPU, 90))
	quick, slow := answer(), answer()
	quick.TotalMS, slow.TotalMS = 31, report.NA()
	a.End(quick, nil, 30*time.Millisecond)
	b.End(slow, nil, 120*time.Millisecond)
	for i, want := range []struct{ first, token, whole report.Number }{{10, 10, 31}, {40, 40, 120}} {
		run := r.Snapshot(1).Runs[i]
		if figure(t, run, FirstTokenMS) != want.first || figure(t, run, "token_p99_ms") != want.token || figure(t, run, AnswerMS) != want.whole {
			t.Errorf("run %d: %+v", i, run.Figures)
		}
		for _, id := range []string{AnswerEnergy, ProcessCPU, Temperature} {
			if f, _ := run.Figure(id); f.Value.Valid() || f.Why != inTurns {
				t.Errorf("run %d: %+v", i, f)
			}
		}
	}
}
