package jinja

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode"

	"github.com/mmtui/mmtui/internal/pytext"
)

// filterOf is a filter with its parameters after the value.
type filterOf struct {
	parameters []string
	call       func(r *run, v any, in []any) (any, error)
}

// filters are the filters by name, except those that take any arguments.
func filters() map[string]filterOf {
	onText := func(f func(string) string) filterOf {
		return filterOf{nil, func(r *run, v any, _ []any) (any, error) {
			s, err := r.text(v)
			if err != nil {
				return nil, err
			}
			return f(s), r.spend(len(s))
		}}
	}
	same := func(s string) string { return s }
	count := filterOf{nil, countFilter}
	fallback := filterOf{[]string{"default_value", "boolean"}, defaultFilter}
	return map[string]filterOf{
		"abs":        {nil, absFilter},
		"attr":       {[]string{"name"}, attrFilter},
		"batch":      {[]string{"linecount", "fill_with"}, batchFilter},
		"capitalize": onText(capitalize),
		"center":     {[]string{"width"}, centerFilter},
		"count":      count,
		"d":          fallback,
		"default":    fallback,
		"dictsort":   {[]string{"case_sensitive", "by", "reverse"}, dictSortFilter},
		"first":      {nil, firstFilter},
		"float":      {[]string{"default"}, floatFilter},
		"indent":     {[]string{"width", "first", "blank"}, indentFilter},
		"int":        {[]string{"default", "base"}, intFilter},
		"items":      {nil, itemsFilter},
		"join":       {[]string{"d", "attribute"}, joinFilter},
		"last":       {nil, lastFilter},
		"length":     count,
		"list":       {nil, listFilter},
		"lower":      onText(pytext.Lower),
		"max":        {[]string{"case_sensitive", "attribute"}, extreme(1)},
		"min":        {[]string{"case_sensitive", "attribute"}, extreme(-1)},
		"replace":    {[]string{"old", "new", "count"}, replaceFilter},
		"reverse":    {nil, reverseFilter},
		"round":      {[]string{"precision", "method"}, roundFilter},
		"safe":       onText(same),
		"sort":       {[]string{"reverse", "case_sensitive", "attribute"}, sortFilter},
		"string":     onText(same),
		"sum":        {[]string{"attribute", "start"}, sumFilter},
		"title":      onText(titleFilter),
		"tojson":     {[]string{"ensure_ascii", "indent", "separators", "sort_keys"}, jsonFilter},
		"trim":       {[]string{"chars"}, trimFilter},
		"unique":     {[]string{"case_sensitive", "attribute"}, uniqueFilter},
		"upper":      onText(upper),
		"wordcount":  {nil, wordCountFilter},
	}
}

// filter applies the filter of that name.
func (r *run) filter(name string, v any, a args) (any, error) {
	if err := errors.Join(r.step(10), r.weigh(v)); err != nil {
		return nil, err
	}
	switch name {
	case "map":
		return r.mapFilter(v, a)
	case "select", "reject":
		return r.selectFilter(name, v, a, false, name == "select")
	case "selectattr", "rejectattr":
		return r.selectFilter(name, v, a, true, name == "selectattr")
	case "format":
		return r.formatFilter(v, a)
	}
	f, ok := filters()[name]
	if !ok {
		return nil, fmt.Errorf("the filter %s is not supported in chat templates", quote(name))
	}
	in, err := a.bind(name, f.parameters...)
	if err != nil {
		return nil, err
	}
	out, err := f.call(r, v, in)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return out, nil
}

func absFilter(_ *run, v any, _ []any) (any, error) {
	whole, real, isWhole, ok := number(v)
	switch {
	case !ok:
		return nil, fmt.Errorf("a %s has no magnitude", typeName(v))
	case !isWhole:
		return math.Abs(real), nil
	case whole < 0:
		return wholeArithmetic("-", 0, whole)
	}
	return whole, nil
}

func attrFilter(_ *run, v any, in []any) (any, error) {
	name, err := textArgument(in[0])
	if err != nil {
		return nil, err
	}
	if u, ok := v.(*undefined); ok {
		return nil, u.err()
	}
	if a, ok := attribute(v, name); ok {
		return a, nil
	}
	return absent(v, name), nil
}

func centerFilter(r *run, v any, in []any) (any, error) {
	s, err := r.text(v)
	if err != nil {
		return nil, err
	}
	width, err := wholeArgument(in[0], 80)
	if err != nil {
		return nil, err
	}
	return r.pad(s, " ", width, 1)
}

func countFilter(_ *run, v any, _ []any) (any, error) {
	n, ok := length(v)
	if !ok {
		return nil, fmt.Errorf("a %s has no length", typeName(v))
	}
	return int64(n), nil
}

func defaultFilter(_ *run, v any, in []any) (any, error) {
	_, absent := v.(*undefined)
	if !absent && (isMissing(in[1]) || !truth(in[1]) || truth(v)) {
		return v, nil
	}
	if isMissing(in[0]) {
		return "", nil
	}
	return in[0], nil
}

func floatFilter(_ *run, v any, in []any) (any, error) {
	if u, ok := v.(*undefined); ok {
		return nil, u.err()
	}
	if _, real, _, ok := number(v); ok {
		return real, nil
	}
	if s, ok := v.(string); ok {
		if f, ok := parseFloat(s); ok {
			return f, nil
		}
	}
	if isMissing(in[0]) {
		return 0.0, nil
	}
	return in[0], nil
}

// parseFloat reads a float as Python does: no hexadecimal, blanks around it.
func parseFloat(s string) (float64, bool) {
	s = strings.TrimFunc(s, isSpace)
	if strings.ContainsAny(s, "xXpP") {
		return 0, false
	}
	f, err := strconv.ParseFloat(strings.ReplaceAll(s, "_", ""), 64)
	return f, err == nil || errors.Is(err, strconv.ErrRange)
}

func intFilter(_ *run, v any, in []any) (any, error) {
	if u, ok := v.(*undefined); ok {
		return nil, u.err() // the default is for what is there and is no number
	}
	base, err := wholeArgument(in[1], 10)
	if err != nil {
		return nil, err
	}
	whole, real, isWhole, ok := number(v)
	s, isText := v.(string)
	if isText {
		if n, ok := parseInt(s, int(base)); ok {
			return n, nil
		}
		real, ok = parseFloat(s)
	}
	switch {
	case ok && isWhole && !isText:
		return whole, nil
	case ok && !math.IsNaN(real) && math.Abs(real) < 1<<63:
		return int64(real), nil
	case ok && !math.IsNaN(real) && !math.IsInf(real, 0):
		return nil, errOverflow
	case isMissing(in[0]):
		return int64(0), nil
	}
	return in[0], nil
}

// parseInt reads an integer as int(s, base) of Python does.
func parseInt(s string, base int) (int64, bool) {
	s = strings.TrimFunc(s, isSpace)
	if base != 0 && (base < 2 || base > 36) {
		return 0, false
	}
	sign, digits := "", s
	if s != "" && (s[0] == '-' || s[0] == '+') {
		sign, digits = s[:1], s[1:]
	}
	for prefix, of := range map[string]int{"0x": 16, "0o": 8, "0b": 2} {
		if rest, ok := strings.CutPrefix(strings.ToLower(digits), prefix); ok && base == of {
			digits = strings.TrimPrefix(rest, "_")
		}
	}
	if strings.HasPrefix(digits, "_") || strings.HasSuffix(digits, "_") || strings.Contains(digits, "__") {
		return 0, false
	}
	n, err := strconv.ParseInt(sign+strings.ReplaceAll(digits, "_", ""), base, 64)
	return n, err == nil
}

func indentFilter(r *run, v any, in []any) (any, error) {
	s, ok := v.(string)
	if !ok {
		return nil, fmt.Errorf("a %s has no lines", typeName(v))
	}
	by, isText := in[0].(string)
	if !isText {
		width, err := wholeArgument(in[0], 4)
		if err != nil {
			return nil, err
		}
		blank, err := r.repeat(" ", width)
		if err != nil {
			return nil, err
		}
		by = blank.(string)
	}
	given := func(i int) bool { return !isMissing(in[i]) && truth(in[i]) }
	lines := splitLines(s+"\n", false)
	if err := r.spend(len(s)); err != nil {
		return nil, err
	}
	for i := range lines {
		if i == 0 && !given(1) || i > 0 && lines[i] == "" && !given(2) {
			continue
		}
		if err := r.spend(len(by)); err != nil {
			return nil, err
		}
		lines[i] = by + lines[i]
	}
	return r.join(lines, "\n")
}

func replaceFilter(r *run, v any, in []any) (any, error) {
	s, err := r.text(v)
	if err != nil {
		return nil, err
	}
	if isMissing(in[0]) || isMissing(in[1]) {
		return nil, errors.New("it needs the old and the new text")
	}
	old, err := r.text(in[0])
	if err != nil {
		return nil, err
	}
	by, err := r.text(in[1])
	if err != nil {
		return nil, err
	}
	count, err := wholeArgument(in[2], -1)
	if err != nil {
		return nil, err
	}
	return r.replace(s, old, by, count)
}

func roundFilter(_ *run, v any, in []any) (any, error) {
	whole, real, isWhole, ok := number(v)
	if !ok {
		return nil, fmt.Errorf("a %s cannot be rounded", typeName(v))
	}
	digits, err := wholeArgument(in[0], 0)
	if err != nil {
		return nil, err
	}
	if digits < -300 || digits > 300 {
		return nil, errors.New("the precision is too large")
	}
	method := "common"
	if !isMissing(in[1]) {
		method, _ = in[1].(string)
	}
	scale := math.Pow(10, float64(digits))
	switch method {
	case "common":
		if isWhole && digits >= 0 {
			return whole, nil
		}
		if isWhole {
			step := math.Pow(10, float64(-digits))
			return int64(math.RoundToEven(real/step) * step), nil
		}
		if digits < 0 {
			return math.RoundToEven(real*scale) / scale, nil
		}
		f, err := strconv.ParseFloat(strconv.FormatFloat(real, 'f', int(digits), 64), 64)
		return f, err
	case "ceil":
		return math.Ceil(real*scale) / scale, nil
	case "floor":
		return math.Floor(real*scale) / scale, nil
	}
	return nil, errors.New("the method must be common, ceil or floor")
}

// titleFilter makes the first character of each word large and the rest small;
// words are parted by blanks, hyphens and opening brackets.
func titleFilter(s string) string {
	var b strings.Builder
	start := true
	for _, c := range s {
		apart := isSpace(c) || strings.ContainsRune("-({[<", c)
		switch {
		case apart:
			b.WriteRune(c)
		case start:
			b.WriteString(upper(string(c)))
		default:
			b.WriteRune(unicode.ToLower(c))
		}
		start = apart
	}
	return b.String()
}

func jsonFilter(r *run, v any, in []any) (any, error) {
	given := func(i int) bool { return !isMissing(in[i]) && truth(in[i]) }
	o := jsonOptions{ascii: given(0), sortKeys: given(3), item: ", ", key: ": "}
	if !isMissing(in[1]) && in[1] != nil {
		o.pretty, o.item = true, ","
		by, isText := in[1].(string)
		if !isText {
			width, err := wholeArgument(in[1], 0)
			if err != nil {
				return nil, err
			}
			by = strings.Repeat(" ", int(min(max(width, 0), 1000)))
		}
		o.indent = by
	}
	if given(2) {
		all, err := r.iterate(in[2])
		if err != nil {
			return nil, err
		}
		if len(all) != 2 {
			return nil, errors.New("separators must be two texts")
		}
		if o.item, err = textArgument(all[0]); err != nil {
			return nil, err
		}
		if o.key, err = textArgument(all[1]); err != nil {
			return nil, err
		}
	}
	var b strings.Builder
	if err := r.json(&b, v, o); err != nil {
		return nil, err
	}
	return b.String(), r.spend(b.Len())
}

func trimFilter(r *run, v any, in []any) (any, error) {
	s, err := r.text(v)
	if err != nil {
		return nil, err
	}
	return strip(true, true)(r, s, in)
}

func wordCountFilter(r *run, v any, _ []any) (any, error) {
	s, err := r.text(v)
	words := strings.FieldsFunc(s, func(c rune) bool {
		return c != '_' && !unicode.IsLetter(c) && !unicode.IsNumber(c)
	})
	return int64(len(words)), err
}

func (r *run) formatFilter(v any, a args) (any, error) {
	s, err := r.text(v)
	if err != nil {
		return nil, err
	}
	if len(a.named.keys) > 0 {
		if len(a.values) > 0 {
			return nil, errors.New("format takes positional or named arguments, not both")
		}
		return r.percent(s, a.named)
	}
	return r.percent(s, tuple(a.values))
}
