package eval

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A second run asks only for what is missing, and comes to the same scores.
func TestResume(t *testing.T) {
	set := load(t, readings, "a.png", "b.png")
	out := filepath.Join(t.TempDir(), "answers.jsonl")
	texts := map[int]string{1: "hello", 3: "two", 4: "a dog <b>", 5: "2"}
	opt := Options{Output: out, Resume: true, Fingerprint: "m1", KeepGoing: true, Resamples: 20}
	first := &says{text: texts, fails: map[int]error{4: errors.New("no memory")}, perText: 5}
	if _, err := Run(t.Context(), set, first, opt); err != nil {
		t.Fatal(err)
	}
	validateAnswers(t, out, 4)
	second := &says{text: texts, perText: 5}
	r, err := Run(t.Context(), set, second, opt)
	if err != nil || !slices.Equal(second.asked, []int{4}) || r.ReusedCount != 3 || r.FailedCount != 0 {
		t.Fatalf("asked for %v, %v, %+v", second.asked, err, r)
	}
	fresh, err := Run(t.Context(), set, &says{text: texts, perText: 5}, Options{Resamples: 20})
	if err != nil {
		t.Fatal(err)
	}
	var want, got strings.Builder // NaN equals NaN as JSON only
	if err := errors.Join(fresh.WriteJSONL(&want), r.WriteJSONL(&got)); err != nil || want.String() != got.String() {
		t.Errorf("%v\n%s\n%s", err, want.String(), got.String())
	}

	// Corrected answers are scored anew without asking; another prompt, picture,
	// model or setting is asked for.
	set.Samples[0].Answers = []string{"hello"}
	third := &says{text: texts}
	if r, err := Run(t.Context(), set, third, opt); err != nil || len(third.asked) != 0 || score(t, r, OCR, "exact_match").Value != 1 {
		t.Errorf("%v, asked for %v", err, third.asked)
	}
	set.Samples[3].Prompt = "2 + 2?"
	write(t, set.Samples[0].Images[0], "another picture")
	fourth := &says{text: texts}
	if _, err := Run(t.Context(), set, fourth, opt); err != nil || !slices.Equal(fourth.asked, []int{1, 3, 5}) {
		t.Errorf("%v, asked for %v", err, fourth.asked)
	}
	opt.Fingerprint = "m2"
	fifth := &says{text: texts}
	if _, err := Run(t.Context(), set, fifth, opt); err != nil || len(fifth.asked) != 4 {
		t.Errorf("%v, asked for %v", err, fifth.asked)
	}
	opt.Resume = false
	if _, err := Run(t.Context(), set, fifth, opt); err == nil || !strings.Contains(err.Error(), "holds answers already") {
		t.Errorf("without resuming: %v", err)
	}
}

// validateAnswers holds every line of a file of answers against its schema.
func validateAnswers(t *testing.T, path string, n int) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	if len(lines) != n {
		t.Errorf("%d answers, want %d", len(lines), n)
	}
	for _, line := range lines {
		validate(t, AnswerSchema(), "", []byte(line))
	}
}

// A last line that was cut off anywhere is mended; the rest is kept.
func TestTornLine(t *testing.T) {
	set := load(t, readings, "a.png", "b.png")
	out := filepath.Join(t.TempDir(), "answers.jsonl")
	opt := Options{Output: out, Resume: true, Resamples: -1, Metrics: []string{"wer"}}
	if _, err := Run(t.Context(), set, &says{}, opt); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(string(whole), "\n")
	for cut := 0; cut < len(whole); cut += 17 {
		write(t, out, string(whole[:cut]))
		model := &says{}
		if _, err := Run(t.Context(), set, model, opt); err != nil {
			t.Fatalf("cut at %d: %v", cut, err)
		}
		kept, at := 0, 0
		for _, line := range lines {
			if at += len(line); line != "" && at-1 <= cut { // its line end may be missing
				kept++
			}
		}
		if len(model.asked) != 4-kept {
			t.Errorf("cut at %d: asked for %v, and %d answers were whole", cut, model.asked, kept)
		}
		if again, err := os.ReadFile(out); err != nil || string(again) != string(whole) {
			t.Errorf("cut at %d: the file was not mended: %v\n%s", cut, err, again)
		}
	}
}

// A file of something else is left as it is.
func TestOtherFilesAreLeftAlone(t *testing.T) {
	set := load(t, readings, "a.png", "b.png")
	for _, text := range []string{"{\"a\": 1}\n", "notes", readings, "{\"eval_record_version\": 1}\n"} {
		out := filepath.Join(t.TempDir(), "file")
		write(t, out, text)
		_, err := Run(t.Context(), set, &says{}, Options{Output: out, Resume: true})
		if err == nil || !strings.Contains(err.Error(), ":1: the line is no answer of an evaluation") {
			t.Errorf("%q: %v", text, err)
		}
		if after, err := os.ReadFile(out); err != nil || string(after) != text {
			t.Errorf("%q became %q, %v", text, after, err)
		}
	}
}

// Cancelled in the middle of a sample: whole answers are kept, the half one is
// not, and the next run goes on.
func TestCancelled(t *testing.T) {
	set := load(t, readings, "a.png", "b.png")
	out := filepath.Join(t.TempDir(), "answers.jsonl")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	opt := Options{Output: out, Resume: true, KeepGoing: true}
	model := &says{stopAt: 4, stop: cancel}
	r, err := Run(ctx, set, model, opt)
	if !errors.Is(err, context.Canceled) || r == nil || r.AnsweredCount != 2 || r.FailedCount != 0 {
		t.Fatalf("%v %+v", err, r)
	}
	next := &says{}
	if r, err := Run(t.Context(), set, next, opt); err != nil || r.ReusedCount != 2 || !slices.Equal(next.asked, []int{4, 5}) {
		t.Errorf("%v, asked for %v", err, next.asked)
	}
}

func TestModelFingerprint(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "config.json"), "{}")
	write(t, filepath.Join(dir, "model.safetensors"), "weights")
	write(t, filepath.Join(dir, "README.md"), "words")
	of := func() string {
		t.Helper()
		sum, err := ModelFingerprint(t.Context(), dir)
		if err != nil {
			t.Fatal(err)
		}
		return sum
	}
	first := of()
	write(t, filepath.Join(dir, "README.md"), "other words")
	if of() != first {
		t.Error("the README plays a part")
	}
	if byFile, err := ModelFingerprint(t.Context(), filepath.Join(dir, "model.safetensors")); err != nil || byFile != first {
		t.Errorf("by file: %v", err)
	}
	write(t, filepath.Join(dir, "config.json"), "{ }")
	if of() == first {
		t.Error("config.json plays no part")
	}
}

// Two runs on one file, as two terminals start them, leave whole lines only.
func TestTwoRunsOnOneFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "answers.jsonl")
	write(t, path, `{"eval_record_version":1,"key":"zero"}`) // without its line end
	var open []*answers
	for range 2 {
		a, err := openAnswers(path, true)
		if err != nil {
			t.Fatal(err)
		}
		open = append(open, a)
	}
	for i := range 6 {
		r := record{Version: recordVersion, Key: strings.Repeat("k", 1+i), Text: strings.Repeat("long", 9*i%4)}
		if err := open[i%2].add(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(open[0].close(), open[1].close()); err != nil {
		t.Fatal(err)
	}
	again, err := openAnswers(path, true)
	if err != nil || len(again.done) != 7 {
		t.Fatalf("%v, want 7 answers: %v", err, again)
	}
	if err := again.close(); err != nil {
		t.Error(err)
	}
}

// The scores of many pictures and texts make a line longer than any sample.
// White space makes it as long here, and is quicker to read.
func TestLongAnswerIsReadAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "answers.jsonl")
	write(t, path, `{"eval_record_version":1,`+strings.Repeat(" ", maxLineBytes)+`"key":"long","text":"x"}`+"\n")
	a, err := openAnswers(path, true)
	if err != nil {
		t.Fatal(err)
	}
	if a.done["long"].Text != "x" {
		t.Error("the answer was not read again")
	}
	if err := a.close(); err != nil {
		t.Error(err)
	}
}
