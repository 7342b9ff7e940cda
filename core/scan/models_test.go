package scan

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mmtui/mmtui/core/model"
	"github.com/mmtui/mmtui/core/plan"
	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/core/report/schematest"
	"github.com/mmtui/mmtui/core/safetensors"
	"github.com/mmtui/mmtui/int2"
	"github.com/mmtui/mmtui/internal/sharedtest"
)

func openModel(t *testing.T, path string) *model.Model {
	t.Helper()
	m, err := model.Open(context.Background(), path, model.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	})
	return m
}

// Every file of ../shared/models under the default plan.
func TestRealModels(t *testing.T) {
	paths, err := filepath.Glob(filepath.Join(sharedtest.Dir(t), "models", "*.safetensors"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no models: %v", err)
	}
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			t.Parallel()
			s := New(openModel(t, path), plan.Plan{}, Options{})
			var last Event
			if err := s.Run(context.Background(), func(e Event) { last = e }); err != nil {
				t.Fatal(err)
			}
			r := s.Report()
			if last.Total != r.Total || last.Done != last.Of || last.Of == 0 {
				t.Errorf("last event %+v, %d of %d; report %+v", last.Total, last.Done, last.Of, r.Total)
			}
			for i := range r.Tensors {
				checkRow(t, &r.Tensors[i])
			}
			if !(r.Total.SizeBytes < r.Model.SizeBytes) || !r.Total.SQNRdB.Valid() {
				t.Errorf("%d bytes become %d, SQNR %v", r.Model.SizeBytes, r.Total.SizeBytes, r.Total.SQNRdB)
			}
			var b bytes.Buffer
			if err := report.WriteJSON(&b, r); err != nil {
				t.Fatal(err)
			}
			schematest.Validate(t, "inspect", b.Bytes())
			checkDetails(t, s, &r)
		})
	}
}

// checkRow holds a finished row against what must be true of any.
func checkRow(t *testing.T, row *report.Tensor) {
	t.Helper()
	switch row.State {
	case report.Kept:
		if row.Reason == "" || row.QuantizedSizeBytes != row.SizeBytes {
			t.Errorf("%s is kept: %q, %d of %d bytes", row.Name, row.Reason, row.QuantizedSizeBytes, row.SizeBytes)
		}
		return
	case report.Done:
	default:
		t.Errorf("%s is %s: %s", row.Name, row.State, row.Reason)
		return
	}
	var sum float64
	for _, p := range row.CodeOccupancy {
		sum += float64(p)
	}
	if math.Abs(sum-1) > 1e-9 || len(row.CodeOccupancy) != row.Scheme.Levels() {
		t.Errorf("%s: occupancy %v", row.Name, row.CodeOccupancy)
	}
	if row.SQNRdB.Valid() {
		if want := 10 * math.Log10(float64(row.SignalEnergy/row.ErrorEnergy)); math.Abs(float64(row.SQNRdB)-want) > 1e-9 {
			t.Errorf("%s: SQNR %v, of the energies %v", row.Name, row.SQNRdB, want)
		}
		if row.Rank == nil {
			t.Errorf("%s has an SQNR and no rank", row.Name)
		}
		if row.BelowIdealDB < -1e-6 || !row.BelowIdealDB.Valid() {
			t.Errorf("%s is %v dB below the ideal", row.Name, row.BelowIdealDB)
		}
	} else if row.Cause == nil {
		t.Errorf("%s has no SQNR and no cause", row.Name)
	}
	if row.QuantizedSizeBytes >= row.SizeBytes || row.IdealPending {
		t.Errorf("%s: %d of %d bytes, ideal pending %v", row.Name, row.QuantizedSizeBytes, row.SizeBytes, row.IdealPending)
	}
}

// checkDetails looks at every tensor as the tensor view does.
func checkDetails(t *testing.T, s *Session, r *report.Model) {
	t.Helper()
	ctx := context.Background()
	for i := range r.Tensors {
		row := &r.Tensors[i]
		if row.Parameters == 0 {
			continue
		}
		d, err := s.Detail(ctx, row.Name, nil)
		if err != nil {
			t.Errorf("%s: %v", row.Name, err)
			continue
		}
		if fmt.Sprint(d.Tensor.SQNRdB, d.Tensor.BelowIdealDB, d.Tensor.State) != fmt.Sprint(row.SQNRdB, row.BelowIdealDB, row.State) {
			t.Errorf("%s: the detail has %v dB, the row %v", row.Name, d.Tensor.SQNRdB, row.SQNRdB)
		}
		g, err := s.GroupValues(ctx, row.Name, nil, d.Rows-1, d.Groups.PerRow-1)
		if err != nil {
			t.Errorf("%s: %v", row.Name, err)
			continue
		}
		want := float64(d.Groups.SQNRdB[len(d.Groups.SQNRdB)-1])
		if math.Abs(float64(g.SQNRdB)-want) > 1e-3 && !(math.IsNaN(want) && !g.SQNRdB.Valid()) {
			t.Errorf("%s: the last group has %v dB, in the detail %v", row.Name, g.SQNRdB, want)
		}
		if i%25 > 0 {
			continue // the form is the same for all
		}
		var b bytes.Buffer
		if err := report.WriteDetailJSON(&b, *d); err != nil {
			t.Fatal(err)
		}
		schematest.Validate(t, "tensor", b.Bytes())
	}
}

// Checkpoints that other tools have quantized stay as they are, with their own
// bits, until a rule names them.
func TestQuantizedCheckpoints(t *testing.T) {
	folders, err := filepath.Glob(filepath.Join(sharedtest.Dir(t), "fixtures", "safetensors", "quantized", "*", "config.json"))
	if err != nil || len(folders) == 0 {
		t.Fatalf("no folders: %v", err)
	}
	for _, config := range folders {
		folder := filepath.Dir(config)
		t.Run(filepath.Base(folder), func(t *testing.T) {
			// The folder holds the decoded values beside the checkpoint.
			dir := t.TempDir()
			for _, name := range []string{"config.json", "model.safetensors"} {
				data, err := os.ReadFile(filepath.Join(folder, name))
				if err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			s := New(openModel(t, dir), plan.Plan{}, Options{})
			collect(t, s)
			row := s.Report().Tensors[0]
			if row.Stored == nil || row.State != report.Kept || !strings.HasPrefix(row.Reason, "already quantized: "+row.Stored.Method) {
				t.Errorf("%+v", row)
			}
			if want := 8 * float64(row.SizeBytes) / float64(row.Parameters); math.Abs(float64(row.BitsPerWeight)-want) > 1e-12 || want > 12 {
				t.Errorf("%v bits per weight, stored are %v", row.BitsPerWeight, want)
			}
			s.SetPlan(plan.Plan{}.WithRule(named(row.Name, plan.Choice{})))
			collect(t, s)
			after := s.Report().Tensors[0]
			if smaller := int2.DefaultScheme().SizeBytes(128, 256, false) < row.SizeBytes; smaller != (after.State == report.Done) {
				t.Errorf("named by a rule: %s, %s", after.State, after.Reason)
			}
		})
	}
}

// A file that is overwritten while it is scanned gives rows with the reason,
// and its new form is measured after SetModel, changed tensors only.
func TestFileOverwrittenInMidScan(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "model.safetensors")
	write := func(last float32) {
		t.Helper()
		var entries []safetensors.Entry
		for i := range 3 {
			values := newFake(t).add("x", uint64(i), 16, 64).values
			if i == 2 {
				values[0] = last
			}
			var data bytes.Buffer
			for _, v := range values {
				b := math.Float32bits(v)
				data.Write([]byte{byte(b), byte(b >> 8), byte(b >> 16), byte(b >> 24)})
			}
			entries = append(entries, safetensors.Entry{Name: fmt.Sprint("w", i), DType: "F32", Shape: []int{16, 64},
				Write: func(_ context.Context, w io.Writer) error { _, err := w.Write(data.Bytes()); return err }})
		}
		if err := safetensors.Write(context.Background(), path, entries, nil); err != nil {
			t.Fatal(err)
		}
	}
	write(1)
	s := New(openModel(t, path), plan.Plan{}, Options{Workers: 1, NoIdeal: true})
	first := true
	err := s.Run(context.Background(), func(Event) {
		if first { // between the first and the second tensor
			first = false
			if err := os.Truncate(path, 300); err != nil {
				t.Error(err)
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	failed := 0
	for _, row := range s.Report().Tensors {
		if row.State == report.Failed {
			failed++
			if !strings.Contains(row.Reason, "model.safetensors") || row.SQNRdB.Valid() {
				t.Errorf("%s: %q, SQNR %v", row.Name, row.Reason, row.SQNRdB)
			}
		}
	}
	if failed != 2 {
		t.Errorf("%d rows failed, want 2", failed)
	}
	write(2)
	changed, err := s.SetModel(context.Background(), openModel(t, path))
	if err != nil || strings.Join(changed, " ") != "w1 w2" {
		t.Errorf("changed %q, %v", changed, err)
	}
	collect(t, s)
	for _, row := range s.Report().Tensors {
		if row.State != report.Done {
			t.Errorf("%s: %s %s", row.Name, row.State, row.Reason)
		}
	}
}
