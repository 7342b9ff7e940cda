package metrics

import (
	"bufio"
	"encoding/json"
	"io"
	"math"
	"os"
	"path/filepath"
	"testing"
)

// lines reads a recorded file of testdata, a JSON value a line.
func lines[T any](t *testing.T, name string) []T {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	in := bufio.NewReader(f)
	var all []T
	for {
		line, err := in.ReadBytes('\n')
		if len(line) > 0 {
			var v T
			if err := json.Unmarshal(line, &v); err != nil {
				t.Fatalf("%s line %d: %v", name, len(all)+1, err)
			}
			all = append(all, v)
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(all) == 0 {
		t.Fatalf("%s is empty", name)
	}
	return all
}

// float is a number that JSON may hold as "nan", "inf" or "-inf".
type float float64

func (f *float) UnmarshalJSON(data []byte) error {
	switch string(data) {
	case `"nan"`:
		*f = float(math.NaN())
	case `"inf"`:
		*f = float(math.Inf(1))
	case `"-inf"`:
		*f = float(math.Inf(-1))
	default:
		return json.Unmarshal(data, (*float64)(f))
	}
	return nil
}

// near reports whether two numbers are equal to a tolerance, absolute for small
// ones and relative for large ones. NaN equals NaN, and an infinity itself.
func near(a, b, tolerance float64) bool {
	if math.IsNaN(a) || math.IsNaN(b) {
		return math.IsNaN(a) && math.IsNaN(b)
	}
	if a == b {
		return true
	}
	return math.Abs(a-b) <= tolerance*math.Max(1, math.Abs(b))
}

// json2 is a row or a matrix of numbers.
type json2 struct {
	row    []float64
	matrix [][]float64
}

func (j *json2) UnmarshalJSON(data []byte) error {
	if json.Unmarshal(data, &j.row) == nil {
		return nil
	}
	j.row = nil
	return json.Unmarshal(data, &j.matrix)
}
