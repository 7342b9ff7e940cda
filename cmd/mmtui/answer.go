package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"

	"github.com/mattn/go-isatty"

	"github.com/mmtui/mmtui/core/infer"
	"github.com/mmtui/mmtui/core/report"
)

// answerWriter prints the events and the result of a run.
type answerWriter struct {
	con     *console
	bar     *progress
	top     int
	known   int  // warnings that were said when the model was opened; they come first in a result
	streams bool // stdout is a terminal: what could steer it is taken out
	said    strings.Builder
	broken  func() // called when stdout takes no more
}

func newAnswerWriter(con *console, top, known int) *answerWriter {
	terminal := con.stdout != nil && (isatty.IsTerminal(con.stdout.Fd()) || isatty.IsCygwinTerminal(con.stdout.Fd()))
	return &answerWriter{con: con, bar: con.progress(""), top: top, known: known, streams: terminal}
}

// tokenEvent is a line of jsonl.
type tokenEvent struct {
	Event   string  `json:"event"`
	ID      int     `json:"id"`
	Text    string  `json:"text"`
	Logprob float64 `json:"logprob"`
}

// resultEvent is the last one.
type resultEvent struct {
	Event string `json:"event"`
	*infer.Result
}

// writeLine writes an object in one line.
func writeLine(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

// event shows what happens. A write error stays in the console's output.
func (w *answerWriter) event(e infer.Event) {
	switch e.Kind {
	case infer.Progress:
		w.bar.what = stageName(e.Stage)
		w.bar.step(e.Done, e.Of, "")
	case infer.Token:
		w.bar.end()
		w.token(e)
	}
}

// stageName is what a stage is called while it lasts.
func stageName(stage string) string {
	return map[string]string{infer.StagePictures: "pictures", infer.StageEncoder: "encoding", infer.StagePrompt: "prompt"}[stage]
}

func (w *answerWriter) token(e infer.Event) {
	switch w.con.format {
	case formatJSONL:
		_ = writeLine(w.con.out, tokenEvent{"token", e.ID, e.Text, e.Logprob})
	case formatTable:
		w.text(e.Text)
	default:
		return
	}
	if w.con.out.Flush() != nil && w.broken != nil { // the output keeps its error
		w.broken()
	}
}

// text writes a piece of the answer.
func (w *answerWriter) text(s string) {
	w.said.WriteString(s)
	if w.streams {
		s = harmless(s)
	}
	_, _ = io.WriteString(w.con.out, s) // the output keeps its error
}

// harmless takes out what could steer a terminal.
func harmless(s string) string {
	return strings.Map(func(r rune) rune {
		if r != '\n' && r != '\t' && unicode.IsControl(r) {
			return unicode.ReplacementChar
		}
		return r
	}, s)
}

// result prints the whole answer, or what of it was not streamed.
func (w *answerWriter) result(res *infer.Result) error {
	for _, note := range res.Warnings[min(len(res.Warnings), w.known):] {
		w.con.say("%s", note)
	}
	switch w.con.format {
	case formatJSON:
		return report.WriteObject(w.con.out, res)
	case formatJSONL:
		return writeLine(w.con.out, resultEvent{"result", res})
	case formatCSV:
		return writeScores(w.con.out, res)
	}
	if res.Task == infer.Retrieval {
		if err := writeRankings(w.con.out, res, w.top); err != nil {
			return err
		}
	} else {
		if rest, ok := strings.CutPrefix(res.Text, w.said.String()); ok {
			w.text(rest)
		}
		fmt.Fprintln(w.con.out)
		if res.StopReason == infer.StopCancelled {
			defer w.con.say("[interrupted after %s]", report.Plural(int64(len(res.TokenIDs)), "token"))
		}
	}
	if err := w.con.out.Flush(); err != nil {
		return err
	}
	w.con.say("%s", runFigures(res))
	return nil
}

// runFigures says what a run took, in a line.
func runFigures(res *infer.Result) string {
	var parts []string
	add := func(format string, args ...any) { parts = append(parts, fmt.Sprintf(format, args...)) }
	if res.Tiles > 0 {
		add("%s (%s)", report.Plural(int64(res.Tiles), "tile"), res.ImageSize)
	}
	if res.Task != infer.Retrieval {
		add("%s", report.Plural(int64(len(res.PromptTokenIDs)), "prompt token"))
		add("%d new (%s)", len(res.TokenIDs), res.StopReason)
	}
	if res.TimeToFirstToken.Valid() {
		add("first token after %.2f s", float64(res.TimeToFirstToken)/1000)
	}
	if res.TokensPerSecond.Valid() {
		add("%.1f tokens/s", float64(res.TokensPerSecond))
	}
	add("%.2f s in all", float64(res.TotalMS)/1000)
	if res.PeakMemoryBytes.Valid() {
		add("peak memory %s", report.HumanBytes(int64(res.PeakMemoryBytes)))
	}
	add("%s", res.Backend)
	return strings.Join(parts, ", ")
}

// writeRankings writes the best texts of every picture and the best pictures
// of every text.
func writeRankings(w io.Writer, res *infer.Result, top int) error {
	limit := func(n int) int {
		if top > 0 {
			return min(top, n)
		}
		return n
	}
	table := func(of, ranked string, names, others []string, order [][]int, score func(i, j int) (float64, float64)) error {
		var t report.TextTable
		t.Add(of, false)
		t.Add("RANK", true)
		t.Add(ranked, false)
		t.Add("LOGIT", true)
		t.Add("PROBABILITY", true)
		for i, list := range order {
			for rank, j := range list[:limit(len(list))] {
				logit, p := score(i, j)
				t.Row(report.Printable(names[i]), strconv.Itoa(rank+1), report.Printable(others[j]), fmt.Sprintf("%.3f", logit), fmt.Sprintf("%.4f", p))
			}
		}
		return t.Write(w)
	}
	err := table("IMAGE", "TEXT", res.Images, res.Texts, res.TextsByImage, func(i, j int) (float64, float64) { return res.Scores[i][j], res.Probabilities[i][j] })
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintln(w); err != nil {
		return err
	}
	return table("TEXT", "IMAGE", res.Texts, res.Images, res.ImagesByText, func(j, i int) (float64, float64) { return res.Scores[i][j], res.Probabilities[i][j] })
}

// writeScores writes a line for every pair.
func writeScores(w io.Writer, res *infer.Result) error {
	return csv.NewWriter(w).WriteAll(append([][]string{scoreHeadings()}, scoreRows(res)...))
}

func scoreHeadings() []string {
	return []string{"image", "text", "score", "probability", "text_rank", "image_rank"}
}

func scoreRows(res *infer.Result) (rows [][]string) {
	place := func(order []int, at int) string {
		for rank, i := range order {
			if i == at {
				return strconv.Itoa(rank + 1)
			}
		}
		return ""
	}
	number := func(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
	for i, image := range res.Images {
		if i >= len(res.Scores) {
			break // cut off
		}
		for j, text := range res.Texts {
			rows = append(rows, []string{image, text, number(res.Scores[i][j]), number(res.Probabilities[i][j]), place(res.TextsByImage[i], j), place(res.ImagesByText[j], i)})
		}
	}
	return rows
}
