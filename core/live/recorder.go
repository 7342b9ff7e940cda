package live

import (
	"maps"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/mmtui/mmtui/core/report"
)

// What a Recorder keeps, unless Options say otherwise.
const (
	DefaultCapacity = 4096            // values a metric: an hour and more at one a second
	DefaultWindow   = 5 * time.Minute // of percentiles and history
	maxSeries       = 128             // metrics; a source that invents names is cut off here
	maxRuns         = 32              // finished runs that can be pinned and compared
)

// Windows are the lengths that a user can choose.
func Windows() []time.Duration {
	return []time.Duration{10 * time.Second, 30 * time.Second, time.Minute, DefaultWindow, 15 * time.Minute, time.Hour}
}

// Options of NewRecorder. The zero value is usable.
type Options struct {
	Capacity int              // values kept a metric; 0: DefaultCapacity
	Now      func() time.Time // nil: time.Now
}

// Recorder keeps the last values of every metric, and the last runs. Its memory
// is fixed: Capacity × 24 bytes a metric that has values. It may be used from
// several goroutines at once.
type Recorder struct {
	capacity int
	now      func() time.Time

	mu     sync.Mutex
	series map[string]*series
	order  []string // of the IDs: as in Metrics, then in the order of appearance
	window time.Duration
	frozen time.Time // the moment that is shown while paused; zero: now
	silent map[string]string

	runs   []*Run // the last ones, oldest first
	lastID int
	pinA   int // IDs; 0: nothing
	pinB   int
}

// series is one metric over time.
type series struct {
	last Sample
	at   time.Time
	ring *ring // nil before the first value
}

// NewRecorder prepares a recorder that knows every metric of Metrics, none of
// them with a value yet.
func NewRecorder(opt Options) *Recorder {
	if opt.Capacity <= 0 {
		opt.Capacity = DefaultCapacity
	}
	if opt.Now == nil {
		opt.Now = time.Now
	}
	r := &Recorder{capacity: opt.Capacity, now: opt.Now, series: map[string]*series{}, window: DefaultWindow, silent: map[string]string{}}
	for _, m := range Metrics() {
		source, why := "", "it has not been read yet"
		if m.Panel == PanelAnswers || m.ID == ModelBytes || m.ID == CacheBytes {
			source, why = "runs", "no run has ended yet"
		}
		r.series[m.ID] = &series{last: m.missing(source, why)}
		r.order = append(r.order, m.ID)
	}
	return r
}

// Record takes in samples of one moment. One without a value changes what is
// said of the metric and adds nothing to its history.
func (r *Recorder) Record(at time.Time, samples ...Sample) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.record(at, samples...)
	r.settleEnergy()
}

func (r *Recorder) record(at time.Time, samples ...Sample) {
	for _, one := range samples {
		s := r.series[one.ID]
		if s == nil {
			if len(r.series) >= maxSeries {
				continue
			}
			s = &series{}
			r.series[one.ID] = s
			r.order = append(r.order, one.ID)
		}
		s.last, s.at = one, at
		if !one.Value.Valid() {
			continue
		}
		if s.ring == nil {
			s.ring = newRing(r.capacity)
		}
		s.ring.add(point{at: at.UnixNano(), span: int64(one.Span * 1e9), value: float64(one.Value)})
	}
}

// Window is the length of time that percentiles and history are about.
func (r *Recorder) Window() time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.window
}

// StepWindow takes the next longer of Windows (by 1), or the next shorter (by −1),
// as far as there is one.
func (r *Recorder) StepWindow(by int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := Windows()
	i := slices.Index(all, r.window) + by
	r.window = all[min(max(i, 0), len(all)-1)]
}

// TogglePause holds what is shown at this moment, or lets it go on. Recording
// goes on either way.
func (r *Recorder) TogglePause() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.frozen.IsZero() {
		r.frozen = r.now()
	} else {
		r.frozen = time.Time{}
	}
}

// Energy integrates a metric of power over a span of time, in joules. Every
// reading counts for the time that it stands for. ok is false unless readings
// cover at least 99 in 100 of the time.
func (r *Recorder) Energy(id string, from, to time.Time) (joules float64, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.energy(id, from, to)
}

func (r *Recorder) energy(id string, from, to time.Time) (float64, bool) {
	s := r.series[id]
	if s == nil || s.ring == nil {
		return math.NaN(), false
	}
	// A reading after the end may stand for the end, however long its span is.
	points, _ := s.ring.between(from.UnixNano(), math.MaxInt64)
	joules, covered := integral(points, from.UnixNano(), to.UnixNano())
	return joules, covered >= 0.99
}

// during gives the values of a metric in a span of time, in ascending order.
func (r *Recorder) during(id string, from, to time.Time) []float64 {
	s := r.series[id]
	if s == nil || s.ring == nil {
		return nil
	}
	points, _ := s.ring.between(from.UnixNano(), to.UnixNano())
	return sortedValues(points)
}

// Silence says that a source does not answer; "" that it does again.
func (r *Recorder) Silence(source, why string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if why == "" {
		delete(r.silent, source)
		return
	}
	r.silent[source] = why
}

// Latest is the last sample of every metric.
func (r *Recorder) Latest() []Sample {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := make([]Sample, 0, len(r.order))
	for _, id := range r.order {
		out = append(out, r.series[id].last)
	}
	return out
}

// Series is a metric with its last sample, its statistics and its history.
type Series struct {
	Sample
	Stats   Stats    `json:"stats"`
	History []Bucket `json:"-"`
}

// Snapshot is what there is to show at one moment.
type Snapshot struct {
	SchemaVersion int               `json:"schema_version"`
	Time          time.Time         `json:"time"`      // the moment that is shown
	WindowMS      int64             `json:"window_ms"` // before Time
	Paused        bool              `json:"paused"`
	Metrics       []Series          `json:"metrics"`
	Silent        map[string]string `json:"silent,omitempty"` // sources that do not answer, and why
	Runs          []Run             `json:"runs"`             // oldest first
	A             int               `json:"a,omitempty"`      // ID of the run that is pinned as A; 0: none
	B             int               `json:"b,omitempty"`      // of the one it is compared with
}

// Window is the length of time that the snapshot is about.
func (s Snapshot) Window() time.Duration { return time.Duration(s.WindowMS) * time.Millisecond }

// Metric finds a metric; ok is false when there is none of that ID.
func (s Snapshot) Metric(id string) (Series, bool) {
	for _, m := range s.Metrics {
		if m.ID == id {
			return m, true
		}
	}
	return Series{}, false
}

// Run finds a run by its ID, nil when it is gone.
func (s Snapshot) Run(id int) *Run {
	for i := range s.Runs {
		if s.Runs[i].ID == id {
			return &s.Runs[i]
		}
	}
	return nil
}

// Snapshot describes the window that ends now, or where it was paused, with a
// history of so many columns. ids names the metrics that are wanted; none are all.
func (r *Recorder) Snapshot(columns int, ids ...string) Snapshot {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.snapshot(r.frozen, columns, ids)
}

// SnapshotNow is a Snapshot of the window that ends now, paused or not, without a history.
func (r *Recorder) SnapshotNow(ids ...string) Snapshot {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.snapshot(time.Time{}, 0, ids)
}

// snapshot describes the window that ends at a moment; zero is now.
func (r *Recorder) snapshot(end time.Time, columns int, ids []string) Snapshot {
	out := Snapshot{SchemaVersion: report.SchemaVersion, WindowMS: r.window.Milliseconds(), Paused: !end.IsZero(), A: r.pinA, B: r.comparedTo()}
	if !out.Paused {
		end = r.now()
	}
	out.Time = end
	for _, id := range r.order {
		if len(ids) == 0 || slices.Contains(ids, id) {
			out.Metrics = append(out.Metrics, r.seriesAt(r.series[id], end, columns, out.Paused))
		}
	}
	if len(r.silent) > 0 {
		out.Silent = maps.Clone(r.silent)
	}
	out.Runs = make([]Run, 0, len(r.runs))
	for _, one := range r.runs {
		out.Runs = append(out.Runs, *one)
	}
	return out
}

// seriesAt describes one metric over the window that ends at a moment.
func (r *Recorder) seriesAt(s *series, end time.Time, columns int, paused bool) Series {
	from, to := end.Add(-r.window).UnixNano(), end.UnixNano()
	points, partial := s.ring.betweenOrNone(from, to)
	out := Series{Sample: s.last, Stats: statsOf(points, partial), History: historyOf(points, from, to, columns)}
	if paused { // the value of that moment, not of now
		out.Sample = heldAt(s.last, points)
	}
	return out
}

// heldAt is a sample as it was when the display was paused: the window's last value.
func heldAt(last Sample, points []point) Sample {
	if len(points) == 0 {
		if !last.Value.Valid() {
			return last
		}
		return last.missing(last.Source, "no value in this window")
	}
	last.Value, last.Why = report.Number(points[len(points)-1].value), ""
	if last.Confidence == "" {
		last.Confidence = Measured
	}
	return last
}

// betweenOrNone is between of a ring that may not be there yet.
func (r *ring) betweenOrNone(from, to int64) ([]point, bool) {
	if r == nil {
		return nil, false
	}
	return r.between(from, to)
}
