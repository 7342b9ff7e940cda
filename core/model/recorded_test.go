package model_test

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mmtui/mmtui/core/model"
	"github.com/mmtui/mmtui/core/safetensors"
)

// recorded opens a file of our own format, [2, 64] in 2 bits, with these figures in it.
func recorded(t *testing.T, figures string) (*model.Model, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "own.safetensors")
	metadata := map[string]string{
		"format": "mmtui-int2-1",
		"w.int2": `{"scheme": {"bits": 2, "grid": "half", "group": 64, "solver": "rtn"}, "shape": [2, 64], "dtype": "F32", "measured": ` + figures + `}`,
	}
	entries := []safetensors.Entry{
		safetensors.BytesEntry("w.codes", safetensors.U8, []int{2, 16}, make([]byte, 32)),
		safetensors.BytesEntry("w.multipliers", safetensors.U8, []int{2, 1}, []byte{1, 1}),
		safetensors.FloatsEntry("w.row_scale", safetensors.F32, []int{2}, []float32{1, 2}),
	}
	if err := safetensors.Write(context.Background(), path, entries, metadata); err != nil {
		t.Fatal(err)
	}
	m, err := model.Open(context.Background(), path, model.Options{})
	if err == nil {
		t.Cleanup(func() { _ = m.Close() })
	}
	return m, err
}

// Figures that a file leaves out are missing, not 0, and its words are safe to show.
func TestRecordedFigures(t *testing.T) {
	t.Parallel()
	m, err := recorded(t, `{"sqnr_db": 7.25, "cause": "\u001b[31mred", "solver_used": "a\u0007"}`)
	if err != nil {
		t.Fatal(err)
	}
	rec := m.Tensors[0].Recorded
	if rec == nil || rec.SQNRdB != 7.25 || rec.Cosine.Valid() || rec.ErrorEnergy.Valid() {
		t.Fatalf("recorded %+v", rec)
	}
	if *rec.Cause != `\x1b[31mred` || rec.SolverUsed != `a\a` {
		t.Errorf("cause %q, solver %q", *rec.Cause, rec.SolverUsed)
	}
	if m, err := recorded(t, "null"); err != nil || m.Tensors[0].Recorded != nil {
		t.Errorf("no figures: %+v, %v", m, err)
	}
	if _, err := recorded(t, `{"code_occupancy": [0, 0, 0, 0, 1]}`); err == nil || !strings.Contains(err.Error(), "5 codes") {
		t.Errorf("more codes than bits: %v", err)
	}
}
