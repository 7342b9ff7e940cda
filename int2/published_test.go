package int2

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mmtui/mmtui/internal/sharedtest"
)

// published maps the names of the reference data to our schemes.
var published = map[string]Scheme{
	"rtn_minmax/g64": {Bits: 2, Grid: Affine, Group: 64, Solver: RTN},
	"awq_rtn/g64":    {Bits: 2, Grid: Affine, Group: 64, Solver: RTN, IntegerZero: true},
	"awq_rtn/g32":    {Bits: 2, Grid: Affine, Group: 32, Solver: RTN, IntegerZero: true},
	"hqq/g64":        {Bits: 2, Grid: Affine, Group: 64, Solver: HQQ},
	"hqq/g32":        {Bits: 2, Grid: Affine, Group: 32, Solver: HQQ},
	"sinq/g64":       {Bits: 2, Grid: Affine, Group: 64, Solver: SINQ},
}

func TestPublishedQuantizers(t *testing.T) {
	t.Parallel()
	comparePublished(t, filepath.Join("testdata", "quantizers"), 2)
}

func TestPublishedQuantizersWholeReference(t *testing.T) {
	t.Parallel()
	comparePublished(t, filepath.Join(sharedtest.Dir(t), "fixtures", "quantizers"), 3)
}

func comparePublished(t *testing.T, dir string, cases int) {
	tensors := readTensors(t, filepath.Join(dir, "quantizers.safetensors"))
	var index struct {
		Cases map[string]struct {
			Results map[string]struct {
				SQNR      float64 `json:"weight_sqnr_db"`
				Occupancy []int   `json:"occupancy"`
			} `json:"results"`
		} `json:"cases"`
	}
	data, err := os.ReadFile(filepath.Join(dir, "quantizers.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &index); err != nil {
		t.Fatal(err)
	}
	if len(index.Cases) != cases {
		t.Fatalf("%d cases, want %d", len(index.Cases), cases)
	}
	for name, c := range index.Cases {
		for method, scheme := range published {
			t.Run(name+"/"+method, func(t *testing.T) {
				want, ok := c.Results[method]
				if !ok {
					t.Fatal("the reference lacks this result")
				}
				comparePublishedOne(t, tensors, name, method, scheme, want.SQNR, want.Occupancy)
			})
		}
	}
}

// comparePublishedOne asks for what the reference's README allows another
// language: 99.9% equal codes and scales to 1e-5.
func comparePublishedOne(t *testing.T, tensors map[string]testTensor, name, method string, s Scheme, sqnr float64, occupancy []int) {
	w := tensors[name+"/W"]
	rows, cols := w.shape[0], w.shape[1]
	p, err := SolveFloat(context.Background(), w.f32, rows, cols, s)
	if err != nil {
		t.Fatal(err)
	}
	ref := func(part string) testTensor { return tensors[name+"/"+method+"/"+part] }
	codes := ref("codes").u8
	if len(codes) != rows*cols {
		t.Fatalf("reference codes: %d", len(codes))
	}
	differ := 0
	var counts [4]int
	for i, c := range codes {
		counts[p.Codes[i]]++
		if p.Codes[i] != c {
			differ++
		}
	}
	if most := len(codes) / 1000; differ > most {
		t.Errorf("%d of %d codes differ, at most %d may", differ, len(codes), most)
	}
	for i, n := range occupancy {
		if d := counts[i] - n; max(d, -d) > len(codes)/1000 {
			t.Errorf("code %d occurs %d times, want %d", i, counts[i], n)
		}
	}
	closeTo(t, "scale", p.Scale, ref("scale").f32, 1e-5, 0)
	closeTo(t, "zero", p.Zero, ref("zero").f32, 1e-5, 1e-5)
	if s.Solver == SINQ {
		closeTo(t, "col", p.Col, ref("col").f32, 1e-5, 0)
	}
	deq := make([]float32, rows*cols)
	p.Dequantize(deq)
	sums := sumErrors(w.f32, deq)
	if got := ratioDB(sums.signal, sums.err); math.Abs(got-sqnr) > 0.001 {
		t.Errorf("weight SQNR is %.4f dB, want %.4f", got, sqnr)
	}
	if want := ref("deq").f32; want != nil {
		if d := sumErrors(want, deq); d.err > 2e-4*d.signal { // a few flipped ties
			t.Errorf("dequantized values differ by %.1f dB", ratioDB(d.signal, d.err))
		}
	}
	if s.Solver == HQQ || s.Solver == SINQ {
		if ref("deq").f32 == nil && s.Group == 64 {
			t.Error("the reference lacks deq")
		}
	}
}

func closeTo(t *testing.T, what string, got, want []float32, relative, absolute float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s has %d values, want %d", what, len(got), len(want))
	}
	for i := range got {
		d := math.Abs(float64(got[i]) - float64(want[i]))
		if !(d <= absolute+relative*math.Abs(float64(want[i]))) {
			t.Fatalf("%s[%d] is %v, want %v", what, i, got[i], want[i])
		}
	}
}

type testTensor struct {
	shape []int
	f32   []float32
	u8    []uint8
}

// readTensors reads a trusted safetensors file of F32 and U8.
func readTensors(t *testing.T, path string) map[string]testTensor {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	n := binary.LittleEndian.Uint64(data)
	header, body := data[8:8+n], data[8+n:]
	var index map[string]json.RawMessage
	if err := json.Unmarshal(header, &index); err != nil {
		t.Fatal(err)
	}
	out := map[string]testTensor{}
	for name, raw := range index {
		if strings.HasPrefix(name, "__") {
			continue
		}
		var e struct {
			DType   string `json:"dtype"`
			Shape   []int  `json:"shape"`
			Offsets [2]int `json:"data_offsets"`
		}
		if err := json.Unmarshal(raw, &e); err != nil {
			t.Fatal(err)
		}
		bytes := body[e.Offsets[0]:e.Offsets[1]]
		tensor := testTensor{shape: e.Shape, u8: bytes}
		if e.DType == "F32" {
			tensor.f32 = make([]float32, len(bytes)/4)
			for i := range tensor.f32 {
				tensor.f32[i] = math.Float32frombits(binary.LittleEndian.Uint32(bytes[4*i:]))
			}
		}
		out[name] = tensor
	}
	return out
}
