package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/core/safetensors"
	"github.com/mmtui/mmtui/projects"
)

// The exit codes, which `mmtui help exit-codes` explains.
const (
	exitOK          = 0
	exitFailure     = 1
	exitUsage       = 2
	exitGate        = 3
	exitDevice      = 4
	exitInterrupted = 130
)

// errInterrupted ends a run that Ctrl-C or a termination signal stopped.
var errInterrupted = errors.New("interrupted; nothing was left half written")

// printed ends a run whose problems are on stderr already.
type printed struct{ code int }

func (p printed) Error() string { return fmt.Sprintf("exit code %d", p.code) }

// failure is a problem with its exit code.
type failure struct {
	problem report.Problem
	err     error
}

func (f *failure) Error() string { return f.problem.String() }
func (f *failure) Unwrap() error { return f.err }

// usage is a command line or configuration that cannot be carried out.
func usage(what, do string) error {
	return &failure{problem: report.Problem{What: what, Do: do, ExitCode: exitUsage}}
}

// usageOf makes a usage error of one that says what is wrong, and perhaps what to do.
func usageOf(err error) error {
	if err == nil {
		return nil
	}
	var f *failure
	if errors.As(err, &f) && f.problem.ExitCode == exitUsage {
		return err
	}
	return &failure{problem: report.Problem{What: err.Error(), ExitCode: exitUsage}, err: err}
}

// problems turns an error into the lines that are printed: one a joined error.
func problems(err error) []report.Problem {
	var f *failure
	var file *safetensors.Error
	var changed *safetensors.ChangedError
	switch {
	case errors.As(err, &f):
		return []report.Problem{f.problem}
	case errors.As(err, new(projects.Problems)):
		return projects.ProblemsOf(err)
	}
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		var all []report.Problem
		for _, e := range many.Unwrap() {
			all = append(all, problems(e)...)
		}
		return all
	}
	p := report.Problem{What: err.Error(), ExitCode: exitFailure}
	var path *fs.PathError
	switch {
	case errors.As(err, &file):
		p = named(p, file.Path)
		if flag := limitFlag(file.Limit); flag != "" {
			p.What = strings.Replace(p.What, "raise this limit", "raise this limit with "+flag, 1)
		}
	case errors.As(err, &changed):
		p = named(p, changed.Path)
	case errors.As(err, &path):
		p = opened(named(p, path.Path), path)
	}
	return []report.Problem{split(p)}
}

// named moves the path from the start of the text to its field.
func named(p report.Problem, path string) report.Problem {
	shown := report.Printable(path)
	if rest, ok := strings.CutPrefix(p.What, shown+": "); ok && path != "" {
		p.File, p.What = shown, rest
	}
	return p
}

// opened puts an error of the operating system, whose text is "open FILE: WHY"
// and no more, in the form of all others.
func opened(p report.Problem, err *fs.PathError) report.Problem {
	if p.What != err.Error() {
		return p
	}
	p.File, p.What = report.Printable(err.Path), err.Err.Error()
	switch {
	case errors.Is(err, fs.ErrNotExist):
		p.What, p.Do = "there is no such file or folder", "check the path"
	case errors.Is(err, fs.ErrPermission):
		p.Do = "check who may read and write it"
	default:
		p.Do = "check what is there"
	}
	return p
}

// split moves what to do from the end of the text to its field.
func split(p report.Problem) report.Problem {
	if i := strings.LastIndex(p.What, "; "); i > 0 {
		p.What, p.Do = p.What[:i], p.What[i+2:]
	}
	return p
}

// exit prints an error and gives the exit code that goes with it.
func (c *console) exit(err error) int {
	var done printed
	switch {
	case err == nil, c.out.broken() && readerGone(err):
		// Whoever read our output has seen enough: `mmtui inspect X | head -1`.
		return exitOK
	case errors.As(err, &done):
		return done.code
	case errors.Is(err, errInterrupted), errors.Is(err, context.Canceled):
		c.report(report.Problem{What: errInterrupted.Error(), ExitCode: exitInterrupted})
		return exitInterrupted
	}
	code := exitOK
	for _, p := range problems(err) {
		c.report(p)
		code = max(code, p.ExitCode)
	}
	return code
}

// report writes one problem on stderr. Nothing can be done when that fails.
func (c *console) report(p report.Problem) {
	_ = report.WriteProblem(c.err, p, c.format == formatJSON)
}
