package family

import (
	"sync"

	"github.com/mmtui/mmtui/internal/large"
)

// mostIdle is how many blocks a network keeps for its next runs.
const mostIdle = 3

// scratch lends a network's runs their memory and keeps what comes back: memory
// that is fresh from the system costs a fault a page, which is a tenth of a run.
// What a block holds when it is lent again is of no meaning.
type scratch struct {
	mu   sync.Mutex
	idle [][]float32
}

// take lends n floats.
func (s *scratch) take(n int) []float32 {
	s.mu.Lock()
	defer s.mu.Unlock()
	best := -1
	for i, b := range s.idle {
		if cap(b) >= n && (best < 0 || cap(b) < cap(s.idle[best])) {
			best = i
		}
	}
	// A block of many times the size is for another use.
	if best < 0 || cap(s.idle[best]) > 2*n {
		return large.Floats(n)
	}
	b := s.idle[best]
	s.idle = append(s.idle[:best], s.idle[best+1:]...)
	return b[:n]
}

// give takes a block back; nobody may use it any more. The oldest makes way.
func (s *scratch) give(b []float32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.idle) == mostIdle {
		s.idle = append(s.idle[:0], s.idle[1:]...)
	}
	s.idle = append(s.idle, b)
}
