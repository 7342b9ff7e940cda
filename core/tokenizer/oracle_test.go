package tokenizer

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// oracleCase is one line of cases.jsonl or decode.jsonl.
type oracleCase struct {
	Text        string    `json:"text"`
	Pair        *string   `json:"pair"`
	Special     bool      `json:"special"`
	IDs         []int     `json:"ids"`
	Tokens      []string  `json:"tokens"`
	Offsets     [][2]int  `json:"offsets"`
	TypeIDs     []int     `json:"type_ids"`
	SequenceIDs []*int    `json:"sequence_ids"`
	Skip        string    `json:"decoded_skip_special"`
	Raw         string    `json:"decoded_raw"`
	HF          []string  `json:"hf_decoded"`
	Stream      []string  `json:"stream"`
	Steps       []*string `json:"decode_stream"`
	StepsError  string    `json:"decode_stream_error"`
	SPMIDs      *[]int    `json:"spm_ids"`
	SPMDecoded  *string   `json:"spm_decoded"`
}

func readLines[T any](t testing.TB, path string) []T {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var out []T
	for i, line := range strings.Split(strings.TrimSuffix(string(data), "\n"), "\n") {
		if line == "" {
			continue
		}
		var v T
		if err := json.Unmarshal([]byte(line), &v); err != nil {
			t.Fatalf("%s:%d: %v", path, i+1, err)
		}
		out = append(out, v)
	}
	return out
}

// faults counts what differs and shows the first few.
type faults struct {
	t *testing.T
	n int
}

func (f *faults) report(format string, args ...any) {
	if f.n++; f.n <= 8 {
		f.t.Errorf(format, args...)
	}
}

func same[T any](a, b []T) bool { return len(a) == 0 && len(b) == 0 || reflect.DeepEqual(a, b) }

// checkCases holds a tokenizer against the recorded lines of its folder.
func checkCases(t *testing.T, tok *Tokenizer, folder string) {
	f := &faults{t: t}
	for _, c := range readLines[oracleCase](t, filepath.Join(folder, "cases.jsonl")) {
		opt := EncodeOptions{AddSpecial: c.Special}
		var e Encoding
		var err error
		if c.Pair != nil {
			e, err = tok.EncodePair(c.Text, *c.Pair, opt)
		} else {
			e, err = tok.Encode(c.Text, opt)
		}
		if err != nil {
			f.report("%q: %v", c.Text, err)
			continue
		}
		if !same(e.IDs, c.IDs) || !same(e.Tokens, c.Tokens) {
			f.report("%q special=%v:\n got %v %q\nwant %v %q", c.Text, c.Special, e.IDs, e.Tokens, c.IDs, c.Tokens)
			continue
		}
		if !same(e.Offsets, c.Offsets) {
			f.report("%q: offsets\n got %v\nwant %v\n %q", c.Text, e.Offsets, c.Offsets, e.Tokens)
		}
		if c.Pair != nil {
			var sequence []int
			for _, s := range c.SequenceIDs {
				if s == nil {
					sequence = append(sequence, -1)
				} else {
					sequence = append(sequence, *s)
				}
			}
			if !same(e.TypeIDs, c.TypeIDs) || !same(e.SequenceIDs, sequence) {
				f.report("%q, %q: types %v, want %v; sequences %v, want %v", c.Text, *c.Pair, e.TypeIDs, c.TypeIDs, e.SequenceIDs, sequence)
			}
		}
		checkDecode(f, tok, c)
	}
	for _, c := range readLines[oracleCase](t, filepath.Join(folder, "decode.jsonl")) {
		for i, id := range c.IDs {
			if token, ok := tok.Token(id); !ok || token != c.Tokens[i] {
				f.report("token %d is %q, want %q", id, token, c.Tokens[i])
			}
		}
		checkDecode(f, tok, c)
	}
	if f.n > 0 {
		t.Errorf("%d faults", f.n)
	}
}

func checkDecode(f *faults, tok *Tokenizer, c oracleCase) {
	if got := tok.Decode(c.IDs, true); got != c.Skip {
		f.report("%v: decoded %q, want %q", c.IDs, got, c.Skip)
	}
	if got := tok.Decode(c.IDs, false); got != c.Raw {
		f.report("%v: decoded raw %q, want %q", c.IDs, got, c.Raw)
	}
	if c.Steps == nil && c.StepsError == "" {
		return
	}
	s := tok.NewDecodeStream(true)
	for i, id := range c.IDs {
		text, ok, err := s.Step(id)
		switch {
		case err != nil && c.StepsError == "":
			f.report("%v: step %d: %v", c.IDs, i, err)
			return
		case err != nil:
			return
		case c.StepsError == "" && (ok != (c.Steps[i] != nil) || ok && text != *c.Steps[i]):
			f.report("%v: step %d gives %q %v", c.IDs, i, text, ok)
		}
	}
	if c.StepsError != "" {
		f.report("%v: no error, want %s", c.IDs, c.StepsError)
	}
}

// checkText holds what transformers prints against the recorded lines.
func checkText(t *testing.T, tok *Tokenizer, folder string) {
	f := &faults{t: t}
	lines := slices.Concat(readLines[oracleCase](t, filepath.Join(folder, "cases.jsonl")), readLines[oracleCase](t, filepath.Join(folder, "decode.jsonl")))
	for _, c := range lines {
		want := []string{c.Skip, c.Raw}
		if c.HF != nil {
			want = c.HF
		}
		for i, skip := range []bool{true, false} {
			if got := tok.DecodeText(c.IDs, skip); got != want[i] {
				f.report("%v: text %q, want %q", c.IDs, got, want[i])
			}
		}
		if c.Stream == nil {
			continue
		}
		s := tok.NewStream(true)
		var got []string
		for _, id := range c.IDs {
			got = append(got, s.Push(id))
		}
		if got = append(got, s.End()); !slices.Equal(got, c.Stream) {
			f.report("%v: stream\n got %q\nwant %q", c.IDs, got, c.Stream)
		}
	}
	if f.n > 0 {
		t.Errorf("%d faults", f.n)
	}
}

// checkSiglip holds the sentencepiece model against the recorded lines.
func checkSiglip(t *testing.T, folder string) {
	tok, err := Open(folder)
	if err != nil {
		t.Fatal(err)
	}
	f := &faults{t: t}
	for _, c := range readLines[oracleCase](t, filepath.Join(folder, "cases.jsonl")) {
		if c.SPMIDs == nil {
			continue
		}
		e, err := tok.Encode(c.Text, EncodeOptions{AddSpecial: c.Special})
		if err != nil || !same(e.IDs, *c.SPMIDs) {
			f.report("%q: %v %q %v, want %v", c.Text, e.IDs, e.Tokens, err, *c.SPMIDs)
		}
		if c.SPMDecoded != nil {
			if got := tok.DecodeText(*c.SPMIDs, true); got != *c.SPMDecoded {
				f.report("%v: %q, want %q", *c.SPMIDs, got, *c.SPMDecoded)
			}
		}
	}
	if f.n > 0 {
		t.Errorf("%d faults", f.n)
	}
}

// batchCase is one line of batch.jsonl.
type batchCase struct {
	Texts []string
	Args  struct {
		Padding     any  `json:"padding"`
		MaxLength   int  `json:"max_length"`
		Truncation  bool `json:"truncation"`
		Multiple    int  `json:"pad_to_multiple_of"`
		Side        Side `json:"padding_side"`
		Overflowing bool `json:"return_overflowing_tokens"`
		Stride      int  `json:"stride"`
	}
	Side      Side    `json:"padding_side"`
	TruncSide Side    `json:"truncation_side"`
	PadID     int     `json:"pad_id"`
	InputIDs  [][]int `json:"input_ids"`
	Mask      [][]int `json:"attention_mask"`
	Sample    []int   `json:"overflow_to_sample"`
}

// checkBatches holds padding and truncation against the recorded lines.
func checkBatches(t *testing.T, folder string) {
	config, err := readConfig(folder)
	if err != nil {
		t.Fatal(err)
	}
	config.Class = "" // also for siglip the lines are those of tokenizer.json
	tok, err := openJSON(filepath.Join(folder, tokenizerJSON), config)
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range readLines[batchCase](t, filepath.Join(folder, "batch.jsonl")) {
		if id, ok := tok.PAD(); !ok || id != c.PadID {
			t.Errorf("pad %d %v, want %d", id, ok, c.PadID)
		}
		opt := EncodeOptions{AddSpecial: true, MaxLength: c.Args.MaxLength, Stride: c.Args.Stride,
			PadToMultipleOf: c.Args.Multiple, PaddingSide: c.Args.Side, Padding: Longest}
		if c.Args.Padding == "max_length" {
			opt.Padding = FixedLength
		}
		if c.Args.Truncation {
			opt.Truncation = LongestFirst
		}
		es, err := tok.EncodeBatch(c.Texts, opt)
		if err != nil {
			t.Fatal(err)
		}
		var ids, mask [][]int
		var sample []int
		for n, e := range es {
			all := []Encoding{e}
			if c.Args.Overflowing {
				all = append(all, e.Overflow...)
			}
			for _, w := range all {
				ids, mask, sample = append(ids, w.IDs), append(mask, w.AttentionMask), append(sample, n)
			}
		}
		if !reflect.DeepEqual(ids, c.InputIDs) || !reflect.DeepEqual(mask, c.Mask) || c.Sample != nil && !slices.Equal(sample, c.Sample) {
			t.Errorf("line %d %+v:\n got %v\nwant %v\n %v %v", i, c.Args, ids, c.InputIDs, sample, c.Sample)
		}
	}
}

// checkFolder holds a folder against all that is recorded in it.
func checkFolder(t *testing.T, folder string) {
	tok, err := OpenFile(filepath.Join(folder, tokenizerJSON))
	if err != nil {
		t.Fatal(err)
	}
	checkCases(t, tok, folder)
	whole, err := Open(folder)
	if err != nil {
		t.Fatal(err)
	}
	checkText(t, whole, folder)
	checkBatches(t, folder)
	if whole.Config().Class == siglipClass {
		checkSiglip(t, folder)
	} else {
		checkCases(t, whole, folder)
	}
}

func TestKinds(t *testing.T) {
	folders, err := filepath.Glob(filepath.Join("testdata", "kinds", "*"))
	if err != nil || len(folders) != 12 {
		t.Fatalf("%d folders, %v", len(folders), err)
	}
	for _, folder := range folders {
		t.Run(filepath.Base(folder), func(t *testing.T) {
			t.Parallel()
			checkFolder(t, folder)
		})
	}
}
