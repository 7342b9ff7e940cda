package metrics

import (
	"strings"
	"unicode"
)

// VQAAccuracy scores an answer against those of the (usually ten) annotators as
// the VQA evaluation script does: the mean over the annotators of
// min(1, matches among the others / 3). Texts are normalised only if the
// annotators differ among themselves. 0 without annotators.
func VQAAccuracy(answers []string, answer string) float64 {
	if len(answers) == 0 {
		return 0
	}
	plain := func(s string) string {
		return pythonStrip(strings.NewReplacer("\n", " ", "\t", " ").Replace(s))
	}
	got := plain(answer)
	want := make([]string, len(answers))
	differ := false
	for i, a := range answers {
		want[i] = plain(a)
		differ = differ || want[i] != want[0]
	}
	if differ {
		v := newVQA()
		for i := range want {
			want[i] = v.words(v.punctuation(want[i]))
		}
		got = v.words(v.punctuation(got))
	}
	total := 0.0
	for i := range want {
		matches := 0
		for j := range want {
			if j != i && want[j] == got {
				matches++
			}
		}
		total += min(1, float64(matches)/3)
	}
	return total / float64(len(want))
}

// NormalizeVQA is what the script compares when annotators differ: line ends
// and tabs are spaces, punctuation goes, small letters, number words become
// digits, articles go, contractions get their apostrophes.
func NormalizeVQA(s string) string {
	v := newVQA()
	return v.words(v.punctuation(pythonStrip(strings.NewReplacer("\n", " ", "\t", " ").Replace(s))))
}

// commaInNumber reports whether a comma stands between two digits.
func commaInNumber(s string) bool {
	all := []rune(s)
	for i := 1; i+1 < len(all); i++ {
		if all[i] == ',' && unicode.IsDigit(all[i-1]) && unicode.IsDigit(all[i+1]) {
			return true
		}
	}
	return false
}

// vqa holds the lists of the script.
type vqa struct {
	contractions map[string]string
	numbers      map[string]string
}

func newVQA() *vqa {
	return &vqa{
		contractions: vqaContractions(),
		numbers: map[string]string{"none": "0", "zero": "0", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5",
			"six": "6", "seven": "7", "eight": "8", "nine": "9", "ten": "10"},
	}
}

// punctuation is processPunctuation of the script. A mark becomes nothing if it
// stands beside a space anywhere in the text, or if a comma between digits does,
// else a space. The first 32 periods that no digit follows go.
func (v *vqa) punctuation(text string) string {
	out := text
	comma := commaInNumber(text)
	for _, mark := range strings.Split(`;|/|[|]|"|{|}|(|)|=|+|\|_|-|>|<|@|`+"`"+`|,|?|!`, "|") {
		if strings.Contains(text, mark+" ") || strings.Contains(text, " "+mark) || comma {
			out = strings.ReplaceAll(out, mark, "")
		} else {
			out = strings.ReplaceAll(out, mark, " ")
		}
	}
	return withoutPeriods(out, 32)
}

// withoutPeriods drops up to most periods that no digit follows.
func withoutPeriods(s string, most int) string {
	var b strings.Builder
	all := []rune(s)
	for i, r := range all {
		if r == '.' && most > 0 && !(i+1 < len(all) && unicode.IsDigit(all[i+1])) {
			most--
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

// words is processDigitArticle of the script.
func (v *vqa) words(s string) string {
	var out []string
	for _, w := range pythonFields(pythonLower(s)) {
		if digits, ok := v.numbers[w]; ok {
			w = digits
		}
		switch w {
		case "a", "an", "the":
			continue
		}
		if whole, ok := v.contractions[w]; ok {
			w = whole
		}
		out = append(out, w)
	}
	return strings.Join(out, " ")
}
