package app

import (
	"context"
	"errors"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/int2"
	"github.com/mmtui/mmtui/ui/msg"
)

// rowsReady is a frame's worth of rows.
type rowsReady struct {
	from  *opened
	pump  *pump
	batch batch
}

// reportReady is the whole report, as of an edit of the plan.
type reportReady struct {
	from   *opened
	edit   int
	report report.Model
}

// startScan measures what is pending in a goroutine of its own.
func (s *shell) startScan() tea.Cmd {
	o := s.open
	if o == nil || o.scanning || o.reloading || s.pending() == 0 || s.hushed() {
		return nil
	}
	ctx, cancel := context.WithCancel(o.tasks.ctx)
	o.scanning, o.stopped, o.stopScan, o.scanDone = true, false, cancel, make(chan struct{})
	p, done, session := newPump(), o.scanDone, o.session
	o.pump = p
	scan := o.tasks.cmd(func(context.Context) tea.Msg {
		defer cancel()
		defer close(done)
		defer p.close()
		if err := session.Run(ctx, p.add); err != nil && !errors.Is(err, context.Canceled) {
			return said{text: "the scan stopped: " + err.Error(), isErr: true}
		}
		return nil
	})
	return tea.Batch(scan, o.nextRows(p))
}

// nextRows waits for the rows of the next frame.
func (o *opened) nextRows(p *pump) tea.Cmd {
	return o.tasks.cmd(func(ctx context.Context) tea.Msg {
		b, ok := p.next(ctx)
		if !ok {
			return nil
		}
		return rowsReady{from: o, pump: p, batch: b}
	})
}

// takeRows takes in rows. After the last of them comes the whole report, which
// has the ranks too.
func (s *shell) takeRows(m rowsReady) tea.Cmd {
	if m.from != s.open || m.pump != s.open.pump {
		return nil // of a model, or of bytes, that are no longer on screen
	}
	rows := map[int]report.Tensor{}
	for i, row := range m.batch.rows {
		if s.fits(i, row) {
			s.report.Tensors[i] = row
			rows[i] = row
		}
	}
	var cmds []tea.Cmd
	if len(rows) > 0 {
		if !s.open.applying {
			s.report.Total = m.batch.total
		}
		s.countDone()
		cmds = append(cmds, s.toAll(msg.RowsScanned{Rows: rows, Total: s.report.Total, Done: s.open.done, Of: s.open.of}))
	}
	if !m.batch.last {
		return tea.Batch(append(cmds, s.open.nextRows(m.pump))...)
	}
	s.open.scanning = false
	return tea.Batch(append(cmds, s.open.fetchReport())...)
}

// fetchReport asks the session for the whole report.
func (o *opened) fetchReport() tea.Cmd {
	edit, session := o.planEdit, o.session
	return o.tasks.cmd(func(context.Context) tea.Msg {
		return reportReady{from: o, edit: edit, report: session.Report()}
	})
}

// takeReport takes in the whole report, unless the plan has changed since: then
// that of the new plan is on its way.
func (s *shell) takeReport(m reportReady) tea.Cmd {
	if m.from != s.open || m.edit != s.open.planEdit || s.open.applying {
		return nil
	}
	return tea.Batch(s.setReport(m.report), s.continueScan())
}

// fits reports whether a row was measured under the plan on screen: one that
// was under way when the plan changed is not.
func (s *shell) fits(i int, row report.Tensor) bool {
	if i < 0 || i >= len(s.report.Tensors) {
		return false
	}
	mine := &s.report.Tensors[i]
	return mine.Name == row.Name && sameScheme(mine.Scheme, row.Scheme)
}

func sameScheme(a, b *int2.Scheme) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}

// continueScan starts again when rows became pending while the last scan ended.
func (s *shell) continueScan() tea.Cmd {
	if s.pending() > 0 && !s.open.stopped {
		return s.startScan()
	}
	return nil
}

func (s *shell) cancelScan() tea.Cmd {
	s.open.stopScan()
	s.open.stopped = true
	return s.say("the scan is stopped; R goes on with it")
}

// prioritize has the rows on screen measured first.
func (s *shell) prioritize(rows []int) tea.Cmd {
	if s.open == nil {
		return nil
	}
	session := s.open.session
	return s.open.tasks.cmd(func(context.Context) tea.Msg {
		session.Prioritize(rows)
		return nil
	})
}
