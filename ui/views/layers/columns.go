package layers

import (
	"strings"

	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/ui/table"
	"github.com/mmtui/mmtui/ui/theme"
)

// noteKey is the column that says what stands out in a tensor, or why it stays as it is.
const noteKey = "cause"

// screenColumn is a report column with its place on the screen.
type screenColumn struct {
	report.Column
	Col table.Column // ID, width, place
}

// screenColumns chooses what the table shows, most wanted columns with the
// lowest Drop. Titles, values and formats are those of the report.
func screenColumns(graph theme.Graph) []screenColumn {
	want := []table.Column{
		{ID: "name", Flex: true},
		{ID: "shape", Width: 11, Right: true, Drop: 5},
		{ID: "dtype", Width: 5, Drop: 7},
		{ID: "parameters", Width: 6, Right: true, Drop: 3},
		{ID: "bits_per_weight", Width: 6, Right: true, Drop: 2},
		{ID: "sqnr_db", Width: 9, Right: true},
		{ID: "relative_rmse", Width: 5, Right: true, Drop: 6},
		{ID: "cosine", Width: 5, Right: true, Drop: 11},
		{ID: "below_ideal_db", Width: 6, Right: true, Drop: 8},
		{ID: "clipped_ratio", Width: 5, Right: true, Drop: 9},
		{ID: "code_entropy_bits", Width: 5, Right: true, Drop: 10},
		{ID: "rank", Width: 5, Right: true, Drop: 4},
		{ID: "quantized_size_bytes", Width: 7, Right: true, Drop: 13},
		{ID: "scheme", Width: 18, Drop: 12},
		{ID: noteKey, Width: 17, Drop: 1},
	}
	all := report.Columns()
	out := make([]screenColumn, 0, len(want))
	for _, w := range want {
		c, ok := report.FindColumn(all, w.ID)
		if !ok {
			continue
		}
		w.Title = c.Title
		if graph == theme.ASCII {
			w.Title = strings.ReplaceAll(w.Title, "↓", "v")
		}
		if c.Unit == "dB" && w.Width > len(c.Title)+3 {
			w.Title += " dB"
		}
		out = append(out, screenColumn{Column: c, Col: w})
	}
	return out
}

// Columns lists the columns of the table, in its order, for sorting by name.
func Columns() []report.Column {
	var out []report.Column
	for _, c := range screenColumns(theme.Braille) {
		out = append(out, c.Column)
	}
	return out
}

// nameWidth is the least that the column of names gets: the flat table shows
// names in full, and needs more.
func nameWidth(width int, flat bool) int {
	if flat {
		return max(32, min(width/4, 56))
	}
	return max(19, min(width*17/100, 40))
}

func tableColumns(columns []screenColumn, width int, flat bool) []table.Column {
	out := make([]table.Column, len(columns))
	for i, c := range columns {
		out[i] = c.Col
		if c.Key == "name" {
			out[i].Width = nameWidth(width, flat)
		}
	}
	return out
}

// format is the value of a figure in its cell: like the report's table, but
// without the zero before the point of a ratio and the sign of per cent, which
// the heading has.
func format(k report.Kind, n report.Number) string {
	s := report.FormatNumber(n, k)
	switch k {
	case report.Share:
		return strings.TrimSuffix(s, "%")
	case report.Ratio:
		return strings.TrimPrefix(s, "0")
	}
	return s
}
