package live

import (
	"context"
	"runtime"

	"github.com/shirou/gopsutil/v4/cpu"
	"github.com/shirou/gopsutil/v4/load"
	"github.com/shirou/gopsutil/v4/mem"
)

// cpuTimes are the seconds that all processors together have spent.
type cpuTimes struct{ busy, all float64 }

// machineSource reads processors and memory of the whole machine.
type machineSource struct {
	times  func(ctx context.Context) (cpuTimes, error)
	memory func(ctx context.Context) (used, available uint64, err error)
	load   func(ctx context.Context) (float64, error) // nil: this system keeps none
	before cpuTimes
}

// MachineSource reads processors and memory of the whole machine.
func MachineSource() Source {
	s := &machineSource{times: readTimes, memory: readMemory, load: readLoad}
	if runtime.GOOS == "windows" {
		s.load = nil // the library would make one up in a goroutine that never ends
	}
	return s
}

func readTimes(ctx context.Context) (cpuTimes, error) {
	all, err := cpu.TimesWithContext(ctx, false)
	if err != nil {
		return cpuTimes{}, err
	}
	var out cpuTimes
	for _, t := range all {
		// Guests are part of user time.
		busy := t.User + t.Nice + t.System + t.Irq + t.Softirq + t.Steal
		out.busy += busy
		out.all += busy + t.Idle + t.Iowait
	}
	return out, nil
}

func readMemory(ctx context.Context) (used, available uint64, err error) {
	m, err := mem.VirtualMemoryWithContext(ctx)
	if err != nil {
		return 0, 0, err
	}
	return m.Used, m.Available, nil
}

func readLoad(ctx context.Context) (float64, error) {
	l, err := load.AvgWithContext(ctx)
	if err != nil {
		return 0, err
	}
	return l.Load1, nil
}

// Name says what is asked.
func (m *machineSource) Name() string { return "machine" }

// Read takes one reading.
func (m *machineSource) Read(ctx context.Context) []Sample {
	const system = "the operating system"
	out := []Sample{m.share(ctx)}
	if used, available, err := m.memory(ctx); err != nil {
		out = append(out, metric(MemoryUsed).failed(system, err), metric(MemoryAvailable).failed(system, err))
	} else {
		out = append(out, metric(MemoryUsed).value(float64(used), system, Measured), metric(MemoryAvailable).value(float64(available), system, Measured))
	}
	if m.load == nil {
		return append(out, metric(LoadAverage).missing(system, "this system keeps no load average"))
	}
	average, err := m.load(ctx)
	if err != nil {
		return append(out, metric(LoadAverage).failed(system, err))
	}
	return append(out, metric(LoadAverage).value(average, system, Measured))
}

func (m *machineSource) share(ctx context.Context) Sample {
	const source = "processor time of the machine, of all processors"
	now, err := m.times(ctx)
	if err != nil {
		m.before = cpuTimes{}
		return metric(MachineCPU).failed(source, err)
	}
	before := m.before
	m.before = now
	if before.all == 0 || now.all <= before.all {
		return metric(MachineCPU).missing(source, needsTwo)
	}
	share := 100 * (now.busy - before.busy) / (now.all - before.all)
	return metric(MachineCPU).value(min(max(share, 0), 100), source, Measured)
}
