package main

import (
	"context"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mmtui/mmtui/core/infer"
	"github.com/mmtui/mmtui/core/variant"
)

// runCompare answers a request with several variants of one model.
func runCompare(cmd *cobra.Command, con *console, q infer.Request, opt *runOptions) error {
	specs, err := opt.columns(cmd, con)
	if err != nil {
		return err
	}
	var runners []*infer.Runner
	defer func() {
		for _, r := range runners {
			r.Close()
		}
	}()
	once := *con // what one folder is warned of is said once
	once.err = &newLines{w: con.err, seen: map[string]bool{}}
	for _, spec := range specs {
		r, err := opt.generate.openAs(cmd, &once, spec)
		if err != nil {
			return err
		}
		runners = append(runners, r)
	}
	// Nobody waits for an answer whose reader went away.
	ctx, stop := context.WithCancel(cmd.Context())
	defer stop()
	q.TeacherForced = opt.forced
	out := newCompareWriter(con, opt.top, runners, q.MaxNewTokens)
	out.broken = stop
	c, err := infer.Compare(ctx, runners, q, out.event)
	out.bar.end()
	if c == nil {
		return runFailure(err)
	}
	if writeErr := out.comparison(c); writeErr != nil {
		return writeErr
	}
	return runFailure(err)
}

// columns are the variants in the order of the columns. The model as it is
// stored comes first where it is among them, else the first --compare does: the
// others are held against it. Then comes the variant that the other flags ask
// for; where they ask for none it is the float model, or the INT2 one beside
// float alone.
func (opt *runOptions) columns(cmd *cobra.Command, con *console) ([]variant.Spec, error) {
	var others []variant.Spec
	for _, name := range opt.compare {
		spec, err := opt.generate.parseVariant(con, name)
		if err != nil {
			return nil, err
		}
		others = append(others, spec)
	}
	isFloat := func(s variant.Spec) bool { return s.Plan == nil && s.Weights == "" }
	fallback := ""
	if !slices.ContainsFunc(others, func(s variant.Spec) bool { return !isFloat(s) }) {
		fallback = variantINT2
	}
	main, err := opt.generate.spec(cmd, con, fallback)
	if err != nil {
		return nil, err
	}
	specs := []variant.Spec{others[0]}
	if main.Name != "" || !slices.ContainsFunc(others, isFloat) {
		specs = append(specs, main)
	}
	specs = append(specs, others[1:]...)
	if at := slices.IndexFunc(specs, isFloat); at > 0 {
		first := specs[at]
		specs = slices.Insert(slices.Delete(specs, at, at+1), 0, first)
	}
	return specs, nil
}

// newLines writes a line only once. What is drawn over is no line.
type newLines struct {
	w    io.Writer
	seen map[string]bool
}

func (n *newLines) Write(p []byte) (int, error) {
	if line := string(p); strings.HasSuffix(line, "\n") {
		if n.seen[line] {
			return len(p), nil
		}
		n.seen[line] = true
	}
	return n.w.Write(p)
}
