package bench

import (
	"slices"
	"strings"
	"time"
)

// The kinds of layers.
const (
	linearKind    = "linear"
	attentionKind = "attention"
	normKind      = "norm"
	actKind       = "activation"
	rotaryKind    = "rotary positions"
	tableKind     = "embedding"
	otherKind     = "other"
	betweenKind   = "between layers" // what no layer's time holds
)

// The parts of a model in the order of a run.
const (
	encoderPart   = "encoder"
	connectorPart = "connector"
	promptPart    = "prompt"
)

// layerTime is what one layer took in a watched run; one whose rows go in
// blocks has its calls summed.
type layerTime struct {
	name, kind, part string
	calls            int
	took             time.Duration
	work
}

// stopwatch sums the time of layers. It is an nn.Observer of one run.
type stopwatch struct {
	now    func() time.Time
	tally  *tally
	begin  time.Time // of the layer under way
	last   time.Time // end of the layer before it, or begin of the run
	before work

	layers  []layerTime
	at      map[string]int // index in layers
	between map[string]time.Duration
}

func newStopwatch(now func() time.Time, t *tally) *stopwatch {
	return &stopwatch{now: now, tally: t, last: now(), at: map[string]int{}, between: map[string]time.Duration{}}
}

// Activation is of no use here.
func (s *stopwatch) Activation(string, []int, []float32) {}

// Begin begins a layer: the time since the last one belongs to the same part.
func (s *stopwatch) Begin(name string) {
	s.begin, s.before = s.now(), s.tally.work
	s.between[partOf(name)] += s.begin.Sub(s.last)
}

// End ends it.
func (s *stopwatch) End(name string) {
	end := s.now()
	i, ok := s.at[name]
	if !ok {
		i = len(s.layers)
		s.at[name] = i
		s.layers = append(s.layers, layerTime{name: name, part: partOf(name)})
	}
	l := &s.layers[i]
	l.calls++
	l.took += end.Sub(s.begin)
	now := s.tally.work
	l.work = l.plus(work{now.integer - s.before.integer, now.float - s.before.float, now.bytes - s.before.bytes})
	l.kind = kindOf(name, l.work)
	s.last = end
}

// finish counts what came after the last layer to its part.
func (s *stopwatch) finish() {
	if n := len(s.layers); n > 0 {
		s.between[s.layers[n-1].part] += s.now().Sub(s.last)
	}
}

// total is the work of all layers.
func (s *stopwatch) total() work {
	var sum work
	for _, l := range s.layers {
		sum = sum.plus(l.work)
	}
	return sum
}

// parts is the time of each part of the model, what is between its layers included.
func (s *stopwatch) parts() map[string]time.Duration {
	sum := map[string]time.Duration{}
	for _, l := range s.layers {
		sum[l.part] += l.took
	}
	for part, d := range s.between {
		sum[part] += d
	}
	return sum
}

// kinds is the time and work of each kind of layer, the longest first.
func (s *stopwatch) kinds() []layerTime {
	var out []layerTime
	add := func(kind string, calls int, took time.Duration, w work) {
		i := slices.IndexFunc(out, func(l layerTime) bool { return l.kind == kind })
		if i < 0 {
			i = len(out)
			out = append(out, layerTime{kind: kind})
		}
		out[i].calls, out[i].took, out[i].work = out[i].calls+calls, out[i].took+took, out[i].plus(w)
	}
	for _, l := range s.layers {
		add(l.kind, l.calls, l.took, l.work)
	}
	for _, d := range s.between {
		add(betweenKind, 0, d, work{})
	}
	slices.SortStableFunc(out, func(a, b layerTime) int { return int(b.took - a.took) })
	return out
}

// kindOf tells what a layer is by its name and by what it did.
func kindOf(name string, w work) string {
	last := name[strings.LastIndexByte(name, '.')+1:]
	switch {
	case w != work{}:
		return linearKind
	case last == "attention":
		return attentionKind
	case strings.Contains(last, "norm"), strings.Contains(last, "layrnorm"):
		return normKind
	case last == "rotary_emb":
		return rotaryKind
	case strings.HasPrefix(last, "act"):
		return actKind
	case strings.Contains(last, "embed"):
		return tableKind
	}
	return otherKind
}

// partOf is the part of a vision-language model that a layer is of.
func partOf(name string) string {
	switch {
	case strings.Contains(name, "vision_model"):
		return encoderPart
	case strings.Contains(name, "connector"):
		return connectorPart
	}
	return promptPart
}
