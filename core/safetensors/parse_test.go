package safetensors

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// tensorText is the entry of one U8 tensor of one byte at off.
func tensorText(key string, off int) string {
	return fmt.Sprintf(`%s:{"dtype":"U8","shape":[1],"data_offsets":[%d,%d]}`, key, off, off+1)
}

func TestStrictHeaders(t *testing.T) {
	ok := tensorText(`"a"`, 0)
	for _, c := range []struct {
		name, text string
		data       int
		word       string // "" is accepted
	}{
		{"plain", `{` + ok + `}`, 1, ""},
		{"white space everywhere", " {\n\"a\"\t:\r{ \"dtype\" : \"U8\" , \"shape\" : [ 1 ] , \"data_offsets\" : [ 0 , 1 ] } } ", 1, ""},
		{"fields in another order", `{"a":{"data_offsets":[0,1],"shape":[1],"dtype":"U8"}}`, 1, ""},
		{"escaped field names", `{"a":{"\u0064type":"U8","shape":[1],"data_offsets":[0,1]}}`, 1, ""},
		{"unknown field", `{"a":{"dtype":"U8","x":{"y":[1.5e3,true,null,"s"]},"shape":[1],"data_offsets":[0,1]}}`, 1, ""},
		{"metadata null", `{"__metadata__":null,` + ok + `}`, 1, ""},
		{"metadata empty", `{"__metadata__":{}}`, 0, ""},
		{"surrogate pair", `{` + tensorText(`"\ud83d\ude00"`, 0) + `}`, 1, ""},
		{"equal but for case", `{` + ok + `,` + tensorText(`"A"`, 1) + `}`, 2, ""},
		{"two normal forms", `{` + tensorText(`"é"`, 0) + `,` + tensorText("\"e\u0301\"", 1) + `}`, 2, ""},
		{"control characters, escaped", `{` + tensorText(`"\u0000\u001b[31m\n"`, 0) + `}`, 1, ""},

		{"duplicate", `{` + ok + `,` + tensorText(`"a"`, 1) + `}`, 2, "twice"},
		{"duplicate by escape", `{` + ok + `,` + tensorText(`"\u0061"`, 1) + `}`, 2, "twice"},
		{"duplicate metadata", `{"__metadata__":{},"__metadata__":{}}`, 0, "twice"},
		{"duplicate metadata key by escape", `{"__metadata__":{"k":"1","\u006b":"2"}}`, 0, "twice"},
		{"duplicate field by escape", `{"a":{"dtype":"U8","\u0064type":"I8","shape":[1],"data_offsets":[0,1]}}`, 1, "twice"},
		{"duplicate unknown field", `{"a":{"x":1,"x":2,"dtype":"U8","shape":[1],"data_offsets":[0,1]}}`, 1, "twice"},
		{"duplicate in an unknown field", `{"a":{"x":{"y":1,"y":2},"dtype":"U8","shape":[1],"data_offsets":[0,1]}}`, 1, "twice"},
		{"case of fields", `{"a":{"DType":"U8","shape":[1],"data_offsets":[0,1]}}`, 1, "no dtype"},
		{"case of metadata", `{"__Metadata__":{"k":"v"}}`, 0, "no dtype"},
		{"case of dtype", `{"a":{"dtype":"u8","shape":[1],"data_offsets":[0,1]}}`, 1, `"u8"`},
		{"dtype no text", `{"a":{"dtype":8,"shape":[1],"data_offsets":[0,1]}}`, 1, "want a string"},
		{"nothing at all", `{"a":{}}`, 1, "no dtype and no shape and no data_offsets"},
		{"null tensor", `{"a":null}`, 0, "not an object"},
		{"metadata text", `{"__metadata__":"x"}`, 0, "not an object"},
		{"metadata null value", `{"__metadata__":{"k":null}}`, 0, "only texts"},
		{"lone high surrogate", `{` + tensorText(`"\ud83d"`, 0) + `}`, 1, "surrogate"},
		{"lone low surrogate", `{` + tensorText(`"\ude00"`, 0) + `}`, 1, "surrogate"},
		{"two high surrogates", `{` + tensorText(`"\ud83d\ud83d"`, 0) + `}`, 1, "surrogate"},
		{"raw control character", "{" + tensorText("\"a\nb\"", 0) + "}", 1, "control character"},
		{"raw control after escape", "{" + tensorText("\"\\\\a\nb\"", 0) + "}", 1, "control character"},
		{"bad UTF-8", "{" + tensorText("\"a\xff\"", 0) + "}", 1, "UTF-8"},
		{"bad escape", `{` + tensorText(`"\x61"`, 0) + `}`, 1, "escape"},
		{"bad \\u escape", `{` + tensorText(`"\u00g1"`, 0) + `}`, 1, "hexadecimal"},
		{"cut escape", `{"\u00`, 0, "the end"},
		{"cut string", `{"abc`, 0, "the end"},
		{"cut string after escape", `{"\n`, 0, "the end"},
		{"cut escape 2", `{"\`, 0, "the end"},
		{"trailing comma", `{` + ok + `,}`, 1, "want a key"},
		{"trailing comma in shape", `{"a":{"dtype":"U8","shape":[1,],"data_offsets":[0,1]}}`, 1, "number"},
		{"single quotes", `{'a':1}`, 0, "want a key"},
		{"no colon", `{"a" {}}`, 0, "want ':'"},
		{"NaN", `{"a":{"x":NaN,"dtype":"U8","shape":[1],"data_offsets":[0,1]}}`, 1, "number"},
		{"number out of range", `{"a":{"x":1e999,"dtype":"U8","shape":[1],"data_offsets":[0,1]}}`, 1, "range"},
		{"plus sign", `{"a":{"dtype":"U8","shape":[+1],"data_offsets":[0,1]}}`, 1, "number"},
		{"point", `{"a":{"dtype":"U8","shape":[1.0],"data_offsets":[0,1]}}`, 1, "1.0"},
		{"text as number", `{"a":{"dtype":"U8","shape":["1"],"data_offsets":[0,1]}}`, 1, "number"},
		{"three offsets", `{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1,2]}}`, 1, "more than two"},
		{"no offsets", `{"a":{"dtype":"U8","shape":[1],"data_offsets":[]}}`, 1, "not two numbers but 0"},
		{"backwards", `{"a":{"dtype":"U8","shape":[1],"data_offsets":[1,0]}}`, 1, "no range"},
		{"hole", `{` + ok + `,` + tensorText(`"b"`, 2) + `}`, 3, "hole"},
		{"hole before the first", `{` + tensorText(`"b"`, 1) + `}`, 2, "hole"},
		{"overlap", `{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},` + tensorText(`"b"`, 1) + `}`, 2, "overlap"},
		{"the same bytes twice", `{` + ok + `,` + tensorText(`"b"`, 0) + `}`, 1, "overlap"},
		{"too many bytes for the shape", `{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,2]}}`, 2, "needs 1"},
		{"too few bytes for the shape", `{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,2]}}`, 2, "needs 4"},
		{"data after the last tensor", `{` + ok + `}`, 2, "1 bytes after"},
		{"data without tensors", `{}`, 1, "1 bytes after"},
		{"overflow before the zero", `{"a":{"dtype":"U8","shape":[18446744073709551615,2,0],"data_offsets":[0,0]}}`, 0, "counted"},
		{"overflow by the width", `{"a":{"dtype":"F64","shape":[4611686018427387904],"data_offsets":[0,0]}}`, 0, "counted"},
		{"half a byte", `{"a":{"dtype":"F4","shape":[3],"data_offsets":[0,2]}}`, 2, "whole number"},
	} {
		_, err := parseText(c.text, c.data, Limits{})
		switch {
		case c.word == "" && err != nil:
			t.Errorf("%s: refused: %v", c.name, err)
		case c.word != "" && !errors.Is(err, ErrInvalid):
			t.Errorf("%s: accepted, or an error of another kind: %v", c.name, err)
		case c.word != "" && !strings.Contains(err.Error(), c.word):
			t.Errorf("%s: %v, want it to say %q", c.name, err, c.word)
		}
	}
}

func TestLimits(t *testing.T) {
	name := strings.Repeat("n", 512)
	for _, c := range []struct {
		name, ok, over, field string
		data                  int
		raised                Limits
	}{
		{"names", `{` + tensorText(`"`+name+`"`, 0) + `}`, `{` + tensorText(`"`+name+`n"`, 0) + `}`, "NameBytes", 1, Limits{NameBytes: 513}},
		{"rank", `{"a":{"dtype":"U8","shape":[1` + strings.Repeat(",1", 63) + `],"data_offsets":[0,1]}}`,
			`{"a":{"dtype":"U8","shape":[1` + strings.Repeat(",1", 64) + `],"data_offsets":[0,1]}}`, "Rank", 1, Limits{Rank: 65}},
		{"nesting", `{"a":{"x":[[]],"dtype":"U8","shape":[1],"data_offsets":[0,1]}}`,
			`{"a":{"x":[[{}]],"dtype":"U8","shape":[1],"data_offsets":[0,1]}}`, "Nesting", 1, Limits{Nesting: 5}},
		{"header", `{}` + strings.Repeat(" ", 16<<20-2), `{}` + strings.Repeat(" ", 16<<20-1), "HeaderBytes", 0, Limits{HeaderBytes: 17 << 20}},
	} {
		if _, err := parseText(c.ok, c.data, Limits{}); err != nil {
			t.Errorf("%s: at the limit: %v", c.name, err)
		}
		_, err := parseText(c.over, c.data, Limits{})
		var own *Error
		if !errors.Is(err, ErrLimit) || !errors.As(err, &own) || own.Limit != c.field {
			t.Errorf("%s: over the limit: %v", c.name, err)
		}
		if _, err := parseText(c.over, c.data, c.raised); err != nil {
			t.Errorf("%s: with the limit raised: %v", c.name, err)
		}
	}
}

func TestTensorLimit(t *testing.T) {
	text := manyTensors(11)
	if _, err := parseText(text, 11, Limits{Tensors: 10}); !errors.Is(err, ErrLimit) {
		t.Errorf("eleven tensors of ten: %v", err)
	}
	if _, err := parseText(text, 11, Limits{Tensors: 11}); err != nil {
		t.Error(err)
	}
	most := manyTensors(100_000)
	if _, err := parseText(most, 100_000, Limits{}); err != nil {
		t.Errorf("100,000 tensors: %v", err)
	}
	more := most[:len(most)-1] + "," + tensorText(`"one more"`, 100_000) + "}"
	if _, err := parseText(more, 100_001, Limits{}); !errors.Is(err, ErrLimit) {
		t.Errorf("100,001 tensors: %v", err)
	}
}

func manyTensors(n int) string {
	var b strings.Builder
	b.WriteByte('{')
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(tensorText(fmt.Sprintf(`"model.layers.%d.w"`, i), i))
	}
	b.WriteByte('}')
	return b.String()
}

// Dimensions that do not fit an int occur in empty tensors only.
func TestHugeEmptyShape(t *testing.T) {
	h, err := parseText(`{"a":{"dtype":"U8","shape":[0,18446744073709551615,2],"data_offsets":[0,0]}}`, 0, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	a := h.Tensors[0]
	if a.Parameters() != 0 || a.Size() != 0 || a.Shape[1] != math.MaxInt || a.Shape[2] != 2 {
		t.Errorf("%+v with %d elements", a, a.Parameters())
	}
}

func TestOrderAndLookup(t *testing.T) {
	h, err := parseText(`{"c":{"dtype":"U8","shape":[1],"data_offsets":[1,2]},"z2":{"dtype":"F32","shape":[0],"data_offsets":[1,1]},`+
		`"z1":{"dtype":"F32","shape":[2,0],"data_offsets":[1,1]},"a":{"dtype":"U8","shape":[],"data_offsets":[0,1]}}`, 2, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	var order []string
	for _, info := range h.Tensors {
		order = append(order, info.Name)
		if got, ok := h.Lookup(info.Name); !ok || got.Begin != info.Begin || got.Name != info.Name {
			t.Errorf("Lookup(%q) gives %+v, %v", info.Name, got, ok)
		}
	}
	if got := strings.Join(order, " "); got != "a z2 z1 c" {
		t.Errorf("order %s", got)
	}
	if _, ok := h.Lookup("A"); ok {
		t.Error("Lookup is not exact")
	}
	if a := h.Tensors[0]; a.Parameters() != 1 || a.Shape == nil || a.ShapeText() != "[]" {
		t.Errorf("a scalar: %+v, %d elements", a, a.Parameters())
	}
	if got := h.Tensors[2].ShapeText(); got != "[2, 0]" {
		t.Errorf("shape %s", got)
	}
}

// A small file that is cut at any byte is refused; so is one that is longer.
func TestTruncationAtEveryByte(t *testing.T) {
	whole, err := os.ReadFile(filepath.Join("testdata", "dtypes", "shapes.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	for n := range len(whole) {
		h, err := ParseHeader(bytes.NewReader(whole[:n]), int64(n), Limits{})
		var own *Error
		if h != nil || !errors.As(err, &own) {
			t.Fatalf("cut to %d of %d bytes: %v, %v", n, len(whole), h, err)
		}
		// The size says more than can be read: the file shrank meanwhile.
		if _, err := ParseHeader(bytes.NewReader(whole[:n]), int64(len(whole)), Limits{}); n < 8+816 && err == nil {
			t.Fatalf("read a header of 816 bytes from a file of %d", n)
		}
	}
	if _, err := ParseHeader(bytes.NewReader(append(whole, 0)), int64(len(whole)+1), Limits{}); !errors.Is(err, ErrInvalid) {
		t.Errorf("one byte more: %v", err)
	}
	if _, err := ParseHeader(bytes.NewReader(whole), -1, Limits{}); err == nil {
		t.Error("a negative size")
	}
}

// A change of any one byte never panics, and what is accepted agrees with
// encoding/json about names, types and ranges.
func TestEveryByteChanged(t *testing.T) {
	whole, err := os.ReadFile(filepath.Join("testdata", "dtypes", "shapes.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	accepted := 0
	for i := range whole {
		for _, b := range []byte{0, '"', '{', '}', '0', '9', '-', ' ', '\\', 0xff, whole[i] ^ 1, whole[i] + 1} {
			file := bytes.Clone(whole)
			file[i] = b
			if h, err := ParseHeader(bytes.NewReader(file), int64(len(file)), Limits{}); err == nil {
				accepted++
				agreeWithJSON(t, file, h)
			}
		}
	}
	if accepted == 0 {
		t.Error("no change was accepted, not even of the data")
	}
}

type wantFields struct {
	DType   DType
	Shape   []json.Number
	Offsets [2]int64
}

// exactFields reads a tensor's object by exact names, which a struct would not.
func exactFields(t *testing.T, raw json.RawMessage) (f wantFields) {
	t.Helper()
	var object map[string]json.RawMessage
	err := json.Unmarshal(raw, &object)
	for name, to := range map[string]any{"dtype": &f.DType, "shape": &f.Shape, "data_offsets": &f.Offsets} {
		if err == nil {
			err = json.Unmarshal(object[name], to)
		}
	}
	if err != nil {
		t.Fatalf("encoding/json on %s: %v", raw, err)
	}
	return f
}

// agreeWithJSON holds an accepted header against what encoding/json reads.
func agreeWithJSON(t *testing.T, file []byte, h *Header) {
	t.Helper()
	var want map[string]json.RawMessage
	if err := json.Unmarshal(file[8:h.DataStart], &want); err != nil {
		t.Fatalf("accepted what encoding/json refuses: %v", err)
	}
	if raw, ok := want[metadataKey]; ok {
		var meta map[string]string
		if err := json.Unmarshal(raw, &meta); err != nil || len(meta) != len(h.Metadata) {
			t.Fatalf("metadata %q, want %q (%v)", h.Metadata, meta, err)
		}
		for k, v := range meta {
			if h.Metadata[k] != v {
				t.Fatalf("metadata %q is %q, want %q", k, h.Metadata[k], v)
			}
		}
		delete(want, metadataKey)
	}
	if len(want) != len(h.Tensors) {
		t.Fatalf("%d tensors, want %d", len(h.Tensors), len(want))
	}
	end := int64(0)
	for _, info := range h.Tensors {
		fields := exactFields(t, want[info.Name])
		if info.DType != fields.DType || info.Begin != fields.Offsets[0] || info.End != fields.Offsets[1] || len(info.Shape) != len(fields.Shape) {
			t.Fatalf("%+v, want %+v", info, fields)
		}
		for i, d := range fields.Shape {
			if n, err := strconv.ParseUint(d.String(), 10, 64); err != nil || uint64(info.Shape[i]) != min(n, math.MaxInt) {
				t.Fatalf("%q has the shape %v, want %v", info.Name, info.Shape, fields.Shape)
			}
		}
		if info.Begin != end || info.Size()*8 != info.Parameters()*int64(info.DType.Bits()) {
			t.Fatalf("%+v does not begin at %d or does not fit", info, end)
		}
		end = info.End
	}
	if h.DataStart+end != int64(len(file)) {
		t.Fatalf("the last tensor ends at %d of %d bytes", h.DataStart+end, len(file))
	}
}
