//go:build unix

package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"testing"

	"github.com/mmtui/mmtui/core/live"
)

// Rows are there as soon as they are taken, and Ctrl-C ends them with 130.
func TestWatchUntilCtrlC(t *testing.T) {
	cmd := exec.Command(program(t), "watch", "--interval", "10ms", "--format", "jsonl", "--quiet")
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	rows := 0
	for lines := bufio.NewScanner(stdout); lines.Scan(); rows++ {
		var row live.Row
		if err := json.Unmarshal(lines.Bytes(), &row); err != nil || len(row.Metrics) == 0 {
			t.Fatalf("row %d is cut short: %v %q", rows, err, lines.Bytes())
		}
		if rows == 2 {
			if err := cmd.Process.Signal(os.Interrupt); err != nil {
				t.Fatal(err)
			}
		}
	}
	err = cmd.Wait()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != exitInterrupted || rows < 3 {
		t.Errorf("%d rows, ended with %v", rows, err)
	}
}
