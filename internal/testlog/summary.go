package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"sort"
	"strings"
)

// event is one line of `go test -json` (see `go doc test2json`).
type event struct {
	Action, Package, ImportPath, Test, Output string
}

// summary is what a run came to.
type summary struct {
	passed  int
	failed  bool
	skips   []skip
	outputs []string // of failed tests and builds, in order
	closing []string // "ok …", "FAIL …", "? …" lines
}

type skip struct{ test, reason string }

// summarize reads events until the end. Lines that are no event, as a failing
// build may print, count as output.
func summarize(in io.Reader) (*summary, error) {
	s := &summary{}
	lines := map[string][]string{} // by package and test
	r := bufio.NewReader(in)
	for {
		line, err := r.ReadString('\n')
		if line != "" {
			s.add(line, lines)
		}
		if err == io.EOF {
			return s, nil
		}
		if err != nil {
			return nil, err
		}
	}
}

func (s *summary) add(line string, lines map[string][]string) {
	var e event
	if json.Unmarshal([]byte(line), &e) != nil {
		s.outputs = append(s.outputs, line)
		return
	}
	key := e.Package + " " + e.Test
	switch e.Action {
	case "output":
		if e.Test == "" && isClosing(e.Output) {
			s.closing = append(s.closing, e.Output)
			return
		}
		lines[key] = append(lines[key], e.Output)
	case "build-output":
		s.outputs = append(s.outputs, e.Output)
	case "build-fail":
		s.failed = true
	case "pass":
		if e.Test != "" {
			s.passed++
		}
		delete(lines, key)
	case "skip":
		if e.Test != "" {
			s.skips = append(s.skips, skip{e.Package + " " + e.Test, reason(lines[key])})
		}
		delete(lines, key)
	case "fail":
		s.failed = true
		s.outputs = append(s.outputs, lines[key]...)
		delete(lines, key)
	}
}

// isClosing tells the line that ends a package.
func isClosing(output string) bool {
	for _, start := range []string{"ok  \t", "FAIL\t", "?   \t", "---\t"} {
		if strings.HasPrefix(output, start) {
			return true
		}
	}
	return false
}

// reason is what the test said when it skipped: its output without the lines that the framework adds.
func reason(output []string) string {
	var said []string
	for _, line := range output {
		text := strings.TrimSpace(line)
		if text == "" || strings.HasPrefix(text, "===") || strings.HasPrefix(text, "--- ") {
			continue
		}
		if _, after, ok := strings.Cut(text, ".go:"); ok {
			if _, message, ok := strings.Cut(after, ": "); ok {
				text = message
			}
		}
		said = append(said, text)
	}
	if len(said) == 0 {
		return "no reason given"
	}
	return strings.Join(said, " ")
}

func (s *summary) print(out io.Writer, strict bool) {
	for _, line := range s.outputs {
		io.WriteString(out, line)
	}
	byReason := map[string][]string{}
	for _, k := range s.skips {
		byReason[k.reason] = append(byReason[k.reason], k.test)
	}
	var reasons []string
	for r := range byReason {
		reasons = append(reasons, r)
	}
	sort.Strings(reasons)
	fmt.Fprintf(out, "passed %d, skipped %d\n", s.passed, len(s.skips))
	for _, r := range reasons {
		fmt.Fprintf(out, "  skipped: %s (%s)\n", r, strings.Join(byReason[r], ", "))
	}
	if strict && len(s.skips) > 0 {
		fmt.Fprintln(out, "a skipped test fails here, because CI=true")
	}
	for _, line := range s.closing {
		io.WriteString(out, line)
	}
}
