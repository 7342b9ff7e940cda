package infer

import (
	"strconv"
	"strings"
)

// machine tells what the system has, and what this process takes of it.
type machine interface {
	// available is the memory that this process can still get, in bytes;
	// ok is false where the system does not tell.
	available() (bytes int64, ok bool)
	// resetPeak starts a new high-water mark, where the system allows it.
	resetPeak()
	// peak is the most memory that the process has held at once, in bytes.
	peak() (bytes int64, ok bool)
}

// statusKB finds a line such as "VmHWM:   1234 kB" of /proc/self/status or
// /proc/meminfo and gives its bytes.
func statusKB(text, key string) (int64, bool) {
	for line := range strings.Lines(text) {
		rest, ok := strings.CutPrefix(line, key+":")
		if !ok {
			continue
		}
		n, err := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), "kB")), 10, 64)
		if err != nil || n < 0 || n > 1<<50 {
			return 0, false
		}
		return n << 10, true
	}
	return 0, false
}

// controlGroupPath is the group of the process in cgroup version 2, from
// /proc/self/cgroup: the line "0::/path".
func controlGroupPath(text string) (string, bool) {
	for line := range strings.Lines(text) {
		if path, ok := strings.CutPrefix(strings.TrimSpace(line), "0::"); ok {
			return path, true
		}
	}
	return "", false
}

// groupRoom is what a control group has left: its limit less what it uses,
// pages of files that can be dropped not counted. "max" is no limit.
func groupRoom(limit, usage, stat, inactiveKey string) (int64, bool) {
	most, err := strconv.ParseInt(strings.TrimSpace(limit), 10, 64)
	if err != nil || most <= 0 || most >= 1<<60 { // version 1 writes a huge number for none
		return 0, false
	}
	used, err := strconv.ParseInt(strings.TrimSpace(usage), 10, 64)
	if err != nil || used < 0 {
		return 0, false
	}
	for line := range strings.Lines(stat) {
		if rest, ok := strings.CutPrefix(line, inactiveKey+" "); ok {
			if n, err := strconv.ParseInt(strings.TrimSpace(rest), 10, 64); err == nil && n > 0 {
				used -= min(n, used)
			}
		}
	}
	return max(most-used, 0), true
}
