package live

import (
	"cmp"
	"errors"
	"math"
	"slices"
	"time"

	"github.com/mmtui/mmtui/core/infer"
	"github.com/mmtui/mmtui/core/report"
)

// Figure is one figure of a run.
type Figure struct {
	Metric
	Value report.Number `json:"value"`
	Note  string        `json:"note,omitempty"`
	Why   string        `json:"why,omitempty"` // why there is no value
}

// Run is what was measured of one answer.
type Run struct {
	ID      int       `json:"id"`    // from 1
	Label   string    `json:"label"` // the model and how it runs
	Started time.Time `json:"started"`
	Ended   time.Time `json:"ended"` // zero while it is under way
	Problem string    `json:"problem,omitempty"`
	Figures []Figure  `json:"figures"`

	meterStart float64 // joules of the meter; NaN: none
	waiting    bool    // for the reading of power after its end
}

// Under reports whether the run is under way.
func (r Run) Under() bool { return r.Ended.IsZero() }

// Figure finds a figure by its metric's ID.
func (r Run) Figure(id string) (Figure, bool) {
	for _, f := range r.Figures {
		if f.ID == id {
			return f, true
		}
	}
	return Figure{}, false
}

// Meter counts energy.
type Meter interface {
	// Joules is the energy used since some fixed moment, with the name of what
	// counted it; the error says why it is not known.
	Joules() (joules float64, source string, err error)
}

// Feed takes in what happens in one run. Its calls come one after the other.
// Times are those of the run's own work, from 0: where several runs take turns,
// the work of the others does not count.
type Feed struct {
	recorder *Recorder
	meter    Meter
	turns    bool // other runs work in between
	run      *Run
	base     time.Duration // own time when the run itself began; before it the model was opened
	first    time.Duration // own time at the first token, from base on
	last     time.Duration // and at the last one so far
	tokens   int
	gaps     []float64     // ms between tokens; the first Capacity of them
	since    time.Duration // of the speed that is shown meanwhile
	counted  int
}

// speedInterval is how often the speed of a run under way is recorded.
const speedInterval = 500 * time.Millisecond

// inTurns is why a figure of the whole machine is not one run's.
const inTurns = "the runs took turns: it is not one run's own"

// Begin starts a run. meter may be nil; turns says that other runs work in
// between, so that figures of the whole machine are not this run's.
func (r *Recorder) Begin(label string, meter Meter, turns bool) *Feed {
	joules := startOf(meter, turns)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lastID++
	one := &Run{ID: r.lastID, Label: label, Started: r.now(), meterStart: joules}
	if r.runs = append(r.runs, one); len(r.runs) > maxRuns {
		r.runs = slices.Delete(r.runs, 0, r.dropped())
	}
	return &Feed{recorder: r, meter: meter, turns: turns, run: one}
}

// dropped makes room by the oldest run that is not pinned: it moves to the front.
func (r *Recorder) dropped() int {
	for i, one := range r.runs {
		if one.ID != r.pinA && one.ID != r.pinB {
			copy(r.runs[1:i+1], r.runs[:i])
			r.runs[0] = one
			break
		}
	}
	return 1
}

// Event takes in an event of the run, own after Begin. With Started the clock
// begins anew: opening and quantizing the model are no part of the answer.
func (f *Feed) Event(e infer.Event, own time.Duration) {
	if e.Kind == infer.Started {
		f.started(own)
	}
	if e.Kind != infer.Token {
		return
	}
	own -= f.base
	r := f.recorder
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.now()
	f.tokens++
	if f.tokens == 1 {
		f.first, f.last, f.since, f.counted = own, own, own, 1
		r.record(now, metric(FirstTokenMS).value(milliseconds(own), runSource, Measured))
		return
	}
	gap := milliseconds(own - f.last)
	f.last = own
	if len(f.gaps) < r.capacity {
		f.gaps = append(f.gaps, gap)
	}
	r.record(now, metric(TokenMS).value(gap, runSource, Measured))
	if past := own - f.since; past >= speedInterval {
		r.record(now, metric(Speed).value(float64(f.tokens-f.counted)/past.Seconds(), runSource, Measured))
		f.since, f.counted = own, f.tokens
	}
}

func (f *Feed) started(own time.Duration) {
	joules := startOf(f.meter, f.turns)
	f.recorder.mu.Lock()
	defer f.recorder.mu.Unlock()
	f.base, f.run.Started, f.run.meterStart = own, f.recorder.now(), joules
}

// startOf is what the meter shows at the start of a run, NaN without one.
func startOf(m Meter, turns bool) float64 {
	if m == nil || turns {
		return math.NaN()
	}
	joules, _, err := m.Joules()
	if err != nil {
		return math.NaN()
	}
	return joules
}

const runSource = "runs in this program"

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// End takes in the answer, own after Begin, or why there is none; result may be nil.
func (f *Feed) End(result *infer.Result, err error, own time.Duration) {
	joules, meterName, meterErr := math.NaN(), "", errors.New("no meter of energy")
	switch {
	case f.turns:
		meterErr = errors.New(inTurns)
	case f.meter != nil:
		joules, meterName, meterErr = f.meter.Joules()
	}
	r := f.recorder
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.now()
	f.run.Ended = now
	own -= f.base
	if err != nil {
		f.run.Problem = report.Printable(err.Error())
	}
	if result != nil && result.TotalMS.Valid() {
		own = time.Duration(float64(result.TotalMS) * float64(time.Millisecond))
	}
	f.run.Figures = r.figures(f, result, own)
	if result == nil || err != nil {
		return
	}
	r.recordResult(f, result, own)
	switch {
	case meterErr == nil && !math.IsNaN(f.run.meterStart):
		r.setEnergy(f.run, joules-f.run.meterStart, meterName, Measured, "the whole package, other programs included")
	case meterErr != nil:
		r.record(now, metric(AnswerEnergy).missing(runSource, reason(meterErr)))
		f.run.setFigure(Figure{Metric: metric(AnswerEnergy), Value: report.NA(), Why: reason(meterErr)})
		f.run.waiting = !f.turns
	}
}

// recordResult adds what only the end of a run tells to the history.
func (r *Recorder) recordResult(f *Feed, result *infer.Result, own time.Duration) {
	now := f.run.Ended
	r.record(now, metric(AnswerMS).value(milliseconds(own), runSource, Measured))
	if result.TokensPerSecond.Valid() && f.since == f.first { // too short for a speed meanwhile
		r.record(now, metric(Speed).value(float64(result.TokensPerSecond), runSource, Measured))
	}
	if result.WeightBytes > 0 {
		r.record(now, metric(ModelBytes).value(float64(result.WeightBytes), "the run's own count", Measured))
	}
	if result.ActivationBytes > 0 {
		r.record(now, metric(CacheBytes).value(float64(result.ActivationBytes), "the run's own count", Measured))
	}
}

// settleEnergy works out the energy of runs that no meter counted from the
// battery's power, once a reading after their end is there.
func (r *Recorder) settleEnergy() {
	battery := r.series[BatteryPower]
	for _, one := range r.runs {
		if !one.waiting || battery == nil || !battery.last.Value.Valid() || battery.at.Before(one.Ended) {
			continue
		}
		one.waiting = false
		joules, ok := r.energy(BatteryPower, one.Started, one.Ended)
		if ok && joules < 0 { // drained: on the charger its power is not the run's
			r.setEnergy(one, -joules, "battery power over the run", Estimated, "the whole machine")
		}
	}
}

func (r *Recorder) setEnergy(one *Run, joules float64, source string, c Confidence, note string) {
	sample := metric(AnswerEnergy).value(joules, source, c)
	sample.Note = note
	r.record(one.Ended, sample)
	one.setFigure(Figure{Metric: metric(AnswerEnergy), Value: sample.Value, Note: string(c) + ": " + source + ", " + note, Why: sample.Why})
}

func (r *Run) setFigure(f Figure) {
	kept := slices.Clone(r.Figures) // snapshots share the old one
	if i := slices.IndexFunc(kept, func(o Figure) bool { return o.ID == f.ID }); i >= 0 {
		kept[i] = f
	} else {
		kept = append(kept, f)
	}
	r.Figures = kept
}

// figures are what is known of a run at its end.
func (r *Recorder) figures(f *Feed, result *infer.Result, own time.Duration) []Figure {
	noAnswer := "the run gave no answer"
	figure := func(id, title string, v report.Number, why string) Figure {
		m := metric(id)
		m.ID, m.Title = cmp.Or(m.ID, id), title
		if v.Valid() {
			why = ""
		}
		return Figure{Metric: m, Value: v, Why: why}
	}
	gaps := slices.Clone(f.gaps)
	slices.Sort(gaps)
	share := func(q float64) report.Number { return report.Number(quantile(gaps, q)) }
	per := func(id, title string, q float64) Figure {
		return Figure{Metric: Metric{id, title, Milliseconds, PanelAnswers}, Value: share(q), Why: ifMissing(share(q), "fewer than two tokens")}
	}
	speed, first, weights, cache, peak := report.NA(), report.NA(), report.NA(), report.NA(), report.NA()
	if result != nil {
		speed, first, peak = result.TokensPerSecond, result.TimeToFirstToken, result.PeakMemoryBytes
		weights, cache, noAnswer = positive(result.WeightBytes), positive(result.ActivationBytes), "the runner does not tell"
	}
	if f.tokens > 0 {
		first = report.Number(milliseconds(f.first))
	}
	mean, hot, unread := r.over(f)
	return []Figure{
		figure(FirstTokenMS, "first token", first, noAnswer),
		per("token_p50_ms", "per token, p50", 0.5), per("token_p95_ms", "per token, p95", 0.95), per("token_p99_ms", "per token, p99", 0.99),
		figure(Speed, "speed", speed, noAnswer),
		figure(AnswerMS, "whole answer", report.Number(milliseconds(own)), ""),
		{Metric: Metric{"tokens_count", "tokens", Count, PanelAnswers}, Value: report.Number(f.tokens)},
		figure(ModelBytes, "model weights", weights, noAnswer), figure(CacheBytes, "cache, scratch", cache, noAnswer),
		{Metric: Metric{"peak_memory_bytes", "peak memory", Bytes, PanelMemory}, Value: peak, Why: ifMissing(peak, noAnswer)},
		figure(ProcessCPU, "CPU, mean", mean, unread),
		figure(Temperature, "temperature, max", hot, unread),
		figure(AnswerEnergy, "energy", report.NA(), noAnswer),
	}
}

// over is the mean share of the processor and the highest temperature of a run,
// or why there are none.
func (r *Recorder) over(f *Feed) (cpu, hottest report.Number, why string) {
	cpu, hottest, why = report.NA(), report.NA(), "no reading fell into the run"
	if f.turns {
		return cpu, hottest, inTurns
	}
	from, to := f.run.Started, f.run.Ended
	if values := r.during(ProcessCPU, from, to); len(values) > 0 {
		sum := 0.0
		for _, v := range values {
			sum += v
		}
		cpu = report.Number(sum / float64(len(values)))
	}
	if values := r.during(Temperature, from, to); len(values) > 0 {
		hottest = report.Number(values[len(values)-1])
	}
	return cpu, hottest, why
}

func positive(n int64) report.Number {
	if n <= 0 {
		return report.NA()
	}
	return report.Number(n)
}

func ifMissing(v report.Number, why string) string {
	if v.Valid() {
		return ""
	}
	return why
}
