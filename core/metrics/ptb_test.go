package metrics

import (
	"slices"
	"testing"
)

// captionCorpus is a corpus of captions.jsonl.
type captionCorpus struct {
	Name  string `json:"name"`
	Items []struct {
		Pred string   `json:"pred"`
		Refs []string `json:"refs"`
	} `json:"items"`
	TokenizedRefs  [][]string   `json:"tokenized_refs"`
	TokenizedPreds []string     `json:"tokenized_preds"`
	Bleu1          captionScore `json:"Bleu_1"`
	Bleu2          captionScore `json:"Bleu_2"`
	Bleu3          captionScore `json:"Bleu_3"`
	Bleu4          captionScore `json:"Bleu_4"`
	RougeL         captionScore `json:"ROUGE_L"`
	CIDEr          captionScore `json:"CIDEr"`
	CIDErD         captionScore `json:"CIDEr_D"`
}

type captionScore struct {
	Corpus float64   `json:"corpus"`
	Per    []float64 `json:"per"`
}

func TestPTBTokenizesAsThePackage(t *testing.T) {
	p := NewPTB()
	for _, c := range lines[captionCorpus](t, "captions.jsonl") {
		var refs, preds, wantRefs []string
		for i, item := range c.Items {
			refs = append(refs, item.Refs...)
			preds = append(preds, item.Pred)
			wantRefs = append(wantRefs, c.TokenizedRefs[i]...)
		}
		for name, pair := range map[string][2][]string{"refs": {p.Tokenize(refs), wantRefs}, "preds": {p.Tokenize(preds), c.TokenizedPreds}} {
			for i, got := range pair[0] {
				if got != pair[1][i] {
					t.Errorf("%s %s %d: got %q, want %q", c.Name, name, i, got, pair[1][i])
				}
			}
		}
	}
}

// Random captions, one text as the lexer saw them.
func TestPTBEqualsTheLexer(t *testing.T) {
	all := lines[struct{ Caption, Tokens string }](t, "ptb.jsonl")
	captions := make([]string, len(all))
	for i, c := range all {
		captions[i] = c.Caption
	}
	for i, got := range NewPTB().Tokenize(captions) {
		if want := all[i].Tokens; got != want {
			t.Errorf("%q: got %q, want %q", captions[i], got, want)
		}
	}
}

// Rules that no recorded caption shows, from the lexer's own definition.
func TestPTBRules(t *testing.T) {
	p := NewPTB()
	for in, want := range map[string]string{
		"I don't know, won't ain't":              "i do n't know wo n't ai n't",
		"dog’s bone and they’re":                 "dog 's bone and they 're",
		"Tis 'tis 'twas":                         "tis 't is 't was",
		"wanna gotta lemme gimme":                "wan na got ta lem me gim me",
		"at 10:30 a.m. or 12.5% of 1,000":        "at 10:30 a.m. or 12.5 % of 1,000",
		"-5 +3.2 1/2 3 1/2":                      "-5 +3.2 1/2 3\u00a01/2",
		"rock 'n' roll":                          "rock 'n' roll",
		"O'Neil ma'am y'all o'clock":             "o'neil ma'am y' all o'clock",
		"c++ and c# and f#":                      "c++ and c# and f#",
		"www.example.com/a?b=1 example.com":      "www.example.com/a?b=1 example.com",
		"a -- b --- c - d — e – f":               "a b c d e f",
		"¼ ¾ ⅓ ⅝ 5¢ ¥3":                          "1/4 3/4 1/3 ⅝ 5 cents ¥ 3",
		"what?! no!! yes! eh?":                   "what ?! no !! yes eh",
		"a * b ** c @ d # e _ f":                 "a * b ** c @ d # e _ f",
		"AT&T R&D &amp; co":                      "at&t r&d & co",
		"Mr. and Mrs. Smith, Jr. of Calif. etc.": "mr. and mrs. smith jr. of calif. etc.",
		"x < y > z << w":                         "x < y > z << w",
		"one… two .. three ....":                 "one two three",
		"soft\u00adhyphen":                       "softhyphen",
		"a\u200bb":                               "a b",
		"3rd 2nd 1990s the '90s":                 "3rd 2nd 1990s the '90s",
		"photo.jpg and readme.txt":               "photo.jpg and readme.txt",
		":) :-( ;)":                              ":-rrb- :--lrb- -rrb-",
		"call 555-1234567 now":                   "call 555-1234567 now",
		"semi;colon, comma:colon":                "semi colon comma colon",
		"":                                       "",
		"  ":                                     "",
		"caption\rwith\u2028line ends\f":         "caption with line ends",
		"Stan's the man's":                       "stan 's the man 's",
		"\"double\" 'single' `tick`":             "double single tick",
		"end of sentence. Another one.":          "end of sentence another one",
		"vitamin c. The end":                     "vitamin c the end",
		"vitamin c. the end":                     "vitamin c. the end",
		"U.S. The":                               "u.s. the",
		"fig. 3 and no. 5 but fig. leaf":         "fig. 3 and no. 5 but fig leaf",
		"it’s":                                   "it 's",
		"𝐀 bold 👍🏽 thumbs":                       "bold thumbs",
	} {
		if got := p.Tokenize([]string{in})[0]; got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

// The next line decides about a letter with a period at the end of a caption.
func TestPTBSeesTheNextLine(t *testing.T) {
	p := NewPTB()
	if got, want := p.Tokenize([]string{"plan b.", "The end", "plan b.", "two"}), []string{"plan b", "the end", "plan b.", "two"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// As many captions come out as go in, whatever they hold.
func FuzzPTB(f *testing.F) {
	f.Add("a dog's <b>bone</b> isn't 1/2 http://x.y/z, a@b.c", "plan b.")
	f.Add("\n\r\x85\u2028&amp;&eacute;t '90s :) U.S. $5 #tag @me", "\xff\x00")
	p := NewPTB()
	f.Fuzz(func(t *testing.T, a, b string) {
		if len(a)+len(b) > 500 {
			return
		}
		if got := p.Tokenize([]string{a, b}); len(got) != 2 {
			t.Errorf("%d captions came out", len(got))
		}
	})
}

func BenchmarkPTB(b *testing.B) {
	p := NewPTB()
	captions := make([]string, 100)
	for i := range captions {
		captions[i] = "A man isn't riding a well-known bicycle in front of a building, with a dog's toy."
	}
	for b.Loop() {
		p.Tokenize(captions)
	}
}
