package report

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/sahilm/fuzzy"
)

// Filter chooses rows. The zero value takes every row.
type Filter struct {
	text  string
	terms []term
}

// term is one condition of a filter; all must hold.
type term func(*Tensor) bool

// Match reports whether a row is chosen.
func (f Filter) Match(t *Tensor) bool {
	for _, holds := range f.terms {
		if !holds(t) {
			return false
		}
	}
	return true
}

// Empty reports whether the filter takes every row.
func (f Filter) Empty() bool { return len(f.terms) == 0 }

// String is the text that the filter was read from.
func (f Filter) String() string { return f.text }

// ParseFilter reads terms that are apart by blanks and must all hold:
//
//	text          a regular expression that the name contains, upper or lower case alike
//	"text"        the same text as it stands, blanks and all
//	~text         the letters of text appear in the name in that order
//	field<value   a comparison with <, <=, >, >=, = or !=; field is the key or an
//	              alias of a column; values may be 1e6, 10k, 35MB, 5%, "two words",
//	              * as a wildcard in text, or n/a (none) for what does not exist
//	!term         the inverse of any of these
//
// A comparison with a number that a row does not have is false. The error
// names the term, and the nearest column when the field is not known.
func ParseFilter(text string) (Filter, error) {
	words, err := splitTerms(text)
	if err != nil {
		return Filter{}, err
	}
	f := Filter{text: text}
	columns := Columns()
	for _, word := range words {
		holds, err := parseTerm(columns, word)
		if err != nil {
			return Filter{}, fmt.Errorf("filter term %q: %w", word, err)
		}
		f.terms = append(f.terms, holds)
	}
	return f, nil
}

// splitTerms cuts at blanks outside double quotes.
func splitTerms(text string) ([]string, error) {
	var words []string
	start, quoted := -1, false
	for i, r := range text {
		blank := r == ' ' || r == '\t' || r == '\n' || r == '\r'
		switch {
		case blank && !quoted && start >= 0:
			words = append(words, text[start:i])
			start = -1
		case blank && !quoted:
		default:
			if start < 0 {
				start = i
			}
			if r == '"' {
				quoted = !quoted
			}
		}
	}
	if quoted {
		return nil, fmt.Errorf("filter term %q: the quote is not closed", text[start:])
	}
	if start >= 0 {
		words = append(words, text[start:])
	}
	return words, nil
}

func parseTerm(columns []Column, word string) (term, error) {
	if rest, ok := strings.CutPrefix(word, "!"); ok {
		holds, err := parseTerm(columns, rest)
		if err != nil {
			return nil, err
		}
		return func(t *Tensor) bool { return !holds(t) }, nil
	}
	if word == "" {
		return nil, errors.New(`nothing follows "!"`)
	}
	if rest, ok := strings.CutPrefix(word, "~"); ok {
		return fuzzyTerm(unquote(rest))
	}
	if word[0] == '"' {
		return nameTerm(regexp.QuoteMeta(unquote(word)))
	}
	if field, op, value, ok := splitPredicate(word); ok {
		return predicate(columns, field, op, unquote(value))
	}
	return nameTerm(unquote(word))
}

func unquote(s string) string { return strings.ReplaceAll(s, `"`, "") }

func nameTerm(expr string) (term, error) {
	re, err := regexp.Compile("(?i)" + expr)
	if err != nil {
		return nil, fmt.Errorf("not a regular expression: %s; put it in double quotes to look for it as it stands",
			strings.TrimPrefix(err.Error(), "error parsing regexp: "))
	}
	return func(t *Tensor) bool { return re.MatchString(t.Name) }, nil
}

func fuzzyTerm(text string) (term, error) {
	if text == "" {
		return nil, fmt.Errorf("nothing follows the ~")
	}
	return func(t *Tensor) bool { return len(fuzzy.FindNoSort(text, []string{t.Name})) > 0 }, nil
}

// splitPredicate takes apart field<op>value; ok is false when word does not
// start like one.
func splitPredicate(word string) (field, op, value string, ok bool) {
	end := strings.IndexFunc(word, func(r rune) bool { return !isFieldRune(r) })
	if end <= 0 || isDigit(word[0]) {
		return "", "", "", false
	}
	for _, op := range []string{"<=", ">=", "!=", "==", "<", ">", "="} {
		if value, found := strings.CutPrefix(word[end:], op); found {
			return word[:end], op, value, true
		}
	}
	return "", "", "", false
}

func isFieldRune(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("_.%/|", r)
}
