package tokenizer

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// build makes a tokenizer from the members of a tokenizer.json; the model is
// WordLevel without words, so that every piece is shown as it is.
func build(t testing.TB, members string) *Tokenizer {
	t.Helper()
	tok, err := parseJSON(`{"version":"1.0",`+members+`}`, nil)
	if err != nil {
		t.Fatal(err)
	}
	return tok
}

const anyWord = `"model":{"type":"WordLevel","vocab":{"<unk>":0},"unk_token":"<unk>"}`

// shown are the pieces of a text with their code points.
func shown(t testing.TB, tok *Tokenizer, text string) string {
	t.Helper()
	var out []string
	e, err := tok.Encode(text, EncodeOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range tok.pieces(text) {
		out = append(out, fmt.Sprintf("%s@%d-%d", p.text, e.Offsets[i][0], e.Offsets[i][1]))
	}
	return strings.Join(out, " ")
}

func TestPreTokenizers(t *testing.T) {
	for _, c := range []struct{ component, text, want string }{
		{`{"type":"Whitespace"}`, "Hi, é_1  y!?", "Hi@0-2 ,@2-3 é_1@4-7 y@9-10 !?@10-12"},
		{`{"type":"WhitespaceSplit"}`, " a\u2003b\n", "a@1-2 b@3-4"},
		{`{"type":"Digits","individual_digits":false}`, "a12b3", "a@0-1 12@1-3 b@3-4 3@4-5"},
		{`{"type":"Digits","individual_digits":true}`, "a12½", "a@0-1 1@1-2 2@2-3 ½@3-4"},
		{`{"type":"Punctuation"}`, "a.,b", "a@0-1 .@1-2 ,@2-3 b@3-4"},
		{`{"type":"Punctuation","behavior":"Contiguous"}`, "a.,b", "a@0-1 .,@1-3 b@3-4"},
		{`{"type":"BertPreTokenizer"}`, "don't $5", "don@0-3 '@3-4 t@4-5 $@6-7 5@7-8"},
		{`{"type":"CharDelimiterSplit","delimiter":"-"}`, "a-b--c", "a@0-1 b@2-3 c@5-6"},
		{`{"type":"FixedLength","length":2}`, "aébcd", "aé@0-2 bc@2-4 d@4-5"},
		{`{"type":"Split","pattern":{"String":"-"},"behavior":"Removed","invert":true}`, "a-b-", "-@1-2 -@3-4"},
		{`{"type":"ByteLevel","add_prefix_space":true,"trim_offsets":false}`, "é b", "ĠÃ©@0-1 Ġb@1-3"},
		{`{"type":"ByteLevel","add_prefix_space":true,"trim_offsets":false,"use_regex":false}`, " a b", "ĠaĠb@0-4"},
		{`{"type":"Metaspace","replacement":"▁","prepend_scheme":"always"}`, "a b", "▁a@0-1 ▁b@1-3"},
		{`{"type":"Metaspace","replacement":"▁","prepend_scheme":"never"}`, "a b", "a@0-1 ▁b@1-3"},
		{`{"type":"Metaspace","replacement":"▁","prepend_scheme":"first","split":false}`, "a b", "▁a▁b@0-3"},
		{`{"type":"Metaspace","replacement":"_","add_prefix_space":true}`, "a", "_a@0-1"},
		{`{"type":"Sequence","pretokenizers":[{"type":"WhitespaceSplit"},{"type":"Metaspace","replacement":"▁","prepend_scheme":"first"}]}`, "a b", "▁a@0-1 b@2-3"},
	} {
		tok := build(t, anyWord+`,"pre_tokenizer":`+c.component)
		if got := shown(t, tok, c.text); got != c.want {
			t.Errorf("%s on %q:\n got %s\nwant %s", c.component, c.text, got, c.want)
		}
	}
}

func TestNormalizers(t *testing.T) {
	for _, c := range []struct{ component, text, want string }{
		{`{"type":"NFC"}`, "e\u0301x", "éx@0-3"},
		{`{"type":"NFD"}`, "éx", "e\u0301x@0-2"},
		{`{"type":"NFKC"}`, "ﬁ①", "fi1@0-2"},
		{`{"type":"NFKD"}`, "ﬁ½", "fi1⁄2@0-2"},
		{`{"type":"Lowercase"}`, "ΑΣ İ", "ας i̇@0-4"},
		{`{"type":"StripAccents"}`, "e\u0301é", "eé@0-3"},
		{`{"type":"Strip","strip_left":true,"strip_right":true}`, " \ta\u3000", "a@2-3"},
		{`{"type":"Strip","strip_left":false,"strip_right":true}`, " a ", " a@0-2"},
		{`{"type":"Prepend","prepend":"__"}`, "a", "__a@0-1"},
		{`{"type":"Replace","pattern":{"String":"ab"},"content":"x"}`, "abcab", "xcx@1-5"},
		{`{"type":"Replace","pattern":{"Regex":"[0-9]+"},"content":""}`, "a12b", "ab@0-4"},
		{`{"type":"Nmt"}`, "a\u200b\x01b\tc", "a b c@0-6"},
		{`{"type":"ByteLevel"}`, "é ", "Ã©Ġ@0-2"},
		{`{"type":"BertNormalizer","clean_text":true,"handle_chinese_chars":true,"strip_accents":null,"lowercase":true}`, "É字\u00ad", "e 字 @0-2"},
		{`{"type":"BertNormalizer","clean_text":false,"handle_chinese_chars":false,"strip_accents":false,"lowercase":true}`, "É字", "é字@0-2"},
		{`{"type":"Sequence","normalizers":[{"type":"NFD"},{"type":"StripAccents"},{"type":"Lowercase"}]}`, "É", "e@0-1"},
	} {
		c.want = strings.ReplaceAll(c.want, "ας", "ασ") // without context
		tok := build(t, anyWord+`,"normalizer":`+c.component)
		if got := shown(t, tok, c.text); got != c.want {
			t.Errorf("%s on %q:\n got %s\nwant %s", c.component, c.text, got, c.want)
		}
	}
}

// TestLongMarks: golang.org/x/text puts U+034F into runs of more than 30 marks;
// the published library does not.
func TestLongMarks(t *testing.T) {
	text := "e" + strings.Repeat("\u0323", 40) + strings.Repeat("\u0301", 40)
	tok := build(t, anyWord+`,"normalizer":{"type":"NFC"}`)
	got := tok.pieces(text)[0].text
	if want := "ẹ" + strings.Repeat("\u0323", 39) + strings.Repeat("\u0301", 40); got != want {
		t.Errorf("got %q", got)
	}
}

func TestDecoders(t *testing.T) {
	for _, c := range []struct {
		component string
		tokens    []string
		want      string
	}{
		{`{"type":"BPEDecoder","suffix":"</w>"}`, []string{"a", "b</w>", "c</w>"}, "ab c"},
		{`{"type":"WordPiece","prefix":"##","cleanup":true}`, []string{"do", "##n", "'", "t", "stop", "."}, "don ' t stop."},
		{`{"type":"WordPiece","prefix":"##","cleanup":false}`, []string{"##a", "b", "."}, "##a b ."},
		{`{"type":"Metaspace","replacement":"▁","prepend_scheme":"always"}`, []string{"▁a", "▁b"}, "a b"},
		{`{"type":"Metaspace","replacement":"▁","prepend_scheme":"never"}`, []string{"▁a", "▁b"}, " a b"},
		{`{"type":"CTC","pad_token":"<p>","word_delimiter_token":"|","cleanup":true}`, []string{"h", "h", "<p>", "h", "|", "o"}, "hh o"},
		{`{"type":"Strip","content":"_","start":2,"stop":1}`, []string{"___a__", "_"}, "_a_"},
		{`{"type":"Sequence","decoders":[{"type":"ByteFallback"},{"type":"Fuse"},{"type":"Strip","content":" ","start":1,"stop":0}]}`,
			[]string{" x", "<0xE2>", "<0x82>", "<0xAC>", "<0x7E>", "<0xBE>", "y"}, "x\uFFFD\uFFFD\uFFFD\uFFFD\uFFFDy"},
		{`{"type":"ByteLevel"}`, []string{"ðŁĺ", "x", "ĠðŁĺĢ", "字"}, "\uFFFDx 😀字"},
	} {
		d, err := buildDecoder(c.component)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(d.decode(c.tokens), ""); got != c.want {
			t.Errorf("%s on %q: %q, want %q", c.component, c.tokens, got, c.want)
		}
	}
}

// TestLossy has the examples of the Unicode standard (table 3-8 and others).
func TestLossy(t *testing.T) {
	for bytes, want := range map[string]string{
		"\xC0\xAF\xE0\x80\xBF\xF0\x81\x82\x41": "????????A",
		"\xED\xA0\x80\xED\xBF\xBF\xED\xAF\x41": "????????A",
		"\xF4\x91\x92\x93\xFF\x41\x80\xBF\x42": "?????A??B",
		"\xE1\x80\xE2\xF0\x91\x92\xF1\xBF\x41": "????A",
		"\xF0\x9F\x98x\xE2\x82":                "?x?",
		"aé😀":                                  "aé😀",
	} {
		if got := string(appendLossy(nil, []byte(bytes))); got != strings.ReplaceAll(want, "?", "\uFFFD") {
			t.Errorf("% x: %q, want %s", bytes, got, want)
		}
	}
}

func TestModels(t *testing.T) {
	for _, c := range []struct {
		name, model, text string
		want              []string
	}{
		{"merges as strings", `{"type":"BPE","vocab":{"a":0,"b":1,"ab":2},"merges":["a b"]}`, "abb", []string{"ab", "b"}},
		{"no unknown token: dropped", `{"type":"BPE","vocab":{"a":0},"merges":[]}`, "axa", []string{"a", "a"}},
		{"unknown, one each", `{"type":"BPE","vocab":{"a":0,"?":1},"merges":[],"unk_token":"?"}`, "axxa", []string{"a", "?", "?", "a"}},
		{"unknown, fused", `{"type":"BPE","vocab":{"a":0,"?":1},"merges":[],"unk_token":"?","fuse_unk":true}`, "axxa", []string{"a", "?", "a"}},
		{"byte fallback", `{"type":"BPE","vocab":{"a":0,"<0xC3>":1,"<0xA9>":2},"merges":[],"byte_fallback":true}`, "aé", []string{"a", "<0xC3>", "<0xA9>"}},
		{"affixes", `{"type":"BPE","vocab":{"a":0,"##b":1,"##c</w>":2,"##bc</w>":3},"merges":[["##b","##c</w>"]],"continuing_subword_prefix":"##","end_of_word_suffix":"</w>"}`,
			"abc", []string{"a", "##bc</w>"}},
		{"the earlier merge first", `{"type":"BPE","vocab":{"a":0,"b":1,"c":2,"bc":3,"ab":4},"merges":[["b","c"],["a","b"]]}`, "abc", []string{"a", "bc"}},
		{"ignore_merges", `{"type":"BPE","vocab":{"a":0,"b":1,"ab":2},"merges":[],"ignore_merges":true}`, "ab", []string{"ab"}},
		{"WordPiece", `{"type":"WordPiece","vocab":{"[UNK]":0,"un":1,"##aff":2,"##able":3},"unk_token":"[UNK]","continuing_subword_prefix":"##","max_input_chars_per_word":100}`,
			"unaffable", []string{"un", "##aff", "##able"}},
		{"WordPiece, too long", `{"type":"WordPiece","vocab":{"[UNK]":0,"a":1,"##a":2},"unk_token":"[UNK]","continuing_subword_prefix":"##","max_input_chars_per_word":2}`,
			"aaa", []string{"[UNK]"}},
		{"WordLevel", `{"type":"WordLevel","vocab":{"[UNK]":0,"ab":1},"unk_token":"[UNK]"}`, "ab", []string{"ab"}},
		{"Unigram", `{"type":"Unigram","unk_id":0,"vocab":[["<unk>",0],["a",0],["b",0],["c",0],["d",0],["cd",1],["ab",2],["abc",5],["abcd",10]]}`,
			"abcdacdxx", []string{"abcd", "a", "cd", "xx"}},
		{"Unigram, byte fallback", `{"type":"Unigram","unk_id":0,"byte_fallback":true,"vocab":[["<unk>",0],["a",0],["<0xC3>",0],["<0xA9>",0]]}`,
			"aé", []string{"a", "<0xC3>", "<0xA9>"}},
		{"no type: BPE", `{"vocab":{"a":0,"b":1,"ab":2},"merges":["a b"]}`, "ab", []string{"ab"}},
	} {
		tok := build(t, `"model":`+c.model)
		e, err := tok.Encode(c.text, EncodeOptions{})
		if err != nil || !slices.Equal(e.Tokens, c.want) {
			t.Errorf("%s: %q %v, want %q", c.name, e.Tokens, err, c.want)
		}
	}
}

// TestAddedTokensOfSpace: added tokens that are white space themselves, beside
// ones that swallow it. Nothing empty is left, as in tokenizers 0.23.
func TestAddedTokensOfSpace(t *testing.T) {
	const flags = `,"single_word":false,"normalized":false,"special":true`
	for _, c := range []struct{ tokens, text, want string }{
		{`{"id":1,"content":"\n","lstrip":true,"rstrip":true` + flags + `}`, "a \n \n b", "a@0-1  \n \n @1-6 b@6-7"},
		{`{"id":1,"content":"\n","lstrip":true,"rstrip":true` + flags + `}`, "\n\n\n", "\n\n\n@0-3"},
		{`{"id":1,"content":"x","lstrip":false,"rstrip":true` + flags + `},{"id":2,"content":"\n","lstrip":true,"rstrip":true` + flags + `}`,
			"x \n y", "x \n @0-4 y@4-5"},
		// Here tokenizers fails: the second token would end before it begins.
		{`{"id":1,"content":"x","lstrip":false,"rstrip":true` + flags + `},{"id":2,"content":" ","lstrip":true,"rstrip":false` + flags + `}`,
			"x   y", "x   @0-4 y@4-5"},
	} {
		tok := build(t, `"added_tokens":[`+c.tokens+`],`+anyWord)
		if got := shown(t, tok, c.text); got != c.want {
			t.Errorf("%q: %q, want %q", c.text, got, c.want)
		}
	}
}
