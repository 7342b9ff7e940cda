package infer

import (
	"os"
	"path/filepath"
	"testing"
)

// The room of the smallest group around the process counts, and no group at
// all leaves what the machine has.
func TestAvailableMemory(t *testing.T) {
	root := t.TempDir()
	put := func(text string, parts ...string) {
		path := filepath.Join(append([]string{root}, parts...)...)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	l := linux{proc: filepath.Join(root, "proc"), groups: filepath.Join(root, "groups")}
	if _, ok := l.available(); ok {
		t.Error("a machine without files tells its memory")
	}
	put("MemTotal: 9000 kB\nMemAvailable: 4000 kB\n", "proc", "meminfo")
	if n, _ := l.available(); n != 4000<<10 {
		t.Errorf("no groups: %d", n)
	}
	put("0::/a/b\n", "proc", "self", "cgroup")
	put("max\n", "groups", "a", "b", "memory.max")
	put("2000000\n", "groups", "a", "memory.max")
	put("500000\n", "groups", "a", "memory.current")
	if n, _ := l.available(); n != 1500000 {
		t.Errorf("the group above: %d", n)
	}
	put("1000000\n", "groups", "memory", "memory.limit_in_bytes")
	put("100000\n", "groups", "memory", "memory.usage_in_bytes")
	if n, _ := l.available(); n != 900000 {
		t.Errorf("version 1: %d", n)
	}
}

// This machine tells both, and the mark is at least what the test holds.
func TestThisMachine(t *testing.T) {
	m := thisMachine()
	if n, ok := m.available(); !ok || n <= 0 {
		t.Errorf("available %d %v", n, ok)
	}
	m.resetPeak()
	held := make([]byte, 64<<20)
	for i := 0; i < len(held); i += 1024 { // a page is not there before it is written
		held[i] = byte(i)
	}
	if n, ok := m.peak(); !ok || n < int64(len(held)) {
		t.Errorf("peak %d %v with %d held", n, ok, len(held))
	}
}
