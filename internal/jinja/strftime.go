package jinja

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// strftimeNow is datetime.now().strftime(format) in the C locale.
func strftimeNow(r *run, a args) (any, error) {
	in, err := a.bind("strftime_now", "format")
	if err != nil {
		return nil, err
	}
	format, err := textArgument(in[0])
	if err != nil {
		return nil, fmt.Errorf("strftime_now: %w", err)
	}
	if r.now.IsZero() {
		return nil, errors.New("strftime_now: the template asks for the date, and none is given")
	}
	var b strings.Builder
	for i := 0; i < len(format); i++ {
		if format[i] != '%' {
			b.WriteByte(format[i])
			continue
		}
		i++
		pad := true
		if i < len(format) && format[i] == '-' {
			pad = false
			i++
		}
		if i >= len(format) {
			return nil, errors.New("strftime_now: a % is cut off")
		}
		part, ok := timePart(r.now, format[i])
		if !ok {
			return nil, fmt.Errorf("strftime_now: %%%c is not supported", format[i])
		}
		if !pad && len(part) > 1 {
			part = strings.TrimLeft(part[:len(part)-1], "0 ") + part[len(part)-1:]
		}
		b.WriteString(part)
	}
	return b.String(), r.spend(b.Len())
}

// timePart is what one directive of strftime stands for.
func timePart(t time.Time, directive byte) (string, bool) {
	layouts := map[byte]string{
		'a': "Mon", 'A': "Monday", 'b': "Jan", 'h': "Jan", 'B': "January",
		'd': "02", 'e': "_2", 'm': "01", 'y': "06", 'Y': "2006",
		'H': "15", 'I': "03", 'M': "04", 'S': "05", 'p': "PM",
		'F': "2006-01-02", 'T': "15:04:05", 'R': "15:04", 'D': "01/02/06",
		'j': "002", 'c': "Mon Jan _2 15:04:05 2006", 'x': "01/02/06", 'X': "15:04:05",
	}
	if layout, ok := layouts[directive]; ok {
		return t.Format(layout), true
	}
	switch directive {
	case '%':
		return "%", true
	case 'n':
		return "\n", true
	case 't':
		return "\t", true
	case 'f':
		return fmt.Sprintf("%06d", t.Nanosecond()/1000), true
	case 'w':
		return fmt.Sprint(int(t.Weekday())), true
	case 'z', 'Z':
		return "", true // the time of Python's datetime.now has no zone
	}
	return "", false
}
