package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/mmtui/mmtui/core/infer"
	"github.com/mmtui/mmtui/core/report"
)

// runOptions are the flags of run.
type runOptions struct {
	generate generateFlags
	question questionFlags
	estimate bool
	top      int
	compare  []string
	forced   bool
}

func newRunTask(con *console) *cobra.Command {
	var opt runOptions
	cmd := &cobra.Command{
		Use:   "run TASK --model M --image F",
		Short: "Caption, read, answer or retrieve, as the published library does",
		Long: `Run a task on a model folder as Hugging Face publishes it. TASK is caption, ocr or
vqa (SmolVLM, SmolVLM2, Idefics3) or retrieval (CLIP, SigLIP, fixed-resolution
SigLIP 2). The arithmetic is float32 on the CPU, whatever the weights are
stored in. Nothing is downloaded.

The answer goes to stdout as it comes, the figures to stderr. With --format jsonl
every token is a line, then the result; with --format json there is one object at
the end. Retrieval ranks texts for every picture and pictures for every text;
--format csv writes the score of every pair.

--compare answers with several variants of the model, a token of each in turn:
float, int2, a project TOML or a file that quantize wrote. The others are held
against the first, which is float where it is among them: KL divergence of each
token in nats, the first token that differs, tokens/s and bytes. With jsonl the
lines of a variant have its name in "variant", and the last one the comparison.
--teacher-forced feeds all of them the tokens of the first, so that every place of
its answer is compared. "mmtui schema comparison" describes the objects.

--estimate prints what the run would cost and runs nothing.`,
		Example: `  mmtui run caption --model SmolVLM-256M-Instruct/ --image cat.jpg
  mmtui run vqa --model SmolVLM-256M-Instruct/ --image a.png --image b.png --prompt "Which is brighter?"
  mmtui run vqa --model SmolVLM-256M-Instruct/ --image cat.jpg --prompt "What is this?" --compare float
  mmtui run retrieval --model clip-vit-base-patch32/ --images-dir photos/ --text "a cat" --text "a dog"`,
		Args:      arguments(1, 1, "the task: caption, ocr, vqa or retrieval"),
		ValidArgs: taskNames(),
		RunE: func(cmd *cobra.Command, args []string) error {
			return runTask(cmd, con, args[0], &opt)
		},
	}
	f := cmd.Flags()
	opt.generate.add(f)
	opt.question.add(f)
	f.BoolVar(&opt.estimate, "estimate", false, "print what the run would cost, and run nothing")
	f.StringArrayVar(&opt.compare, "compare", nil, "answer with this `variant` too, and compare: float, int2, a project TOML or a file that quantize wrote; may be repeated")
	f.BoolVar(&opt.forced, "teacher-forced", false, "with --compare: feed every variant the tokens of the first")
	f.IntVar(&opt.top, "top", 5, "of a table of retrieval: best texts of a picture and pictures of a text; 0 for all")
	cmd.ValidArgsFunction = cobra.FixedCompletions(taskNames(), cobra.ShellCompDirectiveNoFileComp)
	return cmd
}

func taskNames() []string {
	var names []string
	for _, t := range infer.Tasks() {
		names = append(names, string(t))
	}
	return names
}

func runTask(cmd *cobra.Command, con *console, task string, opt *runOptions) error {
	if err := con.printing(); err != nil {
		return err
	}
	if opt.top < 0 {
		return usage(fmt.Sprintf("--top %d is no number of places", opt.top), "give a number from 1 up, or 0 for all")
	}
	switch {
	case opt.estimate && len(opt.compare) > 0:
		return usage("--estimate is of one variant", "leave out --compare, and name the variant with --variant")
	case opt.forced && len(opt.compare) == 0:
		return usage("--teacher-forced feeds a variant the tokens of another, and there is one", "name another with --compare")
	}
	q, err := opt.generate.request(cmd)
	if err != nil {
		return err
	}
	if err := opt.question.fill(con, task, &q); err != nil {
		return err
	}
	if con.format == formatCSV && (q.Task != infer.Retrieval || opt.estimate) {
		command := "run " + task
		if opt.estimate {
			command += " --estimate"
		}
		return con.noFormat(command, formatTable, formatJSON, formatJSONL)
	}
	if len(opt.compare) > 0 {
		return runCompare(cmd, con, q, opt)
	}
	r, err := opt.generate.open(cmd, con)
	if err != nil {
		return err
	}
	defer r.Close()
	if opt.estimate {
		return printEstimate(cmd.Context(), con, r, q)
	}
	// Nobody waits for an answer whose reader went away.
	ctx, stop := context.WithCancel(cmd.Context())
	defer stop()
	out := newAnswerWriter(con, opt.top, len(r.Info().Warnings))
	out.broken = stop
	res, err := r.Run(ctx, q, out.event)
	return out.finish(res, err)
}

// printEstimate prints what a run would cost.
func printEstimate(ctx context.Context, con *console, r *infer.Runner, q infer.Request) error {
	e, err := r.Estimate(ctx, q)
	if err != nil {
		return runFailure(err)
	}
	switch con.format {
	case formatJSON:
		return report.WriteObject(con.out, estimateReport{report.SchemaVersion, e})
	case formatJSONL:
		return writeLine(con.out, estimateReport{report.SchemaVersion, e})
	}
	available := "n/a"
	if e.AvailableBytes > 0 {
		available = report.HumanBytes(e.AvailableBytes)
	}
	fmt.Fprintf(con.out, "tiles           %d\nprompt tokens   %d\nfirst token     %s operations, about %.1f s\nfurther tokens  %s operations each\nwhole run       about %.1f s\nmemory          %s (available: %s)\n",
		e.Tiles, e.PromptTokens, report.HumanCount(int64(e.FLOP)), e.FirstTokenMS/1000, report.HumanCount(int64(e.FLOPPerToken)), e.TotalMS/1000,
		report.HumanBytes(e.MemoryBytes), available)
	if e.Reduced {
		fmt.Fprintln(con.out, "image size      one tile a picture: the processor's own setting would take long")
	}
	return nil
}

// estimateReport is `mmtui run … --estimate --format json`.
type estimateReport struct {
	SchemaVersion int `json:"schema_version"`
	infer.Estimate
}

// finish prints what is left of a result, and says how the run ended.
func (w *answerWriter) finish(res *infer.Result, err error) error {
	w.bar.end()
	if res == nil {
		return runFailure(err)
	}
	if writeErr := w.result(res); writeErr != nil {
		return writeErr
	}
	return runFailure(err)
}
