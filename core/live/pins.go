package live

import "errors"

// ErrNoRun says that there is nothing to pin.
var ErrNoRun = errors.New("no run has ended yet; the Run view asks a model")

// Pin keeps the last run that has ended as side "A" or "B" of the comparison.
func (r *Recorder) Pin(side string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	id := r.lastEnded(0)
	switch {
	case id == 0:
		return ErrNoRun
	case side == "A":
		r.pinA = id
	default:
		r.pinB = id
	}
	return nil
}

// Unpin takes both pins away.
func (r *Recorder) Unpin() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.pinA, r.pinB = 0, 0
}

// comparedTo is the run that A is compared with: the one pinned as B, else the
// last that has ended and is not A.
func (r *Recorder) comparedTo() int {
	if r.pinB != 0 || r.pinA == 0 {
		return r.pinB
	}
	return r.lastEnded(r.pinA)
}

// lastEnded is the ID of the last run that has ended, but for one; 0: none.
func (r *Recorder) lastEnded(but int) int {
	for i := len(r.runs) - 1; i >= 0; i-- {
		if one := r.runs[i]; !one.Under() && one.ID != but {
			return one.ID
		}
	}
	return 0
}
