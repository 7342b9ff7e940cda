package int2

import (
	"context"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mmtui/mmtui/internal/sharedtest"
)

// Real weights: no solver may be worse than round-to-nearest on any tensor, the
// packed form must be valid, and rounding scales to the number format must cost
// next to nothing on the whole model.
func TestRealWeights(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(sharedtest.Dir(t), "models", "*.safetensors"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no models: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".safetensors"), func(t *testing.T) {
			t.Parallel()
			var signal, float, rounded float64
			for name, w := range readTensors(t, file) {
				m := leadingRows(w)
				if m == nil {
					continue
				}
				s, f, r := checkRealMatrix(t, name, m)
				signal, float, rounded = signal+s, float+f, rounded+r
			}
			if lost := ratioDB(signal, float) - ratioDB(signal, rounded); !(math.Abs(lost) < 0.01) {
				t.Errorf("rounding scales to multipliers costs %.4f dB", lost)
			}
		})
	}
}

// leadingRows is the matrix view of a float tensor of rank 2 and above, as
// many rows as hold about 16,000 weights; nil for other tensors.
func leadingRows(w testTensor) *Dense {
	if w.f32 == nil || len(w.shape) < 2 || len(w.f32) == 0 {
		return nil
	}
	cols := len(w.f32) / w.shape[0]
	rows := min(w.shape[0], max(1, 1<<14/cols))
	return &Dense{Rows: rows, Cols: cols, Data: w.f32[:rows*cols]}
}

// checkRealMatrix returns Σw² and Σ(q−w)² of the default scheme with float and
// with rounded scales.
func checkRealMatrix(t *testing.T, name string, m *Dense) (signal, float, rounded float64) {
	t.Helper()
	for _, s := range twoBitSchemes(64) {
		res, err := Quantize(context.Background(), m, s, Options{Keep: true})
		if err != nil {
			t.Fatalf("%s, %s: %v", name, s, err)
		}
		if err := res.Packed.Validate(); err != nil {
			t.Errorf("%s, %s: %v", name, s, err)
		}
		plain := s
		plain.Solver = RTN
		rtn, err := Quantize(context.Background(), m, plain, Options{})
		if err != nil {
			t.Fatalf("%s, %s: %v", name, plain, err)
		}
		if res.Metrics.Error > rtn.Metrics.Error {
			t.Errorf("%s, %s: %.4f dB, round-to-nearest %.4f dB", name, s, res.Metrics.SQNRdB, rtn.Metrics.SQNRdB)
		}
		if s == DefaultScheme() {
			rounded = res.Metrics.Error
		}
	}
	p, err := SolveFloat(context.Background(), m.Data, m.Rows, m.Cols, DefaultScheme())
	if err != nil {
		t.Fatal(err)
	}
	q := make([]float32, len(m.Data))
	p.Dequantize(q)
	sums := sumErrors(m.Data, q)
	return sums.signal, sums.err, rounded
}
