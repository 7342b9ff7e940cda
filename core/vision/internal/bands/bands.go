// Package bands spreads the rows of a picture over the processors.
package bands

import (
	"context"
	"runtime"
	"sync/atomic"

	"golang.org/x/sync/errgroup"
)

// Run calls work(from, to) over all of 0…n-1 in bands of at most height rows,
// on as many goroutines as there are processors, and returns the context's
// error when it was cancelled. All goroutines have ended then.
func Run(ctx context.Context, n, height int, work func(from, to int)) error {
	height = max(height, 1)
	var next atomic.Int64
	group, ctx := errgroup.WithContext(ctx)
	for range min(runtime.GOMAXPROCS(0), (n+height-1)/height) {
		group.Go(func() error {
			for {
				if err := ctx.Err(); err != nil {
					return err
				}
				from := int(next.Add(int64(height))) - height
				if from >= n {
					return nil
				}
				work(from, min(from+height, n))
			}
		})
	}
	return group.Wait()
}
