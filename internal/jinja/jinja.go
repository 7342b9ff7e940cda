// Package jinja renders the chat templates that language models are published
// with, as Jinja2 3.1 renders them in the environment of the transformers
// library: trim_blocks and lstrip_blocks on, auto-escaping off, the immutable
// sandbox, the loop controls, the generation tag, and the globals
// raise_exception and strftime_now.
//
// It is a subset: whatever a template can reach outside itself (include, import,
// extends) and what chat templates have no use for (HTML filters, random) is
// refused by name. A template is hostile input: the source, its nesting, the
// steps of a run and the bytes that a run makes are all bounded.
//
// Facts are from the Jinja2 documentation and from the behaviour of Jinja2
// 3.1.6, which made the vectors of testdata.
package jinja

import (
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// The bounds of a template and of one run.
const (
	// MaxSourceBytes is the longest template; the longest published ones are near 100 KiB.
	MaxSourceBytes = 1 << 20
	maxNesting     = 200       // expressions and blocks inside one another
	maxChain       = 1000      // operators, filters or attributes in a row
	maxSteps       = 1_000_000 // nodes evaluated and elements visited
	maxBytes       = 64 << 20  // bytes of all strings and lists that a run makes
	maxDepth       = 200       // macro calls inside one another; nested values that are printed or compared
	maxRange       = 100_000   // as the sandbox of Jinja2 has it
)

// Error is a fault of a template, or what raise_exception was given.
type Error struct {
	Name   string // of the template, as given to Parse
	Line   int    // 1-based; 0 if unknown
	What   string
	Raised bool // the template itself refused its input by raise_exception
}

func (e *Error) Error() string {
	switch {
	case e.Line > 0:
		return fmt.Sprintf("%s:%d: %s", e.Name, e.Line, e.What)
	case e.Name != "":
		return e.Name + ": " + e.What
	}
	return e.What
}

// Template is a parsed template. It is safe for concurrent use.
type Template struct {
	name string
	body []stmt
}

// Options are what a run takes from outside beside its variables.
type Options struct {
	// Now is the time that strftime_now formats. The zero time makes
	// strftime_now an error, so that no rendering depends on the clock unasked.
	Now time.Time
}

// Parse reads a template. The name stands in front of its errors.
func Parse(name, source string) (*Template, error) {
	fault := func(err error) error {
		var e *Error
		if errors.As(err, &e) {
			e.Name = name
			return e
		}
		return &Error{Name: name, What: err.Error()}
	}
	if len(source) > MaxSourceBytes {
		return nil, fault(fmt.Errorf("the template has %d bytes; at most %d are read", len(source), MaxSourceBytes))
	}
	if !utf8.ValidString(source) {
		return nil, fault(errors.New("the template is not UTF-8; save it as UTF-8"))
	}
	tokens, err := lex(source)
	if err != nil {
		return nil, fault(err)
	}
	body, err := parseTemplate(tokens)
	if err != nil {
		return nil, fault(err)
	}
	return &Template{name: name, body: body}, nil
}

// Render runs the template with the given variables. Their values are nil,
// bool, int, int64, float64, string, []any, *Dict or map[string]any (taken in
// the order of its sorted keys).
func (t *Template) Render(variables map[string]any, opt Options) (string, error) {
	r := &run{out: &strings.Builder{}, now: opt.Now}
	root := &scope{vars: map[string]any{}, parent: &scope{vars: globals()}}
	for name, value := range variables {
		v, err := fromGo(value, 0)
		if err != nil {
			return "", &Error{Name: t.name, What: fmt.Sprintf("variable %s: %v", name, err)}
		}
		root.vars[name] = v
	}
	if _, err := execAll(t.body, r, root); err != nil {
		var e *Error
		if errors.As(err, &e) {
			e.Name = t.name
			return "", e
		}
		return "", &Error{Name: t.name, What: err.Error()}
	}
	return r.out.String(), nil
}

// run is the state of one rendering.
type run struct {
	out   *strings.Builder
	now   time.Time
	steps int
	bytes int
	depth int // of macro calls
}

// step counts work. It ends a run that does too much.
func (r *run) step(n int) error {
	r.steps += n
	if r.steps > maxSteps {
		return fmt.Errorf("the template does more than %d steps; it may never end", maxSteps)
	}
	return nil
}

// weigh counts the work of looking through a value, if it is text: a long text
// that is asked again and again takes time without making any bytes.
func (r *run) weigh(v any) error {
	if s, ok := v.(string); ok {
		return r.step(len(s) / 64)
	}
	return nil
}

// spend counts bytes that are about to be made. It ends a run that makes too many.
func (r *run) spend(n int) error {
	if n < 0 || n > maxBytes-r.bytes {
		return fmt.Errorf("the template makes more than %d bytes", maxBytes)
	}
	r.bytes += n
	return nil
}

// write adds text to the output.
func (r *run) write(s string) error {
	if err := r.spend(len(s)); err != nil {
		return err
	}
	r.out.WriteString(s)
	return nil
}

// capture runs something and gives what it wrote.
func (r *run) capture(what func() error) (string, error) {
	outer := r.out
	r.out = &strings.Builder{}
	defer func() { r.out = outer }()
	if err := what(); err != nil {
		return "", err
	}
	return r.out.String(), nil
}

// scope holds the variables of a block. Assignments stay in the innermost scope.
type scope struct {
	vars   map[string]any
	parent *scope
}

func (s *scope) child() *scope { return &scope{vars: map[string]any{}, parent: s} }

func (s *scope) lookup(name string) any {
	for at := s; at != nil; at = at.parent {
		if v, ok := at.vars[name]; ok {
			return v
		}
	}
	return &undefined{what: fmt.Sprintf("%s is undefined", quote(name))}
}
