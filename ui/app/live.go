package app

import (
	"context"
	"path/filepath"
	"sync"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/mmtui/mmtui/core/infer"
	"github.com/mmtui/mmtui/core/live"
	"github.com/mmtui/mmtui/ui/msg"
	liveview "github.com/mmtui/mmtui/ui/views/live"
)

// liveFigures watches the machine while the workbench runs.
type liveFigures struct {
	recorder *live.Recorder
	sampler  *live.Sampler
	meter    live.Meter
	interval time.Duration
	turn     sync.Mutex // the sampler takes one round at a time
}

// watchMachine prepares the live figures of this machine; nil when not even this
// process can be read.
func watchMachine(ctx context.Context) *liveFigures {
	sources, meter, err := live.Here(ctx, 0)
	if err != nil {
		return nil
	}
	r := live.NewRecorder(live.Options{})
	return &liveFigures{recorder: r, sampler: live.NewSampler(r, sources...), meter: meter, interval: live.DefaultInterval}
}

// close waits for readings that are under way.
func (l *liveFigures) close() {
	if l != nil {
		l.sampler.Close()
	}
}

// round takes a round of readings.
func (l *liveFigures) round(ctx context.Context) {
	l.turn.Lock()
	defer l.turn.Unlock()
	l.sampler.Step(ctx)
}

// liveReady is what a round of readings gave.
type liveReady struct {
	strip live.Snapshot
	full  *live.Snapshot // nil: the Live view was not on screen
}

// liveLooked is the figures for the Live view, between two rounds.
type liveLooked struct{ full live.Snapshot }

// startLive takes the first round of readings at once.
func (s *shell) startLive() tea.Cmd { return s.nextLive(0) }

// nextLive takes a round of readings after a while. Sensors, statistics and
// history are worked out in the command, never in a frame.
func (s *shell) nextLive(after time.Duration) tea.Cmd {
	l := s.services.live
	if l == nil {
		return nil
	}
	onScreen, columns := s.active == msg.Live, s.liveColumns()
	return s.tasks.cmd(func(ctx context.Context) tea.Msg {
		wait := time.NewTimer(after)
		defer wait.Stop()
		select {
		case <-ctx.Done():
			return nil
		case <-wait.C:
		}
		l.round(ctx)
		out := liveReady{strip: l.recorder.SnapshotNow(stripMetrics()...)}
		if onScreen {
			full := l.recorder.Snapshot(columns)
			out.full = &full
		}
		return out
	})
}

// lookLive gives the Live view what there is now.
func (s *shell) lookLive() tea.Cmd {
	l, columns := s.services.live, s.liveColumns()
	if l == nil {
		return nil
	}
	return s.tasks.cmd(func(context.Context) tea.Msg { return liveLooked{l.recorder.Snapshot(columns)} })
}

func (s *shell) liveColumns() int { return liveview.HistoryColumns(s.frame.Body.W, s.theme.Graph) }

// fromLive deals with the live figures and what the Live view asks for.
func (s *shell) fromLive(m tea.Msg) (tea.Cmd, bool) {
	l := s.services.live
	if l == nil {
		return nil, false
	}
	switch m := m.(type) {
	case liveReady:
		s.strip = m.strip
		cmds := []tea.Cmd{s.nextLive(l.interval)}
		if m.full != nil {
			cmds = append(cmds, s.to(msg.Live, msg.LiveSampled{Snapshot: *m.full}))
		}
		return tea.Batch(cmds...), true
	case liveLooked:
		return s.to(msg.Live, msg.LiveSampled{Snapshot: m.full}), true
	case msg.LivePause:
		l.recorder.TogglePause()
	case msg.LiveWindow:
		l.recorder.StepWindow(m.By)
	case msg.LivePin:
		if err := l.recorder.Pin(m.Side); err != nil {
			return s.refuse(err.Error()), true
		}
	case msg.LiveUnpin:
		l.recorder.Unpin()
	case msg.LiveExport:
		return s.askLiveExport(), true
	case liveExportTo, liveExported:
		return s.exportingLive(m), true
	default:
		return nil, false
	}
	return s.lookLive(), true
}

// runFeeds tell the live figures of the columns of one run. The zero value tells nobody.
type runFeeds struct {
	live   *liveFigures
	labels []string
	turns  bool // the columns take turns
	open   map[int]*live.Feed
}

// feeds prepares the feeds of a run.
func (l *liveFigures) feeds(columns []msg.Source, turns bool) runFeeds {
	out := runFeeds{live: l, turns: turns, open: map[int]*live.Feed{}}
	for _, one := range columns {
		name := one.Variant.Name
		if name == "" {
			name = "as it is"
		}
		out.labels = append(out.labels, filepath.Base(filepath.Clean(one.Path))+" · "+name)
	}
	return out
}

func (f runFeeds) begin(column int) {
	if f.live != nil && column < len(f.labels) {
		f.open[column] = f.live.recorder.Begin(f.labels[column], f.live.meter, f.turns)
	}
}

func (f runFeeds) add(column int, e infer.Event, own time.Duration) {
	if one := f.open[column]; one != nil {
		one.Event(e, own)
	}
}

func (f runFeeds) end(column int, what msg.RunPart, own time.Duration) {
	if one := f.open[column]; one != nil {
		delete(f.open, column)
		one.End(what.Result, what.Err, own)
	}
}
