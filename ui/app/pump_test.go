package app

import (
	"context"
	"sync"
	"testing"

	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/core/scan"
)

// However many events there are, none is lost and the last batch says so.
func TestPumpDeliversEverything(t *testing.T) {
	p := newPump()
	const writers, each = 4, 500
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				p.add(scan.Event{Index: w*each + i, Done: i, Of: each, Tensor: report.Tensor{Parameters: int64(w*each + i)}})
			}
		})
	}
	go func() { wg.Wait(); p.close() }()
	got := map[int]bool{}
	batches := 0
	for {
		b, ok := p.next(context.Background())
		if !ok {
			t.Fatal("the pump gave up")
		}
		batches++
		for i, row := range b.rows {
			if got[i] || row.Parameters != int64(i) {
				t.Errorf("row %d came twice or wrong: %+v", i, row)
			}
			got[i] = true
		}
		if b.last {
			break
		}
	}
	if len(got) != writers*each {
		t.Errorf("%d rows, want %d", len(got), writers*each)
	}
	if batches > writers*each/4 {
		t.Errorf("%d batches for %d rows: they are not gathered", batches, writers*each)
	}
	if b, ok := p.next(context.Background()); !ok || !b.last {
		t.Error("after the end next does not return")
	}
}

func TestPumpEndsWithItsContext(t *testing.T) {
	p := newPump()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, ok := p.next(ctx); ok {
		t.Error("a batch without events")
	}
	p.add(scan.Event{})
	if _, ok := p.next(ctx); ok {
		t.Error("a batch after the end of the context")
	}
}
