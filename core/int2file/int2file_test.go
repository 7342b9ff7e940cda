package int2file_test

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/mmtui/mmtui/core/int2file"
	"github.com/mmtui/mmtui/core/model"
	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/core/safetensors"
	"github.com/mmtui/mmtui/int2"
)

// matrix is a RowReader over values at hand.
type matrix struct {
	rows, cols int
	v          []float32
}

func (m matrix) Dims() (rows, cols int) { return m.rows, m.cols }

func (m matrix) ReadRows(_ context.Context, lo, hi int, dst []float32) error {
	copy(dst, m.v[lo*m.cols:hi*m.cols])
	return nil
}

// quantized packs a random matrix.
func quantized(t testing.TB, rows, cols int, s int2.Scheme) *int2.Packed {
	t.Helper()
	r := rand.New(rand.NewPCG(uint64(rows), uint64(cols)))
	m := matrix{rows, cols, make([]float32, rows*cols)}
	for i := range m.v {
		m.v[i] = float32(r.NormFloat64()) / 20
	}
	result, err := int2.Quantize(context.Background(), m, s, int2.Options{Keep: true})
	if err != nil {
		t.Fatal(err)
	}
	return result.Packed
}

func schemes() []int2.Scheme {
	return []int2.Scheme{
		int2.DefaultScheme(),
		{Bits: 2, Grid: int2.Twos, Group: 16, Solver: int2.RTN},
		{Bits: 2, Grid: int2.Affine, Group: 64, Solver: int2.LS},
		{Bits: 3, Grid: int2.Half, Group: int2.PerChannel, Solver: int2.RTN},
		{Bits: 3, Grid: int2.Affine, Group: 32, Solver: int2.SINQ}, // with column scales
		{Bits: 4, Grid: int2.Affine, Group: 16, Solver: int2.RTN, IntegerZero: true},
		{Bits: 8, Grid: int2.Twos, Group: 256, Solver: int2.Search},
	}
}

// file is an INT2 file that a test puts together.
type file struct {
	entries  []safetensors.Entry
	metadata map[string]string
}

func newFile() *file {
	return &file{metadata: map[string]string{int2file.FormatKey: int2file.Format}}
}

func (f *file) add(t testing.TB, name string, p *int2.Packed, meta int2file.Meta) *file {
	t.Helper()
	key, value, err := int2file.Metadata(name, p.Scheme, meta)
	if err != nil {
		t.Fatal(err)
	}
	f.metadata[key] = value
	f.entries = append(f.entries, int2file.Entries(name, p)...)
	return f
}

func (f *file) save(t testing.TB) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "int2.safetensors")
	if err := safetensors.Write(context.Background(), path, f.entries, f.metadata); err != nil {
		t.Fatal(err)
	}
	return path
}

// What is written comes back, array by array, and as a logical tensor with the
// values that int2 computes.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	out := newFile()
	packed := map[string]*int2.Packed{}
	sqnr := report.Number(7.25)
	for i, s := range schemes() {
		name := fmt.Sprintf("block.%d.weight", i)
		p := quantized(t, 6+i, 90+i, s)
		packed[name] = p
		rec := report.Tensor{Name: name, DType: "F16", Shape: []int{p.Rows, p.Cols}, SQNRdB: sqnr, Rank: nil, Scheme: &p.Scheme}
		measured, err := json.Marshal(rec)
		if err != nil {
			t.Fatal(err)
		}
		out.add(t, name, p, int2file.Meta{Shape: []int{p.Rows, p.Cols}, DType: safetensors.F16, Measured: measured})
	}
	out.entries = append(out.entries, safetensors.FloatsEntry("block.0.bias", safetensors.F16, []int{2}, []float32{1, 2}))
	path := out.save(t)

	f, err := safetensors.Open(path, safetensors.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	list, err := int2file.List(f)
	if err != nil || len(list) != len(packed) {
		t.Fatalf("%d tensors, %v; want %d", len(list), err, len(packed))
	}
	for _, l := range list {
		got, err := l.Decode(ctx, f)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, packed[l.Name]) {
			t.Errorf("%s: another matrix came back", l.Name)
		}
		if l.Meta.DType != safetensors.F16 {
			t.Errorf("%s: dtype %s", l.Name, l.Meta.DType)
		}
	}

	m, err := model.Open(ctx, path, model.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	if len(m.Tensors) != len(packed)+1 || m.Quantization != "mmtui" || len(m.Warnings) != 0 {
		t.Errorf("%d tensors, %q, warnings %q", len(m.Tensors), m.Quantization, m.Warnings)
	}
	for name, p := range packed {
		tensor, ok := m.Lookup(name)
		if !ok {
			t.Fatalf("no %s", name)
		}
		if tensor.SizeBytes != p.SizeBytes() || tensor.DType != "F32" || !slices.Equal(tensor.Shape, []int{p.Rows, p.Cols}) {
			t.Errorf("%s: %d bytes, %s %v; want %d", name, tensor.SizeBytes, tensor.DType, tensor.Shape, p.SizeBytes())
		}
		if tensor.Recorded == nil || tensor.Recorded.SQNRdB != sqnr || *tensor.Recorded.Scheme != p.Scheme {
			t.Errorf("%s: recorded %+v", name, tensor.Recorded)
		}
		rows, err := tensor.Rows(ctx)
		if err != nil {
			t.Fatal(err)
		}
		got, want := make([]float32, p.Cols), make([]float32, p.Cols)
		for r := range p.Rows {
			if err := rows.ReadRows(ctx, r, r+1, got); err != nil {
				t.Fatal(err)
			}
			p.DequantizeRow(want, r)
			if !slices.Equal(got, want) {
				t.Fatalf("%s: row %d differs", name, r)
			}
		}
		if again, err := tensor.Packed(ctx); err != nil || !reflect.DeepEqual(again, p) {
			t.Errorf("%s: Packed gives another matrix, %v", name, err)
		}
	}
	bias, _ := m.Lookup("block.0.bias")
	if _, err := bias.Packed(ctx); err == nil {
		t.Error("a plain tensor as a packed one")
	}
}

// Shapes that are not [rows, cols] keep their own.
func TestShapes(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	p := quantized(t, 8, 48, int2.DefaultScheme())
	path := newFile().
		add(t, "conv.weight", p, int2file.Meta{Shape: []int{8, 3, 4, 4}, DType: safetensors.F32}).
		add(t, "h.c_fc.weight", p, int2file.Meta{Shape: []int{48, 8}, DType: safetensors.F32, Transposed: true}).
		add(t, "pos", p, int2file.Meta{Shape: []int{2, 4, 48}, DType: safetensors.BF16}).save(t)
	m, err := model.Open(ctx, path, model.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	all := make([]float32, 8*48)
	if err := p.ReadRows(ctx, 0, 8, all); err != nil {
		t.Fatal(err)
	}
	for _, tensor := range m.Tensors {
		rows, cols, ok, _ := tensor.Matrix()
		if !ok || rows != 8 || cols != 48 {
			t.Errorf("%s: [%d, %d]", tensor.Name, rows, cols)
		}
		run := make([]float32, 101)
		const first = 33
		if err := tensor.Values(ctx, first, run); err != nil {
			t.Fatal(err)
		}
		for i, v := range run {
			at := first + i
			if tensor.Transposed {
				at = at%8*48 + at/8
			}
			if v != all[at] {
				t.Fatalf("%s: value %d is %v, want %v", tensor.Name, first+i, v, all[at])
			}
		}
	}
}

// TestHostile expects an error that names the tensor and the part.
func TestHostile(t *testing.T) {
	t.Parallel()
	affine := int2.Scheme{Bits: 2, Grid: int2.Affine, Group: 64, Solver: int2.LS}
	edit := func(from, to string) func(*file) {
		return func(f *file) { f.metadata["w.int2"] = strings.Replace(f.metadata["w.int2"], from, to, 1) }
	}
	entry := func(suffix string, d safetensors.DType, shape []int, data []byte) func(*file) {
		return func(f *file) {
			for i := range f.entries {
				if f.entries[i].Name == "w"+suffix {
					f.entries[i] = safetensors.BytesEntry("w"+suffix, d, shape, data)
					return
				}
			}
			f.entries = append(f.entries, safetensors.BytesEntry("w"+suffix, d, shape, data))
		}
	}
	drop := func(suffix string) func(*file) {
		return func(f *file) {
			f.entries = slices.DeleteFunc(f.entries, func(e safetensors.Entry) bool { return e.Name == "w"+suffix })
		}
	}
	nan := binary.LittleEndian.AppendUint32(nil, 0x7fc00000)
	for what, c := range map[string]struct {
		scheme int2.Scheme
		change func(*file)
		want   string
	}{
		"a newer version":       {affine, func(f *file) { f.metadata["format"] = "mmtui-int2-2" }, `format "mmtui-int2-2"`},
		"no JSON":               {affine, func(f *file) { f.metadata["w.int2"] = "{" }, "not as docs/format.md"},
		"a list":                {affine, func(f *file) { f.metadata["w.int2"] = "[]" }, "not as docs/format.md"},
		"empty":                 {affine, func(f *file) { f.metadata["w.int2"] = "{}" }, "tensor w: bits \"0\" is not allowed"},
		"no such grid":          {affine, edit(`"affine"`, `"cubic"`), "cubic"},
		"5 bits":                {affine, edit(`"bits":2`, `"bits":5`), "5"},
		"group of 7":            {affine, edit(`"group":64`, `"group":7`), "7"},
		"integer dtype":         {affine, edit(`"F16"`, `"I32"`), `dtype "I32"`},
		"shape of rank 1":       {affine, edit(`[4,128]`, `[512]`), "shape [512] does not fit"},
		"negative shape":        {affine, edit(`[4,128]`, `[-4,-128]`), "does not fit"},
		"shape overflows":       {affine, edit(`[4,128]`, `[4,4611686018427387904]`), "does not fit"},
		"huge shape":            {affine, edit(`[4,128]`, `[4,1073741824]`), "columns are more than"},
		"wrong columns":         {affine, edit(`[4,128]`, `[4,129]`), "w.codes is U8 [4 32], want U8 [4 33]"},
		"wrong view":            {affine, edit(`[4,128]`, `[2,256]`), "matrix view of [2 256] is [2, 256]"},
		"transposed":            {affine, edit(`"dtype"`, `"transposed":true,"dtype"`), "not the transpose"},
		"tensor without parts":  {affine, func(f *file) { f.metadata["v.int2"] = f.metadata["w.int2"] }, "tensor v: v.codes is missing"},
		"no multipliers":        {affine, drop(".multipliers"), "w.multipliers is missing"},
		"no offsets":            {affine, drop(".offsets"), "w.offsets is missing"},
		"offsets on half":       {int2.DefaultScheme(), entry(".offsets", safetensors.I16, []int{4, 2}, make([]byte, 16)), "w.offsets is there, but the grid is half"},
		"short codes":           {affine, entry(".codes", safetensors.U8, []int{4, 31}, make([]byte, 124)), "w.codes is U8 [4 31], want"},
		"codes of another type": {affine, entry(".codes", safetensors.I8, []int{4, 32}, make([]byte, 128)), "w.codes is I8"},
		"no rows":               {affine, entry(".row_scale", safetensors.F32, []int{0}, nil), "does not fit 0 rows"},
		"scales of rank 2":      {affine, entry(".row_scale", safetensors.F32, []int{4, 1}, make([]byte, 16)), "w.row_scale has shape [4 1]"},
		"a NaN scale":           {affine, entry(".row_scale", safetensors.F32, []int{4}, append(nan, make([]byte, 12)...)), "row 0: row_scale is NaN"},
		"columns too short":     {affine, entry(".col", safetensors.F32, []int{127}, make([]byte, 508)), "w.col is F32 [127], want"},
		"zero column scales":    {affine, entry(".col", safetensors.F32, []int{128}, make([]byte, 512)), "col[0]"},
		"figures are a list":    {affine, edit(`"dtype"`, `"measured":[1],"dtype"`), "recorded figures"},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			f := newFile().add(t, "w", quantized(t, 4, 128, c.scheme), int2file.Meta{Shape: []int{4, 128}, DType: safetensors.F16})
			c.change(f)
			path := f.save(t)
			err := readAll(path)
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), path) {
				t.Errorf("%v does not say %q and the file", err, c.want)
			}
		})
	}
}

func readAll(path string) error {
	ctx := context.Background()
	m, err := model.Open(ctx, path, model.Options{})
	if err != nil {
		return err
	}
	defer m.Close()
	for _, tensor := range m.Tensors {
		if tensor.Stored == nil {
			continue
		}
		rows, err := tensor.Rows(ctx)
		if err != nil {
			return err
		}
		n, cols := rows.Dims()
		row := make([]float32, cols)
		for r := range n {
			if err := rows.ReadRows(ctx, r, r+1, row); err != nil {
				return err
			}
			for _, v := range row {
				if v != v {
					return fmt.Errorf("row %d holds NaN", r)
				}
			}
		}
	}
	return nil
}

// A file of another format lists nothing.
func TestOtherFormats(t *testing.T) {
	t.Parallel()
	f := newFile().add(t, "w", quantized(t, 4, 64, int2.DefaultScheme()), int2file.Meta{Shape: []int{4, 64}, DType: safetensors.F32})
	f.metadata["format"] = "pt"
	open, err := safetensors.Open(f.save(t), safetensors.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	defer open.Close()
	if list, err := int2file.List(open); err != nil || len(list) != 0 {
		t.Errorf("%d tensors, %v", len(list), err)
	}
}

// FuzzOpenInt2 mutates a whole file; what opens has finite values.
func FuzzOpenInt2(f *testing.F) {
	for _, s := range schemes() {
		path := newFile().add(f, "w", quantized(f, 3, 40, s), int2file.Meta{Shape: []int{3, 40}, DType: safetensors.F32}).save(f)
		b, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		n := binary.LittleEndian.Uint64(b)
		f.Add(b[8:8+n], b[8+n:])
	}
	f.Fuzz(func(t *testing.T, header, data []byte) {
		path := filepath.Join(t.TempDir(), "f.safetensors")
		b := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
		if err := os.WriteFile(path, append(append(b, header...), data...), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := readAll(path); err != nil && strings.Contains(err.Error(), "NaN") && strings.HasPrefix(err.Error(), "row ") {
			t.Fatal(err)
		}
	})
}
