package int2

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"flag"
	"math"
	"os"
	"path/filepath"
	"testing"
)

var update = flag.Bool("update", false, "write testdata/golden.json anew")

// goldenCase is one matrix of the golden file: arrays are hex, little-endian,
// in the order and with the names of docs/format.md.
type goldenCase struct {
	Name        string `json:"name"`
	Rows        int    `json:"rows"`
	Cols        int    `json:"cols"`
	Scheme      Scheme `json:"scheme"`
	Solver      Solver `json:"solver"` // whose result it is
	Weights     string `json:"weights"`
	Codes       string `json:"codes"`
	Multipliers string `json:"multipliers"`
	Offsets     string `json:"offsets,omitempty"`
	RowScale    string `json:"row_scale"`
	Col         string `json:"col,omitempty"`
	Values      string `json:"values"`
}

// goldenMatrix makes weights that need no random generator of a library: sums
// of three draws of a linear congruential generator, with a far weight and a
// group of zeros.
func goldenMatrix(rows, cols int) *Dense {
	m := &Dense{Rows: rows, Cols: cols, Data: make([]float32, rows*cols)}
	state := uint32(rows*1000 + cols)
	for i := range m.Data {
		var v int32
		for range 3 {
			state = state*1664525 + 1013904223
			v += int32(state>>16) - 32768
		}
		m.Data[i] = float32(v) * 0x1p-20
		if i%cols >= 16 && i%cols < 32 && i/cols == 1 {
			m.Data[i] = 0
		}
	}
	m.Data[len(m.Data)/2] *= 4
	return m
}

func goldenCases(t *testing.T) []goldenCase {
	var out []goldenCase
	for _, c := range []struct {
		name       string
		rows, cols int
		s          Scheme
	}{
		{"half, 2 bits, short last group", 3, 40, Scheme{2, Half, 16, Search, false}},
		{"half, 2 bits, a row is a group", 2, 21, Scheme{2, Half, PerChannel, Search, false}},
		{"twos, 2 bits, both signs", 3, 48, Scheme{2, Twos, 16, Search, false}},
		{"affine, 2 bits", 2, 64, Scheme{2, Affine, 32, LS, false}},
		{"affine, 2 bits, whole zero point", 2, 32, Scheme{2, Affine, 16, RTN, true}},
		{"affine, 2 bits, column scales", 16, 32, Scheme{2, Affine, 16, SINQ, false}},
		{"half, 3 bits, spare bits", 2, 21, Scheme{3, Half, 16, Search, false}},
		{"twos, 4 bits, spare bits", 2, 33, Scheme{4, Twos, 16, RTN, false}},
		{"affine, 8 bits", 2, 20, Scheme{8, Affine, 16, RTN, false}},
	} {
		m := goldenMatrix(c.rows, c.cols)
		if c.s.Solver == SINQ { // columns that need it, and no far weight
			m.Data[len(m.Data)/2] /= 4
			for i := range m.Data {
				m.Data[i] *= float32(1 + i%c.cols%4)
			}
		}
		res, err := Quantize(context.Background(), m, c.s, Options{Keep: true})
		if err != nil {
			t.Fatal(err)
		}
		p := res.Packed
		values := make([]float32, c.rows*c.cols)
		if err := p.ReadRows(context.Background(), 0, c.rows, values); err != nil {
			t.Fatal(err)
		}
		out = append(out, goldenCase{
			c.name, c.rows, c.cols, c.s, res.Solver, hexOf(m.Data), hexOf(p.Codes), hexOf(p.Mult),
			hexOf(p.Offset), hexOf(p.RowScale), hexOf(p.Col), hexOf(values),
		})
	}
	return out
}

func hexOf(data any) string {
	var b bytes.Buffer
	if err := binary.Write(&b, binary.LittleEndian, data); err != nil {
		panic(err)
	}
	return hex.EncodeToString(b.Bytes())
}

// TestGolden holds the solvers and the format to what they were when the file was written.
func TestGolden(t *testing.T) {
	path := filepath.Join("testdata", "golden.json")
	got, err := json.MarshalIndent(goldenCases(t), "", " ")
	if err != nil {
		t.Fatal(err)
	}
	got = append(got, '\n')
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("the packed matrices differ from testdata/golden.json; if the change is meant, raise the format's version or run with -update")
	}
}

// TestGoldenDecodes reads the golden file with a decoder that is written from
// docs/format.md alone and shares no code with this package.
func TestGoldenDecodes(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile(filepath.Join("testdata", "golden.json"))
	if err != nil {
		t.Fatal(err)
	}
	var cases []goldenCase
	if err := json.Unmarshal(data, &cases); err != nil {
		t.Fatal(err)
	}
	if len(cases) < 9 {
		t.Fatalf("%d cases", len(cases))
	}
	signs, cols := false, false
	for _, c := range cases {
		if got := hexOf(decodeByTheBook(t, c)); got != c.Values {
			t.Errorf("%s: decoded to\n%s, want\n%s", c.Name, got, c.Values)
		}
		mult, _ := hex.DecodeString(c.Multipliers)
		signs = signs || c.Scheme.Grid == Twos && bytes.ContainsFunc(mult, func(r rune) bool { return r >= 0x80 })
		cols = cols || c.Col != ""
	}
	if !signs || !cols {
		t.Errorf("the golden file shows negative scales: %v, column scales: %v", signs, cols)
	}
}

func decodeByTheBook(t *testing.T, c goldenCase) []float32 {
	raw := func(s string) []byte {
		b, err := hex.DecodeString(s)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	codes, mult, offsets := raw(c.Codes), raw(c.Multipliers), raw(c.Offsets)
	scale, col := raw(c.RowScale), raw(c.Col)
	f32 := func(b []byte, i int) float32 { return math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:])) }
	bits, group := c.Scheme.Bits, c.Scheme.Group
	if group == PerChannel || group > c.Cols {
		group = c.Cols
	}
	groups := (c.Cols + group - 1) / group
	rowBytes := (c.Cols*bits + 7) / 8
	n := int64(1) << bits
	var out []float32
	for r := range c.Rows {
		for k := range c.Cols {
			var code int64
			for b := range bits {
				at := k*bits + b
				code |= int64(codes[r*rowBytes+at/8]>>(at%8)&1) << b
			}
			g := r*groups + k/group
			u := int64(mult[g])
			v := int64(0)
			switch {
			case c.Scheme.Grid == Half:
				v = -(n - 1) * u
			case c.Scheme.Grid == Twos && u >= 128:
				u -= 128
				v = -(n - 2) * u
			case c.Scheme.Grid == Twos:
				v = -n * u
			default:
				v = int64(int16(binary.LittleEndian.Uint16(offsets[2*g:])))
			}
			value := float32(2*u*code+v) * (f32(scale, r) / 2)
			if len(col) > 0 {
				value *= f32(col, k)
			}
			out = append(out, value)
		}
	}
	return out
}
