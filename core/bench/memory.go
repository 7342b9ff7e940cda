package bench

import (
	"os"
	"strconv"
	"strings"

	"github.com/mmtui/mmtui/core/report"
)

// resetPeakMemory begins a new high-water mark of the process, where the system
// allows it (proc(5), clear_refs).
func resetPeakMemory() {
	if f, err := os.OpenFile("/proc/self/clear_refs", os.O_WRONLY, 0); err == nil {
		_, _ = f.WriteString("5")
		_ = f.Close()
	}
}

// peakMemory is the most memory that the process has held since, in bytes;
// n/a where the system does not tell.
func peakMemory() report.Number {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return report.NA()
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kB, err := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), "kB")), 10, 64)
			if err != nil {
				break
			}
			return report.Number(kB << 10)
		}
	}
	return report.NA()
}
