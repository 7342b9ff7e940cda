package tokenizer

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// folder makes a folder of files, by name and text.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

const smallBPE = `{"version":"1.0","added_tokens":[{"id":3,"content":"<s>","special":true,"normalized":false}],
"model":{"type":"BPE","vocab":{"a":0,"b":1,"ab":2,"<s>":3,"</s>":4},"merges":["a b"]}}`

func TestConfig(t *testing.T) {
	dir := folder(t, map[string]string{
		"tokenizer.json": smallBPE,
		"tokenizer_config.json": `{"tokenizer_class":"LlamaTokenizerFast","bos_token":{"content":"<s>","lstrip":false},"eos_token":"</s>",
			"pad_token":null,"model_max_length":1000000000000000019884624838656,"extra_special_tokens":{"image_token":"<image>"},
			"add_bos_token":true,"add_eos_token":true,"added_tokens_decoder":{}}`,
		"special_tokens_map.json": `{"pad_token":"<pad>","eos_token":"<never>","unk_token":{"content":"</s>"}}`,
	})
	tok, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	c := tok.Config()
	if c.Class != "LlamaTokenizer" || c.BOSToken != "<s>" || c.EOSToken != "</s>" || c.UNKToken != "</s>" || c.ModelMaxLength != 0 ||
		c.PaddingSide != Left || c.TruncationSide != Right || !slices.Equal(c.ExtraSpecial, []string{"<image>"}) {
		t.Errorf("%+v", c)
	}
	// A token that the file lacks is added after the others.
	pad, ok := tok.PAD()
	if image, _ := tok.TokenID("<image>"); !ok || pad != 5 || image != 6 || tok.VocabSize() != 7 || !tok.IsSpecial(pad) {
		t.Errorf("pad %d %v, image %d, size %d", pad, ok, image, tok.VocabSize())
	}
	e, err := tok.EncodePair("ab<image>", "b", EncodeOptions{AddSpecial: true})
	if want := []int{3, 2, 6, 4, 3, 1, 4}; err != nil || !slices.Equal(e.IDs, want) || !slices.Equal(e.TypeIDs, []int{0, 0, 0, 0, 1, 1, 1}) {
		t.Errorf("%v %v %v, want %v", e.IDs, e.TypeIDs, err, want)
	}
	if _, ok := tok.CLS(); ok {
		t.Error("there is a CLS token")
	}
}

// TestFlagsOfConfig: the flags in tokenizer_config.json go before those of the file.
func TestFlagsOfConfig(t *testing.T) {
	dir := folder(t, map[string]string{
		"tokenizer.json":        smallBPE,
		"tokenizer_config.json": `{"added_tokens_decoder":{"3":{"content":"<s>","lstrip":true,"special":true}}}`,
	})
	tok, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	e, err := tok.Encode("a  <s>b", EncodeOptions{})
	if err != nil || !slices.Equal(e.IDs, []int{0, 3, 1}) || e.Offsets[1] != [2]int{1, 6} {
		t.Errorf("%v %v %v", e.IDs, e.Offsets, err)
	}
}

func TestFromFile(t *testing.T) {
	const limits = `"truncation":{"direction":"Left","max_length":2,"strategy":"LongestFirst","stride":0},
		"padding":{"strategy":{"Fixed":4},"direction":"Left","pad_to_multiple_of":null,"pad_id":9,"pad_type_id":0,"pad_token":"<p>"},`
	tok := build(t, limits+`"model":{"type":"BPE","vocab":{"a":0,"b":1,"c":2},"merges":[]}`)
	e, err := tok.Encode("abc", EncodeOptions{FromFile: true})
	if err != nil || !slices.Equal(e.IDs, []int{9, 9, 1, 2}) || !slices.Equal(e.AttentionMask, []int{0, 0, 1, 1}) {
		t.Errorf("%v %v %v", e.IDs, e.AttentionMask, err)
	}
	if e, err = tok.Encode("abc", EncodeOptions{}); err != nil || e.Len() != 3 {
		t.Errorf("without the file's limits: %v %v", e.IDs, err)
	}
}

// TestOlderLayout opens vocab.json and merges.txt.
func TestOlderLayout(t *testing.T) {
	gpt2 := folder(t, map[string]string{
		"vocab.json": `{"a":0,"Ġ":1,"b":2,"Ġb":3,"<|endoftext|>":4}`, "merges.txt": "#version: 0.2\nĠ b\n",
		"added_tokens.json":     `{"<image>":5,"word":6}`,
		"tokenizer_config.json": `{"tokenizer_class":"GPT2Tokenizer","additional_special_tokens":["<image>"]}`,
	})
	tok, err := Open(gpt2)
	if err != nil {
		t.Fatal(err)
	}
	e, err := tok.Encode("a b<image>word", EncodeOptions{AddSpecial: true})
	if err != nil || !slices.Equal(e.IDs, []int{0, 3, 5, 6}) || tok.DecodeText(e.IDs, true) != "a bword" {
		t.Errorf("%v %q %v", e.IDs, tok.DecodeText(e.IDs, true), err)
	}
	clip := folder(t, map[string]string{
		"vocab.json": `{"a":0,"b":1,"a</w>":2,"b</w>":3,"ab</w>":4,"<|startoftext|>":5,"<|endoftext|>":6}`, "merges.txt": "#version: 0.2\na b</w>\n",
		"config.json": `{"model_type":"clip"}`,
	})
	if tok, err = Open(clip); err != nil {
		t.Fatal(err)
	}
	e, err = tok.Encode("AB  b", EncodeOptions{AddSpecial: true})
	if err != nil || !slices.Equal(e.IDs, []int{5, 4, 3, 6}) || tok.DecodeText(e.IDs, true) != "ab b" {
		t.Errorf("%v %q %v", e.IDs, tok.DecodeText(e.IDs, true), err)
	}
}

// TestSiglip2Lowers: the class lowers text whatever the file says.
func TestSiglip2Lowers(t *testing.T) {
	dir := folder(t, map[string]string{"tokenizer.json": smallBPE, "tokenizer_config.json": `{"tokenizer_class":"Siglip2Tokenizer"}`})
	tok, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if e, err := tok.Encode("AB", EncodeOptions{}); err != nil || !slices.Equal(e.IDs, []int{2}) {
		t.Errorf("%v %v", e.IDs, err)
	}
}

// TestCleanUp: spaces before punctuation go, but for BPE.
func TestCleanUp(t *testing.T) {
	for model, want := range map[string]string{
		`{"type":"WordLevel","vocab":{"a":0,".":1},"unk_token":"a"}`: "a.",
		`{"type":"BPE","vocab":{"a":0,".":1},"merges":[]}`:           "a .",
	} {
		dir := folder(t, map[string]string{
			"tokenizer.json": `{"version":"1.0","model":` + model + `}`, "tokenizer_config.json": `{"clean_up_tokenization_spaces":true}`,
		})
		tok, err := Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		if got := tok.DecodeText([]int{0, 1}, false); got != want {
			t.Errorf("%s: %q, want %q", model, got, want)
		}
	}
}
