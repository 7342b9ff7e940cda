package pool

import (
	"math/bits"
	"runtime"
	"runtime/debug"
)

// How long a worker or an owner looks before it sleeps: some fifty microseconds,
// a few times what waking costs: one multiplication follows another within
// that, with an attention or a norm between them.
const (
	spins      = 256 // pauses between two yields of the processor to other goroutines
	spinRounds = 16
)

// work is a worker's life.
func (p *Pool) work(worker int) {
	debug.SetPanicOnFault(true) // of this goroutine only, which runs nothing but chunks
	for {
		if p.help(worker) {
			continue
		}
		if p.watch() {
			continue
		}
		p.sleeping.Add(1)
		if p.open.Load() != 0 { // opened between the last look and the count
			p.sleeping.Add(-1)
			continue
		}
		select {
		case <-p.wake:
			p.sleeping.Add(-1)
		case <-p.quit:
			p.sleeping.Add(-1)
			return
		}
	}
}

// watch looks for an open run for a short while.
func (p *Pool) watch() bool {
	for range spinRounds {
		for range spins {
			if p.open.Load() != 0 {
				return true
			}
			pause()
		}
		runtime.Gosched()
	}
	return false
}

// help claims chunks of every open run, and says whether there was one to join.
func (p *Pool) help(worker int) bool {
	helped := false
	for open := p.open.Load(); open != 0; open &= open - 1 {
		slot := bits.TrailingZeros64(open)
		r := &p.runs[slot]
		if !r.join() {
			continue
		}
		helped = true
		r.claim(worker)
		p.open.And(^(uint64(1) << slot)) // nothing left to claim; still within the run, so the bit is its own
		r.leave()
	}
	return helped
}
