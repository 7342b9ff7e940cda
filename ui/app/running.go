package app

import (
	"context"

	"github.com/mmtui/mmtui/core/infer"
)

// openRunner opens a folder for running.
func (w world) openRunner(ctx context.Context, path string) (runner, error) {
	one, err := infer.Open(ctx, path, infer.Options{CacheDir: w.model.CacheDir, Workers: w.scan.Workers})
	if err != nil {
		return nil, err // not a nil *infer.Runner inside an interface
	}
	return one, nil
}
