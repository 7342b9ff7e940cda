package app

import (
	"context"
	"errors"
	"strconv"

	"github.com/mmtui/mmtui/core/diff"
	"github.com/mmtui/mmtui/core/infer"
	"github.com/mmtui/mmtui/core/model"
	"github.com/mmtui/mmtui/core/trace"
)

// recording is a tape over a trace.Recorder.
type recording struct {
	*trace.Recorder
	path     string
	metadata map[string]string
}

// record begins to record a run; the values wait in a temporary file.
func record(path string, info infer.Info, q infer.Request) (tape, error) {
	r, err := trace.New(trace.Options{})
	if err != nil {
		return nil, err
	}
	return &recording{r, path, map[string]string{
		"mmtui.model": info.Path, "mmtui.family": info.Family, "mmtui.backend": info.Backend,
		"mmtui.task": string(q.Task), "mmtui.prompt": q.Prompt, "mmtui.images": strconv.Itoa(len(q.Images)),
	}}, nil
}

// finish writes the trace of a run that ended well.
func (r *recording) finish(_ *infer.Result, err error) error {
	if err == nil {
		err = r.Write(context.Background(), r.path, r.metadata)
	} else {
		err = nil // the run's own error is told already
	}
	return errors.Join(err, r.Close())
}

// compareTraces compares two files of activations.
func (w world) compareTraces(ctx context.Context, a, b string) (out *diff.Report, err error) {
	left, err := model.Open(ctx, a, w.model)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, left.Close()) }()
	right, err := model.Open(ctx, b, w.model)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, right.Close()) }()
	return diff.CompareTraces(ctx, left, right, diff.Options{Workers: w.scan.Workers})
}
