package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"sync/atomic"

	"github.com/mattn/go-isatty"

	"github.com/mmtui/mmtui/core/report"
)

// console is what a command talks to: streams, environment and the flags that
// every command has.
type console struct {
	in     *os.File
	stdout *os.File
	out    *output
	err    io.Writer
	lookup func(string) (string, bool) // the environment

	terminal    bool // stdin and stdout are one
	errTerminal bool // stderr is one

	format string
	color  string
	quiet  bool
}

func newConsole() *console {
	isTerminal := func(f *os.File) bool { return isatty.IsTerminal(f.Fd()) || isatty.IsCygwinTerminal(f.Fd()) }
	return &console{
		in: os.Stdin, stdout: os.Stdout, out: newOutput(os.Stdout), err: os.Stderr, lookup: os.LookupEnv,
		terminal:    isTerminal(os.Stdin) && isTerminal(os.Stdout),
		errTerminal: isTerminal(os.Stderr),
		format:      formatTable,
	}
}

// output is a buffered stdout that remembers the first write error.
type output struct {
	w    *bufio.Writer
	err  error
	busy atomic.Bool // a write to the system is under way, and may block for as long as nobody reads
}

func newOutput(w io.Writer) *output {
	o := &output{}
	o.w = bufio.NewWriterSize(marked{w, &o.busy}, 64<<10)
	return o
}

// marked notes that a write is under way.
type marked struct {
	io.Writer
	busy *atomic.Bool
}

func (m marked) Write(p []byte) (int, error) {
	m.busy.Store(true)
	defer m.busy.Store(false)
	return m.Writer.Write(p)
}

func (o *output) Write(p []byte) (int, error) {
	if o.err != nil {
		return 0, o.err
	}
	n, err := o.w.Write(p)
	o.fail(err)
	return n, o.err
}

// Flush writes out what is buffered. Its error is for the user: it names the stream.
func (o *output) Flush() error {
	if o.err == nil {
		o.fail(o.w.Flush())
	}
	return o.err
}

func (o *output) fail(err error) {
	if err == nil || o.err != nil {
		return
	}
	if !readerGone(err) {
		var p *os.PathError
		if errors.As(err, &p) {
			err = p.Err
		}
		err = &failure{err: err, problem: report.Problem{
			File: "standard output", What: err.Error(), Do: "free space or send the output elsewhere", ExitCode: exitFailure,
		}}
	}
	o.err = err
}

// broken says whether a write has failed.
func (o *output) broken() bool { return o.err != nil }

// printing says that the command's whole purpose is its output, so that a
// closed stdout is an error. The Go runtime opens /dev/null for a descriptor
// that is closed when the program starts, for reading and writing, which a
// shell's >/dev/null is not.
func (c *console) printing() error {
	if !closedAtStart(c.stdout) {
		return nil
	}
	return &failure{problem: report.Problem{
		File: "standard output", What: "it is closed", Do: "send the output somewhere, or to /dev/null", ExitCode: exitFailure,
	}}
}

// say writes a line for the user on stderr, unless --quiet.
func (c *console) say(format string, args ...any) {
	if !c.quiet {
		fmt.Fprintf(c.err, "mmtui: "+format+"\n", args...)
	}
}
