// Package live measures what a machine does while models run on it: latency,
// speed, memory, processor, power and temperature. Sources read sensors, a
// Sampler asks them at intervals, and a Recorder keeps the values of a while in
// fixed memory. A figure that does not exist is never a zero: it carries the
// reason why it is missing.
package live

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"

	"github.com/mmtui/mmtui/core/report"
)

// Source is anything that can be asked for figures: this machine, a battery, an
// attached device.
type Source interface {
	// Name says what is asked, such as "battery".
	Name() string
	// Read takes one reading. It lists every metric of the source, those without
	// a value too; nothing at all means that there is nothing new. It is never
	// called twice at once, ends when ctx does as far as the system allows, and
	// has no error: a sample that is missing says why.
	Read(ctx context.Context) []Sample
}

// Confidence says how far a figure can be trusted.
type Confidence string

// The levels of confidence.
const (
	Measured  Confidence = "measured"  // counted or timed by this program or the kernel
	Estimated Confidence = "estimated" // worked out from other figures
	Reported  Confidence = "reported"  // as the firmware or a device says
)

// Unit is the unit of a figure, as the names of JSON fields end.
type Unit string

// The units.
const (
	Bytes           Unit = "bytes"
	Percent         Unit = "percent"
	Milliseconds    Unit = "ms"
	TokensPerSecond Unit = "tokens_per_second"
	Watts           Unit = "watts"
	Joules          Unit = "joules"
	Celsius         Unit = "celsius"
	Megahertz       Unit = "mhz"
	Tasks           Unit = "tasks" // running or waiting, of a load average
	Count           Unit = "count"
)

// Metric is one figure over time. The ID is unique among all sources and ends
// in its unit.
type Metric struct {
	ID    string `json:"id"`
	Title string `json:"title"` // a few words for people
	Unit  Unit   `json:"unit"`
	Panel string `json:"panel"` // what it is shown together with
}

// Sample is a metric at one moment.
type Sample struct {
	Metric
	Value      report.Number `json:"value"`                // null: see Why
	Source     string        `json:"source"`               // where it was read
	Confidence Confidence    `json:"confidence,omitempty"` // of a value; none of a missing one
	Note       string        `json:"note,omitempty"`       // what belongs to the value, such as "discharging"
	Why        string        `json:"why,omitempty"`        // why there is no value
	// Span is the time in seconds before the moment that the value is an average
	// over, or stands for; 0: the moment itself.
	Span float64 `json:"-"`
}

// value is a sample that has a figure; one that is not finite is missing.
func (m Metric) value(v float64, source string, c Confidence) Sample {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return m.missing(source, "the reading is not a number")
	}
	return Sample{Metric: m, Value: report.Number(v), Source: source, Confidence: c}
}

// missing is a sample without a figure.
func (m Metric) missing(source, why string) Sample {
	return Sample{Metric: m, Value: report.NA(), Source: source, Why: why}
}

// failed is a sample that could not be read.
func (m Metric) failed(source string, err error) Sample { return m.missing(source, reason(err)) }

// reason is what an error means for a figure.
func reason(err error) string {
	var path *fs.PathError
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return "it was not read in time"
	case errors.As(err, &path) && errors.Is(err, fs.ErrPermission):
		return report.Printable(path.Path) + " is not readable by this user"
	case errors.As(err, &path) && errors.Is(err, fs.ErrNotExist):
		return "there is no " + report.Printable(path.Path)
	}
	return report.Printable(err.Error())
}

// needsTwo is why a difference does not exist yet.
const needsTwo = "it takes two readings; the second one follows"

// Text writes a value with its unit, "n/a" where there is none.
func (s Sample) Text() string { return FormatValue(s.Unit, s.Value) }

// FormatValue writes a figure with its unit for people.
func FormatValue(u Unit, v report.Number) string {
	if !v.Valid() {
		return "n/a"
	}
	f := float64(v)
	switch u {
	case Bytes:
		return report.HumanBytes(int64(f))
	case Percent:
		return fmt.Sprintf("%.0f%%", f)
	case Milliseconds:
		return formatMS(f)
	case TokensPerSecond:
		if f >= 99.95 {
			return fmt.Sprintf("%.0f tok/s", f)
		}
		return fmt.Sprintf("%.1f tok/s", f)
	case Watts:
		return fmt.Sprintf("%.1f W", f)
	case Joules:
		return fmt.Sprintf("%.3g J", f)
	case Celsius:
		return fmt.Sprintf("%.0f °C", f)
	case Megahertz:
		return fmt.Sprintf("%.0f MHz", f)
	case Tasks:
		return fmt.Sprintf("%.2f", f)
	}
	return fmt.Sprintf("%.4g", f)
}

// formatMS gives a time three digits, in seconds from ten on.
func formatMS(ms float64) string {
	switch {
	case ms >= 10_000:
		return fmt.Sprintf("%.1f s", ms/1000)
	case ms >= 99.95:
		return fmt.Sprintf("%.0f ms", ms)
	case ms >= 9.995:
		return fmt.Sprintf("%.1f ms", ms)
	}
	return fmt.Sprintf("%.2f ms", ms)
}
