package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"

	"github.com/mmtui/mmtui/core/report"
)

// progress is one line on stderr that is drawn over, on a terminal only.
type progress struct {
	con   *console
	what  string
	drawn bool
	last  time.Time
}

// redraw is the shortest time between two drawings.
const redraw = 80 * time.Millisecond

func (c *console) progress(what string) *progress { return &progress{con: c, what: what} }

// step says that done of all steps are finished, and which is under way.
func (p *progress) step(done, of int, now string) {
	if p.con.quiet || !p.con.errTerminal || of <= 0 {
		return
	}
	at := time.Now()
	if at.Sub(p.last) < redraw {
		return
	}
	p.last, p.drawn = at, true
	const width = 20
	filled := min(width, width*done/of)
	bar := strings.Repeat("█", filled) + strings.Repeat("░", width-filled)
	line := fmt.Sprintf("%s %s %d/%d %s", p.what, bar, done, of, report.Printable(now))
	fmt.Fprintf(p.con.err, "\r\x1b[K%s", ansi.Truncate(line, 79, "…"))
}

// end removes the line.
func (p *progress) end() {
	if p.drawn {
		fmt.Fprint(p.con.err, "\r\x1b[K")
		p.drawn = false
	}
}
