package trace

import (
	"context"
	"strings"

	"github.com/mmtui/mmtui/core/infer"
)

// AddIDs puts the ids of a run beside its activations: input_ids [1, T] or
// [texts, T], and the answer as greedy_ids [n] (token_ids where it was drawn).
func (r *Recorder) AddIDs(res *infer.Result) {
	if res.Task == infer.Retrieval {
		var all []int
		for _, ids := range res.TextTokenIDs {
			all = append(all, ids...)
		}
		if n := len(res.TextTokenIDs); n > 0 {
			r.IDs("input_ids", []int{n, len(all) / n}, all)
		}
		return
	}
	r.IDs("input_ids", []int{1, len(res.PromptTokenIDs)}, res.PromptTokenIDs)
	name := "greedy_ids"
	if res.Temperature > 0 {
		name = "token_ids"
	}
	r.IDs(name, []int{len(res.TokenIDs)}, res.TokenIDs)
}

// WriteResult writes the trace of a run that ended well, its ids included;
// the metadata say what was run, and by which version of mmtui.
func (r *Recorder) WriteResult(ctx context.Context, to string, res *infer.Result, version string) error {
	r.AddIDs(res)
	return r.Write(ctx, to, map[string]string{
		"mmtui.version": version, "mmtui.task": string(res.Task), "mmtui.model": res.Model, "mmtui.family": res.Family,
		"mmtui.backend": res.Backend, "mmtui.prompt": res.Prompt, "mmtui.images": strings.Join(res.Images, "\n"),
		"mmtui.image_size": res.ImageSize,
	})
}
