package pytext

import "testing"

// Every line was given to str.lower of Python 3.11.
func TestLower(t *testing.T) {
	for text, want := range map[string]string{
		"":             "",
		"Plain ÀÉ ẞ":   "plain àé ß",
		"İI":           "i̇i",
		"ΟΔΟΣ":         "οδος",
		"ΟΔΟΣ ΣΟΣ":     "οδος σος",
		"Σ":            "σ",
		"aΣ":           "aς",
		"aΣb":          "aσb",
		"aΣ.b":         "aσ.b",
		"aΣ. b":        "aς. b",
		"a'Σ":          "a'ς",
		"1Σ":           "1σ",
		"aΣ\u0301":     "aς\u0301",
		"aΣ\u0301b":    "aσ\u0301b",
		"a\u00adΣ":     "a\u00adς",
		"ªΣ":           "ªς",
		"áΣ 5-\n50%\t": "áς 5-\n50%\t",
		"İΣ\"q\"":      "i̇ς\"q\"",
		"\xffΣ":        "\uFFFDσ",
	} {
		if got := Lower(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}
