package snapshot

import (
	"strconv"
	"strings"
)

// Size of a cell and of the letters in it, in pixels. Fonts differ in their
// advance, so every letter gets its own place; what must touch its neighbours
// (blocks, shades, braille dots, box lines) is drawn as a shape and not as a letter.
const (
	cellWidth  = 9
	cellHeight = 18
	fontSize   = 15
	baseline   = 14 // from the top of a cell
)

// drawn reports whether a glyph is drawn as a shape.
func drawn(r rune) bool {
	switch {
	case r >= 0x2500 && r <= 0x259F:
		return r < 0x2571 || r > 0x2573 // the diagonals are left to the font
	}
	return isBraille(r)
}

// rectangle in pixels, with the share of the foreground's colour that it takes.
type rectangle struct {
	x, y, w, h float64
	opacity    float64
}

// blocks are the rectangles of a block element (U+2580 to U+259F) in a cell at 0, 0.
func blocks(r rune) []rectangle {
	const w, h = float64(cellWidth), float64(cellHeight)
	switch {
	case r == 0x2580:
		return []rectangle{{0, 0, w, h / 2, 1}}
	case r >= 0x2581 && r <= 0x2588:
		tall := h * float64(r-0x2580) / 8
		return []rectangle{{0, h - tall, w, tall, 1}}
	case r >= 0x2589 && r <= 0x258F:
		return []rectangle{{0, 0, w * float64(0x2590-r) / 8, h, 1}}
	case r == 0x2590:
		return []rectangle{{w / 2, 0, w / 2, h, 1}}
	case r >= 0x2591 && r <= 0x2593:
		return []rectangle{{0, 0, w, h, float64(r-0x2590) / 4}}
	case r == 0x2594:
		return []rectangle{{0, 0, w, h / 8, 1}}
	case r == 0x2595:
		return []rectangle{{w * 7 / 8, 0, w / 8, h, 1}}
	case r >= 0x2596 && r <= 0x259F:
		return quadrants(r)
	}
	return nil
}

func quadrants(r rune) []rectangle {
	const w, h = float64(cellWidth) / 2, float64(cellHeight) / 2
	// Bits: upper left, upper right, lower left, lower right; in the order of the code chart.
	set := [10]uint8{0b0010, 0b0001, 0b1000, 0b1011, 0b1001, 0b1110, 0b1101, 0b0100, 0b0110, 0b0111}[r-0x2596]
	var out []rectangle
	for i := range 4 {
		if set>>(3-i)&1 == 1 {
			out = append(out, rectangle{float64(i%2) * w, float64(i/2) * h, w, h, 1})
		}
	}
	return out
}

// dotPitch is the distance of two dots of a braille pattern side by side.
const dotPitch = cellWidth / 2.0

func isBraille(r rune) bool { return r >= 0x2800 && r <= 0x28FF }

// dots are the dots of a braille pattern, [line from the top] of left and right.
func dots(r rune) (set [4][2]bool) {
	for bit := range 8 {
		if (r-0x2800)>>bit&1 == 0 {
			continue
		}
		if bit < 6 {
			set[bit%3][bit/3] = true
		} else {
			set[3][bit-6] = true
		}
	}
	return set
}

// boxArms gives the weight of a box-drawing character's arms to the left, up,
// right and down: 0 none, 1 light, 2 heavy, 3 double. U+2500 to U+257F.
func boxArms(r rune) [4]byte {
	const arms = "" +
		"1010 2020 0101 0202 1010 2020 0101 0202 1010 2020 0101 0202 0011 0021 0012 0022 " +
		"1001 2001 1002 2002 0110 0120 0210 0220 1100 2100 1200 2200 0111 0121 0211 0112 " +
		"0212 0221 0122 0222 1101 2101 1201 1102 1202 2201 2102 2202 1011 2011 1021 2021 " +
		"1012 2012 1022 2022 1110 2110 1120 2120 1210 2210 1220 2220 1111 2111 1121 2121 " +
		"1211 1112 1212 2211 1221 2112 1122 2221 2122 2212 1222 2222 1010 2020 0101 0202 " +
		"3030 0303 0031 0013 0033 3001 1003 3003 0130 0310 0330 3100 1300 3300 0131 0313 " +
		"0333 3101 1303 3303 3031 1013 3033 3130 1310 3330 3131 1313 3333 0011 1001 1100 " +
		"0110 0000 0000 0000 1000 0100 0010 0001 2000 0200 0020 0002 1020 0102 2010 0201 "
	i := int(r-0x2500) * 5
	return [4]byte{arms[i] - '0', arms[i+1] - '0', arms[i+2] - '0', arms[i+3] - '0'}
}

// dashes is the number of dashes in a dashed line, 0 for other characters.
func dashes(r rune) int {
	switch {
	case r >= 0x2504 && r <= 0x2507:
		return 3
	case r >= 0x2508 && r <= 0x250B:
		return 4
	case r >= 0x254C && r <= 0x254F:
		return 2
	}
	return 0
}

// strokes are the path data of a box-drawing character in a cell at x, y:
// light and double lines, and heavy ones.
func strokes(r rune, x, y float64) (light, heavy string) {
	cx, cy := x+4.5, y+9.5
	if r >= 0x256D && r <= 0x2570 {
		return arc(r, x, y, cx, cy), ""
	}
	arms := boxArms(r)
	if n := dashes(r); n > 0 {
		path := dashed(n, arms, x, y, cx, cy)
		if max(arms[0], arms[1]) == 2 {
			return "", path
		}
		return path, ""
	}
	var thin, thick strings.Builder
	ends := [4][2]float64{{x, cy}, {cx, y}, {x + cellWidth, cy}, {cx, y + cellHeight}}
	for i, weight := range arms {
		line := func(b *strings.Builder, dx, dy float64) {
			b.WriteString("M" + num(cx+dx) + " " + num(cy+dy) + "L" + num(ends[i][0]+dx) + " " + num(ends[i][1]+dy))
		}
		switch horizontal := i%2 == 0; {
		case weight == 1:
			line(&thin, 0, 0)
		case weight == 2:
			line(&thick, 0, 0)
		case weight == 3 && horizontal:
			line(&thin, 0, -1.5)
			line(&thin, 0, 1.5)
		case weight == 3:
			line(&thin, -1.5, 0)
			line(&thin, 1.5, 0)
		}
	}
	return thin.String(), thick.String()
}

func dashed(n int, arms [4]byte, x, y, cx, cy float64) string {
	var b strings.Builder
	for i := range n {
		from, to := (float64(i)+0.2)/float64(n), (float64(i)+0.8)/float64(n)
		if arms[0] != 0 {
			b.WriteString("M" + num(x+from*cellWidth) + " " + num(cy) + "H" + num(x+to*cellWidth))
			continue
		}
		b.WriteString("M" + num(cx) + " " + num(y+from*cellHeight) + "V" + num(y+to*cellHeight))
	}
	return b.String()
}

// arc is a rounded corner: from one side of the cell to the middle of another.
func arc(r rune, x, y, cx, cy float64) string {
	side, end := x+cellWidth, y+cellHeight
	if r == 0x256E || r == 0x256F { // to the left
		side = x
	}
	if r == 0x256F || r == 0x2570 { // upwards
		end = y
	}
	bend := cellWidth / 2.0
	turn := cy + bend
	if end == y {
		turn = cy - bend
	}
	return "M" + num(side) + " " + num(cy) + "Q" + num(cx) + " " + num(cy) + " " + num(cx) + " " + num(turn) + "V" + num(end)
}

// num writes a coordinate with at most two decimals.
func num(v float64) string {
	s := strconv.FormatFloat(v, 'f', 2, 64)
	return strings.TrimRight(strings.TrimRight(s, "0"), ".")
}
