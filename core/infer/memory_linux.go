package infer

import (
	"os"
	"path/filepath"
)

// thisMachine reads /proc and the control groups.
func thisMachine() machine { return linux{proc: "/proc", groups: "/sys/fs/cgroup"} }

type linux struct{ proc, groups string }

// read is a small file's text, "" when it cannot be read.
func read(parts ...string) string {
	b, err := os.ReadFile(filepath.Join(parts...))
	if err != nil {
		return ""
	}
	return string(b)
}

// available is the least of MemAvailable and the room of every control group
// around the process.
func (l linux) available() (int64, bool) {
	bytes, ok := statusKB(read(l.proc, "meminfo"), "MemAvailable")
	take := func(room int64, limited bool) {
		if limited && (!ok || room < bytes) {
			bytes, ok = room, true
		}
	}
	if path, found := controlGroupPath(read(l.proc, "self", "cgroup")); found {
		for dir := filepath.Clean("/" + path); ; dir = filepath.Dir(dir) {
			take(groupRoom(read(l.groups, dir, "memory.max"), read(l.groups, dir, "memory.current"), read(l.groups, dir, "memory.stat"), "inactive_file"))
			if dir == "/" {
				break
			}
		}
	}
	one := filepath.Join(l.groups, "memory") // version 1, as a container sees it
	take(groupRoom(read(one, "memory.limit_in_bytes"), read(one, "memory.usage_in_bytes"), read(one, "memory.stat"), "total_inactive_file"))
	return bytes, ok
}

func (l linux) resetPeak() {
	// Where it is not allowed the mark is that of the whole process, which is
	// what the figure says it is.
	if f, err := os.OpenFile(filepath.Join(l.proc, "self", "clear_refs"), os.O_WRONLY, 0); err == nil {
		_, _ = f.WriteString("5") // proc(5): reset the peak resident set size
		_ = f.Close()
	}
}

func (l linux) peak() (int64, bool) { return statusKB(read(l.proc, "self", "status"), "VmHWM") }
