package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mmtui/mmtui/core/eval"
	"github.com/mmtui/mmtui/core/infer"
	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/core/vision"
)

// evalOptions are the flags of eval.
type evalOptions struct {
	generate  generateFlags
	data      string
	task      string
	metrics   []string
	limit     int
	output    string
	resume    bool
	keepGoing bool
	resamples int
	interval  float64
	dataSeed  uint64
}

func newEval(con *console) *cobra.Command {
	var opt evalOptions
	cmd := &cobra.Command{
		Use:   "eval --data F.jsonl --model M",
		Short: "Score a model on a data set, with confidence intervals",
		Long: `Ask a model every question of a data set and score the answers. The data set is
JSONL: image or images (paths relative to the file), task (caption, ocr, vqa or
retrieval), prompt, answer or answers. All that is wrong with it is told before
the model is opened.

A line of retrieval has texts, and positives: those of them that belong to the
picture, by index from 0 or in full (a list a picture if there are several). Every
picture is ranked against the texts of all lines and every text against all
pictures, as the protocol of Flickr30k and COCO has it: a line can give a picture
with its own captions only. Equal texts are one candidate, and a picture that
several lines name is one picture. A line with "candidates": "line" is ranked
against its own texts alone.

Every metric equals the published package's: exact match and token F1 (SQuAD), CER
and WER (jiwer; against the nearest answer), VQA accuracy, ANLS (DocVQA), BLEU,
ROUGE-L and CIDEr-D (pycocoevalcap), recall at 1, 5 and 10, MRR and median rank.
Intervals are percentile bootstrap over the samples (of retrieval over the
queries), drawn with --bootstrap-seed. VQA accuracy compares annotators: a set
without two answers a sample has none.

With --output every answer is appended to a file as it comes; the same command
goes on from there after Ctrl-C, and answers are asked for anew only where model,
settings, prompt, picture or candidate texts changed. A sample that fails is told
and left out, and the exit code is 1.`,
		Example: `  mmtui eval --data docvqa.jsonl --model SmolVLM-256M-Instruct/ --output answers.jsonl
  mmtui eval --data captions.jsonl --task caption --model SmolVLM-256M-Instruct/ --limit 100 --format json
  mmtui eval --data flickr.jsonl --model clip-vit-base-patch32/ --metrics image_to_text_recall_at_1,text_to_image_recall_at_1`,
		Args: arguments(0, 0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error { return runEval(cmd, con, &opt) },
	}
	f := cmd.Flags()
	opt.generate.add(f)
	f.StringVar(&opt.data, "data", "", "data set, JSONL")
	f.StringVar(&opt.task, "task", "", "task of lines that name none")
	f.StringSliceVar(&opt.metrics, "metrics", nil, "metrics, with commas (default those of each task): "+strings.Join(eval.MetricNames(), ", "))
	f.IntVar(&opt.limit, "limit", 0, "the first samples only; 0 for all")
	f.StringVar(&opt.output, "output", "", "`file` that answers are appended to, and taken from when they are there")
	f.BoolVar(&opt.resume, "resume", true, "take answers that are in --output; without it a file with answers is refused")
	f.BoolVar(&opt.keepGoing, "keep-going", true, "go on after a sample that fails")
	f.IntVar(&opt.resamples, "resamples", eval.DefaultResamples, "of the bootstrap; 0 for no intervals")
	f.Float64Var(&opt.interval, "confidence", eval.DefaultLevel, "level of the intervals")
	f.Uint64Var(&opt.dataSeed, "bootstrap-seed", 0, "of the resamples")
	_ = cmd.RegisterFlagCompletionFunc("task", cobra.FixedCompletions(taskNames(), cobra.ShellCompDirectiveNoFileComp))
	_ = cmd.RegisterFlagCompletionFunc("metrics", cobra.FixedCompletions(eval.MetricNames(), cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func runEval(cmd *cobra.Command, con *console, opt *evalOptions) error {
	if err := con.printing(); err != nil {
		return err
	}
	request, err := opt.generate.request(cmd)
	if err != nil {
		return err
	}
	set, err := opt.load(cmd.Context(), con)
	if err != nil {
		return err
	}
	r, err := opt.generate.open(cmd, con)
	if err != nil {
		return err
	}
	defer r.Close()
	for _, task := range set.Tasks() {
		if !slices.Contains(r.Info().Tasks, infer.Task(task)) {
			return usage(fmt.Sprintf("%s has samples of %s, and a model of the family %s cannot do that", report.Printable(opt.data), task, r.Info().Family),
				"take another model, or leave those samples out")
		}
	}
	settings := opt.settings(request, r.Info().Backend)
	fingerprint := ""
	if opt.output != "" {
		if fingerprint, err = evalFingerprint(cmd.Context(), r, settings); err != nil {
			return err
		}
	}
	bar := con.progress("evaluating")
	result, err := eval.Run(cmd.Context(), set, &evalAnswerer{runner: r, request: request}, eval.Options{
		Model: r.Info().Path, Settings: settings, Fingerprint: fingerprint, Output: opt.output, Resume: opt.resume, Metrics: opt.metrics,
		KeepGoing: opt.keepGoing, Seed: opt.dataSeed, Resamples: cmp.Or(opt.resamples, -1), Level: opt.interval, Progress: bar.step,
	})
	bar.end()
	return opt.finish(con, result, err)
}

// mostResamples bounds the time and memory of an interval.
const mostResamples = 1_000_000

// load reads the data set; nothing else is done before it is found to be whole.
func (o *evalOptions) load(ctx context.Context, con *console) (*eval.Set, error) {
	switch {
	case o.data == "":
		return nil, usage("the data set is missing", "name it with --data")
	case o.limit < 0:
		return nil, usage(fmt.Sprintf("--limit %d is no number of samples", o.limit), "give a number from 1 up, or 0 for all")
	case o.resamples < 0:
		return nil, usage(fmt.Sprintf("--resamples %d is no number of resamples", o.resamples), "give 0 for no intervals, or about 1000")
	case o.resamples > mostResamples:
		return nil, usage(fmt.Sprintf("--resamples %d are more than %d", o.resamples, mostResamples), "give about 1000; more hardly move the interval")
	case !(o.interval > 0 && o.interval < 1):
		return nil, usage(fmt.Sprintf("--confidence %g is no level", o.interval), "give a ratio such as 0.95")
	case o.task != "" && !slices.Contains(taskNames(), o.task):
		return nil, usage(fmt.Sprintf("the task %q is not known", o.task), "use "+strings.Join(taskNames(), ", "))
	case o.output != "" && samePath(o.output, o.data):
		return nil, usage("--output and --data are the same file", "name another file for the answers")
	}
	probe := func(path string) error {
		_, err := vision.Probe(path)
		return err
	}
	set, err := eval.Load(ctx, o.data, eval.LoadOptions{Task: o.task, Limit: o.limit, Probe: probe})
	var faults eval.Problems
	if errors.As(err, &faults) {
		for _, p := range faults {
			p.ExitCode = exitUsage
			con.report(p)
		}
		return nil, printed{exitUsage}
	}
	if err != nil {
		return nil, err
	}
	for _, w := range set.Warnings {
		con.say("%s", w)
	}
	if err := eval.CheckMetrics(o.metrics, set.Tasks()); err != nil {
		return nil, usageOf(err)
	}
	return set, nil
}

func samePath(a, b string) bool {
	a, errA := filepath.Abs(a)
	b, errB := filepath.Abs(b)
	return errA == nil && errB == nil && a == b
}

// settings are what an answer depends on beside the model.
func (o *evalOptions) settings(q infer.Request, backend string) eval.Settings {
	return eval.Settings{
		Backend: backend, Device: o.generate.device, MaxNewTokens: q.MaxNewTokens, Temperature: q.Temperature, Seed: q.Seed,
		ImageSize: cmp.Or(o.generate.imageSize, "native"), Split: q.Split,
	}
}

// evalFingerprint stands for a model and its settings.
func evalFingerprint(ctx context.Context, r *infer.Runner, settings eval.Settings) (string, error) {
	model, err := eval.ModelFingerprint(ctx, r.Info().Path)
	if err != nil {
		return "", err
	}
	if settings.Temperature == 0 {
		settings.Seed = 0 // nothing is drawn
	}
	text, err := json.Marshal(settings)
	if err != nil || len(r.Info().Quantized) == 0 {
		return model + "\n" + string(text), err
	}
	quantized := slices.Clone(r.Info().Quantized)
	for i := range quantized {
		quantized[i].Origin = "" // the cache gives what quantizing gives
	}
	layers, err := json.Marshal(quantized)
	return model + "\n" + string(text) + "\n" + string(layers), err
}

// finish prints the report and says how the run ended.
func (o *evalOptions) finish(con *console, r *eval.Report, err error) error {
	if err != nil {
		if r != nil && o.output != "" {
			con.say("answers in %s: %d of %d; the same command goes on from there", report.Printable(o.output), r.AnsweredCount, r.SampleCount)
		}
		var at *eval.SampleError
		if errors.As(err, &at) {
			p := problems(runFailure(at.Err))[0]
			p.What = strings.Join(slices.DeleteFunc([]string{p.File, p.What}, func(s string) bool { return s == "" }), ": ")
			p.File, p.Line = report.Printable(at.Path), at.Line
			return &failure{problem: p, err: err}
		}
		return err
	}
	if err := o.print(con, r); err != nil {
		return err
	}
	if r.ReusedCount > 0 {
		con.say("answers taken from %s: %d of %d", report.Printable(o.output), r.ReusedCount, r.AnsweredCount)
	}
	if r.FailedCount == 0 {
		return nil
	}
	for _, f := range r.Failures {
		con.report(split(report.Problem{File: report.Printable(o.data), Line: f.Line, What: f.Message, ExitCode: exitFailure}))
	}
	return printed{exitFailure}
}

func (o *evalOptions) print(con *console, r *eval.Report) error {
	switch con.format {
	case formatJSON:
		return r.WriteJSON(con.out)
	case formatJSONL:
		return r.WriteJSONL(con.out)
	case formatCSV:
		return r.WriteCSV(con.out)
	}
	return r.WriteTable(con.out)
}

// evalAnswerer asks an open model.
type evalAnswerer struct {
	runner  *infer.Runner
	request infer.Request
}

// Answer runs one sample.
func (a *evalAnswerer) Answer(ctx context.Context, s eval.Sample) (eval.Answer, error) {
	q := a.request
	q.Task, q.Images, q.Prompt, q.Texts = infer.Task(s.Task), s.Images, s.Prompt, s.Texts
	res, err := a.runner.Run(ctx, q, nil)
	if err != nil {
		return eval.Answer{}, err
	}
	out := eval.Answer{Text: res.Text, TimeToFirstTokenMS: math.NaN(), TokensPerSecond: math.NaN()}
	for _, row := range res.Scores {
		narrow := make([]float32, len(row)) // as the model computed them
		for j, v := range row {
			narrow[j] = float32(v)
		}
		out.Scores = append(out.Scores, narrow)
	}
	if q.Task != infer.Retrieval {
		out.TokenCount = len(res.TokenIDs)
		out.TimeToFirstTokenMS, out.TokensPerSecond = float64(res.TimeToFirstToken), float64(res.TokensPerSecond)
	}
	return out, nil
}
