// Package eval scores a model on a data set: it reads JSONL of pictures,
// prompts and answers, asks a model, keeps every answer in a file so that an
// interrupted run goes on where it stopped, and gives the metrics of package
// metrics with bootstrap confidence intervals.
package eval

import "context"

// The tasks of a sample.
const (
	Caption   = "caption"
	OCR       = "ocr"
	VQA       = "vqa"
	Retrieval = "retrieval"
)

func tasks() []string { return []string{Caption, OCR, VQA, Retrieval} }

// Sample is one line of a data set.
type Sample struct {
	Line      int      // in the file, from 1
	ID        string   // of the data set; may be empty
	Task      string   // Caption, OCR, VQA or Retrieval
	Images    []string // paths, those of the file resolved against its folder
	Prompt    string   // "" is the task's default
	Answers   []string // accepted ones; of retrieval none
	Texts     []string // of retrieval; Run hands an Answerer all candidates here
	Positives [][]int  // [images]: indexes of the texts that belong to each
	// OwnTexts ranks against Texts alone, not against those of the whole set.
	OwnTexts bool
	textsSum string // stands for Texts in a key; "" for themselves
}

// Answer is what a model said.
type Answer struct {
	Text   string
	Scores [][]float32 // of retrieval: [images × texts]
	// TokenCount is the number of new tokens; 0 of retrieval.
	TokenCount int
	// NaN where there is none.
	TimeToFirstTokenMS, TokensPerSecond float64
}

// Answerer is a model that answers samples. An error that is the context's ends
// the run; any other is the failure of this sample.
type Answerer interface {
	Answer(ctx context.Context, s Sample) (Answer, error)
}

// Set is a data set.
type Set struct {
	Path     string
	Samples  []Sample
	Warnings []string // keys that are not known, one a key
}

// Tasks are the tasks of the set, in the order in which they first stand.
func (s *Set) Tasks() []string {
	var all []string
	seen := map[string]bool{}
	for _, sample := range s.Samples {
		if !seen[sample.Task] {
			seen[sample.Task] = true
			all = append(all, sample.Task)
		}
	}
	return all
}
