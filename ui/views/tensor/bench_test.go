package tensor

import (
	"math"
	"testing"

	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/ui/internal/sample"
	"github.com/mmtui/mmtui/ui/internal/viewtest"
	"github.com/mmtui/mmtui/ui/keys"
	"github.com/mmtui/mmtui/ui/msg"
	"github.com/mmtui/mmtui/ui/theme"
)

// large is the view of an embedding of 49,152 × 1,536 weights: 1.2 million groups.
func large(b *testing.B) *viewtest.Desk {
	b.Helper()
	scheme := sample.Scheme()
	detail, err := sample.Detail(sample.Plain, nil)
	if err != nil {
		b.Fatal(err)
	}
	const rows, cols, perRow = 49152, 1536, 24
	detail.Rows, detail.Cols = rows, cols
	detail.Groups = &report.GroupsGrid{PerRow: perRow, SQNRdB: make([]report.Number, rows*perRow)}
	for i := range detail.Groups.SQNRdB {
		detail.Groups.SQNRdB[i] = report.Number(9 + 3*math.Sin(float64(i)))
	}
	detail.Channels = make([]report.Channel, rows)
	for i := range detail.Channels {
		detail.Channels[i] = report.Channel{Index: i, SQNRdB: report.Number(9 + math.Sin(float64(i)))}
	}
	d := &viewtest.Desk{View: New(viewtest.Theme(theme.Dark, theme.Braille), keys.Default())}
	return d.Send(msg.ReportChanged{Report: sample.Report(scheme)}, msg.SelectionChanged{Name: sample.Plain},
		msg.Resized{Width: 160, Height: 45}, msg.DetailReady{Name: sample.Plain, Scheme: scheme, Detail: detail})
}

// BenchmarkFrame is a step of the cursor and the frame after it.
func BenchmarkFrame(b *testing.B) {
	d := large(b)
	for b.Loop() {
		for _, a := range []keys.Action{keys.Down, keys.Up} {
			next, _, _ := d.View.Do(a)
			d.View = next
			d.View.Render(160, 45)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(2*b.N), "µs/frame")
}

// BenchmarkOpen takes in the detail and draws the first frame.
func BenchmarkOpen(b *testing.B) {
	for b.Loop() {
		b.StopTimer()
		d := large(b)
		detail := of(d).facts.detail
		b.StartTimer()
		d.Send(msg.DetailReady{Name: sample.Plain, Scheme: detail.Scheme, Detail: detail})
		d.View.Render(160, 45)
	}
}
