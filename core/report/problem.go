package report

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// Problem is one thing that went wrong, as users and scripts read it.
type Problem struct {
	File     string `json:"file,omitempty"`
	Line     int    `json:"line,omitempty"` // from 1; 0 when no line is meant
	What     string `json:"message"`
	Do       string `json:"hint,omitempty"`
	ExitCode int    `json:"exit_code"`
}

// String is the line on stderr without the program's name: FILE[:LINE]: WHAT; what to do.
func (p Problem) String() string {
	var b strings.Builder
	if p.File != "" {
		b.WriteString(p.File)
		if p.Line > 0 {
			fmt.Fprintf(&b, ":%d", p.Line)
		}
		b.WriteString(": ")
	}
	b.WriteString(p.What)
	if p.Do != "" {
		b.WriteString("; " + p.Do)
	}
	// A line break in a message (the TOML library has some) would make two problems of one.
	return Printable(strings.NewReplacer("\r\n", " ", "\n", " ", "\r", " ", "\t", " ").Replace(b.String()))
}

// ProblemReport is the object that --format json writes on stderr.
type ProblemReport struct {
	SchemaVersion int     `json:"schema_version"`
	Error         Problem `json:"error"`
}

// WriteProblem writes "mmtui: …" in one line and, when asked, the object in
// another, with the same content.
func WriteProblem(w io.Writer, p Problem, asJSON bool) error {
	if _, err := fmt.Fprintf(w, "mmtui: %s\n", p); err != nil || !asJSON {
		return err
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return enc.Encode(ProblemReport{SchemaVersion: SchemaVersion, Error: p})
}
