package model_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/mmtui/mmtui/core/model"
	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/core/safetensors"
	"github.com/mmtui/mmtui/internal/sharedtest"
)

const fixtureName = "model.layers.0.mlp.up_proj.weight"

// storedAs is what each fixture must be shown as.
func storedAs() map[string]report.Stored {
	gptq := func(bits report.Number, group int, symmetric bool, detail string) report.Stored {
		return report.Stored{Method: "gptq", Bits: bits, Group: group, Symmetric: symmetric, Detail: detail}
	}
	ct := func(bits report.Number, group int, symmetric bool) report.Stored {
		return report.Stored{Method: "compressed-tensors", Bits: bits, Group: group, Symmetric: symmetric, Detail: "pack-quantized"}
	}
	bnb := func(bits report.Number, group int, detail string) report.Stored {
		return report.Stored{Method: "bitsandbytes", Bits: bits, Group: group, Symmetric: detail == "int8", Detail: detail}
	}
	return map[string]report.Stored{
		"gptq_4bit_g128_sym":           gptq(4, 128, true, ""),
		"gptq_2bit_g64_sym":            gptq(2, 64, true, ""),
		"gptq_2bit_g64_asym":           gptq(2, 64, false, ""),
		"gptq_3bit_g128_asym":          gptq(3, 128, false, ""),
		"gptq_4bit_g64_actorder":       gptq(4, 64, false, "act-order"),
		"gptq_v2_2bit_g64_asym":        gptq(2, 64, false, "v2"),
		"awq_4bit_g128_gemm":           {Method: "awq", Bits: 4, Group: 128, Detail: "gemm"},
		"ct_2bit_g128_sym":             ct(2, 128, true),
		"ct_4bit_g128_sym":             ct(4, 128, true),
		"ct_4bit_channel_sym":          ct(4, 0, true),
		"ct_2bit_g32_asym":             ct(2, 32, false),
		"hqq_4bit_g64_axis1":           {Method: "hqq", Bits: 4, Group: 64, Detail: "axis 1"},
		"hqq_2bit_g64_axis1":           {Method: "hqq", Bits: 2, Group: 64, Detail: "axis 1"},
		"hqq_2bit_g16_axis0":           {Method: "hqq", Bits: 2, Group: 16, Detail: "axis 0"},
		"bnb_nf4":                      bnb(4, 64, "nf4"),
		"bnb_nf4_double":               bnb(4, 64, "nf4, double"),
		"bnb_int8":                     bnb(8, 0, "int8"),
		"bitnet_autobitlinear_offline": {Method: "bitnet", Bits: 2, Symmetric: true, Detail: "ternary, autobitlinear"},
		"bitnet_bitlinear":             {Method: "bitnet", Bits: 2, Symmetric: true, Detail: "ternary, bitlinear"},
	}
}

// TestDecodesOtherToolsFixtures decodes what nine tools packed and compares
// with their own dequantized values, bit for bit in the dtype they compute in.
func TestDecodesOtherToolsFixtures(t *testing.T) {
	t.Parallel()
	var expected map[string]struct {
		DType  string `json:"dtype"`
		Shape  []int  `json:"shape"`
		SHA256 string `json:"sha256"`
	}
	data, err := os.ReadFile("testdata/quantized/expected.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &expected); err != nil {
		t.Fatal(err)
	}
	if len(expected) != 19 || len(storedAs()) != 19 {
		t.Fatalf("%d and %d fixtures, want 19", len(expected), len(storedAs()))
	}
	for name, want := range expected {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tensor := checkFixture(t, filepath.Join("testdata/quantized", name), storedAs()[name])
			if tensor.DType != want.DType || !slices.Equal(tensor.Shape, want.Shape) {
				t.Fatalf("%s %v, want %s %v", tensor.DType, tensor.Shape, want.DType, want.Shape)
			}
			sum := sha256.Sum256(encoded(t, tensor))
			if got := hex.EncodeToString(sum[:]); got != want.SHA256 {
				t.Fatalf("values have SHA-256 %s, want %s", got, want.SHA256)
			}
		})
	}
}

// TestDecodesSharedFixtures does the same against the values themselves, which
// tells where a difference lies.
func TestDecodesSharedFixtures(t *testing.T) {
	t.Parallel()
	root := filepath.Join(sharedtest.Dir(t), "fixtures/safetensors/quantized")
	for name, stored := range storedAs() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(root, name)
			tensor := checkFixture(t, dir, stored)
			f, err := safetensors.Open(filepath.Join(dir, "dequantized.safetensors"), safetensors.Limits{})
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			info, ok := f.Lookup(fixtureName)
			if !ok {
				t.Fatal("no weight in dequantized.safetensors")
			}
			want := make([]byte, info.Size())
			if err := f.ReadBytes(info, 0, want); err != nil {
				t.Fatal(err)
			}
			got := encoded(t, tensor)
			if stored.Method == "bitnet" {
				unsignZeros(want) // the reference is made from ternary weights that still had signed zeros
			}
			if !bytes.Equal(got, want) {
				width := info.DType.Bits() / 8
				for i := 0; i < len(want); i += width {
					if !bytes.Equal(got[i:i+width], want[i:i+width]) {
						at := i / width
						t.Fatalf("first difference at row %d, column %d: %x, want %x", at/256, at%256, got[i:i+width], want[i:i+width])
					}
				}
			}
		})
	}
}

// unsignZeros makes −0 of a 16-bit float 0.
func unsignZeros(b []byte) {
	for i := 0; i < len(b); i += 2 {
		if b[i] == 0 && b[i+1] == 0x80 {
			b[i+1] = 0
		}
	}
}

// checkFixture opens a folder and checks everything but the values.
func checkFixture(t *testing.T, dir string, stored report.Stored) *model.Tensor {
	t.Helper()
	m := open(t, dir)
	if len(m.Warnings) > 0 {
		t.Errorf("warnings: %q", m.Warnings)
	}
	if len(m.Tensors) != 1 || m.Tensors[0].Name != fixtureName {
		t.Fatalf("tensors %v, want only %s", names(m), fixtureName)
	}
	tensor := m.Tensors[0]
	if *tensor.Stored != stored || m.Quantization != stored.Method {
		t.Errorf("stored as %+v (%s), want %+v", *tensor.Stored, m.Quantization, stored)
	}
	f, err := safetensors.Open(filepath.Join(dir, "model.safetensors"), safetensors.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	size := int64(0)
	for _, info := range f.Tensors {
		size += info.Size()
	}
	if tensor.SizeBytes != size || m.SizeBytes != size {
		t.Errorf("size %d and %d bytes, the file has %d of data", tensor.SizeBytes, m.SizeBytes, size)
	}
	if len(tensor.Parts) != len(f.Tensors) {
		t.Errorf("%d parts, the file has %d tensors", len(tensor.Parts), len(f.Tensors))
	}
	if m.Architecture != "LlamaForCausalLM" {
		t.Errorf("architecture %q", m.Architecture)
	}
	return tensor
}

// encoded is a tensor's values in its dtype, read in uneven blocks of rows.
func encoded(t testing.TB, tensor *model.Tensor) []byte {
	t.Helper()
	ctx := context.Background()
	rows, err := tensor.Rows(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	n, cols := rows.Dims()
	values := make([]float32, n*cols)
	for lo := 0; lo < n; {
		hi := min(lo+lo%7+1, n)
		if err := rows.ReadRows(ctx, lo, hi, values[lo*cols:hi*cols]); err != nil {
			t.Fatal(err)
		}
		lo = hi
	}
	return encode(t, safetensors.DType(tensor.DType), values)
}

func encode(t testing.TB, d safetensors.DType, values []float32) []byte {
	t.Helper()
	out := make([]byte, len(values)*d.Bits()/8)
	if err := safetensors.Encode(d, values, out); err != nil {
		t.Fatal(err)
	}
	return out
}

func open(t testing.TB, path string) *model.Model {
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

func names(m *model.Model) []string {
	var out []string
	for _, t := range m.Tensors {
		out = append(out, t.Name)
	}
	return out
}
