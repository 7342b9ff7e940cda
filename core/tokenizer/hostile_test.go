package tokenizer

import (
	"encoding/base64"
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestRefused: what is not implemented or not valid is refused by name.
func TestRefused(t *testing.T) {
	const m = `"model":{"type":"WordLevel","vocab":{"<unk>":0}}`
	huge := base64.StdEncoding.EncodeToString([]byte("\xff\xff\xff\x7fxxxx"))
	for _, c := range []struct{ members, want string }{
		{`"model":{"type":"Mamba","vocab":{}}`, `type "Mamba"`},
		{`"x":1`, "model: it is missing"},
		{`"model":{}`, "vocab"},
		{`"model":{"type":"BPE"}`, "vocab"},
		{`"model":{"type":"BPE","vocab":{"a":0}}`, "merges"},
		{`"model":[]`, "line 1"},
		{`"version":"2.0",` + m, "version"},
		{m + `,"normalizer":{"type":"Rot13"}`, `normalizer "Rot13" is not implemented`},
		{m + `,"pre_tokenizer":{"type":"UnicodeScripts"}`, `pre_tokenizer "UnicodeScripts" is not implemented`},
		{m + `,"pre_tokenizer":{"type":"Sequence","pretokenizers":[{"type":"Nope"}]}`, `"Nope"`},
		{m + `,"decoder":{"type":"Morse"}`, `decoder "Morse"`},
		{m + `,"post_processor":{"type":"Nope"}`, `post_processor "Nope"`},
		{m + `,"normalizer":{}`, `"type" is missing`},
		{m + `,"normalizer":"NFC"`, "normalizer is no object"},
		{m + `,"normalizer":{"type":"Replace","pattern":{"String":""},"content":""}`, "empty"},
		{m + `,"normalizer":{"type":"Replace","pattern":{"Regex":"a(?=b)"},"content":""}`, "looks around"},
		{m + `,"normalizer":{"type":"Replace","pattern":{"String":"a"},"content":"` + strings.Repeat("x", 5000) + `"}`, "5000 bytes"},
		{m + `,"normalizer":{"type":"Precompiled","precompiled_charsmap":"` + huge + `"}`, "precompiled_charsmap is damaged"},
		{m + `,"normalizer":{"type":"Precompiled","precompiled_charsmap":"!"}`, "precompiled_charsmap is damaged"},
		{m + `,"normalizer":{"type":"Strip"}`, `"strip_left" is missing`},
		{m + `,"pre_tokenizer":{"type":"Split","pattern":{"String":"a"},"behavior":"Shuffled","invert":false}`, "Shuffled"},
		{m + `,"pre_tokenizer":{"type":"Metaspace","replacement":"ab"}`, "not one character"},
		{m + `,"pre_tokenizer":{"type":"Metaspace","replacement":"_","prepend_scheme":"sometimes"}`, "sometimes"},
		{m + `,"pre_tokenizer":{"type":"Metaspace","replacement":"_","prepend_scheme":"always","add_prefix_space":false}`, "add_prefix_space"},
		{m + `,"pre_tokenizer":{"type":"FixedLength","length":0}`, "length"},
		{m + `,"pre_tokenizer":{"type":"ByteLevel"}`, "add_prefix_space"},
		{m + `,"post_processor":{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"x","type_id":0}}],"pair":[],"special_tokens":{}}`, `"x" is not described`},
		{m + `,"post_processor":{"type":"TemplateProcessing","single":[{"Sequence":{"id":"B","type_id":0}}],"pair":[],"special_tokens":{}}`, "sequence B"},
		{m + `,"post_processor":{"type":"TemplateProcessing","single":[{"Sequence":{"id":"C","type_id":0}}],"pair":[],"special_tokens":{}}`, "neither"},
		{m + `,"post_processor":{"type":"BertProcessing","cls":["a"],"sep":["b",1]}`, "cls"},
		{m + `,"added_tokens":[{"id":1}]`, `"content" is missing`},
		{m + `,"added_tokens":[{"id":1,"content":"` + strings.Repeat("x", 5000) + `"}]`, "5000 bytes"},
		{m + `,"padding":{"strategy":{"Fixed":999999999}}`, "padding"},
		{m + `,"truncation":{"max_length":-1}`, "truncation"},
		{`"model":{"type":"BPE","dropout":0.1,"vocab":{"a":0},"merges":[]}`, "dropout"},
		{`"model":{"type":"BPE","vocab":{"a":0},"merges":[["a","b"]]}`, "vocabulary lacks"},
		{`"model":{"type":"BPE","vocab":{"a":0,"b":1},"merges":[["a","b"]]}`, `makes "ab"`},
		{`"model":{"type":"BPE","vocab":{"a":0},"merges":["a"]}`, "merge"},
		{`"model":{"type":"BPE","vocab":{"a":0},"merges":[["a","a","a"]]}`, "more than two"},
		{`"model":{"type":"BPE","vocab":{"a":0},"merges":[["a"]]}`, "less than two"},
		{`"model":{"type":"BPE","vocab":{"a":-1},"merges":[]}`, "no token id"},
		{`"model":{"type":"BPE","vocab":{"a":99999999999},"merges":[]}`, "no token id"},
		{`"model":{"type":"BPE","vocab":{"a":1.5},"merges":[]}`, "no token id"},
		{`"model":{"type":"Unigram","vocab":[["a",0]],"unk_id":7}`, "unk_id 7"},
		{`"model":{"type":"Unigram","vocab":[["a"]]}`, "no list"},
		{`"model":{"type":"Unigram","vocab":[["a",1e999]]}`, "no number"},
		{`"model":{"type":"Unigram","vocab":{"a":0}}`, "no list"},
		{m + `,"x":` + strings.Repeat("[", 100) + strings.Repeat("]", 100), "nested too deeply"},
		{m + `,"x":"\ud800"`, "escape"},
		{m + `,"x":"` + "\xff" + `"`, "UTF-8"},
		{m + `} {`, "follows"},
	} {
		_, err := parseJSON("{"+c.members+"}", nil)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%.100s:\n%v, want %q", c.members, err, c.want)
		}
	}
}

// TestHoles: duplicate tokens, ids given twice and far apart, and added tokens in
// the holes.
func TestHoles(t *testing.T) {
	tok := build(t, `"added_tokens":[{"id":7,"content":"<x>","special":true}],"model":{"type":"BPE","vocab":{"a":2000000000,"b":3,"b":4,"c":4,"d":5},"merges":[]}`)
	for token, want := range map[string]int{"a": 2000000000, "b": 4, "c": 4, "d": 5, "<x>": 4} {
		if id, ok := tok.TokenID(token); !ok || id != want {
			t.Errorf("%s is %d %v, want %d", token, id, ok, want)
		}
	}
	for id, want := range map[int]string{2000000000: "a", 5: "d", 4: "<x>", 3: "", -1: "", math.MaxInt: ""} {
		if token, _ := tok.Token(id); token != want {
			t.Errorf("%d is %q, want %q", id, token, want)
		}
	}
	if got := tok.Decode([]int{-5, 5, math.MaxInt, 2000000000}, true); got != "d a" {
		t.Errorf("decoded %q", got)
	}
}

// TestGrowth: replacements that multiply a text are stopped.
func TestGrowth(t *testing.T) {
	one := `{"type":"Replace","pattern":{"String":"a"},"content":"` + strings.Repeat("a", 1000) + `"}`
	many := strings.Repeat(one+",", 20) + one
	tok := build(t, anyWord+`,"normalizer":{"type":"Sequence","normalizers":[`+many+`]}`)
	if _, err := tok.Encode("a", EncodeOptions{}); err == nil || !strings.Contains(err.Error(), "longer") {
		t.Errorf("encoded: %v", err)
	}
	d, err := buildDecoder(`{"type":"Sequence","decoders":[` + many + `]}`)
	if err != nil {
		t.Fatal(err)
	}
	if got := len(d.decode([]string{"a"})[0]); got > 1<<30 {
		t.Errorf("decoded to %d bytes", got)
	}
}

func TestNotSentencePiece(t *testing.T) {
	valid := serialize([]spmPiece{{"<unk>", 0, pieceUnknown}, {"a", -1, pieceNormal}}, nil, nil)
	if _, err := parseSentencePiece(valid, &Config{}); err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{
		"nothing":               {},
		"text":                  []byte("{}"),
		"cut":                   valid[:len(valid)-5],
		"a length that lies":    {0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f},
		"no unknown piece":      serialize([]spmPiece{{"a", 0, pieceNormal}}, nil, nil),
		"two unknown pieces":    serialize([]spmPiece{{"a", 0, pieceUnknown}, {"b", 0, pieceUnknown}}, nil, nil),
		"a piece twice":         serialize([]spmPiece{{"a", 0, pieceUnknown}, {"a", 0, pieceNormal}}, nil, nil),
		"an empty piece":        serialize([]spmPiece{{"<unk>", 0, pieceUnknown}, {"", 0, pieceNormal}}, nil, nil),
		"an unknown type":       serialize([]spmPiece{{"<unk>", 0, 9}}, nil, nil),
		"a model of words":      serialize([]spmPiece{{"<unk>", 0, pieceUnknown}}, []byte{3 << 3, 3}, nil),
		"a damaged charsmap":    serialize([]spmPiece{{"<unk>", 0, pieceUnknown}}, nil, []byte{2<<3 | 2, 2, 1, 1}),
		"no </s> for the class": nil,
	} {
		config := &Config{}
		if data == nil {
			data, config = valid, &Config{Class: siglipClass}
		}
		if _, err := parseSentencePiece(data, config); err == nil && name != "no </s> for the class" {
			t.Errorf("%s was opened", name)
		}
	}
}

// TestOpenErrors: errors name the file and say what to do.
func TestOpenErrors(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	fails := func(open func(string) (*Tokenizer, error), path string, words ...string) {
		t.Helper()
		_, err := open(path)
		if err == nil {
			t.Errorf("%s was opened", path)
			return
		}
		for _, word := range append(words, filepath.Base(dir), "; ") {
			if !strings.Contains(err.Error(), word) {
				t.Errorf("%v: no %q", err, word)
			}
		}
	}
	fails(Open, dir, "there is no tokenizer.json", "save_pretrained")
	if _, err := Open(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v is not fs.ErrNotExist", err)
	}
	fails(Open, filepath.Join(dir, "none"), "check the path")
	fails(OpenFile, write("other.bin", "\x00\x01"), "no tokenizer.json")
	fails(OpenFile, write("x.model", "\x00\x01"), "sentencepiece")
	write("config.json", `{"model_type":"siglip"}`)
	fails(Open, dir, "spiece.model")
	write("tokenizer_config.json", `{"tokenizer_class":"T5Tokenizer"}`)
	write("spiece.model", "")
	fails(Open, dir, "T5Tokenizer", "the model alone is not implemented")
	write("vocab.json", `{"a":0}`)
	write("merges.txt", "#version: 0.2\n")
	fails(Open, dir, "T5Tokenizer", "vocab.json")
	write("tokenizer_config.json", `{"tokenizer_class":"GPT2Tokenizer"}`)
	write("merges.txt", "#version: 0.2\na b c\n")
	fails(Open, dir, "merges.txt", "line 2")
	write("merges.txt", "#version: 0.2\na b\n")
	fails(Open, dir, "merges.txt", "vocabulary lacks")
	write("tokenizer_config.json", `[]`)
	fails(Open, dir, "tokenizer_config.json", "no JSON object")
	write("tokenizer_config.json", `{"padding_side":"up"}`)
	fails(Open, dir, "tokenizer_config.json", "padding_side")
	write("tokenizer_config.json", `{"eos_token":7}`)
	fails(Open, dir, "eos_token")
	write("tokenizer_config.json", `{"added_tokens_decoder":{"x":{"content":"a"}}}`)
	fails(Open, dir, "added_tokens_decoder")
}
