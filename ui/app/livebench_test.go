package app

import (
	"context"
	"runtime"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/muesli/termenv"

	"github.com/mmtui/mmtui/core/live"
	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/ui/keys"
	"github.com/mmtui/mmtui/ui/msg"
	"github.com/mmtui/mmtui/ui/theme"
)

// BenchmarkLiveFrame is a round of readings taken in and the screen drawn, at
// 160 × 45: with the strip over the Layers view, and with the Live view. The goal
// is that of BenchmarkFrame.
func BenchmarkLiveFrame(b *testing.B) {
	recorder := live.NewRecorder(live.Options{})
	for i := range 600 {
		for _, m := range live.Metrics() {
			recorder.Record(time.Now(), live.Sample{Metric: m, Value: report.Number(i % 90), Source: "bench", Confidence: live.Measured})
		}
	}
	for _, id := range []msg.ViewID{msg.Layers, msg.Live} {
		b.Run(string(id), func(b *testing.B) {
			session := newFake(10_000)
			sv := (&rig{session: session}).services()
			sv.live = &liveFigures{recorder: recorder, sampler: live.NewSampler(recorder), interval: time.Hour}
			s := newShell(context.Background(), theme.New(theme.Dark, termenv.TrueColor, theme.Braille), keys.Default(), "", sv)
			defer s.tasks.close()
			s.Update(tea.WindowSizeMsg{Width: 160, Height: 45})
			s.openID = 1
			s.Update(openSucceeded{id: 1, what: &opening{path: "made-up", session: session, report: session.Report()}})
			s.Update(msg.Show{View: id})
			full := recorder.Snapshot(s.liveColumns())
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			var wall, cpu []time.Duration
			for b.Loop() {
				start, busy := time.Now(), threadTime()
				m := liveReady{strip: full}
				if id == msg.Live {
					m.full = &full
				}
				s.Update(m)
				_ = s.View()
				wall, cpu = append(wall, time.Since(start)), append(cpu, threadTime()-busy)
			}
			percentiles(b, wall, "")
			percentiles(b, cpu, "-cpu")
		})
	}
}
