package layers

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/muesli/termenv"

	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/ui/keys"
	"github.com/mmtui/mmtui/ui/msg"
	"github.com/mmtui/mmtui/ui/theme"
)

// frameTimes reports the 50th and 99th percentile of a frame: one message taken
// in and the view drawn at 160 × 45.
func frameTimes(b *testing.B, v *View, step func(i int)) {
	b.Helper()
	times := make([]time.Duration, 0, b.N)
	for i := 0; b.Loop(); i++ {
		start := time.Now()
		step(i)
		_ = v.Render(160, 41)
		times = append(times, time.Since(start))
	}
	slices.Sort(times)
	b.ReportMetric(float64(times[len(times)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(times[len(times)*99/100].Microseconds())/1000, "p99-ms")
}

func loadedView(flat bool, order string) (*View, *report.Model) {
	m := made(1250) // 10,003 tensors
	v := New(theme.New(theme.Dark, termenv.TrueColor, theme.Braille), keys.Default())
	v.Update(msg.Resized{Width: 160, Height: 41})
	v.Update(msg.ReportChanged{Report: m})
	if flat {
		v.Do(keys.ToggleTree)
	} else {
		v.Do(keys.ExpandAll)
	}
	v.sortBy(order, false)
	return v, m
}

func BenchmarkFrame10k(b *testing.B) {
	for _, mode := range []struct {
		name  string
		flat  bool
		order string
	}{{"tree", false, ""}, {"tree-by-sqnr", false, "sqnr_db"}, {"flat", true, ""}, {"flat-by-sqnr", true, "sqnr_db"}} {
		b.Run(mode.name+"/scroll", func(b *testing.B) {
			v, m := loadedView(mode.flat, mode.order)
			v.Update(msg.ReportChanged{Report: scanned(m)})
			moves := []keys.Action{keys.PageDown, keys.Down, keys.Down, keys.PageDown, keys.Bottom, keys.PageUp, keys.Top}
			frameTimes(b, v, func(i int) { v.Do(moves[i%len(moves)]) })
		})
		// 40 rows a frame is a scan of 2,400 tensors a second.
		b.Run(mode.name+"/scan", func(b *testing.B) {
			v, m := loadedView(mode.flat, mode.order)
			next := 0
			frameTimes(b, v, func(i int) {
				rows := map[int]report.Tensor{}
				for range 40 {
					rows[next%len(m.Tensors)] = doneRow(m.Tensors[next%len(m.Tensors)], next+i)
					next++
				}
				v.Update(msg.RowsScanned{Rows: rows})
			})
		})
	}
}

// A hostile file may hold 100,000 names, each a chain of its own.
func BenchmarkTree100k(b *testing.B) {
	names := make([]string, 100_000)
	for i := range names {
		n := strconv.Itoa(i)
		names[i] = strings.Repeat("a"+n+".", 9) + "weight"
	}
	b.ReportAllocs()
	for b.Loop() {
		newTree(names)
	}
}

func BenchmarkOpen10k(b *testing.B) {
	m := made(1250)
	v := New(theme.New(theme.Dark, termenv.TrueColor, theme.Braille), keys.Default())
	b.ReportAllocs()
	for b.Loop() {
		v.Update(msg.ReportChanged{Report: nil})
		v.Update(msg.ReportChanged{Report: m})
	}
}
