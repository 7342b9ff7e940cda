// Command testlog reads the events of `go test -json` on standard input and
// prints what go test would have: the output of failed tests, then one line a
// package, and before those a line that counts the skipped tests with their
// reasons. It exits with 1 when a test failed, when none ran, or, with CI=true
// in the environment, when one was skipped.
package main

import (
	"fmt"
	"io"
	"os"
)

func main() {
	os.Exit(run(os.Stdin, os.Stdout, os.Getenv("CI") == "true"))
}

func run(in io.Reader, out io.Writer, strict bool) int {
	s, err := summarize(in)
	if err != nil {
		fmt.Fprintln(out, "testlog:", err)
		return 1
	}
	s.print(out, strict)
	if s.failed || s.passed == 0 || (strict && len(s.skips) > 0) {
		return 1
	}
	return 0
}
