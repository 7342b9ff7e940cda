package tokenizer

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
)

func openKind(t testing.TB, name string) *Tokenizer {
	t.Helper()
	tok, err := Open(filepath.Join("testdata", "kinds", name))
	if err != nil {
		t.Fatal(err)
	}
	return tok
}

// TestMergesAgree: the scan for short words and the heap for long ones merge alike.
func TestMergesAgree(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	for range 300 {
		vocab := []entry{{"a", 0}, {"b", 1}, {"c", 2}}
		known := []string{"a", "b", "c"}
		var merges [][2]string
		for range 12 {
			pair := [2]string{known[r.IntN(len(known))], known[r.IntN(len(known))]}
			if joined := pair[0] + pair[1]; !slices.Contains(known, joined) {
				known = append(known, joined)
				vocab = append(vocab, entry{joined, int32(len(vocab))})
			}
			merges = append(merges, pair)
		}
		m, err := newBPE(newVocabulary(vocab), merges, bpeOptions{})
		if err != nil {
			t.Fatal(err)
		}
		var word strings.Builder
		for range 1 + r.IntN(40) {
			word.WriteByte("abc"[r.IntN(3)])
		}
		symbols := func() []symbol {
			s, err := m.symbols(nil, word.String())
			if err != nil {
				t.Fatal(err)
			}
			return s
		}
		ids := func(symbols []symbol) (out []int32) {
			for _, s := range symbols {
				if s.size > 0 {
					out = append(out, s.id)
				}
			}
			return out
		}
		short := ids(m.mergeShort(symbols(), &scratch{}))
		long := symbols()
		m.mergeLong(long, &scratch{})
		if !slices.Equal(short, ids(long)) {
			t.Fatalf("%s with %q: %v and %v", word.String(), merges, short, ids(long))
		}
	}
}

// TestStreamOfBytes: the fast stream of byte-level tokenizers gives the pieces of
// the one that decodes the whole line again.
func TestStreamOfBytes(t *testing.T) {
	tok := openKind(t, "smollm2")
	if !tok.plainBytes() {
		t.Fatal("not a byte-level tokenizer")
	}
	r := rand.New(rand.NewPCG(5, 5))
	pool := []string{"Ġ", "Ċ", "a", "Ġa", "ð", "Ł", "ĺ", "Ģ", "å", "Ń", "Ĺ", "<image>", "č", "Ã", "©", "the", "Ġthe"}
	for range 3000 {
		fast, slow := tok.NewStream(true), tok.NewStream(true)
		slow.plain = false
		var ids []int
		for range r.IntN(20) {
			id, ok := tok.TokenID(pool[r.IntN(len(pool))])
			if !ok {
				id = r.IntN(tok.VocabSize())
			}
			ids = append(ids, id)
			if a, b := fast.Push(id), slow.Push(id); a != b {
				t.Fatalf("%v: %q, want %q", ids, a, b)
			}
		}
		if a, b := fast.End(), slow.End(); a != b {
			t.Fatalf("%v at the end: %q, want %q", ids, a, b)
		}
	}
}

// TestRoundTrip: byte-level tokenizers without a normalizer lose nothing.
func TestRoundTrip(t *testing.T) {
	for _, name := range []string{"smollm2", "roberta"} {
		tok := openKind(t, name)
		for _, text := range texts(11, 500) {
			e, err := tok.Encode(text, EncodeOptions{})
			if err != nil {
				t.Fatal(err)
			}
			if got := tok.Decode(e.IDs, false); got != text {
				t.Fatalf("%s: %q came back as %q", name, text, got)
			}
			checkEncoding(t, tok, text, e)
		}
	}
}

// checkEncoding holds what every encoding must be: ids in the vocabulary, offsets
// in the text, all slices of one length.
func checkEncoding(t testing.TB, tok *Tokenizer, text string, e Encoding) {
	t.Helper()
	n, runes := e.Len(), len([]rune(text))
	if len(e.Tokens) != n || len(e.Offsets) != n || len(e.TypeIDs) != n || len(e.SequenceIDs) != n || len(e.SpecialMask) != n || len(e.AttentionMask) != n {
		t.Fatalf("%q: slices of different lengths", text)
	}
	for i, id := range e.IDs {
		if _, ok := tok.Token(id); !ok {
			t.Fatalf("%q: id %d is not in the vocabulary", text, id)
		}
		o := e.Offsets[i]
		if o[0] < 0 || o[0] > o[1] || o[1] > runes {
			t.Fatalf("%q: token %d lies at %v of %d", text, i, o, runes)
		}
	}
}

// TestConcurrent encodes and decodes from several goroutines.
func TestConcurrent(t *testing.T) {
	for _, name := range []string{"smollm2", "t5", "siglip", "bert", "llama2"} {
		tok := openKind(t, name)
		list := texts(13, 40)
		want := make([][]int, len(list))
		for i, text := range list {
			e, err := tok.Encode(text, EncodeOptions{AddSpecial: true})
			if err != nil {
				t.Fatal(err)
			}
			want[i] = e.IDs
		}
		var group sync.WaitGroup
		for range 4 {
			group.Go(func() {
				for i, text := range list {
					e, err := tok.Encode(text, EncodeOptions{AddSpecial: true})
					if err != nil || !slices.Equal(e.IDs, want[i]) {
						t.Errorf("%s %q: %v %v, want %v", name, text, e.IDs, err, want[i])
					}
					_ = tok.DecodeText(e.IDs, true)
				}
			})
		}
		group.Wait()
	}
}

// TestLongTexts encodes texts that are one word, or one run of a kind.
// BenchmarkGrowth measures that their time grows with their length.
func TestLongTexts(t *testing.T) {
	const size = 1 << 14
	for _, name := range []string{"gpt2", "llama2", "t5", "siglip"} {
		tok := openKind(t, name)
		for _, unit := range longUnits() {
			text := "e" + strings.Repeat(unit, size/len(unit))
			e, err := tok.Encode(text, EncodeOptions{})
			if err != nil {
				t.Fatalf("%s %q: %v", name, unit, err)
			}
			checkEncoding(t, tok, text, e)
			s := tok.NewStream(true)
			if !s.plain {
				continue
			}
			total := 0
			for _, id := range e.IDs {
				total += len(s.Push(id))
			}
			if total += len(s.End()); total != len(tok.DecodeText(e.IDs, true)) {
				t.Errorf("%s %q: the stream has %d bytes", name, unit, total)
			}
		}
	}
}

// longUnits are what long texts are made of.
func longUnits() []string {
	return []string{"banana", " ", "\r\n", "ひ", "\u0301\u0323", "<unk>", "ΑΣ'"}
}

// serialize writes a sentencepiece model.
func serialize(pieces []spmPiece, trainer, normalizer []byte) []byte {
	message := func(out []byte, field int, body []byte) []byte {
		out = binary.AppendUvarint(out, uint64(field<<3|2))
		out = binary.AppendUvarint(out, uint64(len(body)))
		return append(out, body...)
	}
	var out []byte
	for _, p := range pieces {
		body := message(nil, 1, []byte(p.text))
		body = binary.LittleEndian.AppendUint32(append(body, 2<<3|5), math.Float32bits(p.score))
		out = message(out, 1, append(body, 3<<3, byte(p.kind)))
	}
	return message(message(out, 2, trainer), 3, normalizer)
}

// TestSentencePieceBPE makes the sentencepiece model that llama2's tokenizer.json
// was converted from (its scores are the order of its pieces), and wants the same
// ids of both.
func TestSentencePieceBPE(t *testing.T) {
	tok := openKind(t, "llama2")
	var pieces []spmPiece
	for id := range tok.model.size() {
		text, _ := tok.model.token(id)
		p := spmPiece{text: text, kind: pieceNormal, score: -float32(id)}
		switch _, isByte := byteToken(text); {
		case text == "<unk>":
			p.kind = pieceUnknown
		case text == "<s>" || text == "</s>":
			p.kind = pieceControl
		case isByte:
			p.kind = pieceByte
		}
		pieces = append(pieces, p)
	}
	data := serialize(pieces, []byte{3 << 3, 2, 0x98, 0x02, 1}, []byte{4 << 3, 0})
	spm, err := parseSentencePiece(data, &Config{})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, c := range readLines[oracleCase](t, filepath.Join("testdata", "kinds", "llama2", "cases.jsonl")) {
		if c.Pair != nil || c.Special || strings.ContainsAny(c.Text, "<▁") {
			continue
		}
		n++
		e, err := spm.Encode(c.Text, EncodeOptions{})
		if err != nil || !same(e.IDs, c.IDs) {
			t.Errorf("%q: %v %q %v, want %v %q", c.Text, e.IDs, e.Tokens, err, c.IDs, c.Tokens)
		}
		if got := spm.Decode(e.IDs, false); got != c.Skip {
			t.Errorf("%v: %q, want %q", e.IDs, got, c.Skip)
		}
	}
	if n < 20 {
		t.Errorf("only %d lines", n)
	}
}

// TestSentencePieceCharsmap makes a sentencepiece model of t5's tokenizer.json, which
// has the character map of nmt_nfkc: also there both give the same ids.
func TestSentencePieceCharsmap(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("testdata", "kinds", "t5", tokenizerJSON))
	if err != nil {
		t.Fatal(err)
	}
	file, err := parseFile(string(data))
	if err != nil {
		t.Fatal(err)
	}
	var n struct {
		Normalizers []struct {
			Map []byte `json:"precompiled_charsmap"`
		}
	}
	if err := json.Unmarshal([]byte(file.components["normalizer"]), &n); err != nil {
		t.Fatal(err)
	}
	model := file.model.(*unigram)
	var pieces []spmPiece
	for id, score := range model.scores {
		text, _ := model.token(id)
		p := spmPiece{text, float32(score), pieceNormal}
		switch {
		case id == model.unknown:
			p.kind = pieceUnknown
		case score == 0:
			p.kind = pieceControl
		}
		pieces = append(pieces, p)
	}
	charsmap := n.Normalizers[0].Map
	spec := append(binary.AppendUvarint([]byte{2<<3 | 2}, uint64(len(charsmap))), charsmap...)
	spm, err := parseSentencePiece(serialize(pieces, nil, spec), &Config{})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range readLines[oracleCase](t, filepath.Join("testdata", "kinds", "t5", "cases.jsonl")) {
		if c.Pair != nil || c.Special || strings.Contains(c.Text, "<") {
			continue
		}
		if e, err := spm.Encode(c.Text, EncodeOptions{}); err != nil || !same(e.IDs, c.IDs) {
			t.Errorf("%q: %v %q %v, want %v %q", c.Text, e.IDs, e.Tokens, err, c.IDs, c.Tokens)
		}
	}
	// tokenizers replaces a grapheme cluster by what its beginning becomes;
	// sentencepiece does not know of clusters.
	e, err := spm.Encode("e\u0301\u0327", EncodeOptions{})
	if want := []string{"▁", "é", "\u0327"}; err != nil || !slices.Equal(e.Tokens, want) {
		t.Errorf("%q %v, want %q", e.Tokens, err, want)
	}
}

// TestSentencePieceKinds has pieces that the fixtures do not have: user-defined
// ones, which are always found, and unused ones, which never are.
func TestSentencePieceKinds(t *testing.T) {
	pieces := []spmPiece{{"<unk>", 0, pieceUnknown}, {"▁", -1, pieceNormal}, {"a", -1, pieceNormal}, {"b", -1, pieceNormal},
		{"ab", -0.5, pieceUnused}, {"aba", -9, pieceUserDefined}, {"▁a", -0.1, pieceNormal}}
	for _, c := range []struct {
		model   byte
		text    string
		want    []string
		decoded string
	}{
		{1, "aba ab", []string{"▁", "aba", "▁a", "b"}, "aba ab"},
		{1, "  a  xy ", []string{"▁a", "▁", "xy"}, "a  \u2047 "},
		{2, "aba ab", []string{"▁", "aba", "▁a", "b"}, "aba ab"},
		{2, "b ab", []string{"▁", "b", "▁a", "b"}, "b ab"},
	} {
		tok, err := parseSentencePiece(serialize(pieces, []byte{3 << 3, c.model}, nil), &Config{})
		if err != nil {
			t.Fatal(err)
		}
		e, err := tok.Encode(c.text, EncodeOptions{})
		if err != nil || !slices.Equal(e.Tokens, c.want) {
			t.Errorf("%d %q: %q %v, want %q", c.model, c.text, e.Tokens, err, c.want)
		}
		if got := tok.Decode(e.IDs, false); got != c.decoded {
			t.Errorf("%d %q: decoded %q, want %q", c.model, c.text, got, c.decoded)
		}
	}
}

// TestSentencePieceBytes: what sentencepiece makes of byte pieces that are not
// valid together. Every byte that begins no code point is one U+FFFD, the others
// stay.
func TestSentencePieceBytes(t *testing.T) {
	pieces := []spmPiece{{"<unk>", 0, pieceUnknown}, {"a", -1, pieceNormal}}
	for b := range 256 {
		pieces = append(pieces, spmPiece{fmt.Sprintf("<0x%02X>", b), 0, pieceByte})
	}
	tok, err := parseSentencePiece(serialize(pieces, []byte{35<<3&0x7f | 0x80, 35 << 3 >> 7, 1}, nil), &Config{})
	if err != nil {
		t.Fatal(err)
	}
	for bytes, want := range map[string]string{"\xc3\xa9": "é", "~\xbe": "~\uFFFD", "\xf0\x9f\x98x": "\uFFFD\uFFFD\uFFFDx", "\xe2\x82\xac\xff!": "€\uFFFD!"} {
		var ids []int
		for i := range len(bytes) {
			ids = append(ids, 2+int(bytes[i]))
		}
		if got := tok.Decode(append(ids, 1), false); got != want+"a" {
			t.Errorf("%q: %q, want %q", bytes, got, want+"a")
		}
	}
}

func TestTrie(t *testing.T) {
	tr := newTrie([]entry{{"", 9}, {"a", 1}, {"ab", 2}, {"abcd", 3}, {"b", 4}, {"ab", 5}, {"é", 6}})
	for text, want := range map[string]string{"abcd": "[1:1 2:5 4:3]", "abc": "[1:1 2:5]", "b": "[1:4]", "éa": "[2:6]", "": "[]", "x": "[]"} {
		found := []string{}
		tr.prefixes(text, func(n int, v int32) { found = append(found, fmt.Sprintf("%d:%d", n, v)) })
		if got := fmt.Sprint(found); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}

// TestTruncation compares the ways to truncate a pair with what they say.
func TestTruncation(t *testing.T) {
	tok := openKind(t, "bert")
	a, b := "one two three four five six", "one two three"
	for _, c := range []struct {
		opt  EncodeOptions
		want int
		bad  string
	}{
		{EncodeOptions{AddSpecial: true, Truncation: LongestFirst, MaxLength: 9}, 9, ""},
		{EncodeOptions{AddSpecial: true, Truncation: OnlyFirst, MaxLength: 14}, 14, ""},
		{EncodeOptions{AddSpecial: true, Truncation: OnlyFirst, MaxLength: 4}, 0, "too short"},
		{EncodeOptions{AddSpecial: true, Truncation: LongestFirst, MaxLength: 2}, 0, "special tokens"},
		{EncodeOptions{Truncation: LongestFirst, MaxLength: 6, Stride: 3}, 0, "stride"},
		{EncodeOptions{Padding: FixedLength, PadLength: 1 << 30}, 0, "padding"},
		{EncodeOptions{Truncation: LongestFirst, MaxLength: 6, TruncationSide: Left, Padding: FixedLength, PadLength: 8, PaddingSide: Left}, 8, ""},
	} {
		e, err := tok.EncodePair(a, b, c.opt)
		switch {
		case c.bad != "" && (err == nil || !strings.Contains(err.Error(), c.bad)):
			t.Errorf("%+v: %v, want %q", c.opt, err, c.bad)
		case c.bad == "" && (err != nil || e.Len() != c.want):
			t.Errorf("%+v: %d tokens, %v, want %d", c.opt, e.Len(), err, c.want)
		}
	}
	e, err := tok.Encode(a, EncodeOptions{Truncation: OnlySecond, MaxLength: 2})
	if err == nil {
		t.Errorf("a second text was truncated: %v", e.IDs)
	}
	if x, y := shareLength(7, 3, 6); !reflect.DeepEqual([]int{x, y}, []int{3, 3}) {
		t.Errorf("7 and 3 share 6 as %d and %d", x, y)
	}
}
