package metrics

import (
	"strings"
	"unicode"

	"github.com/mmtui/mmtui/internal/pytext"
)

// pythonSpace is str.isspace of one character.
func pythonSpace(r rune) bool { return unicode.IsSpace(r) || r >= 0x1c && r <= 0x1f }

// pythonFields is str.split() without a separator.
func pythonFields(s string) []string { return strings.FieldsFunc(s, pythonSpace) }

// pythonLower is str.lower.
func pythonLower(s string) string { return pytext.Lower(s) }

// asciiPunctuation is string.punctuation.
const asciiPunctuation = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
