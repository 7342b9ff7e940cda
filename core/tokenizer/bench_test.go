package tokenizer

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mmtui/mmtui/internal/sharedtest"
)

// BenchmarkEncode encodes 1 MB of each kind of text. The figures of "words" and
// "run" should be near each other: nothing depends on how long a word is.
func BenchmarkEncode(b *testing.B) {
	dir := filepath.Join(sharedtest.Dir(b), "fixtures", "tokenizers")
	corpus, err := os.ReadFile(filepath.Join(sharedtest.Dir(b), "fixtures", "models", "corpus.txt"))
	if err != nil {
		b.Fatal(err)
	}
	texts := map[string]string{
		"words":  strings.Repeat(string(corpus), 1+1<<20/len(corpus))[:1<<20],
		"run":    strings.Repeat("banana", 1<<20/6),
		"spaces": strings.Repeat(" ", 1<<20),
		"lines":  strings.Repeat("\r\n \n", 1<<18),
		"kana":   strings.Repeat("ひらがな", 1<<20/12),
		"marks":  "e" + strings.Repeat("\u0301\u0323", 1<<18),
	}
	folders, err := os.ReadDir(dir)
	if err != nil {
		b.Fatal(err)
	}
	for _, f := range folders {
		if !f.IsDir() {
			continue
		}
		tok, err := Open(filepath.Join(dir, f.Name()))
		if err != nil {
			b.Fatal(err)
		}
		for name, text := range texts {
			b.Run(f.Name()+"/"+name, func(b *testing.B) {
				b.SetBytes(int64(len(text)))
				for b.Loop() {
					if _, err := tok.Encode(text, EncodeOptions{}); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// BenchmarkGrowth reports how many times longer eight times the text takes, at
// worst: about 8 where time is linear, 64 where it is quadratic.
func BenchmarkGrowth(b *testing.B) {
	folders, err := filepath.Glob(filepath.Join("testdata", "kinds", "*"))
	if err != nil {
		b.Fatal(err)
	}
	for _, folder := range folders {
		tok, err := Open(folder)
		if err != nil {
			b.Fatal(err)
		}
		took := func(text string) time.Duration {
			best := time.Hour
			for range 3 {
				start := time.Now()
				if _, err := tok.Encode(text, EncodeOptions{}); err != nil {
					b.Fatal(err)
				}
				best = min(best, time.Since(start))
			}
			return best
		}
		b.Run(filepath.Base(folder), func(b *testing.B) {
			worst := 0.0
			for b.Loop() {
				for _, unit := range longUnits() {
					short, long := took(strings.Repeat(unit, 1<<15/len(unit))), took(strings.Repeat(unit, 1<<18/len(unit)))
					worst = max(worst, float64(long)/float64(short))
				}
			}
			b.ReportMetric(worst, "times/8x")
		})
	}
}

// bigVocabulary is a tokenizer.json of a quarter of a million tokens.
func bigVocabulary() []byte {
	var vocab, merges bytes.Buffer
	const letters = "abcdefghijklmnopqrstuvwxyz"
	id := 0
	add := func(token string) {
		if id > 0 {
			vocab.WriteByte(',')
		}
		fmt.Fprintf(&vocab, "%q:%d", token, id)
		id++
	}
	merge := func(a, c string) {
		add(a + c)
		if merges.Len() > 0 {
			merges.WriteByte(',')
		}
		fmt.Fprintf(&merges, "[%q,%q]", a, c)
	}
	for _, r := range letters {
		add(string(r))
	}
	pairs := []string{}
	for _, a := range letters {
		for _, c := range letters {
			pairs = append(pairs, string(a)+string(c))
			merge(string(a), string(c))
		}
	}
	for _, a := range pairs {
		for _, c := range pairs {
			if id < 256_000 {
				merge(a, c)
			}
		}
	}
	return fmt.Appendf(nil, `{"version":"1.0","model":{"type":"BPE","vocab":{%s},"merges":[%s]}}`, vocab.Bytes(), merges.Bytes())
}

func BenchmarkOpen(b *testing.B) {
	path := filepath.Join(b.TempDir(), tokenizerJSON)
	data := bigVocabulary()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if _, err := OpenFile(path); err != nil {
			b.Fatal(err)
		}
	}
}
