package safetensors

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"github.com/mmtui/mmtui/internal/sharedtest"
)

// fixture is the JSON beside a file of the reference writers.
type fixture struct {
	File        string
	HeaderBytes int64 `json:"header_bytes"`
	FileBytes   int64 `json:"file_bytes"`
	SHA256      string
	Metadata    map[string]string
	Order       []string `json:"order_in_file"`
	Tensors     map[string]struct {
		DType   DType
		Shape   []int
		Offsets [2]int64 `json:"data_offsets"`
		RawHex  string   `json:"raw_hex"`
		Values  []json.RawMessage
	}
}

var fixtureNames = []string{"torch_all", "torch_f4", "numpy_all", "shapes", "names", "no_tensors"}

func loadFixture(t *testing.T, dir, name string) (fixture, *File) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var want fixture
	if err := json.Unmarshal(b, &want); err != nil {
		t.Fatal(err)
	}
	f, err := Open(filepath.Join(dir, want.File), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return want, f
}

// number is a value of a fixture: a number, an integer as text, a word or a truth value.
func number(t *testing.T, raw json.RawMessage) float64 {
	t.Helper()
	switch text := string(bytes.Trim(raw, `"`)); text {
	case "NaN":
		return math.NaN()
	case "Infinity":
		return math.Inf(1)
	case "-Infinity":
		return math.Inf(-1)
	case "true":
		return 1
	case "false":
		return 0
	default:
		v, err := strconv.ParseFloat(text, 64)
		if err != nil {
			t.Fatalf("the fixture has the value %s", raw)
		}
		return v
	}
}

// rounded is v as ReadValues gives it.
func rounded(t *testing.T, d DType, raw json.RawMessage) float32 {
	t.Helper()
	if d == I64 || d == U64 { // through float64 they would be rounded twice
		text := string(bytes.Trim(raw, `"`))
		if u, err := strconv.ParseUint(text, 10, 64); err == nil {
			return float32(u)
		}
		i, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		return float32(i)
	}
	return float32(number(t, raw))
}

func sameFloat(a, b float32) bool {
	return math.Float32bits(a) == math.Float32bits(b) || a != a && b != b
}

func checkFixture(t *testing.T, dir, name string) {
	want, f := loadFixture(t, dir, name)
	if f.HeaderSize != want.HeaderBytes || f.DataStart != want.HeaderBytes+8 {
		t.Errorf("header of %d bytes, data at %d; want %d", f.HeaderSize, f.DataStart, want.HeaderBytes)
	}
	if len(f.Metadata) != len(want.Metadata) || (f.Metadata == nil) != (want.Metadata == nil) {
		t.Errorf("metadata %q, want %q", f.Metadata, want.Metadata)
	}
	for k, v := range want.Metadata {
		if f.Metadata[k] != v {
			t.Errorf("metadata %q is %q, want %q", k, f.Metadata[k], v)
		}
	}
	var order []string
	for _, info := range f.Tensors {
		order = append(order, info.Name)
	}
	if !slices.Equal(order, want.Order) {
		t.Errorf("order\n%q, want\n%q", order, want.Order)
	}
	for name, w := range want.Tensors {
		info, ok := f.Lookup(name)
		if !ok {
			t.Errorf("no tensor %q", name)
			continue
		}
		if info.DType != w.DType || !slices.Equal(info.Shape, w.Shape) || info.Begin != w.Offsets[0] || info.End != w.Offsets[1] {
			t.Errorf("%q is %+v, want %+v", name, info, w)
		}
		raw := make([]byte, info.Size())
		if err := f.ReadBytes(info, 0, raw); err != nil || hex.EncodeToString(raw) != w.RawHex {
			t.Errorf("%q: bytes %x, want %s (%v)", name, raw, w.RawHex, err)
		}
		checkValues(t, f, info, w.Values)
	}
}

func checkValues(t *testing.T, f *File, info Info, want []json.RawMessage) {
	t.Helper()
	got := make([]float32, info.Parameters())
	err := f.ReadValues(context.Background(), info, 0, got)
	if info.DType == C64 {
		if err == nil {
			t.Errorf("%q: complex numbers were read as single values", info.Name)
		}
		return
	}
	if err != nil || len(want) != len(got) {
		t.Errorf("%q: %d values of %d, %v", info.Name, len(got), len(want), err)
		return
	}
	for i, raw := range want {
		w := rounded(t, info.DType, raw)
		if info.DType == F4 && w == 0 && got[i] == 0 {
			w = got[i] // the fixture writes the −0 of code 8 as 0.0
		}
		if !sameFloat(got[i], w) {
			t.Errorf("%q[%d] is %v, want %v", info.Name, i, got[i], w)
		}
		// A read that starts and ends anywhere gives the same.
		one := []float32{-77}
		if err := f.ReadValues(context.Background(), info, int64(i), one); err != nil || !sameFloat(one[0], w) {
			t.Errorf("%q[%d] read alone is %v, want %v (%v)", info.Name, i, one[0], w, err)
		}
		rest := make([]float32, len(want)-i)
		if err := f.ReadValues(context.Background(), info, int64(i), rest); err != nil || !slices.EqualFunc(rest, got[i:], sameFloat) {
			t.Errorf("%q from %d on is %v, want %v (%v)", info.Name, i, rest, got[i:], err)
		}
	}
}

func TestDTypeFixtures(t *testing.T) {
	for _, name := range fixtureNames {
		t.Run(name, func(t *testing.T) { checkFixture(t, filepath.Join("testdata", "dtypes"), name) })
	}
}

func TestSharedDTypeFixtures(t *testing.T) {
	dir := filepath.Join(sharedtest.Dir(t), "fixtures", "safetensors", "dtypes")
	for _, name := range fixtureNames {
		t.Run(name, func(t *testing.T) { checkFixture(t, dir, name) })
	}
}

// Every safetensors file of the reference data opens, but for those that are
// there to be refused.
func TestSharedFilesOpen(t *testing.T) {
	found := 0
	err := filepath.WalkDir(sharedtest.Dir(t), func(path string, entry os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && slices.Contains([]string{"safetensors-vectors", "cases", "hub"}, entry.Name()) {
			return filepath.SkipDir
		}
		if filepath.Ext(path) != ".safetensors" {
			return nil
		}
		found++
		f, err := Open(path, Limits{})
		if err != nil {
			t.Error(err)
			return nil
		}
		return f.Close()
	})
	if err != nil {
		t.Fatal(err)
	}
	if found < 50 {
		t.Errorf("only %d files were found", found)
	}
}

func TestDTypeFacts(t *testing.T) {
	all := DTypes()
	if len(all) != 22 {
		t.Errorf("%d dtypes, want 22", len(all))
	}
	floats, ints, readable := 0, 0, 0
	for _, d := range all {
		if !d.Known() || d.Bits() == 0 {
			t.Errorf("%s is not known", d)
		}
		if d.IsFloat() && d.IsInt() {
			t.Errorf("%s is both float and integer", d)
		}
		if d.IsFloat() {
			floats++
		}
		if d.IsInt() {
			ints++
		}
		if d.Readable() {
			readable++
		}
	}
	if floats != 12 || ints != 8 || readable != 19 {
		t.Errorf("%d floats, %d integers, %d readable; want 12, 8, 19", floats, ints, readable)
	}
	for _, d := range []DType{"", "F8", "f32", "C128", "I4"} {
		if d.Known() || d.Bits() != 0 || d.IsFloat() || d.IsInt() || d.Readable() {
			t.Errorf("%q is known", d)
		}
	}
	if F6E2M3.Bits() != 6 || F4.Bits() != 4 || C64.Bits() != 64 || BOOL.IsInt() || C64.IsFloat() {
		t.Error("a width or class is wrong")
	}
}
