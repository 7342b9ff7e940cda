package safetensors

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mmtui/mmtui/internal/sharedtest"
)

// stricter are the vectors that the reference accepts and this package refuses
// on purpose (see the package comment), with a word of the reason.
var stricter = map[string]string{
	"own_dup_metadata_key":    "twice",
	"own_dup_tensor_lastwins": "twice",
	"own_tensor_array_form":   "not an object",
	"own_shape_rank_100k":     "dimensions allowed",
}

type verdict struct {
	name   string
	accept bool
}

func verdicts(t testing.TB, dir string) []verdict {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, "verdicts.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	var all []verdict
	for line := range strings.Lines(string(b)) {
		fields := strings.SplitN(strings.TrimSpace(line), "\t", 3)
		if len(fields) != 3 || fields[1] != "ACCEPT" && fields[1] != "REJECT" {
			t.Fatalf("verdicts.tsv has the line %q", line)
		}
		all = append(all, verdict{strings.TrimSuffix(fields[0], ".safetensors"), fields[1] == "ACCEPT"})
	}
	return all
}

func checkVector(t *testing.T, dir string, v verdict) {
	path := filepath.Join(dir, v.name+".safetensors")
	f, err := Open(path, Limits{})
	reason, strict := stricter[v.name]
	if v.accept && !strict {
		if err != nil {
			t.Fatalf("refused: %v", err)
		}
		checkReadable(t, f)
		if err := f.Close(); err != nil {
			t.Error(err)
		}
		return
	}
	var own *Error
	if !errors.As(err, &own) {
		t.Fatalf("accepted, or an error of another type: %v", err)
	}
	if strict && !strings.Contains(own.Error(), reason) {
		t.Errorf("refused, but not because %q: %v", reason, err)
	}
	if !strings.HasPrefix(err.Error(), path+": ") || own.Do == "" {
		t.Errorf("the error does not read `PATH: WHAT; what to do`: %v", err)
	}
	if strings.ContainsFunc(err.Error(), func(r rune) bool { return r < ' ' }) {
		t.Errorf("control characters in %q", err)
	}
}

// checkReadable reads all bytes of all tensors.
func checkReadable(t *testing.T, f *File) {
	t.Helper()
	for _, info := range f.Tensors {
		if got, ok := f.Lookup(info.Name); !ok || got.Begin != info.Begin {
			t.Errorf("Lookup(%q) gives %v, %v", info.Name, got, ok)
		}
		if err := f.ReadBytes(info, 0, make([]byte, info.Size())); err != nil {
			t.Errorf("tensor %q: %v", info.Name, err)
		}
		if info.DType.Readable() {
			if err := f.ReadValues(t.Context(), info, 0, make([]float32, info.Parameters())); err != nil {
				t.Errorf("tensor %q: %v", info.Name, err)
			}
		}
	}
}

// The vectors that are small enough to lie in testdata.
func TestVectors(t *testing.T) {
	dir := filepath.Join("testdata", "vectors")
	ran := 0
	for _, v := range verdicts(t, dir) {
		if _, err := os.Stat(filepath.Join(dir, v.name+".safetensors")); err != nil {
			continue
		}
		ran++
		t.Run(v.name, func(t *testing.T) { checkVector(t, dir, v) })
	}
	if ran != 53 {
		t.Errorf("%d vectors ran, want 53", ran)
	}
}

func TestSharedVectors(t *testing.T) {
	dir := filepath.Join(sharedtest.Dir(t), "safetensors-vectors")
	all := verdicts(t, dir)
	if len(all) != 56 {
		t.Errorf("%d verdicts, want 56", len(all))
	}
	for _, v := range all {
		t.Run(v.name, func(t *testing.T) { checkVector(t, dir, v) })
	}
}

// What the raised limits let in is what the reference takes.
func TestRaisedRank(t *testing.T) {
	text := `{"a":{"dtype":"U8","shape":[1` + strings.Repeat(",1", 99_999) + `],"data_offsets":[0,1]}}`
	file := withHeader(text, 1)
	if _, err := ParseHeader(bytes.NewReader(file), int64(len(file)), Limits{Rank: 99_999}); !errors.Is(err, ErrLimit) {
		t.Errorf("one dimension too many: %v", err)
	}
	h, err := ParseHeader(bytes.NewReader(file), int64(len(file)), Limits{Rank: 100_000})
	if err != nil {
		t.Fatal(err)
	}
	if got := len(h.Tensors[0].Shape); got != 100_000 || h.Tensors[0].Parameters() != 1 {
		t.Errorf("rank %d, %d elements", got, h.Tensors[0].Parameters())
	}
}

// withHeader is a file with this header text and n bytes of data.
func withHeader(text string, n int) []byte {
	b := make([]byte, 8, 8+len(text)+n)
	for i, v := 0, len(text); i < 8; i, v = i+1, v>>8 {
		b[i] = byte(v)
	}
	return append(append(b, text...), make([]byte, n)...)
}

func parseText(text string, n int, lim Limits) (*Header, error) {
	file := withHeader(text, n)
	return ParseHeader(bytes.NewReader(file), int64(len(file)), lim)
}
