package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// words is what the tokenizer's merges are learned from: common words, and
// those of pictures. A word counts more the earlier it stands.
const words = `the of and to in is a that it for was on are with as his they be at one have this from or had by but some what
there we can out other were all your when up use word how said an each she which do their time if will way about many then
them would write like so these her long make thing see him two has look more day could go come did my sound no most number
who over know water than call first people may down side been now find any new work part take get place made live where
after back little only round man year came show every good me give our under name very through just form much great think
say help low line before turn cause same mean differ move right boy old too does tell sentence set three want air well also
play small end put home read hand port large spell add even land here must big high such follow act why ask men change went
light kind off need house picture try us again animal point mother world near build self earth father head stand own page
should country found answer school grow study still learn plant cover food sun four thought let keep eye never last door
between city tree cross since hard start might story saw far sea draw left late run while press close night real life few
stop open seem together next white children begin got walk example ease paper often always music those both mark book letter
until mile river car feet care second group carry took rain eat room friend began idea fish mountain north once base hear
horse cut sure watch color face wood main enough plain girl usual young ready above ever red list though feel talk bird soon
body dog family direct pose leave song measure state product black short numeral class wind question happen complete ship area
half rock order fire south problem piece told knew pass farm top whole king size heard best hour better true during hundred
image photo yellow green blue orange brown cat window street table chair person wearing holding standing sitting background
photograph showing colorful beautiful bright shadow cloud grass roof garden bicycle elephant kitchen`

// specials are the tokens with a meaning of their own, in the order of their
// ids. Rows and columns go as far as the published tokenizers have them.
func specials() []string {
	all := []string{"<|endoftext|>", "<|im_start|>", "<|im_end|>", "<fake_token_around_image>", "<global-img>", "<image>", "<end_of_utterance>"}
	for row := 1; row <= 6; row++ {
		for col := 1; col <= 6; col++ {
			all = append(all, fmt.Sprintf("<row_%d_col_%d>", row, col))
		}
	}
	return all
}

// tokenizer is tokenizer.json: byte-level BPE of exactly so many entries as the head has rows.
func tokenizer() ([]byte, error) {
	type object = map[string]any
	vocab := map[string]int{}
	var added []object
	for id, token := range specials() {
		vocab[token] = id
		added = append(added, object{"id": id, "content": token, "special": true,
			"single_word": false, "lstrip": false, "rstrip": false, "normalized": false})
	}
	for _, letter := range letters() {
		vocab[string(letter)] = len(vocab)
	}
	var merges [][2]string
	for _, m := range learn(corpus(), vocabulary-len(vocab)) {
		if _, known := vocab[m[0]+m[1]]; !known {
			vocab[m[0]+m[1]] = len(vocab)
		}
		merges = append(merges, m)
	}
	if len(vocab) != vocabulary {
		return nil, fmt.Errorf("the words give %d tokens, the head has %d rows", len(vocab), vocabulary)
	}
	split := object{"type": "Sequence", "pretokenizers": []object{
		{"type": "Digits", "individual_digits": true},
		{"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true},
	}}
	text, err := json.MarshalIndent(object{
		"version": "1.0", "truncation": nil, "padding": nil, "normalizer": nil, "post_processor": nil,
		"added_tokens": added, "pre_tokenizer": split,
		"decoder": object{"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true},
		"model": object{"type": "BPE", "dropout": nil, "unk_token": nil, "continuing_subword_prefix": nil, "end_of_word_suffix": nil,
			"fuse_unk": false, "byte_fallback": false, "ignore_merges": false, "vocab": vocab, "merges": merges},
	}, "", " ")
	return append(text, '\n'), err
}

// letters are the characters that stand for the 256 bytes in byte-level BPE:
// printable ones for themselves, the others from U+0100 on.
func letters() []rune {
	all := make([]rune, 256)
	next := rune(256)
	for b := range all {
		r := rune(b)
		if r >= '!' && r <= '~' || r >= '¡' && r <= '¬' || r >= '®' && r <= 'ÿ' {
			all[b] = r
			continue
		}
		all[b], next = next, next+1
	}
	return all
}

// entry is a word in pieces and how often it counts.
type entry struct {
	pieces []string
	count  int
}

// corpus is every word with a blank before it, as in running text.
func corpus() []entry {
	var all []entry
	list := strings.Fields(words)
	for i, w := range list {
		all = append(all, entry{pieces: append([]string{"Ġ"}, strings.Split(w, "")...), count: len(list) - i})
	}
	return all
}

// learn merges the most frequent pair, the first in the alphabet among equals, so many times.
func learn(all []entry, n int) [][2]string {
	var merges [][2]string
	for range n {
		counts := map[[2]string]int{}
		for _, e := range all {
			for i := 1; i < len(e.pieces); i++ {
				counts[[2]string{e.pieces[i-1], e.pieces[i]}] += e.count
			}
		}
		if len(counts) == 0 {
			break
		}
		best := slices.MinFunc(slices.Collect(maps.Keys(counts)), func(a, b [2]string) int {
			return cmp.Or(counts[b]-counts[a], strings.Compare(a[0], b[0]), strings.Compare(a[1], b[1]))
		})
		merges = append(merges, best)
		for k := range all {
			all[k].merge(best)
		}
	}
	return merges
}

// merge joins a pair wherever it stands in the word.
func (e *entry) merge(pair [2]string) {
	out := e.pieces[:0]
	for i := 0; i < len(e.pieces); i++ {
		if i+1 < len(e.pieces) && e.pieces[i] == pair[0] && e.pieces[i+1] == pair[1] {
			out = append(out, pair[0]+pair[1])
			i++
			continue
		}
		out = append(out, e.pieces[i])
	}
	e.pieces = out
}
