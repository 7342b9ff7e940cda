package projects

import (
	"bytes"
	"crypto/sha256"
	"sync"
)

// Live is a project that follows its file: a good edit replaces it, a bad one
// leaves the last good one in use. It is safe for concurrent use. Watching the
// file is the caller's; every sign of a change is a call of Reload.
type Live struct {
	mu      sync.Mutex
	path    string
	good    *Project
	lastBad []byte // the text that failed last, nil when the last one was good
	lastErr error
}

// NewLive follows the file of a project that was loaded or saved.
func NewLive(p *Project) *Live { return &Live{path: p.Path, good: p} }

// Current is the last good project.
func (l *Live) Current() *Project {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.good
}

// Saved makes a project that Save returned the current one, so that the change
// of the file that follows is no news.
func (l *Live) Saved(p *Project) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.path, l.good, l.lastBad, l.lastErr = p.Path, p, nil, nil
}

// Reload reads the file again and checks it in full before it takes its place.
// It returns the project now in use. changed tells that it says something new;
// an edit of comments is taken over without that. With an error (Problems: a
// bad edit, or the file is gone) the project is the last good one; the same
// text gives the same error again.
func (l *Live) Reload() (p *Project, changed bool, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	data, err := readFile(l.path)
	if err != nil {
		l.lastBad, l.lastErr = nil, nil
		return l.good, false, err
	}
	if l.lastErr != nil && bytes.Equal(data, l.lastBad) {
		return l.good, false, l.lastErr
	}
	if l.good.source != nil && l.good.source.hash == sha256.Sum256(data) {
		l.lastBad, l.lastErr = nil, nil
		return l.good, false, nil
	}
	next, err := Parse(l.path, data)
	if err != nil {
		l.lastBad, l.lastErr = data, err
		return l.good, false, err
	}
	changed = !next.Equal(l.good)
	l.good, l.lastBad, l.lastErr = next, nil, nil
	return next, changed, nil
}
