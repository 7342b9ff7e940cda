package live

import (
	"context"
	"errors"
	"io/fs"
	"testing"
	"time"

	"github.com/distatus/battery"
)

func cell(state battery.AgnosticState, now, full, rate float64) *battery.Battery {
	return &battery.Battery{State: battery.State{Raw: state}, Current: now, Full: full, ChargeRate: rate}
}

func TestBatteries(t *testing.T) {
	partial := battery.ErrPartial{ChargeRate: errors.New("no power_now")}
	for _, c := range []struct {
		name         string
		all          []*battery.Battery
		err          error
		level, power string
		why          string
	}{
		{"drained", []*battery.Battery{cell(battery.Discharging, 30000, 50000, 7250)}, nil, "60%", "-7.2 W", ""},
		{"a sign of its own", []*battery.Battery{cell(battery.Discharging, 30000, 50000, -7250)}, nil, "60%", "-7.2 W", ""},
		{"charged", []*battery.Battery{cell(battery.Charging, 30000, 50000, 20000)}, nil, "60%", "20.0 W", ""},
		{"full", []*battery.Battery{cell(battery.Full, 51000, 50000, 0)}, nil, "100%", "0.0 W", ""},
		{"two", []*battery.Battery{cell(battery.Discharging, 10000, 20000, 5000), cell(battery.Idle, 20000, 20000, 0)}, nil, "75%", "-5.0 W", ""},
		{"unknown direction", []*battery.Battery{cell(battery.Unknown, 10000, 20000, 5000)}, nil, "50%", "n/a", "the battery does not report whether it charges"},
		{"no power", []*battery.Battery{cell(battery.Discharging, 10000, 20000, 0)}, battery.Errors{partial}, "50%", "n/a", "the battery does not report its power"},
		{"none", nil, nil, "n/a", "n/a", "no battery in this machine"},
		{"no list", nil, battery.ErrFatal{Err: &fs.PathError{Op: "open", Path: "/sys/class/power_supply", Err: fs.ErrNotExist}}, "n/a", "n/a", "this system keeps no list of batteries"},
		{"broken", nil, battery.ErrFatal{Err: errors.New("ioreg: not found")}, "n/a", "n/a", "ioreg: not found"},
		{"nothing known", []*battery.Battery{cell(battery.Charging, 0, 0, 0)}, nil, "n/a", "0.0 W", "the battery does not report its charge"},
	} {
		level, power := readBatteries(c.all, c.err)
		if level.Text() != c.level || power.Text() != c.power {
			t.Errorf("%s: %s and %s, want %s and %s", c.name, level.Text(), power.Text(), c.level, c.power)
		}
		for _, s := range []Sample{level, power} {
			if s.Value.Valid() == (s.Why != "") || s.Why != "" && s.Why != c.why || s.Value.Valid() && s.Confidence != Reported {
				t.Errorf("%s: %+v", c.name, s)
			}
		}
	}
}

// The firmware is not asked at every round, and a reading stands for the time between.
func TestBatteryIsReadSeldom(t *testing.T) {
	now, reads := newClock(), 0
	b := &batterySource{now: now.now, all: func() ([]*battery.Battery, error) {
		reads++
		return []*battery.Battery{cell(battery.Discharging, 1, 2, 3000)}, nil
	}}
	var spans float64
	for range 21 { // seconds 0 … 20
		for _, s := range b.Read(t.Context()) {
			if s.ID == BatteryPower {
				spans += s.Span
			}
		}
		now.pass(time.Second)
	}
	if reads != 5 || spans != 25 {
		t.Errorf("%d readings for %v s", reads, spans)
	}
}

// Two seconds of work in one second of four processors are half of the machine.
func TestShares(t *testing.T) {
	now := newClock()
	busy, faulty := 10.0, error(nil)
	p := &processSource{cpus: 4, now: now.now,
		rss:  func(context.Context) (uint64, error) { return 123, faulty },
		busy: func(context.Context) (float64, error) { return busy, faulty },
	}
	read := func() Sample { return p.Read(t.Context())[2] }
	if s := read(); s.Why != needsTwo {
		t.Errorf("first: %+v", s)
	}
	busy += 2
	now.pass(time.Second)
	if s := read(); s.Value != 50 || s.Span != 1 {
		t.Errorf("2 s of 4: %+v", s)
	}
	faulty = &fs.PathError{Op: "open", Path: "/proc/7/stat", Err: fs.ErrNotExist}
	for i, s := range p.Read(t.Context()) {
		if i != 1 && s.Why != "there is no /proc/7/stat" {
			t.Errorf("a process that has ended: %+v", s)
		}
	}
	faulty = nil
	if s := read(); s.Why != needsTwo {
		t.Errorf("after a gap: %+v", s)
	}
}

func TestMachine(t *testing.T) {
	times := cpuTimes{busy: 100, all: 1000}
	m := &machineSource{
		times:  func(context.Context) (cpuTimes, error) { return times, nil },
		memory: func(context.Context) (uint64, uint64, error) { return 1, 2, nil },
	}
	m.Read(t.Context())
	times = cpuTimes{busy: 103, all: 1004}
	got := m.Read(t.Context())
	if got[0].Value != 75 || got[1].Value != 1 || got[2].Value != 2 || got[3].Why != "this system keeps no load average" {
		t.Errorf("%+v", got)
	}
	if got := m.Read(t.Context())[0]; got.Why != needsTwo { // no time has passed
		t.Errorf("%+v", got)
	}
	m.memory = func(context.Context) (uint64, uint64, error) { return 0, 0, context.DeadlineExceeded }
	m.load = func(context.Context) (float64, error) { return 0, errors.New("no /proc") }
	if got := m.Read(t.Context()); got[1].Why != "it was not read in time" || got[3].Why != "no /proc" {
		t.Errorf("%+v", got)
	}
}
