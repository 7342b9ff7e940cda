package main

import (
	"context"
	"errors"
	"os"
	"path"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/mmtui/mmtui/core/infer"
	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/core/trace"
)

// traceOptions are the flags of trace.
type traceOptions struct {
	generate generateFlags
	question questionFlags
	out      string
	only     []string
}

func newTrace(con *console) *cobra.Command {
	var opt traceOptions
	cmd := &cobra.Command{
		Use:   "trace TASK --model M --image F -o OUT.safetensors",
		Short: "Run a task and write every activation, with a profile of the layers",
		Long: `Run a task as "mmtui run" does, write every named activation of the prompt to a
safetensors file, and print what each layer took and what each activation is like.
The names are those of docs/running.md: vision.h0 after the embeddings, vision.hN
after layer N, connector, text.h0 …, all_logits, image_embeds … "mmtui diff" compares
two such files, also one that docs/trace.py recorded in PyTorch.

Without -o only the profile is printed.`,
		Example: `  mmtui trace vqa --model SmolVLM-256M-Instruct/ --image cat.jpg --prompt "What is this?" -o cat.safetensors
  mmtui trace retrieval --model clip-vit-base-patch32/ --image cat.jpg --text "a cat" --only 'vision.h*' -o clip.safetensors
  mmtui trace caption --model SmolVLM-256M-Instruct/ --image cat.jpg --format json`,
		Args:      arguments(1, 1, "the task: caption, ocr, vqa or retrieval"),
		ValidArgs: taskNames(),
		RunE: func(cmd *cobra.Command, args []string) error {
			return runTrace(cmd, con, args[0], &opt)
		},
	}
	f := cmd.Flags()
	opt.generate.add(f)
	opt.question.add(f)
	f.StringVarP(&opt.out, "output", "o", "", "file to write")
	f.StringArrayVar(&opt.only, "only", nil, "write only activations whose name matches this `pattern`, such as vision.h*; may be repeated")
	cmd.ValidArgsFunction = cobra.FixedCompletions(taskNames(), cobra.ShellCompDirectiveNoFileComp)
	return cmd
}

func runTrace(cmd *cobra.Command, con *console, task string, opt *traceOptions) error {
	if err := con.printing(); err != nil {
		return err
	}
	q, err := opt.generate.request(cmd)
	if err != nil {
		return err
	}
	if err := opt.question.fill(con, task, &q); err != nil {
		return err
	}
	if opt.out == "" && len(opt.only) > 0 {
		return usage("--only chooses what is written, and no file is named", "name it with -o OUT.safetensors")
	}
	recorder, err := trace.New(trace.Options{Only: opt.only, ProfileOnly: opt.out == "", Folder: folderOf(opt.out)})
	if errors.Is(err, path.ErrBadPattern) {
		return usageOf(err)
	}
	if err != nil {
		return err
	}
	defer recorder.Close() // a temporary file, which the error of a run comes before
	r, err := opt.generate.open(cmd, con)
	if err != nil {
		return err
	}
	defer r.Close()
	if err := keepInputs(opt.out, r.Info().Path, q.Images, opt.question.textsFile); err != nil {
		return err
	}
	q.Observer = recorder
	bar := con.progress("running")
	res, err := r.Run(cmd.Context(), q, func(e infer.Event) {
		if e.Kind == infer.Progress {
			bar.step(e.Done, e.Of, e.Stage)
		}
	})
	bar.end()
	if err != nil {
		return runFailure(err)
	}
	for _, note := range res.Warnings[min(len(res.Warnings), len(r.Info().Warnings)):] { // the others were said at opening
		con.say("%s", note)
	}
	if err := writeTrace(cmd.Context(), recorder, res, opt.out); err != nil {
		return err
	}
	if opt.out != "" {
		con.say("wrote %s to %s", report.Plural(int64(recorder.Count()), "activation"), report.Printable(opt.out))
	}
	return con.writeProfile(profileOf(recorder, res, opt.out))
}

// keepInputs refuses an output that is a file of the model, which is mapped
// while it runs, or another file that the run reads.
func keepInputs(out, modelPath string, images []string, textsFile string) error {
	target, err := os.Stat(out)
	if err != nil {
		return nil // nothing there yet, or no output
	}
	inputs := append([]string{modelPath, textsFile}, images...)
	entries, _ := os.ReadDir(modelPath) // a model may be one file
	for _, e := range entries {
		inputs = append(inputs, filepath.Join(modelPath, e.Name()))
	}
	for _, in := range inputs {
		if info, err := os.Stat(in); err == nil && os.SameFile(info, target) {
			return &failure{problem: report.Problem{File: report.Printable(out), What: "is a file that this run reads",
				Do: "give another name with -o", ExitCode: exitUsage}}
		}
	}
	return nil
}

// folderOf is where the values wait: beside the output, which needs the room anyhow.
func folderOf(out string) string {
	if out == "" {
		return ""
	}
	return filepath.Dir(out)
}

// writeTrace writes the file, or only adds the ids to the profile.
func writeTrace(ctx context.Context, recorder *trace.Recorder, res *infer.Result, out string) error {
	if out == "" {
		recorder.AddIDs(res)
		return recorder.Err()
	}
	return recorder.WriteResult(ctx, out, res, thisVersion().Version)
}

func profileOf(recorder *trace.Recorder, res *infer.Result, out string) trace.Profile {
	p := recorder.Profile()
	p.Task, p.Model, p.Family, p.Backend, p.Text, p.Output = string(res.Task), res.Model, res.Family, res.Backend, res.Text, out
	for _, a := range p.Activations {
		if a.Written {
			p.SizeBytes += a.SizeBytes
		}
	}
	return p
}

func (c *console) writeProfile(p trace.Profile) error {
	switch c.format {
	case formatJSON:
		return report.WriteObject(c.out, p)
	case formatJSONL:
		return p.WriteJSONL(c.out)
	case formatCSV:
		return p.WriteCSV(c.out)
	}
	return p.WriteTable(c.out)
}
