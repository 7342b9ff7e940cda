package live

import (
	"context"
	_ "embed"
	"errors"
	"slices"
	"time"
)

//go:embed watch.json
var watchSchema []byte

//go:embed live.json
var liveSchema []byte

// WatchSchema is the JSON schema of `mmtui watch`.
func WatchSchema() []byte { return slices.Clone(watchSchema) }

// Schema is the JSON schema of a Snapshot, what the Live view exports.
func Schema() []byte { return slices.Clone(liveSchema) }

// WatchOptions say what Watch does.
type WatchOptions struct {
	Sources  []Source
	Interval time.Duration
	Count    int // rows; 0: until ctx ends
}

var errEnough = errors.New("enough rows")

// Watch reads sources at intervals and hands every round to row. The first round
// is only the beginning of the differences, so the first row comes after one
// interval. It returns nil after Count rows, the error of row, or that of ctx.
func Watch(ctx context.Context, opt WatchOptions, row func(Row) error) error {
	r := NewRecorder(Options{Capacity: 1}) // only the last values are wanted
	s := NewSampler(r, opt.Sources...)
	start, rounds := r.now(), 0
	err := s.Run(ctx, opt.Interval, func() error {
		if rounds++; rounds == 1 {
			return nil
		}
		now := r.now()
		if err := row(Row{Time: now, ElapsedMS: milliseconds(now.Sub(start)), Metrics: readMetrics(r.Latest())}); err != nil {
			return err
		}
		if opt.Count > 0 && rounds > opt.Count {
			return errEnough
		}
		return nil
	})
	if errors.Is(err, errEnough) {
		return nil
	}
	return err
}

// readMetrics leaves out what only runs inside this program give.
func readMetrics(all []Sample) []Sample {
	return slices.DeleteFunc(all, func(s Sample) bool {
		return s.Panel == PanelAnswers || s.ID == ModelBytes || s.ID == CacheBytes
	})
}
