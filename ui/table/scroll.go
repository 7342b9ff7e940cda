package table

import "github.com/mmtui/mmtui/ui/keys"

// Scroll is where a list stands: the row under the cursor, the first row on
// screen and how many rows fit. All moves keep it valid for a list of n rows.
type Scroll struct{ Cursor, Offset, Height int }

// margin is how many rows stay in view above and below the cursor.
const margin = 2

// Clamp makes the scroll valid for n rows, moving the window as little as needed.
func (s Scroll) Clamp(n int) Scroll {
	if n <= 0 {
		return Scroll{Height: s.Height}
	}
	s.Cursor = max(0, min(s.Cursor, n-1))
	h := max(1, s.Height)
	room := min(margin, (h-1)/2)
	s.Offset = min(s.Offset, s.Cursor-room)
	s.Offset = max(s.Offset, s.Cursor+room-h+1)
	s.Offset = max(0, min(s.Offset, n-h))
	return s
}

// Do carries out an action that moves the cursor; moved is false for any other.
func (s Scroll) Do(a keys.Action, n int) (_ Scroll, moved bool) {
	switch a {
	case keys.Up:
		return s.Move(-1, n), true
	case keys.Down:
		return s.Move(1, n), true
	case keys.Top:
		return s.To(0, n), true
	case keys.Bottom:
		return s.To(n-1, n), true
	case keys.PageUp:
		return s.Page(-1, n), true
	case keys.PageDown:
		return s.Page(1, n), true
	case keys.HalfUp:
		return s.Half(-1, n), true
	case keys.HalfDown:
		return s.Half(1, n), true
	}
	return s, false
}

// Move moves the cursor by so many rows.
func (s Scroll) Move(by, n int) Scroll {
	s.Cursor += by
	return s.Clamp(n)
}

// To puts the cursor on a row.
func (s Scroll) To(row, n int) Scroll {
	s.Cursor = row
	return s.Clamp(n)
}

// Page moves by whole pages; half by half pages.
func (s Scroll) Page(pages, n int) Scroll { return s.jump(pages*max(1, s.Height-1), n) }

// Half moves by half pages.
func (s Scroll) Half(halves, n int) Scroll { return s.jump(halves*max(1, s.Height/2), n) }

// jump moves window and cursor together, so that the cursor keeps its place on screen.
func (s Scroll) jump(by, n int) Scroll {
	s.Offset = max(0, min(s.Offset+by, max(0, n-max(1, s.Height))))
	s.Cursor += by
	return s.Clamp(n)
}

// Wheel moves the window and lets the cursor follow only as far as it must.
func (s Scroll) Wheel(by, n int) Scroll {
	h := max(1, s.Height)
	s.Offset = max(0, min(s.Offset+by, max(0, n-h)))
	room := min(margin, (h-1)/2)
	lo, hi := s.Offset+room, s.Offset+h-1-room
	if s.Offset == 0 {
		lo = 0
	}
	if s.Offset+h >= n {
		hi = n - 1
	}
	s.Cursor = max(lo, min(s.Cursor, hi))
	return s.Clamp(n)
}

// Resize gives the window another height.
func (s Scroll) Resize(height, n int) Scroll {
	s.Height = max(0, height)
	return s.Clamp(n)
}

// Window is the range of rows on screen, lo up to hi.
func (s Scroll) Window(n int) (lo, hi int) {
	return s.Offset, max(s.Offset, min(n, s.Offset+s.Height))
}

// Thumb is where the thumb of a scroll bar of the window's height stands:
// its first cell and its length, 0 when everything fits.
func (s Scroll) Thumb(n int) (first, length int) {
	if s.Height <= 0 || n <= s.Height {
		return 0, 0
	}
	length = max(1, s.Height*s.Height/n)
	first = (s.Height - length) * s.Offset / (n - s.Height)
	return first, length
}
