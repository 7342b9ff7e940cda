package live

import (
	"context"
	"errors"
	"io/fs"
	"math"
	"path"
	"strings"
	"sync"
	"time"
)

// RAPL reads the energy counters of the processor packages (Intel and AMD,
// powercap of Linux): power as a Source, energy as a Meter. The counters are in
// microjoules and begin anew after max_energy_range_uj; between two readings
// they may do so once, which at a second's interval they never do twice.
type RAPL struct {
	sys sysTree
	now func() time.Time

	mu    sync.Mutex
	last  map[string]int64 // counter of each package
	total float64          // joules since the first reading

	before float64 // joules, of the last Read
	at     time.Time
}

// NewRAPL prepares the reading; sys is the tree of /sys.
func NewRAPL(sys fs.FS, now func() time.Time) *RAPL {
	return &RAPL{sys: sysTree{sys}, now: now, last: map[string]int64{}}
}

const raplName = "RAPL energy counters"

// Name says what is asked.
func (r *RAPL) Name() string { return "power" }

// Read takes one reading: the mean power since the last one.
func (r *RAPL) Read(context.Context) []Sample {
	m := metric(PackagePower)
	joules, _, err := r.Joules()
	if err != nil {
		r.at = time.Time{}
		return []Sample{m.failed(raplName, err)}
	}
	now := r.now()
	before, since, first := r.before, now.Sub(r.at), r.at.IsZero()
	r.before, r.at = joules, now
	if first || since <= 0 {
		return []Sample{m.missing(raplName, needsTwo)}
	}
	out := m.value((joules-before)/since.Seconds(), raplName, Measured)
	out.Span = since.Seconds()
	return []Sample{out}
}

// Joules is the energy that all packages have used since the first reading.
func (r *RAPL) Joules() (joules float64, source string, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	packages, err := r.packages()
	if err != nil {
		return math.NaN(), raplName, err
	}
	for _, dir := range packages {
		if err := r.advance(dir); err != nil {
			return math.NaN(), raplName, err
		}
	}
	return r.total, raplName, nil
}

var errNoRAPL = errors.New("this machine has no RAPL energy counters (/sys/class/powercap)")

// packages are the folders of the processor packages. Cores and memory inside a
// package are part of it, and mmio shows the same package again.
func (r *RAPL) packages() ([]string, error) {
	all, err := r.sys.list("class/powercap", "intel-rapl:*")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errNoRAPL
	}
	if err != nil {
		return nil, err
	}
	var out []string
	for _, dir := range all {
		if strings.Count(path.Base(dir), ":") != 1 {
			continue
		}
		if name, err := r.sys.text(dir + "/name"); err == nil && strings.HasPrefix(name, "package") {
			out = append(out, dir)
		}
	}
	if len(out) == 0 {
		return nil, errNoRAPL
	}
	return out, nil
}

// advance adds what a package has used since it was last looked at.
func (r *RAPL) advance(dir string) error {
	uj, err := r.sys.number(dir + "/energy_uj")
	if err != nil {
		return err
	}
	if uj < 0 {
		return errors.New("/sys/" + dir + "/energy_uj is less than 0")
	}
	before, known := r.last[dir]
	r.last[dir] = uj
	if !known {
		return nil
	}
	used := float64(uj) - float64(before)
	if used < 0 {
		most, err := r.sys.number(dir + "/max_energy_range_uj")
		if err != nil {
			return err
		}
		if used += float64(most); used < 0 {
			return errors.New("/sys/" + dir + "/energy_uj went back by more than its range")
		}
	}
	r.total += used / 1e6
	return nil
}
