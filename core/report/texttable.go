package report

import (
	"bufio"
	"io"
	"strings"

	"github.com/clipperhouse/displaywidth"
)

// TextTable aligns cells in columns that are two blanks apart.
type TextTable struct {
	heads []string
	right []bool
	rows  [][]string
}

// Add adds a column; numbers are aligned on the right.
func (t *TextTable) Add(heading string, right bool) {
	t.heads = append(t.heads, heading)
	t.right = append(t.right, right)
}

// Row adds a row, a cell a column.
func (t *TextTable) Row(cells ...string) {
	t.rows = append(t.rows, append([]string(nil), cells...))
}

// Write writes the headings and the rows; no line ends in blanks.
func (t *TextTable) Write(w io.Writer) error {
	widths := make([]int, len(t.heads))
	for _, row := range append([][]string{t.heads}, t.rows...) {
		for i, cell := range row {
			widths[i] = max(widths[i], displaywidth.String(cell))
		}
	}
	out := bufio.NewWriter(w)
	t.line(out, t.heads, widths)
	for _, row := range t.rows {
		t.line(out, row, widths)
	}
	return out.Flush()
}

// line writes one row; errors stay in the buffered writer until Flush.
func (t *TextTable) line(out *bufio.Writer, cells []string, widths []int) {
	var b strings.Builder
	for i, cell := range cells {
		if i > 0 {
			b.WriteString("  ")
		}
		blanks := strings.Repeat(" ", widths[i]-displaywidth.String(cell))
		if t.right[i] {
			b.WriteString(blanks + cell)
		} else {
			b.WriteString(cell + blanks)
		}
	}
	out.WriteString(strings.TrimRight(b.String(), " "))
	out.WriteByte('\n')
}
