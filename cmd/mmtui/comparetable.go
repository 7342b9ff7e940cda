package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/mmtui/mmtui/core/infer"
	"github.com/mmtui/mmtui/core/report"
)

// parted stands before what differs from the reference.
const parted = "▸"

// table prints the answers one under another, then their figures.
func (w *compareWriter) table(c *infer.Comparison) error {
	if c.Task == infer.Retrieval {
		if err := w.rankings(c); err != nil {
			return err
		}
	} else {
		w.answers(c)
	}
	var t report.TextTable
	for _, head := range figureHeadings(c.Task) {
		t.Add(head, head != "VARIANT" && head != "FIRST DIFFERENCE")
	}
	for i, v := range c.Variants {
		t.Row(figureCells(c, v, i == 0)...)
	}
	return t.Write(w.con.out)
}

// answers prints every answer under its variant's name, the first token that
// differs marked.
func (w *compareWriter) answers(c *infer.Comparison) {
	for i, v := range c.Variants {
		head := report.Printable(v.Variant)
		switch {
		case i == 0:
			head += " (reference)"
		case c.TeacherForced:
			head += " (what it takes for most probable at each place of the reference's answer)"
		}
		text := v.Result.Text
		if d := v.FirstDifference; d != nil {
			text = text[:d.At] + parted + text[d.At:]
		}
		if v.Error != "" {
			text += " [broke off]"
		}
		fmt.Fprintf(w.con.out, "%s\n%s\n\n", head, harmless(text))
	}
}

func figureHeadings(task infer.Task) []string {
	if task == infer.Retrieval {
		return []string{"VARIANT", "TIME", "WEIGHTS", "MEMORY", "MEAN KL", "TRIMMED", "BEST TEXT", "BEST IMAGE", "SPEARMAN", "FIRST DIFFERENCE"}
	}
	return []string{"VARIANT", "TOKENS", "FIRST TOKEN", "TOKENS/S", "WEIGHTS", "MEMORY", "MEAN KL", "TRIMMED", "AGREEMENT", "FIRST DIFFERENCE"}
}

func figureCells(c *infer.Comparison, v infer.Column, reference bool) []string {
	name, res := report.Printable(v.Variant), v.Result
	weights, memory := report.HumanBytes(v.WeightBytes), report.HumanBytes(v.MemoryBytes)
	kl, trimmed := figure("%.4g", v.MeanKL), figure("%.4g", v.TrimmedMeanKL)
	if c.Task == infer.Retrieval {
		return []string{name, seconds(res.TotalMS), weights, memory, kl, trimmed,
			percent(v.Agreement), percent(v.TextAgreement), figure("%.3f", mean(v.Spearman)), difference(c.Task, v, reference)}
	}
	return []string{name, strconv.Itoa(len(res.TokenIDs)), seconds(res.TimeToFirstToken), figure("%.1f", res.TokensPerSecond), weights, memory,
		kl, trimmed, agreement(v), difference(c.Task, v, reference)}
}

func figure(format string, n report.Number) string {
	if !n.Valid() {
		return "n/a"
	}
	return fmt.Sprintf(format, float64(n))
}

func seconds(ms report.Number) string { return figure("%.2f s", ms/1000) }
func percent(n report.Number) string  { return figure("%.0f%%", 100*n) }

// agreement says of how many places it is.
func agreement(v infer.Column) string {
	if v.Compared == 0 {
		return "n/a"
	}
	return fmt.Sprintf("%s of %d", percent(v.Agreement), v.Compared)
}

// mean is that of what exists.
func mean(values []report.Number) report.Number {
	sum, n := report.Number(0), 0
	for _, v := range values {
		if v.Valid() {
			sum += v
			n++
		}
	}
	return sum / report.Number(n)
}

// difference is where a variant leaves the reference, in a cell.
func difference(task infer.Task, v infer.Column, reference bool) string {
	d := v.FirstDifference
	switch {
	case reference:
		return "(reference)"
	case d == nil && v.NoKL != "":
		return report.Printable(v.NoKL)
	case d == nil:
		return "none"
	case task == infer.Retrieval:
		return fmt.Sprintf("image %d, rank %d", d.Index+1, d.At+1)
	}
	return fmt.Sprintf("token %d: %s for %s", d.Index+1, quoted(d.Text, d.ID), quoted(d.ReferenceText, d.ReferenceID))
}

// quoted shows a token with its blanks, by its id where it has no text.
func quoted(text string, id int) string {
	if text == "" {
		return "#" + strconv.Itoa(id)
	}
	return `"` + report.Printable(text) + `"`
}

// rankings prints the best texts of every picture, the variants side by side.
func (w *compareWriter) rankings(c *infer.Comparison) error {
	var t report.TextTable
	t.Add("IMAGE", false)
	t.Add("RANK", true)
	for _, v := range c.Variants {
		t.Add(strings.ToUpper(report.Printable(v.Variant)), false)
		t.Add("PROBABILITY", true)
	}
	ref := c.Variants[0].Result
	for i, image := range ref.Images {
		ranks := len(ref.Texts)
		if w.top > 0 {
			ranks = min(ranks, w.top)
		}
		for rank := range ranks {
			row := []string{report.Printable(image), strconv.Itoa(rank + 1)}
			for _, v := range c.Variants {
				row = append(row, rankCells(v.Result, ref, i, rank)...)
			}
			t.Row(row...)
		}
	}
	if err := t.Write(w.con.out); err != nil {
		return err
	}
	_, err := fmt.Fprintln(w.con.out)
	return err
}

// rankCells is the text of a rank and its probability, marked where it is not
// the reference's.
func rankCells(res, ref *infer.Result, image, rank int) []string {
	if !ranked(res, image, rank) {
		return []string{"n/a", "n/a"} // cut off
	}
	text := res.TextsByImage[image][rank]
	mark := ""
	if res != ref && ranked(ref, image, rank) && ref.TextsByImage[image][rank] != text {
		mark = parted
	}
	return []string{mark + report.Printable(res.Texts[text]), fmt.Sprintf("%.4f", res.Probabilities[image][text])}
}

func ranked(res *infer.Result, image, rank int) bool {
	return image < len(res.TextsByImage) && rank < len(res.TextsByImage[image])
}
