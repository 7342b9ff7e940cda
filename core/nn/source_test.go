package nn

import (
	"errors"
	"io/fs"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/mmtui/mmtui/core/model"
	"github.com/mmtui/mmtui/core/safetensors"
	"github.com/mmtui/mmtui/internal/gemm"
)

func openSource(t *testing.T, entries ...safetensors.Entry) *Source {
	t.Helper()
	path := filepath.Join(t.TempDir(), "model.safetensors")
	if err := safetensors.Write(t.Context(), path, entries, nil); err != nil {
		t.Fatal(err)
	}
	m, err := model.Open(t.Context(), path, model.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s := NewSource(m, NewEngine(newPool(t)))
	t.Cleanup(func() {
		if err := errors.Join(s.Close(), m.Close()); err != nil {
			t.Error(err)
		}
	})
	return s
}

// The three types are used where they lie, others become float32.
func TestSourceTypes(t *testing.T) {
	v := []float32{1, -2, 0.5, 3, -0.25, 1.5}
	s := openSource(t,
		safetensors.FloatsEntry("f32", safetensors.F32, []int{2, 3}, v),
		safetensors.FloatsEntry("bf16", safetensors.BF16, []int{2, 3}, v),
		safetensors.FloatsEntry("f16", safetensors.F16, []int{2, 3}, v),
		safetensors.FloatsEntry("f64", safetensors.F64, []int{2, 3}, v),
		safetensors.FloatsEntry("conv", safetensors.F16, []int{2, 3, 1, 1}, v),
		safetensors.FloatsEntry("vector", safetensors.BF16, []int{6}, v),
		safetensors.BytesEntry("ints", safetensors.I32, []int{1, 1}, make([]byte, 4)),
	)
	for name, want := range map[string]gemm.Type{"f32": gemm.F32, "bf16": gemm.BF16, "f16": gemm.F16, "f64": gemm.F32, "conv": gemm.F16} {
		w, err := s.Matrix(t.Context(), name)
		if err != nil || w.Type != want || w.Rows != 2 || w.Cols != 3 {
			t.Errorf("%s: type %v, [%d, %d], %v", name, w.Type, w.Rows, w.Cols, err)
			continue
		}
		row := make([]float32, 3)
		w.Row(row, 1)
		equal(t, name, row, v[3:], 0)
	}
	before := s.Bytes()
	if _, err := s.Matrix(t.Context(), "f32"); err != nil || s.Bytes() != before || before != 24+12+12+24+12 {
		t.Errorf("%d bytes, then %d, %v", before, s.Bytes(), err)
	}
	if got, err := s.Vector(t.Context(), "vector"); err != nil || !slices.Equal(got, v) {
		t.Errorf("vector %v, %v", got, err)
	}
	for name, want := range map[string]string{"ints": "type I32 is not that of a weight", "vector": "rank 1", "none": "missing"} {
		if _, err := s.Linears(t.Context()).Linear(name, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := s.Linears(t.Context()).Linear("f32", make([]float32, 3)); err == nil || !strings.Contains(err.Error(), "tensor f32: a bias of 3 for 2 outputs") {
		t.Errorf("a bias too long: %v", err)
	}
}

func TestSourceClose(t *testing.T) {
	s := openSource(t, safetensors.FloatsEntry("w", safetensors.F32, []int{1, 1}, []float32{1}))
	if _, err := s.Matrix(t.Context(), "w"); err != nil {
		t.Fatal(err)
	}
	if err := s.Begin(); err != nil {
		t.Fatal(err)
	}
	closed := make(chan error)
	go func() { closed <- s.Close() }()
	for s.runs.TryRLock() { // fails once Close waits
		s.runs.RUnlock()
		select {
		case <-closed:
			t.Fatal("closed under a run")
		default:
			runtime.Gosched()
		}
	}
	s.End()
	if err := <-closed; err != nil {
		t.Fatal(err)
	}
	if err := s.Begin(); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("begin after close: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Errorf("second close: %v", err)
	}
}
