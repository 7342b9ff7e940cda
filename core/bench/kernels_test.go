package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/mmtui/mmtui/int2/kernel"
)

// fakeRater reaches a share of a peak that the test chooses.
type fakeRater struct {
	subject
	stopAfter *int
	cancel    func()
	closed    *int
}

func (f fakeRater) close() { *f.closed++ }

func (f fakeRater) peak(ctx context.Context) (peaks, error) {
	return peaks{ops: 1e12 * float64(f.threads), read: 2e10}, ctx.Err()
}

// A product takes 4 times its operations at the peak, of one byte a weight.
func (f fakeRater) rate(ctx context.Context, p product, _ time.Duration) (rated, error) {
	if *f.stopAfter--; *f.stopAfter == 0 {
		f.cancel()
	}
	peak := peaks{ops: 2e12 * float64(f.threads), read: 4e10}
	return rated{seconds: 4 * p.ops() / peak.ops, bytes: float64(p.Cols * p.Outputs), peak: peak}, ctx.Err()
}

func fakeKernels(t *testing.T, stopAfter int) (context.Context, KernelOptions, *int) {
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	opened := 0
	return ctx, KernelOptions{
		Tiers: []kernel.Tier{kernel.Portable}, Workers: 2, Shapes: []Shape{{1, 64, 32}, {100, 64, 32}},
		open: func(s subject) rater {
			return fakeRater{subject: s, stopAfter: &stopAfter, cancel: cancel, closed: &opened}
		},
	}, &opened
}

func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if !(math.Abs(got-want) <= 1e-9*math.Abs(want)) {
		t.Errorf("%s is %g, want %g", what, got, want)
	}
}

func TestKernelShares(t *testing.T) {
	ctx, opt, closed := fakeKernels(t, -1)
	shown := 0
	opt.Show = func(k Kernels) { shown = len(k.Cases) }
	last := [2]int{}
	opt.Progress = func(done, of int, _ string) { last = [2]int{done, of} }
	got, err := MeasureKernels(ctx, opt)
	if err != nil {
		t.Fatal(err)
	}
	// A thread count: the integer kernel has the row of one from cache and
	// memory, and that of many; the two float kernels have each shape once.
	const cases = 2 * (3 + 2 + 2)
	if len(got.Cases) != cases || shown != cases || last != [2]int{cases, cases} || !got.Complete || *closed != 4 {
		t.Fatalf("%d cases, %d shown, progress %v, complete %v, %d closed", len(got.Cases), shown, last, got.Complete, *closed)
	}
	for _, c := range got.Cases {
		near(t, "share of peak", float64(c.ShareOfPeak), 0.25)
		near(t, "operations", float64(c.Ops), 0.5e12*float64(c.Threads))
		if c.ShareOfRead.Valid() != c.Streamed {
			t.Errorf("%s %s: %v of reading, streamed %v", c.Kernel, c.Shape, c.ShareOfRead, c.Streamed)
		}
		if c.Streamed {
			near(t, "share of reading", float64(c.ShareOfRead), float64(c.Bytes)/4e10)
		}
		near(t, "bytes", float64(c.Bytes), float64(c.Ops)/2/float64(c.Rows))
		bound := "arithmetic"
		if c.ShareOfRead > c.ShareOfPeak {
			bound = "reading"
		}
		if c.Bound != bound {
			t.Errorf("%s %s is bound by %q", c.Kernel, c.Shape, c.Bound)
		}
	}
	for i, p := range got.Peaks { // the better of what was measured before and among the cases
		near(t, "FMA", float64(p.FMA), 2e12*float64(i+1))
		near(t, "integer", float64(p.Integer[0].Ops), 2e12*float64(i+1))
		near(t, "reading", float64(p.Read), 4e10)
	}
	fits(t, KernelsSchema(), got)
	written(t, got, "portable", cases)
}

// What there is of a run that was stopped stays.
func TestKernelsStopped(t *testing.T) {
	ctx, opt, closed := fakeKernels(t, 3)
	got, err := MeasureKernels(ctx, opt)
	if !errors.Is(err, context.Canceled) || len(got.Cases) != 2 || got.Complete || *closed != 1 {
		t.Errorf("%v, %d cases, complete %v, %d closed", err, len(got.Cases), got.Complete, *closed)
	}
	fits(t, KernelsSchema(), got)
}

func TestKernelsRefused(t *testing.T) {
	for _, opt := range []KernelOptions{
		{Tiers: []kernel.Tier{"no-such"}},
		{Shapes: []Shape{{1, 1 << 26, 1}}},
	} {
		if _, err := MeasureKernels(t.Context(), opt); err == nil {
			t.Errorf("%+v was measured", opt)
		}
	}
}

// The real kernels reach something, and no more than their own peaks by far.
func TestRealKernels(t *testing.T) {
	got, err := MeasureKernels(t.Context(), KernelOptions{
		Tiers: []kernel.Tier{kernel.Current()}, Workers: 1, Shapes: []Shape{{1, 192, 64}}, Length: time.Microsecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range got.Cases {
		if !c.Seconds.Valid() || !c.Ops.Valid() || !c.ShareOfRead.Valid() && c.Streamed {
			t.Errorf("no figures: %+v", c)
		}
	}
	if len(got.Cases) != 4 || !got.Peaks[0].FMA.Valid() || !got.Peaks[0].Read.Valid() {
		t.Errorf("%+v", got)
	}
	fits(t, KernelsSchema(), got)
}

func TestParseShape(t *testing.T) {
	for _, text := range []string{"1x1536x576", "197X768×3072"} {
		if _, err := ParseShape(text); err != nil {
			t.Error(err)
		}
	}
	s, _ := ParseShape("2x3x4")
	if s != (Shape{2, 3, 4}) || s.String() != "2x3x4" || s.ops() != 48 {
		t.Errorf("%+v", s)
	}
	for _, text := range []string{"", "1", "1x2", "1x2x3x4", "0x1x1", "1x-1x1", "ax1x1", "1x99999999999999999999x1", "1x65536x65536", "1 x2x3"} {
		if s, err := ParseShape(text); err == nil {
			t.Errorf("%q is %v", text, s)
		}
	}
}

func TestCPUName(t *testing.T) {
	if got := cpuName("no-such-file"); got != "" {
		t.Errorf("%q of no file", got)
	}
	if got := (Machine{Arch: "arm64", Cores: 1, OS: "linux", FloatTier: "neon", IntegerTier: "b", IntegerTiers: []string{"a", "b"}}).Line(); !strings.HasPrefix(got, "arm64 (") ||
		!strings.HasSuffix(got, "1 core, linux; float32 neon; integer b of a, b") {
		t.Error(got)
	}
}

// fits checks a report against its schema.
func fits(t *testing.T, schema []byte, report any) {
	t.Helper()
	text, err := json.Marshal(report)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := jsonschema.UnmarshalJSON(bytes.NewReader(schema))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("schema.json", parsed); err != nil {
		t.Fatal(err)
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if err := compiler.MustCompile("schema.json").Validate(value); err != nil {
		t.Errorf("%v\n%s", err, text)
	}
}

// written checks the other formats: each has a word, and lines of one item each.
func written(t *testing.T, r interface {
	WriteTable(io.Writer) error
	WriteJSONL(io.Writer) error
	WriteCSV(io.Writer) error
}, word string, lines int) {
	t.Helper()
	for _, one := range []struct {
		name  string
		write func(io.Writer) error
		lines int // 0: any
	}{{"table", r.WriteTable, 0}, {"jsonl", r.WriteJSONL, lines}, {"csv", r.WriteCSV, lines + 1}} {
		var b bytes.Buffer
		if err := one.write(&b); err != nil || !strings.Contains(b.String(), word) {
			t.Errorf("%s: %v\n%s", one.name, err, b.String())
		}
		if n := strings.Count(b.String(), "\n"); one.lines > 0 && n != one.lines {
			t.Errorf("%s has %d lines, want %d", one.name, n, one.lines)
		}
	}
}
