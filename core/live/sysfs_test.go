package live

import (
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/rogpeppe/go-internal/txtar"
)

// tree is a tree of /sys from testdata. Its names have colons, which not every
// file system takes, so it is kept in one file.
func tree(t testing.TB, name string) fstest.MapFS {
	t.Helper()
	a, err := txtar.ParseFile(filepath.Join("testdata", "sys", name+".txtar"))
	if err != nil {
		t.Fatal(err)
	}
	out := fstest.MapFS{}
	for _, f := range a.Files {
		out[f.Name] = &fstest.MapFile{Data: f.Data, Mode: 0o444}
	}
	return out
}

// locked is a tree in which a file belongs to root.
type locked struct {
	fs.FS
	name string
}

func (l locked) Open(name string) (fs.File, error) {
	if name == l.name {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
	}
	return l.FS.Open(name)
}

// clock is a time that a test moves.
type clock struct{ at time.Time }

func newClock() *clock { return &clock{time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)} }

func (c *clock) now() time.Time          { return c.at }
func (c *clock) pass(d time.Duration)    { c.at = c.at.Add(d) }
func set(f fstest.MapFS, name, s string) { f[name] = &fstest.MapFile{Data: []byte(s), Mode: 0o444} }

func TestTemperatureAndClock(t *testing.T) {
	for name, want := range map[string]struct {
		degrees, mhz float64
		source       string
	}{
		"laptop": {55, 2500, "hwmon coretemp Package id 0"},
		"board":  {48.312, 600, "thermal zone cpu0-thermal"},
		"server": {43.25, math.NaN(), "hwmon k10temp Tctl"},
	} {
		got := HeatSource(tree(t, name)).Read(t.Context())
		if v := float64(got[0].Value); v != want.degrees || got[0].Source != want.source || got[0].Confidence != Measured {
			t.Errorf("%s: %v °C of %q (%s), want %v of %q", name, v, got[0].Source, got[0].Confidence, want.degrees, want.source)
		}
		if v := float64(got[1].Value); v != want.mhz && !(math.IsNaN(v) && math.IsNaN(want.mhz)) {
			t.Errorf("%s: %v MHz, want %v", name, v, want.mhz)
		}
	}
	// Without the hwmon driver the zone of the package counts, not the hottest file.
	laptop := tree(t, "laptop")
	set(laptop, "class/hwmon/hwmon2/name", "unknown")
	if got := HeatSource(laptop).Read(t.Context())[0]; got.Value != 56 || got.Source != "thermal zone x86_pkg_temp" {
		t.Errorf("zone: %v of %q", got.Value, got.Source)
	}
	for _, s := range HeatSource(fstest.MapFS{}).Read(t.Context()) {
		if s.Value.Valid() || s.Why == "" || s.Confidence != "" {
			t.Errorf("a machine without sensors: %+v", s)
		}
	}
}

func TestPackagePower(t *testing.T) {
	sys, now := tree(t, "laptop"), newClock()
	r := NewRAPL(sys, now.now)
	if s := r.Read(t.Context())[0]; s.Value.Valid() || s.Why != needsTwo {
		t.Errorf("first reading: %+v", s)
	}
	// The counter passes its end: 28,850 µJ are left to it, and 29,971,150 come after.
	now.pass(2 * time.Second)
	set(sys, "class/powercap/intel-rapl:0/energy_uj", "29971150\n")
	s := r.Read(t.Context())[0]
	if math.Abs(float64(s.Value)-15) > 1e-9 || s.Span != 2 || s.Confidence != Measured {
		t.Errorf("30 J in 2 s are %v W over %v s", s.Value, s.Span)
	}
	if j, _, err := r.Joules(); err != nil || math.Abs(j-30) > 1e-9 {
		t.Errorf("the meter counts %v J, %v", j, err)
	}
}

func TestTwoPackagesAddUp(t *testing.T) {
	sys, now := tree(t, "server"), newClock()
	r := NewRAPL(sys, now.now)
	r.Read(t.Context())
	now.pass(time.Second)
	set(sys, "class/powercap/intel-rapl:0/energy_uj", "41000000")
	set(sys, "class/powercap/intel-rapl:1/energy_uj", "63000000")
	if s := r.Read(t.Context())[0]; s.Value != 100 {
		t.Errorf("40 J and 60 J in a second are %v W", s.Value)
	}
}

func TestPowerThatCannotBeRead(t *testing.T) {
	const energy = "class/powercap/intel-rapl:0/energy_uj"
	broken := func(text string) fs.FS {
		sys := tree(t, "laptop")
		set(sys, energy, text)
		return sys
	}
	for _, c := range []struct {
		name string
		sys  fs.FS
		why  string
	}{
		{"none", fstest.MapFS{}, "this machine has no RAPL energy counters (/sys/class/powercap)"},
		{"root only", locked{tree(t, "laptop"), energy}, "/sys/" + energy + " is not readable by this user"},
		{"words", broken("many\n"), "/sys/" + energy + ` holds "many", which is no whole number`},
		{"below 0", broken("-5\n"), "/sys/" + energy + " is less than 0"},
	} {
		if s := NewRAPL(c.sys, newClock().now).Read(t.Context())[0]; s.Value.Valid() || s.Why != c.why {
			t.Errorf("%s: %v, %q, want %q", c.name, s.Value, s.Why, c.why)
		}
	}
	// A counter that falls by more than its range is no wrap.
	sys, now := tree(t, "laptop"), newClock()
	set(sys, "class/powercap/intel-rapl:0/max_energy_range_uj", "10")
	r := NewRAPL(sys, now.now)
	r.Read(t.Context())
	now.pass(time.Second)
	set(sys, energy, "0")
	if s := r.Read(t.Context())[0]; !strings.Contains(s.Why, "by more than its range") {
		t.Errorf("a reset counter: %+v", s)
	}
}

// Whatever the files hold, a figure is finite and plausible or has a reason.
func FuzzSysfs(f *testing.F) {
	f.Add("262143300000\n", "262143328850\n", "55000\n", "coretemp\n", "3200000\n")
	f.Add("", "", "", "", "")
	f.Add("9223372036854775807", "-9223372036854775808", "9223372036854775807", "\x1b[31m", "-1")
	f.Add("0x10", "1e9", " 5 ", "Package id 0\x00", "1_000")
	f.Fuzz(func(t *testing.T, energy, most, degrees, name, khz string) {
		sys, now := fstest.MapFS{}, newClock()
		set(sys, "class/powercap/intel-rapl:0/name", "package-0")
		set(sys, "class/powercap/intel-rapl:0/energy_uj", "100")
		set(sys, "class/powercap/intel-rapl:0/max_energy_range_uj", most)
		set(sys, "class/hwmon/hwmon0/name", "coretemp")
		set(sys, "class/hwmon/hwmon0/temp1_label", name)
		set(sys, "class/hwmon/hwmon0/temp1_input", degrees)
		set(sys, "class/thermal/thermal_zone0/type", name)
		set(sys, "class/thermal/thermal_zone0/temp", degrees)
		set(sys, "devices/system/cpu/cpu0/cpufreq/scaling_cur_freq", khz)
		r := NewRAPL(sys, now.now)
		samples := append(HeatSource(sys).Read(t.Context()), r.Read(t.Context())...)
		set(sys, "class/powercap/intel-rapl:0/energy_uj", energy)
		now.pass(time.Second)
		samples = append(samples, r.Read(t.Context())...)
		for _, s := range samples {
			v := float64(s.Value)
			if s.Value.Valid() == (s.Why != "") {
				t.Errorf("%s: value %v and reason %q", s.ID, v, s.Why)
			}
			if s.Value.Valid() && (v < coldest || math.IsInf(v, 0) || s.Unit != Celsius && v < 0) {
				t.Errorf("%s is %v", s.ID, v)
			}
			for _, c := range s.Source + s.Why {
				if c < ' ' || c == 0x7f {
					t.Errorf("%s: control character in %q", s.ID, s.Source+s.Why)
				}
			}
		}
	})
}

// What this machine says is complete, whatever it has.
func TestHere(t *testing.T) {
	sources, meter, err := Here(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, m := range Metrics() {
		known[m.ID] = true
	}
	for _, s := range sources {
		for range 2 {
			for _, one := range s.Read(t.Context()) {
				if !known[one.ID] || one.Value.Valid() == (one.Why != "") || one.Source == "" {
					t.Errorf("%s: %+v", s.Name(), one)
				}
				if one.ID == ProcessMemory && !(one.Value > 1<<20) {
					t.Errorf("this process takes %v bytes", one.Value)
				}
			}
		}
	}
	if _, source, _ := meter.Joules(); source == "" {
		t.Error("the meter has no name")
	}
	if _, _, err := Here(t.Context(), math.MaxInt32); err == nil {
		t.Error("a process that is not there is read")
	}
	if sources, _, err := Here(t.Context(), os.Getppid()); err != nil {
		t.Error(err)
	} else if s := sources[0].Read(t.Context())[1]; s.ID != GoHeap || s.Value.Valid() {
		t.Errorf("the heap of another process: %+v", s)
	}
}
