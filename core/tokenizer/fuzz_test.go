package tokenizer

import (
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzTokenizerJSON: a file is refused, or gives a tokenizer that works.
func FuzzTokenizerJSON(f *testing.F) {
	f.Add(smallBPE, "a b<s>ab")
	f.Add(`{"version":"1.0",`+anyWord+`,"normalizer":{"type":"NFKC"},"pre_tokenizer":{"type":"Whitespace"},"decoder":{"type":"Fuse"}}`, "ﬁ x")
	f.Add(`{"model":{"type":"Unigram","unk_id":0,"vocab":[["<unk>",0],["a",-1.5]]},"pre_tokenizer":{"type":"Metaspace","replacement":"▁"}}`, "ab a")
	f.Add(`{"model":{"vocab":{"[UNK]":0,"a":1},"unk_token":"[UNK]","max_input_chars_per_word":9},"normalizer":{"type":"BertNormalizer","clean_text":true,"handle_chinese_chars":true,"lowercase":true}}`, "Á")
	f.Add(`{"model":{"type":"WordLevel","vocab":{"a":0}},"pre_tokenizer":{"type":"Split","pattern":{"Regex":"\\s+(?!\\S)|\\s+"},"behavior":"MergedWithNext","invert":true}}`, "a  b")
	f.Add(`{"model":{"type":"BPE","vocab":{"a":0},"merges":[]},"post_processor":{"type":"RobertaProcessing","cls":["a",0],"sep":["b",1],"trim_offsets":true,"add_prefix_space":true}}`, " a ")
	f.Fuzz(func(t *testing.T, file, text string) {
		if len(text) > 200 {
			return
		}
		tok, err := parseJSON(file, nil)
		if err != nil {
			if err.Error() == "" {
				t.Fatal("an error without words")
			}
			return
		}
		e, err := tok.EncodePair(text, "b", EncodeOptions{AddSpecial: true})
		if err != nil {
			return
		}
		for _, o := range e.Offsets {
			if o[0] > o[1] || o[0] < 0 {
				t.Fatalf("offsets %v", o)
			}
		}
		_ = tok.Decode(e.IDs, true)
		s := tok.NewStream(false)
		for _, id := range e.IDs {
			s.Push(id)
		}
		s.End()
	})
}

// FuzzSentencePiece does the same for sentencepiece models.
func FuzzSentencePiece(f *testing.F) {
	pieces := []spmPiece{{"<unk>", 0, pieceUnknown}, {"</s>", 0, pieceControl}, {"▁", -1, pieceNormal}, {"a", -2, pieceNormal}, {"▁a", -1, pieceUserDefined}}
	f.Add(serialize(pieces, nil, nil), "a a", true)
	f.Add(serialize(pieces, []byte{3 << 3, 2}, nil), "a a", false)
	f.Add(serialize(pieces, []byte{24 << 3 & 0x7f, 1}, []byte{3 << 3, 0, 4 << 3, 0}), " a", true)
	f.Fuzz(func(t *testing.T, data []byte, text string, canonical bool) {
		if len(text) > 200 {
			return
		}
		config := &Config{lowerCase: true}
		if canonical {
			config.Class = siglipClass
		}
		tok, err := parseSentencePiece(data, config)
		if err != nil {
			return
		}
		if e, err := tok.Encode(text, EncodeOptions{AddSpecial: true}); err == nil {
			checkEncoding(t, tok, text, e)
			_ = tok.DecodeText(e.IDs, false)
		}
	})
}

// FuzzEncode: ids are in the vocabulary and offsets in the text for every kind;
// byte-level kinds give the text back, and streams the decoded text.
func FuzzEncode(f *testing.F) {
	folders, err := filepath.Glob(filepath.Join("testdata", "kinds", "*"))
	if err != nil || len(folders) == 0 {
		f.Fatal("no kinds")
	}
	var all []*Tokenizer
	for _, folder := range folders {
		tok, err := Open(folder)
		if err != nil {
			f.Fatal(err)
		}
		all = append(all, tok)
	}
	for i, text := range []string{"", " ", "A photo of a cat.", "e\u0301 字 <s></s> [MASK]\r\n", "\xff\xf0\x9f", "ΑΣ İ ﬁ ½", "<row_1_col_2><image> x", "a\u00a0 \u2028b"} {
		f.Add(byte(i), text, true)
	}
	f.Fuzz(func(t *testing.T, kind byte, text string, special bool) {
		if len(text) > 1000 {
			return
		}
		tok := all[int(kind)%len(all)]
		e, err := tok.Encode(text, EncodeOptions{AddSpecial: special})
		if err != nil {
			t.Fatal(err)
		}
		checkEncoding(t, tok, text, e)
		if folder := filepath.Base(folders[int(kind)%len(all)]); folder == "smollm2" && utf8.ValidString(text) {
			if got := tok.Decode(e.IDs, false); got != text {
				t.Fatalf("%q came back as %q", text, got)
			}
		}
	})
}

// FuzzDecode: any ids decode; the pieces of a byte-level stream join to the text.
func FuzzDecode(f *testing.F) {
	var all []*Tokenizer
	for _, name := range []string{"smollm2", "llama2", "bert", "clip", "siglip", "t5"} {
		tok, err := Open(filepath.Join("testdata", "kinds", name))
		if err != nil {
			f.Fatal(err)
		}
		all = append(all, tok)
	}
	f.Add(byte(0), []byte{1, 2, 3, 200, 255, 0, 198, 99})
	f.Add(byte(1), []byte{0, 3, 0, 194, 0, 131, 3, 9})
	f.Fuzz(func(t *testing.T, kind byte, data []byte) {
		tok := all[int(kind)%len(all)]
		var ids []int
		for i := 0; i+1 < min(len(data), 200); i += 2 {
			ids = append(ids, int(data[i])<<8|int(data[i+1]))
		}
		s := tok.NewStream(true)
		var b strings.Builder
		for _, id := range ids {
			b.WriteString(s.Push(id))
		}
		b.WriteString(s.End())
		if got := tok.DecodeText(ids, true); s.plain && got != b.String() {
			t.Fatalf("%v: the stream gives %q, the whole %q", ids, b.String(), got)
		}
	})
}

// FuzzPattern: a pattern is refused, or cuts the text without losing any of it.
func FuzzPattern(f *testing.F) {
	for _, source := range []string{patternGPT2, patternLlama3, patternCLIP, `[^(\s|[.,])]+`, `\w+|\d{,2}`, `(?i:'s)|\s+(?!\S)`} {
		f.Add(source, "It's  a b\n\n 12ſ ")
	}
	f.Fuzz(func(t *testing.T, source, text string) {
		if len(source) > 200 || len(text) > 200 || !utf8.ValidString(text) {
			return
		}
		p, err := compile(source)
		if err != nil {
			return
		}
		at := 0
		for _, m := range p.matches(text) {
			if m.begin != at || m.end <= m.begin || !utf8.ValidString(text[m.begin:m.end]) {
				t.Fatalf("%q on %q: %v", source, text, m)
			}
			at = m.end
		}
		if at != len(text) {
			t.Fatalf("%q on %q: ends at %d", source, text, at)
		}
	})
}
