package snapshot

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mmtui/mmtui/core/safetensors"
	"github.com/mmtui/mmtui/internal/sharedtest"
	"github.com/mmtui/mmtui/ui/internal/viewtest"
	"github.com/mmtui/mmtui/ui/msg"
	"github.com/mmtui/mmtui/ui/theme"
)

// smallModel writes a small model of two matrices and a vector, and returns its path.
func smallModel(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "small.safetensors")
	var entries []safetensors.Entry
	for k, shape := range [][]int{{64, 128}, {32, 256}, {128}} {
		entries = append(entries, safetensors.Entry{
			Name: []string{"layers.0.up.weight", "layers.0.down.weight", "layers.0.norm.weight"}[k], DType: safetensors.F32, Shape: shape,
			Write: func(_ context.Context, w io.Writer) error {
				n := shape[0]
				if len(shape) > 1 {
					n *= shape[1]
				}
				values := make([]float32, n)
				for i := range values {
					values[i] = float32(math.Sin(float64(i*i+k)) * 0.1)
				}
				return binary.Write(w, binary.LittleEndian, values)
			},
		})
	}
	if err := safetensors.Write(context.Background(), path, entries, nil); err != nil {
		t.Fatal(err)
	}
	return path
}

func render(t *testing.T, opt Options) string {
	t.Helper()
	frame, err := Render(context.Background(), opt)
	if err != nil {
		t.Fatal(err)
	}
	viewtest.Exact(t, frame, opt.Width, opt.Height)
	return frame
}

func TestRenderViews(t *testing.T) {
	path := smallModel(t)
	for _, c := range []struct {
		name string
		opt  Options
		want []string
	}{
		{"layers", Options{}, []string{"small.safetensors", "layers", "3 tensors", "scan 2/2"}},
		{"tensor", Options{Tensor: "layers.0.up.weight"}, []string{"layers.0.up.weight", "64×128", "Verdict", "Group SQNR", "Weights", "Codes", "becomes"}},
		{"what-if", Options{Tensor: "layers.0.up.weight", Keys: []string{"w", "right", "s"}}, []string{"What-if", "[3]", "every solver", "sinq"}},
		{"compare", Options{Tensor: "layers.0.up.weight", Keys: []string{"a", "w", "right", "enter", "esc", "b", "3"}}, []string{"2b→3b", "1 of 3 tensors differ"}},
		{"typed", Options{Keys: []string{"/", "type:down", "enter"}}, []string{"down.weight"}},
		{"view", Options{View: msg.Compare}, []string{"Nothing is pinned"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.opt.Path, c.opt.Width, c.opt.Height = path, 120, 36
			frame := render(t, c.opt)
			text := Text(frame)
			for _, want := range c.want {
				if !strings.Contains(text, want) {
					t.Errorf("the screen lacks %q:\n%s", want, text)
				}
			}
			if render(t, c.opt) != frame {
				t.Fatal("the same options gave two screens")
			}
		})
	}
}

func TestRenderSizesAndLooks(t *testing.T) {
	path := smallModel(t)
	for _, size := range [][2]int{{60, 20}, {80, 24}, {100, 30}, {160, 45}} {
		for _, g := range []theme.Graph{theme.Braille, theme.ASCII} {
			render(t, Options{Path: path, Width: size[0], Height: size[1], Tensor: "layers.0.down.weight", Theme: theme.HighContrast, Graph: g})
		}
	}
}

func TestRenderRefuses(t *testing.T) {
	path := smallModel(t)
	for _, c := range []struct {
		name string
		opt  Options
		want string
	}{
		{"too small", Options{Path: path, Width: 59, Height: 20}, "59x20 is too small"},
		{"too large", Options{Path: path, Width: 100000, Height: 20}, "too large"},
		{"view", Options{Path: path, Width: 80, Height: 24, View: "gpu"}, `view "gpu" is not known`},
		{"tensor", Options{Path: path, Width: 80, Height: 24, Tensor: "layers.0.up.wait"}, `the nearest name is "layers.0.up.weight"`},
		{"key", Options{Path: path, Width: 80, Height: 24, Keys: []string{"hyper"}}, `key "hyper" is not known`},
		{"no model", Options{Path: filepath.Join(t.TempDir(), "none.safetensors"), Width: 80, Height: 24}, "none.safetensors"},
	} {
		if frame, err := Render(context.Background(), c.opt); err == nil || !strings.Contains(err.Error(), c.want) || frame != "" {
			t.Errorf("%s: error %v, want one with %q", c.name, err, c.want)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Render(ctx, Options{Path: path, Width: 80, Height: 24}); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled context gives %v", err)
	}
}

func TestTitle(t *testing.T) {
	for path, want := range map[string]string{"/a/b/c.safetensors": "mmtui c.safetensors", `C:\x\y`: "mmtui y", "owner/name": "mmtui name", "": "mmtui"} {
		if got := (Options{Path: path}).Title(); got != want {
			t.Errorf("the title of %q is %q, want %q", path, got, want)
		}
	}
}

func TestRealModels(t *testing.T) {
	if testing.Short() {
		t.Skip("opens real models; run without -short")
	}
	models, err := filepath.Glob(filepath.Join(sharedtest.Dir(t), "models", "*.safetensors"))
	if err != nil || len(models) == 0 {
		t.Fatalf("no models: %v", err)
	}
	for _, path := range models {
		t.Run(filepath.Base(path), func(t *testing.T) {
			frame := render(t, Options{Path: path, Width: 120, Height: 36, Keys: []string{"down", "down", "2"}})
			if text := Text(frame); !strings.Contains(text, filepath.Base(path)) {
				t.Errorf("the screen does not name the model:\n%s", text)
			}
			render(t, Options{Path: path, Width: 120, Height: 36, Keys: []string{"2", "]", "]", "x", "+", "p", "L", "tab", "m"}})
		})
	}
}
