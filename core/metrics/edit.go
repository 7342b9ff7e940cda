package metrics

import "strings"

// Edits are the operations that turn a reference into a hypothesis with the
// fewest substitutions, deletions and insertions. Among alignments of equal
// distance the counts may differ from those of other programs; the sum does not.
type Edits struct {
	Hits, Substitutions, Deletions, Insertions int
}

// Distance is the number of operations.
func (e Edits) Distance() int { return e.Substitutions + e.Deletions + e.Insertions }

func (e Edits) plus(o Edits) Edits {
	return Edits{e.Hits + o.Hits, e.Substitutions + o.Substitutions, e.Deletions + o.Deletions, e.Insertions + o.Insertions}
}

// Align counts the edits between two sequences. It takes len(reference) ×
// len(hypothesis) steps, and memory for two rows.
func Align[T comparable](reference, hypothesis []T) Edits {
	// A row holds for each prefix of the hypothesis the best edits so far. Common
	// beginnings and ends are hits in some best alignment.
	var common Edits
	for len(reference) > 0 && len(hypothesis) > 0 && reference[0] == hypothesis[0] {
		reference, hypothesis = reference[1:], hypothesis[1:]
		common.Hits++
	}
	for len(reference) > 0 && len(hypothesis) > 0 && reference[len(reference)-1] == hypothesis[len(hypothesis)-1] {
		reference, hypothesis = reference[:len(reference)-1], hypothesis[:len(hypothesis)-1]
		common.Hits++
	}
	row := make([]Edits, len(hypothesis)+1)
	for j := range row {
		row[j].Insertions = j
	}
	for i, want := range reference {
		diagonal := row[0]
		row[0] = Edits{Deletions: i + 1}
		for j, got := range hypothesis {
			above := row[j+1]
			row[j+1] = cheapest(want == got, diagonal, above, row[j])
			diagonal = above
		}
	}
	return common.plus(row[len(hypothesis)])
}

// cheapest extends the cheapest of the three neighbours by one step.
func cheapest(same bool, diagonal, above, left Edits) Edits {
	if same {
		diagonal.Hits++
		return diagonal
	}
	diagonal.Substitutions++
	above.Deletions++
	left.Insertions++
	best := diagonal
	if above.Distance() < best.Distance() {
		best = above
	}
	if left.Distance() < best.Distance() {
		best = left
	}
	return best
}

// ErrorRate is a word or character error rate over a corpus, as jiwer 4 has it.
type ErrorRate struct {
	Edits
	// Rate is edits over the length of the references; with empty references it
	// is the number of insertions.
	Rate float64
	// MatchErrorRate, InformationLost and InformationPreserved are jiwer's mer,
	// wil and wip.
	MatchErrorRate, InformationLost, InformationPreserved float64
}

// rate gives the measures of summed edits.
func rate(e Edits) ErrorRate {
	reference := float64(e.Hits + e.Substitutions + e.Deletions)
	hypothesis := float64(e.Hits + e.Substitutions + e.Insertions)
	out := ErrorRate{Edits: e}
	switch {
	case reference > 0:
		out.Rate = float64(e.Distance()) / reference
	default:
		out.Rate = float64(e.Insertions)
	}
	if all := e.Hits + e.Distance(); all > 0 {
		out.MatchErrorRate = float64(e.Distance()) / float64(all)
	}
	hits := float64(e.Hits)
	switch {
	case reference > 0 && hypothesis > 0:
		out.InformationPreserved = hits / reference * (hits / hypothesis)
	case reference == 0 && hypothesis == 0:
		out.InformationPreserved = 1
	}
	out.InformationLost = 1 - out.InformationPreserved
	return out
}

// WordEdits are the edits between the words of two texts. As in jiwer, runs of
// two and more white space become one space, then words are split at spaces
// only: a single tab or line end stays inside a word.
func WordEdits(reference, hypothesis string) Edits {
	return Align(jiwerWords(reference), jiwerWords(hypothesis))
}

// CharacterEdits are the edits between the code points of two texts without
// white space at their ends.
func CharacterEdits(reference, hypothesis string) Edits {
	return Align([]rune(pythonStrip(reference)), []rune(pythonStrip(hypothesis)))
}

// WER is the word error rate of hypotheses against references: the sums of
// edits over the sums of lengths, not the mean of rates.
func WER(references, hypotheses []string) ErrorRate {
	return overall(references, hypotheses, WordEdits)
}

// CER is the character error rate.
func CER(references, hypotheses []string) ErrorRate {
	return overall(references, hypotheses, CharacterEdits)
}

func overall(references, hypotheses []string, edits func(reference, hypothesis string) Edits) ErrorRate {
	var sum Edits
	for i := range references {
		sum = sum.plus(edits(references[i], hypotheses[i]))
	}
	return rate(sum)
}

// jiwerWords are the words of a text. White space alone parts words only where
// two or more stand together, a space always.
func jiwerWords(s string) []string {
	all := []rune(pythonStrip(s))
	parted := make([]rune, 0, len(all))
	for i := 0; i < len(all); {
		n := 0
		for i+n < len(all) && pythonSpace(all[i+n]) {
			n++
		}
		switch {
		case n >= 2:
			parted = append(parted, ' ')
			i += n
		default:
			parted = append(parted, all[i])
			i++
		}
	}
	return strings.FieldsFunc(string(parted), func(r rune) bool { return r == ' ' })
}

// pythonStrip is str.strip of Python.
func pythonStrip(s string) string { return strings.TrimFunc(s, pythonSpace) }
