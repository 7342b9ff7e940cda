package safetensors

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxShown is how much of a name an error message shows, in bytes.
const maxShown = 200

// Printable returns s as it may be put on a terminal: unchanged when all of it
// is printable (letters of any script, marks, digits, symbols, the space),
// otherwise with control characters, format characters such as
// right-to-left overrides, invalid UTF-8 and backslashes in the escapes of a Go string.
func Printable(s string) string {
	for i, r := range s {
		if !unicode.IsPrint(r) || r == utf8.RuneError && invalidAt(s, i) {
			return escape(s)
		}
	}
	return s
}

func invalidAt(s string, i int) bool {
	_, size := utf8.DecodeRuneInString(s[i:])
	return size == 1
}

func escape(s string) string {
	quoted := strconv.Quote(s)
	return strings.ReplaceAll(quoted[1:len(quoted)-1], `\"`, `"`)
}

// shown is a name in an error message: quoted, printable, not overlong.
func shown(name string) string {
	if len(name) > maxShown {
		cut := maxShown
		for cut > 0 && !utf8.RuneStart(name[cut]) {
			cut--
		}
		return strconv.Quote(name[:cut]) + "…"
	}
	return strconv.Quote(name)
}
