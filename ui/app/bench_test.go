package app

import (
	"context"
	"runtime"
	"slices"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/muesli/termenv"

	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/ui/keys"
	"github.com/mmtui/mmtui/ui/theme"
)

func percentiles(b *testing.B, times []time.Duration, unit string) {
	slices.Sort(times)
	b.ReportMetric(float64(times[len(times)/2].Microseconds())/1000, "p50-ms"+unit)
	b.ReportMetric(float64(times[len(times)*99/100].Microseconds())/1000, "p99-ms"+unit)
}

// BenchmarkFrame is a frame of the whole workbench with 10,000 tensors at
// 160 × 45: a key or a batch of the scan taken in, and the screen drawn. The
// goal is 4 ms for the 99th percentile.
func BenchmarkFrame(b *testing.B) {
	const tensors = 10_000
	key := func(name string) tea.Msg {
		if k, ok := named[name]; ok {
			return k
		}
		return tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(name)}
	}
	for _, c := range []struct {
		name string
		keys []string // before the frames
		step func(s *shell, session *fake, p *pump, i int) tea.Msg
	}{
		{"scroll", []string{"t"}, func(_ *shell, _ *fake, _ *pump, i int) tea.Msg {
			return key([]string{"j", "G", "k", "g", "j", "j"}[i%6])
		}},
		{"scan", []string{"t", "s", "s", "s", "s", "s", "s"}, func(s *shell, session *fake, p *pump, i int) tea.Msg {
			rows := map[int]report.Tensor{}
			for k := range 40 { // 2,400 tensors a second
				at := (40*i + k) % tensors
				rows[at] = session.row(at, s.report.Tensors[at].Scheme, true)
			}
			return rowsReady{from: s.open, pump: p, batch: batch{rows: rows}}
		}},
		{"side", []string{"t", "w"}, func(_ *shell, _ *fake, _ *pump, i int) tea.Msg {
			return key([]string{"l", "j", "h", "k"}[i%4])
		}},
	} {
		b.Run(c.name, func(b *testing.B) {
			session := newFake(tensors)
			session.step = make(chan struct{})
			s := newShell(context.Background(), theme.New(theme.Dark, termenv.TrueColor, theme.Braille), keys.Default(), "", (&rig{session: session}).services())
			defer s.tasks.close()
			s.Update(tea.WindowSizeMsg{Width: 160, Height: 45})
			s.openID = 1
			s.Update(openSucceeded{id: 1, what: &opening{path: "made-up", session: session, report: session.Report()}})
			p := newPump()
			s.open.pump = p
			for _, k := range c.keys {
				s.Update(key(k))
			}
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			var wall, cpu []time.Duration
			for i := 0; b.Loop(); i++ {
				m := c.step(s, session, p, i)
				start, busy := time.Now(), threadTime()
				s.Update(m)
				_ = s.View()
				wall, cpu = append(wall, time.Since(start)), append(cpu, threadTime()-busy)
			}
			percentiles(b, wall, "")
			percentiles(b, cpu, "-cpu") // what a busy machine does not distort; 0 where it is not known
		})
	}
}
