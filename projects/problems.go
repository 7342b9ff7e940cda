package projects

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/mmtui/mmtui/core/report"
)

// exitConfiguration is the exit code of a usage or configuration error.
const exitConfiguration = 2

// maxProblems bounds the complaints about a file that is something else altogether.
const maxProblems = 100

// Problems are all that is wrong with a file or with the settings, in the
// order of the lines. It is the error of Load, Parse, LoadUser and Resolve.
type Problems []report.Problem

// Error is one line a problem.
func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, e := range p {
		lines[i] = e.String()
	}
	return strings.Join(lines, "\n")
}

// ProblemsOf returns what an error of this package is about, one problem a
// line of output; an error of another kind is one problem.
func ProblemsOf(err error) []report.Problem {
	var p Problems
	if errors.As(err, &p) {
		return p
	}
	return []report.Problem{{What: err.Error(), ExitCode: 1}}
}

// collector gathers problems of one file.
type collector struct {
	file     string
	problems Problems
	broken   map[int]bool // lines of tables with a value that could not be read
}

// breaks notes that a table has a value that could not be read, so that it is
// not also complained of as missing.
func (c *collector) breaks(table int) {
	if c.broken == nil {
		c.broken = map[int]bool{}
	}
	c.broken[table] = true
}

func (c *collector) add(line int, what, do string) {
	c.problems = append(c.problems,
		report.Problem{File: c.file, Line: line, What: what, Do: do, ExitCode: exitConfiguration})
}

// err is nil, or the problems in the order of their lines.
func (c *collector) err() error {
	if len(c.problems) == 0 {
		return nil
	}
	slices.SortStableFunc(c.problems, func(a, b report.Problem) int { return a.Line - b.Line })
	if more := len(c.problems) - maxProblems; more > 0 {
		c.problems = c.problems[:maxProblems]
		c.add(0, fmt.Sprintf("and %d more problems", more), "")
	}
	return c.problems
}
