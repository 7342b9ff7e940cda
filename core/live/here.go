package live

import (
	"context"
	"os"
	"time"
)

// Here are the sources of this machine: a process (0: this one), the machine,
// its battery and its sensors; and the meter of its energy. The error says that
// there is no such process.
func Here(ctx context.Context, pid int) ([]Source, Meter, error) {
	p, err := ProcessSource(ctx, pid)
	if err != nil {
		return nil, nil, err
	}
	sys := os.DirFS("/sys")
	power := NewRAPL(sys, time.Now)
	return []Source{p, MachineSource(), HeatSource(sys), power, BatterySource()}, power, nil
}
