package bench

import (
	"os"
	"runtime"
	"strings"

	"github.com/mmtui/mmtui/int2/kernel"
	"github.com/mmtui/mmtui/internal/isa"
)

// Machine is what was measured on.
type Machine struct {
	OS    string `json:"os"`
	Arch  string `json:"arch"`
	CPU   string `json:"cpu"` // as the system calls it; "" where it does not tell
	Cores int    `json:"cores"`
	// FloatTier and IntegerTier are the instructions of the kernels that run,
	// IntegerTiers those that there are here, the best first.
	FloatTier    string   `json:"float_tier"`
	IntegerTier  string   `json:"integer_tier"`
	IntegerTiers []string `json:"integer_tiers"`
}

func thisMachine() Machine {
	m := Machine{
		OS: runtime.GOOS, Arch: runtime.GOARCH, CPU: cpuName("/proc/cpuinfo"), Cores: runtime.GOMAXPROCS(0),
		FloatTier: isa.Name(), IntegerTier: kernel.Name(),
	}
	for _, t := range kernel.Tiers() {
		m.IntegerTiers = append(m.IntegerTiers, string(t))
	}
	return m
}

// cpuName is the first "model name" of a file such as /proc/cpuinfo.
func cpuName(path string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(text)) {
		if key, name, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == "model name" {
			return strings.TrimSpace(name)
		}
	}
	return ""
}

// Line is the machine for people.
func (m Machine) Line() string {
	name := m.CPU
	if name == "" {
		name = m.Arch + " (the system does not name the processor)"
	}
	cores := " cores"
	if m.Cores == 1 {
		cores = " core"
	}
	return name + ", " + itoa(m.Cores) + cores + ", " + m.OS + "; float32 " + m.FloatTier + "; integer " + m.IntegerTier +
		" of " + strings.Join(m.IntegerTiers, ", ")
}
