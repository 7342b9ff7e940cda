package metrics

import (
	"slices"
	"testing"
)

func TestErrorRatesEqualJiwer(t *testing.T) {
	for i, c := range lines[struct {
		Ref, Hyp      []string
		WER, CER      *float64
		MER, WIL, WIP *float64
		Hits, Sub     int
		Dele, Ins     int
		CHits         int `json:"c_hits"`
		CSub          int `json:"c_sub"`
		CDel          int `json:"c_del"`
		CIns          int `json:"c_ins"`
	}](t, "jiwer.jsonl") {
		w, ch := WER(c.Ref, c.Hyp), CER(c.Ref, c.Hyp)
		for name, pair := range map[string]struct {
			got  float64
			want *float64
		}{"wer": {w.Rate, c.WER}, "cer": {ch.Rate, c.CER}} {
			if pair.want != nil && !near(pair.got, *pair.want, 1e-12) {
				t.Errorf("%d %q %q: %s %v, want %v", i, c.Ref, c.Hyp, name, pair.got, *pair.want)
			}
		}
		if c.MER == nil {
			continue
		}
		if got := w.Hits + w.Substitutions + w.Deletions; got != c.Hits+c.Sub+c.Dele {
			t.Errorf("%d: %d words of reference", i, got)
		}
		// Hits may differ among alignments of equal distance; then mer differs too.
		if w.Hits == c.Hits && (!near(w.MatchErrorRate, *c.MER, 1e-12) || !near(w.InformationLost, *c.WIL, 1e-12) || !near(w.InformationPreserved, *c.WIP, 1e-12)) {
			t.Errorf("%d %q %q: mer %v wil %v wip %v, want %v %v %v", i, c.Ref, c.Hyp, w.MatchErrorRate, w.InformationLost, w.InformationPreserved, *c.MER, *c.WIL, *c.WIP)
		}
		if w.Hits != c.Hits {
			t.Logf("%d %q %q: %+v, jiwer has %d hits", i, c.Ref, c.Hyp, w.Edits, c.Hits)
		}
	}
}

func TestSQuADEqualsTheScript(t *testing.T) {
	for i, c := range lines[struct {
		Answers           []string
		Pred              string
		Exact, F1         float64
		NormalizedPred    string    `json:"normalized_pred"`
		NormalizedAnswers []string  `json:"normalized_answers"`
		F1Each            []float64 `json:"f1_each"`
	}](t, "squad.jsonl") {
		exact, f1 := SQuAD(c.Answers, c.Pred)
		if exact != c.Exact || !near(f1, c.F1, 1e-12) {
			t.Errorf("%d %q %q: got %v %v, want %v %v", i, c.Answers, c.Pred, exact, f1, c.Exact, c.F1)
		}
		if got := NormalizeSQuAD(c.Pred); got != c.NormalizedPred {
			t.Errorf("%d: normalised to %q, want %q", i, got, c.NormalizedPred)
		}
		for j, a := range c.Answers {
			if got := NormalizeSQuAD(a); got != c.NormalizedAnswers[j] {
				t.Errorf("%d: normalised to %q, want %q", i, got, c.NormalizedAnswers[j])
			}
			if got := TokenF1(a, c.Pred); !near(got, c.F1Each[j], 1e-12) {
				t.Errorf("%d: F1 %v, want %v", i, got, c.F1Each[j])
			}
		}
	}
}

func TestANLSEqualsBothPrograms(t *testing.T) {
	for i, c := range lines[struct {
		Answers []string
		Pred    string
		Script  float64 `json:"anls_docvqa_script"`
		Package float64 `json:"anls_package"`
	}](t, "anls.jsonl") {
		if got := ANLSDocVQA(c.Answers, c.Pred); !near(got, c.Script, 1e-12) {
			t.Errorf("%d %q %q: script %v, want %v", i, c.Answers, c.Pred, got, c.Script)
		}
		if got := ANLS(c.Answers, c.Pred); !near(got, c.Package, 1e-12) {
			t.Errorf("%d %q %q: package %v, want %v", i, c.Answers, c.Pred, got, c.Package)
		}
	}
}

func TestVQAEqualsTheScript(t *testing.T) {
	for i, c := range lines[struct {
		Kind, Text        string
		After             string `json:"after_punctuation"`
		Normalized        string
		Answers           []string
		Pred              string
		Percent           float64  `json:"accuracy_percent"`
		NormalizedAnswers []string `json:"normalized_answers"`
	}](t, "vqa.jsonl") {
		if c.Kind == "normalize" {
			if got := NormalizeVQA(c.Text); got != c.Normalized {
				t.Errorf("%d %q: normalised to %q, want %q", i, c.Text, got, c.Normalized)
			}
			continue
		}
		if got := 100 * VQAAccuracy(c.Answers, c.Pred); !near(got, c.Percent, 1e-9) {
			t.Errorf("%d %q %q: %v, want %v", i, c.Answers, c.Pred, got, c.Percent)
		}
	}
}

// Capitals become small as in Python: Σ at the end of a word is ς, İ is two.
func TestCapitalsOfPython(t *testing.T) {
	if got := NormalizeVQA("ΟΔΟΣ, İΣ a"); got != "οδος i̇ς" {
		t.Errorf("VQA: %q", got)
	}
	if exact, _ := SQuAD([]string{"οδος"}, "The ΟΔΟΣ"); exact != 1 {
		t.Error("SQuAD: another word")
	}
	if ANLS([]string{"ΟΔΟΣ"}, "οδος") != 1 || ANLSDocVQA([]string{"οδος"}, "ΟΔΟΣ") != 1 {
		t.Error("ANLS: another word")
	}
}

// Edit distance is a metric: it is symmetric, zero only for equal texts, and no
// detour is shorter.
func TestDistanceIsAMetric(t *testing.T) {
	words := []string{"", "a", "ab", "ba", "abc", "cab", "banana", "ananas"}
	for _, a := range words {
		for _, b := range words {
			d := levenshtein(a, b)
			if d != levenshtein(b, a) || (d == 0) != (a == b) || d > max(len(a), len(b)) {
				t.Errorf("%q %q: %d", a, b, d)
			}
			for _, c := range words {
				if d > levenshtein(a, c)+levenshtein(c, b) {
					t.Errorf("%q %q: %d is longer than by %q", a, b, d, c)
				}
			}
		}
	}
	if got := jiwerWords("  a\tb  \t c\n\nd "); !slices.Equal(got, []string{"a\tb", "c", "d"}) {
		t.Errorf("%q", got)
	}
}
