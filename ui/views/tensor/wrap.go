package tensor

import (
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// wrap breaks a plain text into lines of at most width cells, at blanks where it can.
func wrap(text string, width int) []string {
	if width < 1 {
		return nil
	}
	return strings.Split(ansi.Wrap(text, width, ""), "\n")
}
