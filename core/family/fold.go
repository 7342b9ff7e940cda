package family

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// fold joins lines that differ by the number of a layer: what is said of a.0.b,
// a.1.b and a.2.b becomes one line on a.{0-2}.b, at the place of the first.
func fold(lines []string) []string {
	type group struct {
		before, after string
		numbers       []int
	}
	var groups []*group
	byText := map[string]*group{}
	for _, line := range lines {
		before, number, after := numbered(line)
		key := before + "\x00" + after
		g := byText[key]
		if g == nil {
			g = &group{before: before, after: after}
			byText[key] = g
			groups = append(groups, g)
		}
		g.numbers = append(g.numbers, number)
	}
	out := make([]string, len(groups))
	for i, g := range groups {
		out[i] = g.before + ranges(g.numbers) + g.after
	}
	return out
}

// numbered cuts a line at the number after "layers."; without one, number is −1.
func numbered(line string) (before string, number int, after string) {
	const mark = ".layers."
	at := strings.Index(line, mark)
	if at < 0 {
		return line, -1, ""
	}
	at += len(mark)
	digits, _, _ := strings.Cut(line[at:], ".")
	number, err := strconv.Atoi(digits)
	if err != nil || number < 0 {
		return line, -1, ""
	}
	return line[:at], number, line[at+len(digits):]
}

// ranges is "3", "{0-2}" or "{0-2,5}"; "" for no number.
func ranges(numbers []int) string {
	if numbers[0] < 0 {
		return ""
	}
	if len(numbers) == 1 {
		return strconv.Itoa(numbers[0])
	}
	slices.Sort(numbers)
	var parts []string
	for i := 0; i < len(numbers); {
		j := i
		for j+1 < len(numbers) && numbers[j+1] == numbers[j]+1 {
			j++
		}
		if i == j {
			parts = append(parts, strconv.Itoa(numbers[i]))
		} else {
			parts = append(parts, fmt.Sprintf("%d-%d", numbers[i], numbers[j]))
		}
		i = j + 1
	}
	return "{" + strings.Join(parts, ",") + "}"
}
