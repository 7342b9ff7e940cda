package eval

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/mmtui/mmtui/core/report"
)

// The candidates of a line of retrieval, under the key of that name.
const (
	candidatesOfSet  = "set"  // the texts of all lines; the default
	candidatesOfLine = "line" // the line's own texts
)

// maxScores bounds the scores of all pictures against all their candidates: a
// gibibyte of float32, twice the 5000 pictures and 25 000 captions of COCO.
const maxScores = 1 << 28

// pooled gives every sample of retrieval the candidates that it is ranked
// against: the distinct texts of all of them in the order in which they first
// stand, as the protocol of Flickr30k and COCO has it. Samples with texts of
// their own keep these. Positives become indexes into the pool.
func pooled(samples []Sample) []Sample {
	out := slices.Clone(samples)
	var pool []string
	at := map[string]int{}
	for _, s := range samples {
		if !s.inPool() {
			continue
		}
		for _, text := range s.Texts {
			if _, known := at[text]; !known {
				at[text] = len(pool)
				pool = append(pool, text)
			}
		}
	}
	sum := sumOf(pool)
	for i, s := range samples {
		if !s.inPool() {
			continue
		}
		out[i].Texts, out[i].textsSum = pool, sum
		out[i].Positives = make([][]int, len(s.Positives))
		for j, own := range s.Positives {
			for _, k := range own {
				out[i].Positives[j] = append(out[i].Positives[j], at[s.Texts[k]])
			}
		}
	}
	return out
}

func (s Sample) inPool() bool { return s.Task == Retrieval && !s.OwnTexts }

// sumOf stands for many texts in a key: they would be hashed for each picture.
func sumOf(texts []string) string {
	text, err := json.Marshal(texts)
	if err != nil {
		panic(err) // strings always marshal
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:16])
}

// checkScores refuses a set whose scores would not fit in memory.
func (l *loader) checkScores() {
	pictures, own := int64(0), int64(0)
	pool := map[string]struct{}{}
	for _, s := range l.set.Samples {
		switch {
		case s.inPool():
			pictures += int64(len(s.Images))
			for _, text := range s.Texts {
				pool[text] = struct{}{}
			}
		case s.Task == Retrieval:
			own += int64(len(s.Images)) * int64(len(s.Texts))
		}
	}
	if total := pictures*int64(len(pool)) + own; total > maxScores {
		l.problem(0, fmt.Sprintf("its pictures and candidate texts make %s scores, more than %s", report.GroupDigits(total), report.GroupDigits(maxScores)),
			`take fewer samples with --limit, or give lines candidates of their own with "candidates": "line"`)
	}
}
