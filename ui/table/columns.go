package table

// Column describes one column. It knows widths and order, nothing of what it shows.
type Column struct {
	ID    string
	Title string
	Width int  // cells
	Flex  bool // takes what is left over; Width is the least it needs. One column of a table.
	Right bool // aligned right
	Drop  int  // where room lacks, the column with the largest number goes first; 0 never goes
}

// Placed is a column with the room it gets. X counts from the left edge of the table.
type Placed struct {
	Column
	Index int // in the columns given to Place
	Of    int // how many those were
	X, W  int
}

const (
	gutter = 2 // cursor and mark
	gap    = 2 // between two columns
	bar    = 1 // scroll bar at the right
)

// Place chooses the columns that fit a width, and their places. Columns that
// may go are left out, least important first, until the rest fits.
func Place(columns []Column, width int) []Placed {
	shown := make([]int, len(columns))
	for i := range columns {
		shown[i] = i
	}
	room := width - gutter - bar
	for needed(columns, shown) > room {
		worst := -1
		for at, i := range shown {
			if columns[i].Drop > 0 && (worst < 0 || columns[i].Drop >= columns[shown[worst]].Drop) {
				worst = at
			}
		}
		if worst < 0 {
			break
		}
		shown = append(shown[:worst], shown[worst+1:]...)
	}
	left := max(0, room-needed(columns, shown))
	out := make([]Placed, 0, len(shown))
	x := gutter
	for _, i := range shown {
		w := columns[i].Width
		if columns[i].Flex {
			w += left
		}
		w = max(0, min(w, width-bar-x))
		out = append(out, Placed{Column: columns[i], Index: i, Of: len(columns), X: x, W: w})
		x += w + gap
	}
	return out
}

func needed(columns []Column, shown []int) int {
	n := gap * max(0, len(shown)-1)
	for _, i := range shown {
		n += columns[i].Width
	}
	return n
}

// ColumnAt finds the column under a cell of the head.
func ColumnAt(placed []Placed, x int) (id string, ok bool) {
	for _, p := range placed {
		if x >= p.X && x < p.X+p.W+gap {
			return p.ID, true
		}
	}
	return "", false
}
