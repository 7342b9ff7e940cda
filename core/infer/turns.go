package infer

import "context"

// takeAll waits for the turns of several runners at once, each of them once.
// While one is busy the others are free: two callers that want the same runners
// in another order do not wait for each other for ever. release must be called
// after a nil error.
func takeAll(ctx context.Context, runners []*Runner) (release func(), err error) {
	var all []*Runner
	seen := map[*Runner]bool{}
	for _, r := range runners {
		if !seen[r] {
			seen[r] = true
			all = append(all, r)
		}
	}
	for wait := 0; ; {
		if err := all[wait].take(ctx); err != nil {
			return nil, err
		}
		held := []*Runner{all[wait]}
		busy := -1
		for i, r := range all {
			if i == wait {
				continue
			}
			free, err := r.tryTake()
			if err != nil {
				releaseAll(held)
				return nil, err
			}
			if !free {
				busy = i
				break
			}
			held = append(held, r)
		}
		if busy < 0 {
			return func() { releaseAll(held) }, nil
		}
		releaseAll(held)
		wait = busy
	}
}

func releaseAll(held []*Runner) {
	for _, r := range held {
		r.release()
	}
}

// tryTake is take for who does not want to wait.
func (r *Runner) tryTake() (free bool, err error) {
	select {
	case <-r.turn:
	default:
		return false, nil
	}
	if err := r.open(); err != nil {
		r.release()
		return false, err
	}
	return true, nil
}

// open says whether the runner that is held was closed meanwhile.
func (r *Runner) open() error {
	r.life.RLock()
	defer r.life.RUnlock()
	if r.closed {
		return ErrClosed
	}
	return nil
}
