package eval

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/mmtui/mmtui/core/report"
)

const (
	maxLineBytes = 16 << 20 // of one sample
	// maxRecordBytes is of one answer: the scores of a thousand pictures of one
	// sample against five thousand texts take sixty megabytes.
	maxRecordBytes = 1 << 30
	maxProblems    = 50 // that are told at once
	maxSamples     = 10_000_000
)

// Problems are all that is wrong with a data set, with file and line.
type Problems []report.Problem

func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, problem := range p {
		lines[i] = problem.String()
	}
	return strings.Join(lines, "\n")
}

// LoadOptions say how a data set is read. The zero value is usable.
type LoadOptions struct {
	// Task is that of lines that name none.
	Task string
	// Limit reads the first samples only; 0 reads all.
	Limit int
	// Probe looks whether a picture can be read; nil looks only whether it is there.
	Probe func(path string) error
}

// Load reads a data set of JSONL. All that is wrong with it, missing pictures
// too, comes back at once as Problems, so that no run dies of its last line.
func Load(ctx context.Context, path string, opt LoadOptions) (*Set, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close() // read only
	l := &loader{set: &Set{Path: path}, opt: opt, dir: filepath.Dir(path), unknown: map[string]bool{}, probed: map[string]string{}}
	in := bufio.NewReaderSize(f, 64<<10)
	for number := 1; ; number++ {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		line, err := readLine(in, maxLineBytes)
		if errors.Is(err, errLongLine) {
			l.problem(number, fmt.Sprintf("the line is longer than %d bytes", maxLineBytes), "write one sample a line")
			break
		}
		if err != nil && err != io.EOF {
			return nil, fmt.Errorf("%s: %w", report.Printable(path), err)
		}
		if number == 1 {
			line = bytes.TrimPrefix(line, []byte("\ufeff"))
		}
		if text := bytes.TrimSpace(line); len(text) > 0 {
			l.line(number, text)
		}
		if err == io.EOF || len(l.problems) >= maxProblems || opt.Limit > 0 && len(l.set.Samples) >= opt.Limit {
			break
		}
		if len(l.set.Samples) >= maxSamples {
			l.problem(number, fmt.Sprintf("there are more than %d samples", maxSamples), "split the file")
			break
		}
	}
	if len(l.problems) == 0 && len(l.set.Samples) == 0 {
		l.problem(0, "there are no samples", "write one JSON object a line")
	}
	if len(l.problems) == 0 {
		l.checkScores()
	}
	if len(l.problems) > 0 {
		return nil, l.problems
	}
	return l.set, nil
}

var errLongLine = errors.New("the line is too long")

// readLine reads up to a line end, which it leaves out, and no more than most bytes.
func readLine(in *bufio.Reader, most int) ([]byte, error) {
	var line []byte
	for {
		part, err := in.ReadSlice('\n')
		line = append(line, part...)
		if len(line) > most {
			return nil, errLongLine
		}
		if err != bufio.ErrBufferFull {
			return bytes.TrimSuffix(line, []byte("\n")), err
		}
	}
}

// loader reads the lines of one file.
type loader struct {
	set      *Set
	opt      LoadOptions
	dir      string
	problems Problems
	unknown  map[string]bool   // keys that were warned of
	probed   map[string]string // what is wrong with a picture, "" if nothing
}

func (l *loader) problem(line int, what, do string) {
	l.problems = append(l.problems, report.Problem{File: report.Printable(l.set.Path), Line: line, What: what, Do: do})
}

// image resolves the path of a picture and looks at it.
func (l *loader) image(line int, name string) string {
	if scheme, _, ok := strings.Cut(name, "://"); ok && !strings.ContainsAny(scheme, `/\.`) {
		l.problem(line, fmt.Sprintf("the picture %s is an address", report.Printable(name)), "download it and name the file; nothing is fetched here")
		return name
	}
	path := filepath.FromSlash(name)
	if !filepath.IsAbs(path) {
		path = filepath.Join(l.dir, path)
	}
	what, known := l.probed[path]
	if !known {
		what = l.look(path)
		l.probed[path] = what
	}
	if what != "" {
		what, do, known := strings.Cut(what, "; ")
		if !known {
			do = "paths are relative to the data file"
		}
		l.problem(line, fmt.Sprintf("the picture %s %s", report.Printable(name), what), do)
	}
	return path
}

// look says what is wrong with a picture; "" if nothing is.
func (l *loader) look(path string) string {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return "is not there"
	case err != nil:
		return "cannot be read: " + withoutPath(err, path)
	case !info.Mode().IsRegular():
		return "is no file"
	}
	if l.opt.Probe != nil {
		if err := l.opt.Probe(path); err != nil {
			return "cannot be used: " + withoutPath(err, path)
		}
	}
	return ""
}

// withoutPath is the text of an error on a file that the message names already.
func withoutPath(err error, path string) string {
	var system *fs.PathError
	if errors.As(err, &system) && err.Error() == system.Error() {
		return system.Err.Error()
	}
	return strings.TrimPrefix(err.Error(), report.Printable(path)+": ")
}
