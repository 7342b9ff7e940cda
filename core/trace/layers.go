package trace

import "time"

// layers times named layers, one inside another.
type layers struct {
	now    func() time.Time
	known  map[layerKey]int
	all    []timing
	open   []span
	paused time.Time
}

// layerKey tells the prompt's passes from those of further tokens.
type layerKey struct {
	name  string
	token bool
}

// timing is what a layer took over all its calls.
type timing struct {
	layerKey
	depth int // of layers around it
	calls int
	total time.Duration // layers inside it included
	inner time.Duration // of layers inside it
}

// span is a layer that is under way.
type span struct {
	at    int // of all
	start time.Time
	out   time.Duration // spent recording, which is not the layer's
}

func (l *layers) begin(name string, token bool) {
	if l.known == nil {
		l.known = map[layerKey]int{}
	}
	key := layerKey{name, token}
	at, ok := l.known[key]
	if !ok {
		at = len(l.all)
		l.known[key] = at
		l.all = append(l.all, timing{layerKey: key, depth: len(l.open)})
	}
	l.open = append(l.open, span{at: at, start: l.now()})
}

// end closes the innermost layer of that name; those inside it that an error
// left open are dropped.
func (l *layers) end(name string) {
	for i := len(l.open) - 1; i >= 0; i-- {
		s := l.open[i]
		if l.all[s.at].name != name {
			continue
		}
		took := l.now().Sub(s.start) - s.out
		l.all[s.at].calls++
		l.all[s.at].total += took
		l.open = l.open[:i]
		if i > 0 {
			l.all[l.open[i-1].at].inner += took
			l.open[i-1].out += s.out
		}
		return
	}
}

// pause and resume enclose work of the recorder.
func (l *layers) pause() { l.paused = l.now() }

func (l *layers) resume() {
	if n := len(l.open); n > 0 {
		l.open[n-1].out += l.now().Sub(l.paused)
	}
}
