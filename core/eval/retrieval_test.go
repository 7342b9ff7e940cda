package eval

import (
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// captions are three pictures with their own captions each, as Flickr30k is
// published line by line; "a dog" belongs to two of them.
const captions = `{"task":"retrieval","image":"a","texts":["a cat","a dog"],"positives":[0,1]}
{"task":"retrieval","image":"b","texts":["a dog","two birds"],"positives":["two birds","a dog"]}
{"task":"retrieval","image":"./c","texts":["a house"],"positives":[0]}
`

func run(t *testing.T, set *Set, model Answerer, opt Options) *Report {
	t.Helper()
	r, err := Run(t.Context(), set, model, opt)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func wantScores(t *testing.T, r *Report, n map[string]int, want map[string]float64) {
	t.Helper()
	for name, value := range want {
		direction := name[:len("image_to_text")]
		if got := score(t, r, Retrieval, name); math.Abs(float64(got.Value)-value) > 1e-12 || got.N != n[direction] {
			t.Errorf("%s: %+v, want %v of %d", name, got, value, n[direction])
		}
	}
}

// Every picture is ranked against the captions of all of them, and every
// caption against all pictures.
func TestRetrievalPoolsTheTextsOfTheSet(t *testing.T) {
	set := load(t, captions, "a", "b", "c")
	// pool:                         a cat, a dog, two birds, a house
	model := &says{scores: map[int][][]float32{
		1: {{5, 1, 6, 0}}, // two birds, a cat, a dog, a house: rank 2
		2: {{7, 8, 2, 1}}, // a dog first: rank 1
		3: {{9, 8, 7, 3}}, // a house last: rank 4
	}}
	r := run(t, set, model, Options{Resamples: 50})
	// a cat: c b a, rank 3. a dog: of b and c alike, none is better, rank 1.
	// two birds: c a b, rank 3. a house: c, rank 1.
	wantScores(t, r, map[string]int{"image_to_text": 3, "text_to_image": 4}, map[string]float64{
		"image_to_text_recall_at_1": 1.0 / 3, "image_to_text_recall_at_5": 1, "image_to_text_recall_at_10": 1,
		"image_to_text_mrr": (1.0/2 + 1 + 1.0/4) / 3, "image_to_text_median_rank": 2,
		"text_to_image_recall_at_1": 0.5, "text_to_image_recall_at_5": 1, "text_to_image_median_rank": 2,
		"text_to_image_mrr": (1.0/3 + 1 + 1.0/3 + 1) / 4,
	})
	model.scores[2] = [][]float32{{1}}
	if _, err := Run(t.Context(), set, model, Options{Resamples: 50}); err == nil || !strings.Contains(err.Error(), ":2: there are scores for 1 text, not for 4") {
		t.Errorf("scores of a wrong shape: %v", err)
	}
}

// Lines that all have the same texts, and one line of all pictures, give the
// scores of the same matrix; so does a line a caption.
func TestRetrievalFormsAreEquivalent(t *testing.T) {
	row := map[string][]float32{"a": {5, 1, 6}, "b": {7, 8, 2}}
	for name, form := range map[string]struct {
		data   string
		scores map[int][][]float32
	}{
		"same texts": {`{"task":"retrieval","image":"a","texts":["x","y","z"],"positives":[0]}
{"task":"retrieval","image":"b","texts":["x","y","z"],"positives":["y","z"]}`, map[int][][]float32{1: {row["a"]}, 2: {row["b"]}}},
		"one line": {`{"task":"retrieval","images":["a","b"],"texts":["x","y","z"],"positives":[[0],[2,1]]}`,
			map[int][][]float32{1: {row["a"], row["b"]}}},
		"own captions": {`{"task":"retrieval","image":"a","texts":["x"],"positives":[0]}
{"task":"retrieval","image":"b","texts":["y","z"],"positives":[0,1]}`, map[int][][]float32{1: {row["a"]}, 2: {row["b"]}}},
		"a line a caption": {`{"task":"retrieval","image":"a","texts":["x"],"positives":[0]}
{"task":"retrieval","image":"b","texts":["y"],"positives":[0]}
{"task":"retrieval","image":"b","texts":["z"],"positives":[0]}`, map[int][][]float32{1: {row["a"]}, 2: {row["b"]}, 3: {row["b"]}}},
	} {
		t.Run(name, func(t *testing.T) {
			r := run(t, load(t, form.data, "a", "b"), &says{scores: form.scores}, Options{Resamples: -1})
			// a: z x y, rank 2; b: y first. x: b a, rank 2; y: b; z: a b, rank 2.
			wantScores(t, r, map[string]int{"image_to_text": 2, "text_to_image": 3}, map[string]float64{
				"image_to_text_recall_at_1": 0.5, "image_to_text_mrr": 0.75, "text_to_image_recall_at_1": 1.0 / 3, "text_to_image_mrr": 2.0 / 3,
			})
		})
	}
}

// A line that says so is ranked against its own texts, and adds none to the rest.
func TestRetrievalOfALineAlone(t *testing.T) {
	set := load(t, captions+`{"task":"retrieval","images":["a","b"],"texts":["p","q"],"positives":[[0],[1]],"candidates":"line"}
{"task":"retrieval","image":"c","texts":["p","q"],"positives":[1],"candidates":"line"}`, "a", "b", "c")
	model := &says{scores: map[int][][]float32{1: {{9, 9, 0, 0}}, 2: {{0, 9, 9, 0}}, 3: {{0, 0, 0, 9}}, 4: {{1, 2}, {5, 6}}, 5: {{2, 1}}}}
	r := run(t, set, model, Options{Resamples: -1})
	// Of the pool all ranks are 1. a: 2, b: 1, c: 2; p: 2 of a and b, q: 1.
	wantScores(t, r, map[string]int{"image_to_text": 6, "text_to_image": 6}, map[string]float64{
		"image_to_text_recall_at_1": 4.0 / 6, "text_to_image_recall_at_1": 5.0 / 6,
	})
}

// The picture of a line that failed is in no rank, and its captions remain
// candidates without being queries.
func TestRetrievalAfterAFailure(t *testing.T) {
	set := load(t, captions, "a", "b", "c")
	model := &says{scores: map[int][][]float32{1: {{5, 1, 6, 9}}, 2: {{7, 8, 2, 1}}}, fails: map[int]error{3: errors.New("broken")}}
	r := run(t, set, model, Options{Resamples: -1, KeepGoing: true})
	wantScores(t, r, map[string]int{"image_to_text": 2, "text_to_image": 3}, map[string]float64{
		"image_to_text_mrr": (1.0/3 + 1) / 2, "text_to_image_recall_at_1": 1.0 / 3,
	})
}

// Answers of retrieval are taken again while the candidates are the same.
func TestRetrievalGoesOn(t *testing.T) {
	out := filepath.Join(t.TempDir(), "answers.jsonl")
	opt := Options{Output: out, Resume: true, Resamples: 20}
	scores := map[int][][]float32{1: {{0.1, 1, 6, 0}}, 2: {{7, 8.3, 2, 1}}, 3: {{0.1, 8.3, 7, 3}}}
	set := load(t, captions, "a", "b", "c")
	first := run(t, set, &says{scores: scores}, opt)
	validateAnswers(t, out, 3)
	again := &says{}
	second := run(t, set, again, opt)
	if len(again.asked) != 0 || second.ReusedCount != 3 || fmt.Sprint(first.scores()) != fmt.Sprint(second.scores()) {
		t.Errorf("asked for %v\n%v\n%v", again.asked, first.scores(), second.scores())
	}
	set.Samples[0].Positives = [][]int{{1}}
	if run(t, set, again, opt); len(again.asked) != 0 {
		t.Errorf("for other positives it asked for %v", again.asked)
	}
	set.Samples[2].Texts[0] = "a hut"
	third := &says{scores: scores}
	if run(t, set, third, opt); !slices.Equal(third.asked, []int{1, 2, 3}) {
		t.Errorf("for another candidate it asked for %v", third.asked)
	}
}

// What could not be held in memory is refused before any picture is embedded.
func TestRetrievalTooLarge(t *testing.T) {
	const images, texts = 1 << 14, 1<<14 + 1
	var text strings.Builder
	text.WriteString(`{"task":"retrieval","images":["a"` + strings.Repeat(`,"a"`, images-1) + `],"positives":[[0]` + strings.Repeat(`,[0]`, images-1) + `],"texts":["0"`)
	for i := 1; i < texts; i++ {
		fmt.Fprintf(&text, `,"%d"`, i)
	}
	for _, end := range []string{`]}`, `],"candidates":"line"}`} {
		_, err := Load(t.Context(), folder(t, text.String()+end, "a"), LoadOptions{})
		if err == nil || !strings.Contains(err.Error(), "make 268,451,840 scores, more than 268,435,456; take fewer samples") {
			t.Errorf("%v", err)
		}
	}
}
