package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/mmtui/mmtui/core/infer"
	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/core/variant"
	"github.com/mmtui/mmtui/core/vision"
	"github.com/mmtui/mmtui/projects"
)

// generateFlags are the flags of every command that runs a model: run, trace,
// eval and diverge.
type generateFlags struct {
	model        string
	maxNewTokens int
	temperature  float64
	seed         uint64
	imageSize    string
	split        bool
	device       string
	longestWait  time.Duration
	variant      variantFlags
}

func (g *generateFlags) add(f *pflag.FlagSet) {
	f.StringVar(&g.model, "model", "", "model folder, Hugging Face cache name or project")
	f.IntVar(&g.maxNewTokens, "max-new-tokens", infer.DefaultMaxNewTokens, "longest answer, in tokens")
	f.Float64Var(&g.temperature, "temperature", 0, "0 takes the most probable token; above, tokens are chosen at random by their probability")
	f.Uint64Var(&g.seed, "seed", 0, "starts the random choice of tokens; the same seed gives the same answer")
	f.StringVar(&g.imageSize, "image-size", "native", "native (as the model's files have it), auto (one tile where the wait would be long) or the longest edge in pixels")
	f.BoolVar(&g.split, "split", true, "cut pictures into tiles (default as the model's files have it)")
	f.Lookup("split").DefValue = "" // the help would say true
	f.StringVar(&g.device, "device", "cpu", "cpu or hexagon[:SERIAL]")
	f.DurationVar(&g.longestWait, "max-time", infer.DefaultLongestWait, "refuse a run that would take longer by estimate; 0 for any")
	f.String("hf-cache", "", "folder of the Hugging Face cache (default as huggingface_hub has it)")
	g.variant.add(f)
}

// request is the settings of a run; task, pictures and words are for the caller.
func (g *generateFlags) request(cmd *cobra.Command) (infer.Request, error) {
	if err := g.checkDevice(); err != nil {
		return infer.Request{}, err
	}
	if g.maxNewTokens < 1 {
		return infer.Request{}, usage(fmt.Sprintf("--max-new-tokens %d asks for no answer", g.maxNewTokens), "give a number from 1 up")
	}
	q := infer.Request{MaxNewTokens: g.maxNewTokens, Temperature: g.temperature, Seed: g.seed, LongestWait: g.longestWait}
	switch {
	case g.longestWait < 0:
		return q, usage(fmt.Sprintf("--max-time %s is no time", g.longestWait), "give a time such as 10m, or 0 for any")
	case g.longestWait == 0:
		q.LongestWait = -1
	}
	switch g.imageSize {
	case "native", "":
	case "auto":
		q.ImageSize.Auto = true
	default:
		n, err := strconv.Atoi(g.imageSize)
		if err != nil || n < 1 || n > vision.MaxLongestEdge {
			return q, usage(fmt.Sprintf("--image-size %q is not known", g.imageSize),
				fmt.Sprintf("use native, auto or the longest edge, from 1 to %d pixels", vision.MaxLongestEdge))
		}
		q.ImageSize.LongestEdge = n
	}
	if cmd.Flags().Changed("split") {
		q.Split = &g.split
	}
	return q, nil
}

// checkDevice refuses what cannot compute.
func (g *generateFlags) checkDevice() error {
	switch name, _, _ := strings.Cut(g.device, ":"); name {
	case "cpu":
		if g.device == "cpu" {
			return nil
		}
	case "hexagon":
		return &failure{problem: report.Problem{
			What: "--device hexagon: this version has no kernels for the device", Do: "use --device cpu", ExitCode: exitDevice,
		}}
	}
	return usage(fmt.Sprintf("--device %q is not known", g.device), "use cpu or hexagon[:SERIAL]")
}

// project is the project that --model names, nil for a model.
func (g *generateFlags) project() (*projects.Project, error) {
	if g.model == "" || !projects.IsProject(g.model) {
		return nil, nil
	}
	return projects.Load(g.model)
}

// path is the model's: what --model names, or the model of that project.
func (g *generateFlags) path() (string, error) {
	if g.model == "" {
		return "", usage("the model is missing", "name it with --model")
	}
	project, err := g.project()
	if err != nil || project == nil {
		return g.model, err
	}
	if path := project.ModelPath(); path != "" {
		return path, nil
	}
	return "", noModel(project)
}

// open opens the model for running, as the variant that the flags ask for.
// The caller closes it.
func (g *generateFlags) open(cmd *cobra.Command, con *console) (*infer.Runner, error) {
	spec, err := g.spec(cmd, con, "")
	if err != nil {
		return nil, err
	}
	return g.openAs(cmd, con, spec)
}

// openAs opens the model as one variant. The caller closes it.
func (g *generateFlags) openAs(cmd *cobra.Command, con *console, spec variant.Spec) (*infer.Runner, error) {
	path, err := g.path()
	if err != nil {
		return nil, err
	}
	settings, err := con.settings(cmd, nil)
	if err != nil {
		return nil, err
	}
	bar := con.progress("packing")
	r, err := infer.Open(cmd.Context(), path, infer.Options{
		CacheDir: settings.HFCache, Workers: settings.Workers, Variant: spec, Packing: bar.step,
	})
	bar.end()
	if err != nil {
		return nil, variantFailure(err)
	}
	for _, w := range r.Info().Warnings {
		con.say("%s", w)
	}
	return r, nil
}
