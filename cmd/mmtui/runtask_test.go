//go:build unix

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/mmtui/mmtui/core/report/schematest"
)

// bundledRun runs a command on a bundled folder with a console of its own.
func bundledRun(ctx context.Context, t *testing.T, stdout *stopAt, format string, args ...string) (code int, stderr string) {
	t.Helper()
	var b bytes.Buffer
	con := &console{stdout: os.Stderr, out: newOutput(stdout), err: &b, lookup: noEnvironment(t.TempDir()), format: format}
	args = append(args, "--model", filepath.Join("testdata", "models", "smolvlm-tiny"), "--format", format)
	return run(ctx, args, con), b.String()
}

// A run that is interrupted in its answer prints what there is; the mark is none of it.
func TestInterruptedAnswer(t *testing.T) {
	for _, c := range []struct{ format, stop, mark string }{
		{formatTable, "use", ""},
		{formatJSONL, `"event":"token"`, `"stop_reason":"cancelled"`},
	} {
		t.Run(c.format, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			stdout := &stopAt{text: c.stop, stop: cancel}
			code, stderr := bundledRun(ctx, t, stdout, c.format, "run", "vqa", "--prompt", "Count to 12, then name 3 colours.", "--max-new-tokens", "200")
			if code != exitInterrupted || !strings.Contains(stdout.String(), c.mark) {
				t.Errorf("exit code %d, stdout %q, stderr %q", code, stdout, stderr)
			}
			if c.format == formatTable && (strings.Contains(stdout.String(), "interrupted") || !strings.Contains(stderr, "[interrupted after ")) {
				t.Errorf("the mark belongs on stderr: stdout %q, stderr %q", stdout, stderr)
			}
			if n := strings.Count(stdout.String(), `"event":"token"`); n > 3 {
				t.Errorf("%d tokens came after the interrupt", n)
			}
		})
	}
}

// A comparison that is interrupted prints what there is, with its figures.
func TestInterruptedComparison(t *testing.T) {
	for _, c := range []struct{ format, mark string }{
		{formatJSONL, `"event":"comparison"`},
		{formatJSON, `"stop_reason": "cancelled"`},
		{formatTable, "AGREEMENT"},
	} {
		t.Run(c.format, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			var stdout bytes.Buffer
			stderr := &stopAt{text: "answers", stop: cancel}
			con := &console{stdout: os.Stderr, out: newOutput(&stdout), err: stderr, lookup: noEnvironment(t.TempDir()), errTerminal: true, format: c.format}
			if c.format == formatJSONL { // every token is a line, and there is no bar
				con.out = newOutput(io.MultiWriter(&stdout, &stopAt{text: `"event":"token"`, stop: cancel}))
			}
			code := run(ctx, []string{"run", "vqa", "--prompt", "Count to 12, then name 3 colours.", "--max-new-tokens", "400", "--variant", "float", "--compare", "float",
				"--model", filepath.Join("testdata", "models", "smolvlm-tiny"), "--format", c.format}, con)
			if code != exitInterrupted || !strings.Contains(stdout.String(), c.mark) {
				t.Errorf("exit code %d, stdout %q, stderr %q", code, &stdout, stderr)
			}
			if c.format == formatTable && !strings.Contains(stderr.String(), "[interrupted]") {
				t.Errorf("stderr %q", stderr)
			}
			if n := strings.Count(stdout.String(), `"event":"token"`); n > 4 {
				t.Errorf("%d tokens came after the interrupt", n)
			}
		})
	}
}

// Every line of a comparison keeps to its schema.
func TestComparisonLinesKeepToTheSchema(t *testing.T) {
	stdout := &stopAt{text: "never", stop: func() {}}
	code, stderr := bundledRun(t.Context(), t, stdout, formatJSONL, "run", "vqa", "--prompt", "hello", "--max-new-tokens", "4", "--variant", "float", "--compare", "float")
	lines := strings.Split(strings.TrimSpace(stdout.String()), "\n")
	if code != exitOK || len(lines) != 11 {
		t.Fatalf("exit code %d, %d lines, %s", code, len(lines), stderr)
	}
	texts := map[string]string{}
	for _, line := range lines[:8] {
		schematest.ValidateLine(t, "comparison", "token", []byte(line))
		var e comparedToken
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatal(err)
		}
		texts[e.Variant] += e.Text
	}
	for i, name := range []string{"float", "float (2)"} {
		schematest.ValidateLine(t, "comparison", "result", []byte(lines[8+i]))
		schematest.ValidateLine(t, "run", "result", []byte(lines[8+i]))
		var res struct{ Text, Variant string }
		if err := json.Unmarshal([]byte(lines[8+i]), &res); err != nil || res.Variant != name || res.Text != texts[name] {
			t.Errorf("%q: the pieces are %q, the answer is %q of %q (%v)", name, texts[name], res.Text, res.Variant, err)
		}
	}
	schematest.ValidateLine(t, "comparison", "comparison", []byte(lines[10]))
}

// failing is a stdout whose reader is gone.
type failing struct{ writes int }

func (f *failing) Write([]byte) (int, error) {
	f.writes++
	return 0, syscall.EPIPE
}

// A run whose reader went away ends, as if it had been asked for no more.
func TestReaderOfAnAnswerGone(t *testing.T) {
	var b bytes.Buffer
	stdout := &failing{}
	con := &console{stdout: os.Stderr, out: newOutput(stdout), err: &b, lookup: noEnvironment(t.TempDir()), format: formatJSONL}
	code := run(t.Context(), []string{"run", "vqa", "--prompt", "x", "--max-new-tokens", "500", "--model", filepath.Join("testdata", "models", "smolvlm-tiny"), "--format", "jsonl"}, con)
	if code != exitOK || stdout.writes != 1 || b.Len() > 0 {
		t.Errorf("exit code %d after %d writes, stderr %q", code, stdout.writes, &b)
	}
}

// A trace that is stopped while it runs leaves nothing.
func TestTraceStoppedInTheMiddle(t *testing.T) {
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	stderr := &stopAt{text: "░", stop: cancel}
	var stdout bytes.Buffer
	con := &console{stdout: os.Stderr, out: newOutput(&stdout), err: stderr, lookup: noEnvironment(dir), errTerminal: true, format: formatTable}
	model := filepath.Join("testdata", "models", "smolvlm-tiny")
	code := run(ctx, []string{"trace", "caption", "--model", model, "--image", filepath.Join(model, "images", "land.png"), "-o", filepath.Join(dir, "t.safetensors")}, con)
	if code != exitInterrupted || stdout.Len() > 0 {
		t.Errorf("exit code %d, stdout %q", code, &stdout)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v (%v)", left, err)
	}
}

// Every line of a run keeps to its schema.
func TestRunLinesKeepToTheSchema(t *testing.T) {
	stdout := &stopAt{text: "never", stop: func() {}}
	code, stderr := bundledRun(t.Context(), t, stdout, formatJSONL, "run", "vqa", "--prompt", "hello", "--max-new-tokens", "4")
	lines := strings.Split(strings.TrimSpace(stdout.String()), "\n")
	if code != exitOK || len(lines) != 5 {
		t.Fatalf("exit code %d, %d lines, %s", code, len(lines), stderr)
	}
	text := ""
	for _, line := range lines[:4] {
		schematest.ValidateLine(t, "run", "token", []byte(line))
		var e tokenEvent
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatal(err)
		}
		text += e.Text
	}
	schematest.ValidateLine(t, "run", "result", []byte(lines[4]))
	var res struct{ Text string }
	if err := json.Unmarshal([]byte(lines[4]), &res); err != nil || res.Text != text {
		t.Errorf("the pieces are %q, the answer is %q (%v)", text, res.Text, err)
	}
	stdout.Reset()
	if code, stderr := bundledRun(t.Context(), t, stdout, formatJSON, "run", "vqa", "--prompt", "hello", "--estimate"); code != exitOK {
		t.Fatal(stderr)
	}
	schematest.Validate(t, "estimate", stdout.Bytes())
}

// What could steer a terminal does not reach one.
func TestHarmless(t *testing.T) {
	if got, want := harmless("a\x1b[31m\nb\tc\r\u009b\u0007é"), "a\uFFFD[31m\nb\tc\uFFFD\uFFFD\uFFFDé"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// A file of texts that is too long is refused; no text is left out in silence.
func TestTextsFileTooLong(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "texts")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	_, writeErr := f.WriteString("a cat\n")
	if err := errors.Join(writeErr, f.Truncate(mostTextBytes+1), f.Close()); err != nil {
		t.Fatal(err)
	}
	if _, err := textsOf(path); err == nil || !strings.Contains(err.Error(), "split the file") {
		t.Errorf("a file of more than %d bytes: %v", mostTextBytes, err)
	}
}
