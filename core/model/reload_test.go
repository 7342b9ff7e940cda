package model_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/mmtui/mmtui/core/model"
	"github.com/mmtui/mmtui/core/safetensors"
)

// A training job that writes over its checkpoint while it is open gives an
// error, for plain and packed tensors, and Reopen the new state.
func TestOverwrittenAndTruncated(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	damage := map[string]func(t *testing.T, path string){
		"truncated": func(t *testing.T, path string) {
			if err := os.Truncate(path, 300); err != nil {
				t.Fatal(err)
			}
		},
		"emptied": func(t *testing.T, path string) {
			if err := os.Truncate(path, 0); err != nil {
				t.Fatal(err)
			}
		},
		"grown": func(t *testing.T, path string) {
			if err := os.Truncate(path, 1<<20); err != nil {
				t.Fatal(err)
			}
		},
	}
	kinds := map[string]func(t *testing.T) *folder{
		"plain": func(t *testing.T) *folder {
			return newFolder(t).floats("w", safetensors.F32, []int{64, 64}, make([]float32, 64*64)).save("model.safetensors")
		},
		"transposed": func(t *testing.T) *folder {
			return newFolder(t).config(`{"model_type": "gpt2"}`).floats("h.c_fc.weight", safetensors.F32, []int{64, 64}, make([]float32, 64*64)).save("model.safetensors")
		},
	}
	for name := range storedAs() {
		kinds[name] = func(t *testing.T) *folder {
			f := newFolder(t)
			for _, file := range []string{"config.json", "model.safetensors"} {
				b, err := os.ReadFile(filepath.Join("testdata/quantized", name, file))
				if err != nil {
					t.Fatal(err)
				}
				f.file(file, string(b))
			}
			return f
		}
	}
	for kind, build := range kinds {
		for what, break_ := range damage {
			t.Run(kind+" "+what, func(t *testing.T) {
				t.Parallel()
				f := build(t)
				m := open(t, f.dir)
				tensor := m.Tensors[0]
				before, err := tensor.Rows(ctx)
				if err != nil {
					t.Fatal(err)
				}
				rows, cols := before.Dims()
				want, got := make([]float32, cols), make([]float32, cols)
				if err := before.ReadRows(ctx, rows-1, rows, want); err != nil {
					t.Fatal(err)
				}
				if err := m.Check(); err != nil {
					t.Fatal(err)
				}
				break_(t, filepath.Join(f.dir, "model.safetensors"))

				var changed *safetensors.ChangedError
				if err := m.Check(); !errors.As(err, &changed) {
					t.Errorf("Check: %v", err)
				}
				// Rows that were open go on with what they hold, or fail; they are never wrong.
				if err := before.ReadRows(ctx, rows-1, rows, got); err == nil {
					for i := range want {
						if got[i] != want[i] {
							t.Fatalf("value %d is %v, it was %v", i, got[i], want[i])
						}
					}
				} else if !errors.As(err, &changed) {
					t.Errorf("open rows: %v", err)
				}
				if r, err := tensor.Rows(ctx); err == nil {
					err = r.ReadRows(ctx, rows-1, rows, got)
					if !errors.As(err, &changed) {
						t.Errorf("new rows: %v", err)
					}
				} else if !errors.As(err, &changed) {
					t.Errorf("new rows: %v", err)
				}
				if _, err := tensor.Fingerprint(ctx); !errors.As(err, &changed) {
					t.Errorf("fingerprint: %v", err)
				}
				if again, err := m.Reopen(ctx); err == nil {
					_ = again.Close()
					t.Error("reopened a damaged file")
				}
			})
		}
	}
}

func TestReopenSeesTheNewFile(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	f := newFolder(t).floats("same", safetensors.F32, []int{2}, []float32{1, 2}).floats("other", safetensors.F32, []int{2}, []float32{3, 4})
	old := f.open()
	before := map[string]uint64{"same": fingerprint(t, old, "same"), "other": fingerprint(t, old, "other")}
	f.floats("same", safetensors.F32, []int{2}, []float32{1, 2}).floats("other", safetensors.F32, []int{2}, []float32{3, 5})
	f.save("model.safetensors") // by rename, as careful writers do
	m, err := old.Reopen(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	for name, was := range before {
		if same := fingerprint(t, m, name) == was; same != (name == "same") {
			t.Errorf("%s: same fingerprint %v", name, same)
		}
	}
}

func fingerprint(t *testing.T, m *model.Model, name string) uint64 {
	t.Helper()
	tensor, ok := m.Lookup(name)
	if !ok {
		t.Fatalf("no %s", name)
	}
	h, err := tensor.Fingerprint(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return h
}
