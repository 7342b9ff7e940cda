package live

import (
	"context"
	"errors"
	"io/fs"
	"strings"
	"time"

	"github.com/distatus/battery"
)

// batteryInterval is how often the battery is read: its firmware has new figures
// no more often, and on some systems a reading starts a program.
const batteryInterval = 5 * time.Second

// batterySource reads the batteries of this machine, all of them as one.
type batterySource struct {
	all func() ([]*battery.Battery, error)
	now func() time.Time
	at  time.Time // of the last reading
}

// BatterySource reads the batteries of this machine.
func BatterySource() Source { return &batterySource{all: battery.GetAll, now: time.Now} }

// Name says what is asked.
func (b *batterySource) Name() string { return "battery" }

// Read takes one reading, nothing when the last one is still good.
func (b *batterySource) Read(context.Context) []Sample {
	now := b.now()
	since := now.Sub(b.at)
	if !b.at.IsZero() && since < batteryInterval {
		return nil
	}
	if b.at.IsZero() {
		since = batteryInterval
	}
	b.at = now
	all, err := b.all()
	level, power := readBatteries(all, err)
	power.Span = min(since, 2*batteryInterval).Seconds()
	return []Sample{level, power}
}

const batteryName = "the battery's firmware"

// readBatteries adds batteries up: level in percent of what is full now, power
// in watts, more than 0 while they charge.
func readBatteries(all []*battery.Battery, err error) (level, power Sample) {
	missing := func(why string) (Sample, Sample) {
		return metric(BatteryLevel).missing(batteryName, why), metric(BatteryPower).missing(batteryName, why)
	}
	var fatal battery.ErrFatal
	switch {
	case errors.As(err, &fatal) && errors.Is(fatal.Err, fs.ErrNotExist):
		return missing("this system keeps no list of batteries")
	case errors.As(err, &fatal) && fatal.Err != nil:
		return missing(reason(fatal.Err))
	case len(all) == 0 && err != nil:
		return missing(reason(err))
	case len(all) == 0:
		return missing("no battery in this machine")
	}
	faults, _ := err.(battery.Errors)
	var now, full, watts float64
	var states []string
	whyLevel, whyPower := "", ""
	for i, one := range all {
		lost := partOf(faults, i)
		if one == nil || lost.Current != nil || lost.Full != nil || !(one.Full > 0) {
			whyLevel = "the battery does not report its charge"
		} else {
			now, full = now+one.Current, full+one.Full
		}
		if one == nil || lost.ChargeRate != nil || lost.State != nil {
			whyPower = "the battery does not report its power"
			continue
		}
		states = append(states, strings.ToLower(one.State.String()))
		signed, ok := signedPower(one)
		if !ok {
			whyPower = "the battery does not report whether it charges"
		}
		watts += signed
	}
	level, power = missing(whyLevel)
	power.Why = whyPower
	if whyLevel == "" {
		level = metric(BatteryLevel).value(min(100*now/full, 100), batteryName, Reported)
	}
	if whyPower == "" {
		power = metric(BatteryPower).value(watts, batteryName, Reported)
	}
	level.Note, power.Note = strings.Join(states, ", "), strings.Join(states, ", ")
	return level, power
}

// partOf is what could not be read of the i-th battery.
func partOf(all battery.Errors, i int) battery.ErrPartial {
	if i >= len(all) || all[i] == nil {
		return battery.ErrPartial{}
	}
	if part, ok := all[i].(battery.ErrPartial); ok {
		return part
	}
	err := all[i]
	return battery.ErrPartial{State: err, Current: err, Full: err, ChargeRate: err}
}

// signedPower is the rate of charging in watts, less than 0 while discharging.
// The library gives no sign; without a state there is none.
func signedPower(b *battery.Battery) (watts float64, ok bool) {
	watts = max(b.ChargeRate, -b.ChargeRate) / 1000
	switch b.State.Raw {
	case battery.Charging:
		return watts, true
	case battery.Discharging, battery.Empty:
		return -watts, true
	case battery.Full, battery.Idle:
		return 0, true
	}
	return 0, watts == 0
}
