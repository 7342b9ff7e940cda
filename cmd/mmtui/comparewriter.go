package main

import (
	"encoding/csv"
	"slices"

	"github.com/mmtui/mmtui/core/infer"
	"github.com/mmtui/mmtui/core/report"
)

// compareWriter prints the events and the figures of a comparison.
type compareWriter struct {
	con    *console
	bar    *progress
	top    int
	names  []string
	known  int   // warnings that were said when the reference was opened
	most   int   // new tokens
	said   []int // tokens of each variant
	broken func()
}

func newCompareWriter(con *console, top int, runners []*infer.Runner, most int) *compareWriter {
	return &compareWriter{con: con, bar: con.progress(""), top: top, names: infer.VariantNames(runners),
		known: len(runners[0].Info().Warnings), most: most, said: make([]int, len(runners))}
}

// comparedToken is a line of jsonl.
type comparedToken struct {
	Event   string        `json:"event"`
	Variant string        `json:"variant"`
	ID      int           `json:"id"`
	Text    string        `json:"text"`
	Logprob float64       `json:"logprob"`
	KL      report.Number `json:"kl"`
	NoKL    string        `json:"kl_reason,omitempty"`
	Differs bool          `json:"differs"`
}

// comparisonEvent is the last line.
type comparisonEvent struct {
	Event string `json:"event"`
	*infer.Comparison
}

// event shows what happens. A write error stays in the console's output.
func (w *compareWriter) event(v int, e infer.Event) {
	switch e.Kind {
	case infer.Progress:
		w.bar.what = w.names[v] + " " + stageName(e.Stage)
		w.bar.step(e.Done, e.Of, "")
	case infer.Token:
		w.said[v]++
		if w.con.format != formatJSONL {
			w.bar.what = w.names[v] + " answers"
			w.bar.step(w.said[v], w.most, "")
			return
		}
		w.bar.end()
		_ = writeLine(w.con.out, comparedToken{"token", w.names[v], e.ID, e.Text, e.Logprob, e.KL, e.NoKL, e.Differs})
		if w.con.out.Flush() != nil && w.broken != nil {
			w.broken()
		}
	}
}

// comparison prints what a comparison gave, also one that was cut off.
func (w *compareWriter) comparison(c *infer.Comparison) error {
	first := c.Variants[0].Result
	for _, note := range append(first.Warnings[min(len(first.Warnings), w.known):], c.Notes...) {
		w.con.say("%s", note)
	}
	switch w.con.format {
	case formatJSON:
		return report.WriteObject(w.con.out, c)
	case formatJSONL:
		return w.lines(c)
	case formatCSV:
		return w.scores(c)
	}
	if err := w.table(c); err != nil {
		return err
	}
	if err := w.con.out.Flush(); err != nil {
		return err
	}
	what := "the first token that is not the reference's"
	if c.Task == infer.Retrieval {
		what = "a text that is not the reference's at this rank"
	}
	if slices.ContainsFunc(c.Variants, func(v infer.Column) bool { return v.FirstDifference != nil }) {
		w.con.say("%s stands before %s; the figures describe this question and predict no score", parted, what)
	}
	if slices.ContainsFunc(c.Variants, func(v infer.Column) bool { return v.Result.StopReason == infer.StopCancelled }) {
		w.con.say("[interrupted]")
	}
	return nil
}

// lines writes the answers, then the figures without them.
func (w *compareWriter) lines(c *infer.Comparison) error {
	figures := *c
	figures.Variants = append([]infer.Column(nil), c.Variants...)
	for i, v := range c.Variants {
		if err := writeLine(w.con.out, resultEvent{"result", v.Result}); err != nil {
			return err
		}
		figures.Variants[i].Result = nil
	}
	return writeLine(w.con.out, comparisonEvent{"comparison", &figures})
}

// scores writes a line for every pair of every variant.
func (w *compareWriter) scores(c *infer.Comparison) error {
	rows := [][]string{append([]string{"variant"}, scoreHeadings()...)}
	for _, v := range c.Variants {
		for _, row := range scoreRows(v.Result) {
			rows = append(rows, append([]string{v.Variant}, row...))
		}
	}
	return csv.NewWriter(w.con.out).WriteAll(rows)
}
