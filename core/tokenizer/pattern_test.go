package tokenizer

import (
	"math/rand/v2"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// texts makes texts of the characters that split patterns tell apart.
func texts(seed uint64, n int) []string {
	alphabet := []string{" ", " ", "\n", "\r", "\t", "\u0085", "\u00a0", "\u2028", "\u3000", "\u200b", "a", "S", "ſ", "é", "e\u0301", "字", "か", "1", "½", "Ⅷ",
		"'", "'s", "'S", "'re", "'LL", "'ſ", "!", ".", "€", "_", "😀", "\u200d", "\x00", "<|endoftext|>", "<|startoftext|>", "K", "'l", "'v"}
	r := rand.New(rand.NewPCG(seed, 1))
	out := make([]string, n)
	for i := range out {
		var b strings.Builder
		for range r.IntN(14) {
			b.WriteString(alphabet[r.IntN(len(alphabet))])
		}
		out[i] = b.String()
	}
	return out
}

// TestPublishedSplitters holds the splitters written by hand against the same
// patterns as regular expressions.
func TestPublishedSplitters(t *testing.T) {
	for _, source := range []string{patternGPT2, patternLlama3, patternQwen2, patternCLIP, patternCLIPSpecial, `\s+`, ` {2,}`} {
		byHand := published(source)
		// A group around the whole is no published pattern any more.
		head, looks := strings.CutSuffix(source, lookTail)
		other := "(?:" + source + ")"
		if looks {
			other = "(?:" + strings.TrimSuffix(head, "|") + ")|" + lookTail
		}
		byRegex, err := compile(other)
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := byRegex.(*expression); !ok {
			t.Fatalf("%q is matched by hand", other)
		}
		for _, text := range texts(7, 1500) {
			if a, b := byHand.matches(text), byRegex.matches(text); !reflect.DeepEqual(a, b) {
				t.Fatalf("%q on %q: by hand %v, as a regular expression %v", source, text, a, b)
			}
		}
	}
}

func parts(text string, ms []match) []string {
	var out []string
	for _, m := range ms {
		out = append(out, text[m.begin:m.end])
	}
	return out
}

func TestCompile(t *testing.T) {
	for _, c := range []struct{ source, text, want string }{
		{`[!"\#\$%\&'\(\)\*\+,\-./:;<=>\?@\[\\\]\^_` + "`" + `\{\|\}\~]`, "a.b_c~", "a|.|b|_|c|~"},
		{` ?[^(\s|[.,!?…。，、।۔،])]+`, "Hi, you 字。x", "Hi|,| you| 字|。|x"},
		{`\p{N}{1,3}|[^\r\n\p{L}\p{N}]?\p{L}+|\s+(?!\S)|\s+`, "ab 1234  cd", "ab| |123|4| | cd"},
		{`\w+|[^\w\s]+`, "aé_1 Ⓐ!?", "aé_1| |Ⓐ|!?"},
		{`\d`, "a١2", "a|١|2"},
		{`x{,2}y`, "xxxyy", "x|xxy|y"},
		{`\u0041+`, "BAA", "B|AA"},
		{`\S\s`, "a b ", "a |b "},
		{`(?i:'s|'t)|.`, "'ſx", "'ſ|x"},
		{`\s+$`, "a  \nb ", "a|  |\nb| "},
		{`a|\s+(?!\S)`, "a  b ", "a| | b| "}, // no second alternative for the last space
	} {
		p, err := compile(c.source)
		if err != nil {
			t.Errorf("%s: %v", c.source, err)
			continue
		}
		if got := strings.Join(parts(c.text, p.matches(c.text)), "|"); got != c.want {
			t.Errorf("%s on %q: %q, want %q", c.source, c.text, got, c.want)
		}
	}
	for _, bad := range []string{`(?=a)b`, `a(?!b)`, `(?<!a)b`, `(?<n>a)`, `a++`, `a?+b`, `^a`, `\bx`, `[a&&b]`, `[[:alpha:]]`, `[a[^b]]`,
		`\h`, `\R`, `\1`, `a*`, `[a`, `a\`, `\p{Nonsense}`, `(a`, `\pL`, `(?m)a`, `[\S]`, `\u12`, `a{2000}`} {
		if _, err := compile(bad); err == nil || !strings.Contains(err.Error(), "pattern") {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

// TestSplitBehaviors is the example of the library's documentation.
func TestSplitBehaviors(t *testing.T) {
	const text = "the-final--countdown"
	for how, want := range map[behavior]string{
		removed:            "the final countdown",
		isolated:           "the - final - - countdown",
		mergedWithPrevious: "the- final- - countdown",
		mergedWithNext:     "the -final - -countdown",
		contiguous:         "the - final -- countdown",
	} {
		for _, p := range []pattern{literal("-"), each(func(r rune) bool { return r == '-' })} {
			var got []string
			for _, part := range newAligned(text).split(p, how) {
				got = append(got, part.text)
			}
			if strings.Join(got, " ") != want {
				t.Errorf("%s: %q, want %q", how, got, want)
			}
		}
	}
	var got []string
	for _, part := range newAligned("-a-").split(literal("-"), mergedWithNext) {
		got = append(got, part.text)
	}
	if !slices.Equal(got, []string{"-a", "-"}) {
		t.Errorf("a mark at the end: %q", got)
	}
}

// TestMembers: the classes that stand for \s and \w are the functions.
func TestMembers(t *testing.T) {
	space, word := regexp.MustCompile(`^[`+spaceMembers+`]$`), regexp.MustCompile(`^[`+wordMembers+`]$`)
	for r := rune(0); r < 0x20000; r++ {
		if r >= 0xD800 && r < 0xE000 {
			continue
		}
		if got := space.MatchString(string(r)); got != isSpace(r) {
			t.Errorf("space %U: %v", r, got)
		}
		if got := word.MatchString(string(r)); got != isWord(r) && r != 0x200C && r != 0x200D {
			t.Errorf("word %U: %v", r, got)
		}
	}
}
