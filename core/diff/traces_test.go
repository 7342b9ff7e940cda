package diff

import (
	"bytes"
	"context"
	"encoding/csv"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/mmtui/mmtui/core/model"
	"github.com/mmtui/mmtui/core/report/schematest"
	"github.com/mmtui/mmtui/internal/sharedtest"
)

// off adds an error of the given relative size to values.
func off(seed uint64, values []float32, size float64) []float32 {
	out, noise := slices.Clone(values), gauss(seed, len(values))
	var a, e float64
	for i := range values {
		a += float64(values[i]) * float64(values[i])
		e += float64(noise[i]) * float64(noise[i])
	}
	for i := range out {
		out[i] += float32(float64(noise[i]) * size * math.Sqrt(a/e))
	}
	return out
}

// runs are two traces of a network of three layers: the second leaves the first
// in layer 2, by a growth of 100, and layer 10 makes it little worse.
func runs(t *testing.T) (a, b *model.Model) {
	t.Helper()
	pixels, h0, h1, h2, h10, norm := gauss(1, 96), gauss(2, 80), gauss(3, 80), gauss(4, 80), gauss(5, 80), gauss(6, 80)
	a = write(t, longs("input_ids", 1, 2, 3), floats("pixel_values", pixels, 2, 3, 4, 4), floats("vision.h0", h0, 1, 8, 10), floats("vision.h1", h1, 1, 8, 10),
		floats("vision.h2", h2, 1, 8, 10), floats("vision.h10", h10, 1, 8, 10), floats("vision.post", norm, 8, 10), floats("own.thing", h0, 80))
	b = write(t, longs("input_ids", 1, 2, 3), floats("pixel_values", pixels, 1, 2, 3, 4, 4), floats("vision.h0", h0, 8, 10), floats("vision.h1", off(9, h1, 1e-4), 8, 10),
		floats("vision.h2", off(10, h2, 1e-2), 8, 10), floats("vision.h10", off(11, h10, 2e-2), 8, 10), floats("vision.post", off(12, norm, 1e-2), 10, 8), floats("text.h0", norm, 80))
	return a, b
}

func TestTracesInNetworkOrder(t *testing.T) {
	a, b := runs(t)
	if !AreTraces(a, b, Options{}) {
		t.Fatal("not taken for traces")
	}
	r, err := CompareTraces(t.Context(), a, b, Options{})
	if err != nil {
		t.Fatal(err)
	}
	var order []string
	for _, row := range r.Tensors {
		order = append(order, row.Name+" "+string(row.Status))
	}
	want := []string{"input_ids same", "pixel_values same", "vision.h0 same", "vision.h1 changed", "vision.h2 changed", "vision.h10 changed", "vision.post shape", "text.h0 only_b", "own.thing only_a"}
	if !slices.Equal(order, want) {
		t.Errorf("rows %q", order)
	}
	if f := r.Trace.FirstToLeave; f == nil || f.Name != "vision.h2" || math.Abs(float64(f.SQNRdB)-40) > 0.1 {
		t.Errorf("first to leave %+v", f)
	}
	if f := r.Trace.AmplifiesMost; f == nil || f.Name != "vision.h1" && f.Name != "vision.h2" || math.Abs(float64(f.Growth)-100) > 1 {
		t.Errorf("amplifies most %+v", f)
	}
	if row := r.Tensors[5]; row.Input != "vision.h2" || row.Growth == nil || math.Abs(float64(*row.Growth)-2) > 0.05 || row.Cosine < 0.999 {
		t.Errorf("vision.h10 %+v", row)
	}
	// With a threshold that nothing meets, nothing leaves.
	r, err = CompareTraces(t.Context(), a, b, Options{LeavesBelowDB: 20})
	if err != nil || r.Trace.FirstToLeave != nil || !strings.Contains(r.Trace.Words[0], "no layer leaves") {
		t.Errorf("%+v %v", r.Trace, err)
	}
}

// Of a file with several cases only the one that was asked for is listed, and
// rows that only one side has are no difference of the runs.
func TestTracesOfOneCase(t *testing.T) {
	h0, h1 := gauss(1, 8), gauss(2, 8)
	a := write(t, floats("vision.h0", h0, 8), floats("vision.h1", h1, 8), floats("vision.h2", h1, 8))
	b := write(t, floats("x/vision.h0", h0, 8), floats("vision.h1", off(3, h1, 1e-5), 8), floats("y/vision.h0", h1, 8), floats("y/vision.h1", h1, 8), floats("x/text.h0", h0, 8))
	r, err := CompareTraces(t.Context(), a, b, Options{StripB: "x/"})
	if err != nil {
		t.Fatal(err)
	}
	var rows []string
	for _, row := range r.Tensors {
		rows = append(rows, row.Name+" "+string(row.Status))
	}
	if want := []string{"vision.h0 same", "vision.h1 changed", "vision.h2 only_a", "text.h0 only_b"}; !slices.Equal(rows, want) || r.Total.OnlyB != 1 {
		t.Errorf("rows %q, total %+v", rows, r.Total)
	}
	if last := r.Trace.Words[len(r.Trace.Words)-1]; last != `only in B and not under the prefix "x/": 2 tensors, not listed` {
		t.Error(last)
	}
	if r.HasDifference() {
		t.Error("a difference where no layer leaves")
	}
	for name, c := range map[string]struct {
		b     *model.Model
		below float64
	}{
		"a layer leaves": {b, 200}, "another shape": {write(t, floats("vision.h0", h0, 8), floats("vision.h1", h1, 2, 4)), 60},
		"nothing in common": {write(t, floats("vision.h9", h0, 8)), 60},
	} {
		strip := ""
		if c.b == b {
			strip = "x/"
		}
		if r, err := CompareTraces(t.Context(), a, c.b, Options{StripB: strip, LeavesBelowDB: c.below}); err != nil || !r.HasDifference() {
			t.Errorf("%s: no difference, %v", name, err)
		}
	}
}

func TestTracesAsText(t *testing.T) {
	a, b := runs(t)
	r, err := CompareTraces(t.Context(), a, b, Options{})
	if err != nil {
		t.Fatal(err)
	}
	var table, object, lines, cells bytes.Buffer
	for _, err := range []error{WriteTable(&table, r, TableOptions{}), WriteJSON(&object, r), WriteJSONL(&lines, r), WriteCSV(&cells, r)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []string{"the first layer that leaves is vision.h2: SQNR 40.", "below 60.00 dB", "the layer that amplifies most is vision.h", "GROWTH"} {
		if !strings.Contains(table.String(), want) {
			t.Errorf("the table lacks %q:\n%s", want, &table)
		}
	}
	schematest.Validate(t, "diff", object.Bytes())
	for line := range strings.Lines(lines.String()) {
		schematest.ValidateLine(t, "diff", "row", []byte(line))
	}
	rows, err := csv.NewReader(&cells).ReadAll()
	if err != nil || len(rows) != len(r.Tensors)+1 || rows[0][len(rows[0])-1] != "growth" {
		t.Errorf("%d rows of CSV, %v", len(rows), err)
	}
}

func TestTracesWithBrokenValues(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	a := write(t, longs("input_ids", 1, 2), floats("text.h0", []float32{1, nan, inf, 4}, 1, 4), floats("text.h1", []float32{1, 2, nan, 4}, 4), floats("text.h2", []float32{0, 0}, 2), floats("text.norm", nil, 0))
	b := write(t, longs("input_ids", 1, 3), floats("text.h0", []float32{1, nan, inf, 5}, 4), floats("text.h1", []float32{1, 2, 3, 4}, 4), floats("text.h2", []float32{0, 0}, 2), floats("text.norm", nil, 0))
	r, err := CompareTraces(t.Context(), a, b, Options{LeavesBelowDB: 10})
	if err != nil {
		t.Fatal(err)
	}
	h0, h1 := r.Tensors[1], r.Tensors[2]
	if h0.MaxAbsError != 1 || !strings.Contains(h0.Reason, "not finite on both sides and left out: 2 values") {
		t.Errorf("the same values left out: %+v", h0)
	}
	if h1.Status != Changed || h1.SQNRdB.Valid() || h1.Cosine.Valid() || !strings.Contains(h1.Reason, "on one side") {
		t.Errorf("values that are numbers on one side: %+v", h1)
	}
	if f := r.Trace.FirstToLeave; f == nil || f.Name != "text.h1" {
		t.Errorf("first to leave %+v", f)
	}
	if !strings.Contains(r.Trace.Words[0], "input_ids differ") {
		t.Errorf("findings %q", r.Trace.Words)
	}
	var object bytes.Buffer
	if err := WriteJSON(&object, r); err != nil {
		t.Fatal(err)
	}
	schematest.Validate(t, "diff", object.Bytes())
}

func TestModelsAreNoTraces(t *testing.T) {
	weights := write(t, floats("model.layers.0.weight", gauss(1, 4), 2, 2), floats("vision.hidden", gauss(1, 4), 4), floats("vision.h01", gauss(1, 4), 4))
	a, _ := runs(t)
	if AreTraces(weights, weights, Options{}) || AreTraces(a, weights, Options{}) {
		t.Error("weights are taken for a trace")
	}
}

func TestTracesStop(t *testing.T) {
	a, b := runs(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := CompareTraces(ctx, a, b, Options{}); err == nil {
		t.Error("a comparison went on")
	}
}

// A recording of the published library against itself: nothing leaves, and a
// case of it is found under its prefix.
func TestRecordingAgainstItself(t *testing.T) {
	m := open(t, sharedtest.Dir(t)+"/fixtures/models/clip-tiny/io.safetensors")
	r, err := CompareTraces(t.Context(), m, m, Options{})
	if err != nil || r.Trace.FirstToLeave != nil || r.Trace.AmplifiesMost != nil || r.Total.Changed != 0 {
		t.Errorf("%+v %v", r.Trace, err)
	}
	m = open(t, sharedtest.Dir(t)+"/fixtures/models/smolvlm-tiny/io.safetensors")
	if isTrace(m, "") || !isTrace(m, "nosplit/") {
		t.Error("the recording is found with its prefix and not without")
	}
}

func TestInputsOfActivations(t *testing.T) {
	clip := []string{"pixel_values", "vision.h0", "vision.pre_layrnorm", "vision.h1", "vision.h2", "vision.post", "image_features", "image_embeds", "text.h0", "text.h3", "text.norm", "text_embeds", "logits_per_image"}
	has := func(name string) bool { return slices.Contains(clip, name) }
	for name, want := range map[string][]string{
		"vision.h0": {"pixel_values"}, "vision.pre_layrnorm": {"vision.h0"}, "vision.h1": {"vision.pre_layrnorm"}, "vision.h2": {"vision.h1"},
		"vision.post": {"vision.h2"}, "image_features": {"vision.post"}, "image_embeds": {"image_features"}, "text.h0": nil, "text.h3": {"text.h0"},
		"text.norm": {"text.h3"}, "text_embeds": {"text.norm"}, "logits_per_image": {"image_embeds", "text_embeds"}, "unheard": nil,
	} {
		if got := inputsOf(name, has); !slices.Equal(got, want) {
			t.Errorf("%s comes of %q, want %q", name, got, want)
		}
	}
}
