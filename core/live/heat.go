package live

import (
	"context"
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/mmtui/mmtui/core/report"
)

// heatSource reads temperature and clock of the processor from /sys.
type heatSource struct {
	sys  sysTree
	cpus int // whose clocks are read
}

// HeatSource reads temperature and clock of the processor; sys is the tree of /sys.
func HeatSource(sys fs.FS) Source { return heatSource{sys: sysTree{sys}, cpus: 8} }

// Name says what is asked.
func (h heatSource) Name() string { return "processor sensors" }

// Read takes one reading.
func (h heatSource) Read(context.Context) []Sample {
	return []Sample{h.temperature(), h.clock()}
}

// The range of what a processor can have, in °C: a sensor that is not connected
// tells something outside it.
const (
	coldest = -40.0
	hottest = 130.0
)

// temperature is the package's, else the highest of its sensors, else that of a
// thermal zone.
func (h heatSource) temperature() Sample {
	m := metric(Temperature)
	if s, ok := h.hwmon(m); ok {
		return s
	}
	s, ok, err := h.zones(m)
	switch {
	case ok:
		return s
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return m.failed("/sys/class/thermal", err)
	}
	return m.missing("/sys/class/hwmon and /sys/class/thermal", "this machine shows no temperature sensor")
}

// hwmon reads the drivers of processors (Intel, AMD, Arm boards).
func (h heatSource) hwmon(m Metric) (Sample, bool) {
	dirs, _ := h.sys.list("class/hwmon", "hwmon*")
	drivers := []string{"coretemp", "k10temp", "zenpower", "cpu_thermal", "cputemp", "soc_thermal"}
	for _, dir := range dirs {
		name, err := h.sys.text(dir + "/name")
		if err != nil || !slices.Contains(drivers, name) {
			continue
		}
		inputs, _ := h.sys.list(dir, "temp*_input")
		best, label, found := coldest, "", false
		for _, in := range inputs {
			v, ok := h.degrees(in)
			if !ok {
				continue
			}
			text, _ := h.sys.text(strings.TrimSuffix(in, "_input") + "_label")
			whole := strings.HasPrefix(text, "Package id") || text == "Tctl" || text == "Tdie"
			if whole {
				best, label, found = v, text, true
				break
			}
			if v > best {
				best, label, found = v, text, true
			}
		}
		if found {
			return m.value(best, strings.TrimSpace("hwmon "+report.Printable(name)+" "+report.Printable(label)), Measured), true
		}
	}
	return Sample{}, false
}

// zones reads the thermal zone of the processor, else the hottest one.
func (h heatSource) zones(m Metric) (Sample, bool, error) {
	dirs, err := h.sys.list("class/thermal", "thermal_zone*")
	if err != nil {
		return Sample{}, false, err
	}
	best, kind, rank := coldest, "", -1
	for _, dir := range dirs {
		text, err := h.sys.text(dir + "/type")
		if err != nil {
			continue
		}
		v, ok := h.degrees(dir + "/temp")
		if !ok {
			continue
		}
		if r := zoneRank(text); r > rank || r == rank && v > best {
			best, kind, rank = v, text, r
		}
	}
	if rank < 0 {
		return Sample{}, false, nil
	}
	return m.value(best, "thermal zone "+report.Printable(kind), Measured), true, nil
}

// zoneRank prefers zones of the processor.
func zoneRank(kind string) int {
	kind = strings.ToLower(kind)
	switch {
	case kind == "x86_pkg_temp":
		return 3
	case strings.Contains(kind, "cpu"):
		return 2
	case strings.Contains(kind, "soc"):
		return 1
	}
	return 0
}

// degrees reads a file of millidegrees.
func (h heatSource) degrees(name string) (float64, bool) {
	n, err := h.sys.number(name)
	v := float64(n) / 1000
	return v, err == nil && v > coldest && v < hottest
}

// clock is the mean of the first processors; reading all of a large machine's
// would wake cores that rest.
func (h heatSource) clock() Sample {
	const source = "cpufreq of the kernel"
	m := metric(Clock)
	dirs, err := h.sys.list("devices/system/cpu", "cpu[0-9]*")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return m.failed(source, err)
	}
	sum, n := 0.0, 0
	for _, dir := range dirs {
		khz, err := h.sys.number(path.Join(dir, "cpufreq/scaling_cur_freq"))
		if err != nil || khz <= 0 || khz > 100_000_000 {
			continue
		}
		sum += float64(khz) / 1000
		if n++; n == h.cpus {
			break
		}
	}
	if n == 0 {
		return m.missing(source, "the kernel shows no clock of a processor here")
	}
	return m.value(sum/float64(n), source, Reported)
}
