package eval

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/mmtui/mmtui/core/metrics"
)

// folder makes a data file with pictures beside it.
func folder(t *testing.T, data string, pictures ...string) (path string) {
	t.Helper()
	dir := t.TempDir()
	for _, name := range pictures {
		write(t, filepath.Join(dir, name), "picture "+name)
	}
	path = filepath.Join(dir, "data.jsonl")
	write(t, path, data)
	return path
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func load(t *testing.T, data string, pictures ...string) *Set {
	t.Helper()
	set, err := Load(t.Context(), folder(t, data, pictures...), LoadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// says answers by line, and counts how often it is asked.
type says struct {
	text    map[int]string
	scores  map[int][][]float32
	fails   map[int]error
	asked   []int
	stopAt  int // line at which stop is called
	stop    context.CancelFunc
	perText float64
}

func (s *says) Answer(ctx context.Context, sample Sample) (Answer, error) {
	s.asked = append(s.asked, sample.Line)
	if s.stop != nil && sample.Line == s.stopAt {
		s.stop()
		return Answer{Text: "half an ans"}, ctx.Err()
	}
	if err := s.fails[sample.Line]; err != nil {
		return Answer{}, err
	}
	return Answer{Text: s.text[sample.Line], Scores: s.scores[sample.Line], TokenCount: 3, TimeToFirstTokenMS: s.perText, TokensPerSecond: math.NaN()}, nil
}

const readings = `{"task": "ocr", "image": "a.png", "answer": "hello world", "id": 7}

{"task": "vqa", "images": ["a.png", "b.png"], "prompt": "Which?", "answers": ["two", "two", "two", "three"], "question_id": 1}
{"task": "caption", "image": "b.png", "answers": ["a dog runs", "the dog is running"]}
{"task": "vqa", "prompt": "1 + 1?", "answers": ["2"], "question_id": 2}
`

func TestLoad(t *testing.T) {
	set := load(t, readings, "a.png", "b.png")
	if len(set.Samples) != 4 || strings.Join(set.Tasks(), " ") != "ocr vqa caption" {
		t.Fatalf("%+v", set)
	}
	s := set.Samples[1]
	if s.Line != 3 || len(s.Images) != 2 || filepath.Base(s.Images[1]) != "b.png" || s.Prompt != "Which?" || len(s.Answers) != 4 || set.Samples[0].ID != "7" {
		t.Errorf("%+v", s)
	}
	if len(set.Warnings) != 1 || !strings.Contains(set.Warnings[0], `:3: the key "question_id" is not known`) {
		t.Errorf("warnings %q", set.Warnings)
	}
	few, err := Load(t.Context(), set.Path, LoadOptions{Limit: 2})
	if err != nil || len(few.Samples) != 2 {
		t.Errorf("a limit of 2 gives %v, %v", few, err)
	}
	one := folder(t, "\ufeff"+`{"image": "a.png", "answer": "x"}`, "a.png")
	if set, err := Load(t.Context(), one, LoadOptions{Task: OCR}); err != nil || set.Samples[0].Task != OCR {
		t.Errorf("a task of the command line: %v", err)
	}
}

// Every fault of a data set is told with its line, all at once.
func TestLoadTellsAllFaults(t *testing.T) {
	for text, want := range map[string]string{
		"":                                   "there are no samples",
		"[1]":                                ":1: the line is no JSON object",
		"null":                               ":1: the line is null",
		`{"task": "ocr"`:                     ":1: the line is no JSON object",
		`{"image": "a.png", "answer": "x"}`:  "the task is missing",
		`{"task": "sing", "image": "a.png"}`: `the task "sing" is not known; use caption, ocr, vqa, retrieval`,
		`{"task": "ocr", "answer": "x"}`:     "ocr needs a picture",
		`{"task": "ocr", "image": "a.png"}`:  "there is no accepted answer",
		`{"task": "vqa", "image": "a.png", "answer": "x", "prompt": " "}`:                                 "vqa needs a question",
		`{"task": "ocr", "image": "no.png", "answer": "x"}`:                                               "the picture no.png is not there",
		`{"task": "ocr", "image": ".", "answer": "x"}`:                                                    "the picture . is no file",
		`{"task": "ocr", "image": "https://x.org/a.png", "answer": "x"}`:                                  "is an address; download it",
		`{"task": "ocr", "image": "a.png", "images": ["a.png"], "answer": "x"}`:                           "both image and images are given",
		`{"task": "ocr", "image": 3, "answer": "x"}`:                                                      "image is no text",
		`{"task": "ocr", "image": "a.png", "answers": ["x", null]}`:                                       "answers is no list of texts",
		`{"task": "ocr", "image": "a.png", "answers": "x"}`:                                               "answers is no list of texts",
		`{"task": "ocr", "image": "a.png", "awnser": "x"}`:                                                `did you mean "answer"?`,
		`{"task": "ocr", "image": "a.png", "answer": "x", "texts": ["y"]}`:                                "texts, positives and candidates are for retrieval",
		`{"task": "ocr", "image": "a.png", "answer": "x", "candidates": "line"}`:                          "texts, positives and candidates are for retrieval",
		`{"task": "retrieval", "image": "a.png", "texts": ["x"], "positives": [0], "candidates": "file"}`: "candidates is neither set nor line",
		`{"task": "retrieval", "image": "a.png", "texts": ["x", " "], "positives": [0]}`:                  "a text is empty",
		`{"task": "retrieval", "image": "a.png"}`:                                                         "retrieval needs texts",
		`{"task": "retrieval", "image": "a.png", "texts": ["x"]}`:                                         "retrieval needs positives",
		`{"task": "retrieval", "image": "a.png", "texts": ["x"], "positives": [1]}`:                       "positives has the index 1, and the line has 1 text; write",
		`{"task": "retrieval", "image": "a.png", "texts": ["x"], "positives": ["y"]}`:                     "which is none of the texts",
		`{"task": "retrieval", "image": "a.png", "texts": ["x"], "positives": []}`:                        "positives is empty",
		`{"task": "retrieval", "image": "a.png", "texts": ["x"], "positives": [null]}`:                    "neither an index nor a text",
		`{"task": "retrieval", "image": "a.png", "texts": ["x"], "positives": 0}`:                         "positives is no list",
		`{"task": "retrieval", "images": ["a.png", "a.png"], "texts": ["x"], "positives": [0]}`:           "one list for several pictures",
		`{"task": "retrieval", "images": ["a.png", "a.png"], "texts": ["x"], "positives": [[0]]}`:         "positives has 1 list for 2 pictures",
		`{"task": "retrieval", "image": "a.png", "texts": ["x"], "positives": [0], "answer": "x"}`:        "neither prompt nor answers",
	} {
		_, err := Load(t.Context(), folder(t, text, "a.png"), LoadOptions{})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", text, err, want)
		}
	}
	path := folder(t, "{}\n"+`{"task": "ocr", "image": "no.png", "answer": "x"}`+"\n"+`{"task": "ocr", "image": "a.png", "answer": "x"}`, "a.png")
	_, err := Load(t.Context(), path, LoadOptions{Probe: func(string) error { return errors.New("broken") }})
	var all Problems
	if !errors.As(err, &all) || len(all) != 3 || all[1].Line != 2 || all[2].Line != 3 || !strings.Contains(all[2].What, "cannot be used: broken") {
		t.Errorf("%v", err)
	}
	if _, err := Load(t.Context(), path+".no", LoadOptions{}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a data set that is not there: %v", err)
	}
}

func score(t *testing.T, r *Report, task, metric string) Score {
	t.Helper()
	for _, s := range r.scores() {
		if s.Task == task && s.Metric == metric {
			return s
		}
	}
	t.Fatalf("there is no %s of %s: %+v", metric, task, r)
	return Score{}
}

func TestScores(t *testing.T) {
	set := load(t, readings, "a.png", "b.png")
	model := &says{text: map[int]string{1: "hello wurld", 3: "2", 4: "a dog runs fast", 5: "2"}, perText: 20}
	r, err := Run(t.Context(), set, model, Options{Seed: 1, Resamples: 50})
	if err != nil {
		t.Fatal(err)
	}
	want := metrics.VQAAccuracy([]string{"two", "two", "two", "three"}, "2")
	if got := score(t, r, VQA, "vqa_accuracy"); got.N != 2 || math.Abs(float64(got.Value)-want/2) > 1e-12 {
		t.Errorf("vqa accuracy %v, want %v", got.Value, want/2)
	}
	if got := score(t, r, OCR, "wer"); got.Value != 0.5 || got.HigherIsBetter || got.Low.Valid() {
		t.Errorf("wer %+v", got)
	}
	if got := score(t, r, OCR, "cer"); math.Abs(float64(got.Value)-1.0/11) > 1e-12 {
		t.Errorf("cer %+v", got)
	}
	bleu, _ := metrics.CaptionBLEU([]string{"a dog runs fast"}, [][]string{{"a dog runs", "the dog is running"}})
	if got := score(t, r, Caption, "bleu_2"); math.Abs(float64(got.Value)-bleu[1]) > 1e-12 {
		t.Errorf("bleu %v, want %v", got.Value, bleu[1])
	}
	if s := score(t, r, VQA, "anls"); !(s.Low <= s.Value && s.Value <= s.High) {
		t.Errorf("the interval %v … %v is not around %v", s.Low, s.High, s.Value)
	}
	if r.Tasks[0].TimeToFirstTokenMS != 20 || r.Tasks[0].TokensPerSecond.Valid() || r.Tasks[1].TokenCount != 6 {
		t.Errorf("%+v", r.Tasks)
	}
	again, err := Run(t.Context(), set, model, Options{Seed: 1, Resamples: 50, Metrics: []string{"anls", "bleu_1"}})
	if err != nil || score(t, again, VQA, "anls") != score(t, r, VQA, "anls") || len(again.Tasks[1].Scores) != 2 {
		t.Errorf("%v %+v", err, again)
	}
	if _, err := Run(t.Context(), set, model, Options{Metrics: []string{"beauty"}}); err == nil || !strings.Contains(err.Error(), `"beauty" is not known; use exact_match`) {
		t.Errorf("an unknown metric: %v", err)
	}
	if _, err := Run(t.Context(), set, model, Options{Metrics: []string{"image_to_text_mrr"}}); err == nil {
		t.Error("a metric that fits no task gives no error")
	}
}

// Several answers and the corpus rate: sums over sums, each sample against the
// nearest answer.
func TestErrorRateOfTheCorpus(t *testing.T) {
	set := load(t, `{"task":"ocr","image":"a","answers":["abcd","xy"]}
{"task":"ocr","image":"a","answers":["aaaaaa"]}`, "a")
	r, err := Run(t.Context(), set, &says{text: map[int]string{1: "xz", 2: "aaaaab"}}, Options{Resamples: -1})
	if err != nil {
		t.Fatal(err)
	}
	if got := score(t, r, OCR, "cer"); math.Abs(float64(got.Value)-2.0/8) > 1e-12 || got.Low.Valid() {
		t.Errorf("%+v", got)
	}
}

// A set of one annotator a sample has no VQA accuracy; a few such samples are told.
func TestVQAAccuracyOfOneAnnotator(t *testing.T) {
	alone := `{"task":"vqa","prompt":"?","answer":"yes"}
{"task":"vqa","prompt":"?","answer":"yes"}
`
	model := &says{text: map[int]string{1: "yes", 2: "no", 3: "yes"}}
	r := run(t, load(t, alone), model, Options{Resamples: 50})
	if got := score(t, r, VQA, "vqa_accuracy"); got.Value.Valid() || got.Low.Valid() || got.N != 2 || !strings.Contains(got.Note, "no sample has two accepted answers") {
		t.Errorf("%+v", got)
	}
	if got := score(t, r, VQA, "exact_match"); got.Value != 0.5 || got.Note != "" {
		t.Errorf("%+v", got)
	}
	var b bytes.Buffer
	if err := r.WriteJSON(&b); err != nil {
		t.Fatal(err)
	}
	validate(t, Schema(), "", b.Bytes())
	b.Reset()
	if err := r.WriteTable(&b); err != nil || !strings.Contains(b.String(), "\nvqa_accuracy: no value: it compares annotators") {
		t.Errorf("%v\n%s", err, b.String())
	}
	r = run(t, load(t, alone+`{"task":"vqa","prompt":"?","answers":["yes","yes","yes","yes"]}`), model, Options{Resamples: 50})
	if got := score(t, r, VQA, "vqa_accuracy"); math.Abs(float64(got.Value)-1.0/3) > 1e-12 || !strings.HasPrefix(got.Note, "2 samples of 3 have one accepted answer") {
		t.Errorf("%+v", got)
	}
}

// A message names a picture once and ends in one advice.
func TestLoadMessagesOfPictures(t *testing.T) {
	path := folder(t, `{"task":"ocr","image":"a.png","answer":"x"}`, "a.png")
	picture := filepath.Join(filepath.Dir(path), "a.png")
	for told, want := range map[string]string{
		picture + ": the file is empty; copy it again": "the picture a.png cannot be used: the file is empty; copy it again",
		picture + ": it is torn":                       "the picture a.png cannot be used: it is torn; paths are relative to the data file",
	} {
		_, err := Load(t.Context(), path, LoadOptions{Probe: func(string) error { return errors.New(told) }})
		if err == nil || err.Error() != path+":1: "+want {
			t.Errorf("%v\nwant %s", err, want)
		}
	}
}

func TestFailures(t *testing.T) {
	set := load(t, readings, "a.png", "b.png")
	broken := fmt.Errorf("the picture is broken")
	model := &says{fails: map[int]error{3: broken}}
	_, err := Run(t.Context(), set, model, Options{Resamples: 50})
	var at *SampleError
	if !errors.As(err, &at) || at.Line != 3 || !errors.Is(err, broken) {
		t.Errorf("%v", err)
	}
	r, err := Run(t.Context(), set, model, Options{KeepGoing: true, Resamples: 50})
	if err != nil || r.FailedCount != 1 || r.AnsweredCount != 3 || r.Failures[0].Line != 3 || score(t, r, VQA, "anls").N != 1 {
		t.Errorf("%v %+v", err, r)
	}
}

// All formats go by the schema, with and without numbers.
func TestFormats(t *testing.T) {
	set := load(t, readings, "a.png", "b.png")
	r, err := Run(t.Context(), set, &says{perText: math.NaN(), fails: map[int]error{1: errors.New("no")}}, Options{KeepGoing: true, Resamples: 50, Model: "m", Settings: Settings{Backend: "cpu", Split: new(bool)}})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := r.WriteJSON(&b); err != nil {
		t.Fatal(err)
	}
	validate(t, Schema(), "", b.Bytes())
	b.Reset()
	if err := r.WriteJSONL(&b); err != nil {
		t.Fatal(err)
	}
	for _, line := range bytes.Split(bytes.TrimSpace(b.Bytes()), []byte("\n")) {
		validate(t, Schema(), "#/$defs/score", line)
	}
	b.Reset()
	if err := r.WriteCSV(&b); err != nil || strings.Count(b.String(), "\n") != len(r.scores())+1 || !strings.Contains(b.String(), "\nocr,cer,,,,,0,ratio,false,\n") {
		t.Errorf("%v\n%s", err, b.String())
	}
	b.Reset()
	if err := r.WriteTable(&b); err != nil || !strings.Contains(b.String(), "ocr: 0 of 1 answered, 1 failed") || !strings.Contains(b.String(), "n/a") {
		t.Errorf("%v\n%s", err, b.String())
	}
}

func validate(t *testing.T, schema []byte, pointer string, object []byte) {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(schema))
	if err != nil {
		t.Fatal(err)
	}
	delete(doc.(map[string]any), "$id")
	c := jsonschema.NewCompiler()
	if err := c.AddResource("urn:test", doc); err != nil {
		t.Fatal(err)
	}
	compiled, err := c.Compile("urn:test" + pointer)
	if err != nil {
		t.Fatal(err)
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(object))
	if err != nil {
		t.Fatal(err)
	}
	if err := compiled.Validate(v); err != nil {
		t.Errorf("%v\n%s", err, object)
	}
}

// No data file makes Load panic, and whatever it takes can be run.
func FuzzLoad(f *testing.F) {
	f.Add(readings)
	f.Add(`{"task":"retrieval","image":"a","texts":["x","y"],"positives":[[0]]}`)
	dir := f.TempDir()
	for _, name := range []string{"a", "a.png", "b.png"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			f.Fatal(err)
		}
	}
	opt := Options{KeepGoing: true, Resamples: -1, Metrics: []string{"wer", "image_to_text_mrr"}} // captions' metrics take long to prepare
	f.Fuzz(func(t *testing.T, text string) {
		path := filepath.Join(dir, "data.jsonl")
		write(t, path, text)
		set, err := Load(t.Context(), path, LoadOptions{})
		if err != nil {
			return
		}
		if _, err := Run(t.Context(), set, &says{}, opt); err != nil {
			t.Error(err)
		}
	})
}
