package app

import (
	"strings"
	"sync"

	"github.com/mmtui/mmtui/ui/picture"
)

// maxSent bounds how many pictures the terminal holds for us.
const maxSent = 64

// graphics sends pictures to a terminal that draws them itself, beside the
// frames, and has it forget the oldest.
type graphics struct {
	write func(string) error // nil: nothing is sent

	mu   sync.Mutex
	sent []uint32 // oldest first
}

func newGraphics(write func(string) error) *graphics { return &graphics{write: write} }

// send transmits a picture unless the terminal has it.
func (g *graphics) send(p *picture.Picture) error {
	text := p.Transmission()
	if text == "" || g.write == nil {
		return nil
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	for i, id := range g.sent {
		if id == p.ID() {
			g.sent = append(append(g.sent[:i:i], g.sent[i+1:]...), id)
			return nil
		}
	}
	for len(g.sent) >= maxSent {
		text += picture.Forget(g.sent[0])
		g.sent = g.sent[1:]
	}
	g.sent = append(g.sent, p.ID())
	return g.write(text)
}

// clear has the terminal forget every picture.
func (g *graphics) clear() {
	g.mu.Lock()
	defer g.mu.Unlock()
	var b strings.Builder
	for _, id := range g.sent {
		b.WriteString(picture.Forget(id))
	}
	g.sent = nil
	if b.Len() > 0 && g.write != nil {
		_ = g.write(b.String()) // the terminal is gone, and the pictures with it
	}
}
