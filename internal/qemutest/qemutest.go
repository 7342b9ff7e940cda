// Package qemutest runs a package's tests as arm64 on a machine of another
// kind, under user-mode QEMU.
package qemutest

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
)

// Run builds the tests of the package in the working directory for arm64 and
// runs those that match pattern. The test is skipped where qemu-aarch64 is
// missing (Debian's package qemu-user); arm64 itself runs them anyway.
func Run(t *testing.T, pattern string) {
	t.Helper()
	if runtime.GOARCH == "arm64" {
		t.Log("this machine is arm64: the tests run as they are")
		return
	}
	qemu, err := exec.LookPath("qemu-aarch64")
	if err != nil {
		t.Skip("no qemu-aarch64 to run arm64 code with; install qemu-user")
	}
	tool, err := exec.LookPath("go")
	if err != nil {
		t.Skip("no go command to build with; put it on PATH")
	}
	binary := filepath.Join(t.TempDir(), "arm64.test")
	build := exec.CommandContext(t.Context(), tool, "test", "-c", "-o", binary, ".")
	build.Env = append(os.Environ(), "GOOS=linux", "GOARCH=arm64", "CGO_ENABLED=0", "GOFLAGS=")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", build.Args, err, out)
	}
	run := exec.CommandContext(t.Context(), qemu, binary, "-test.v", "-test.short", "-test.run", pattern)
	run.Env = append(os.Environ(), "MMTUI_ISA=")
	out, err := run.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %v\n%s", run.Args, err, out)
	}
	if !bytes.Contains(out, []byte("--- PASS:")) {
		t.Fatalf("no test of arm64 matches %s:\n%s", pattern, out)
	}
}
