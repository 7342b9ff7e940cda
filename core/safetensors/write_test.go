package safetensors

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Copying the reference writers' files gives their bytes again, from entries
// in any order. The file of the metadata test has its keys sorted.
func TestWriteLikeTheReference(t *testing.T) {
	dir := filepath.Join("testdata", "dtypes")
	for _, name := range fixtureNames {
		t.Run(name, func(t *testing.T) {
			want, f := loadFixture(t, dir, name)
			for _, order := range []string{"file", "reversed"} {
				var entries []Entry
				for _, info := range f.Tensors {
					entries = append(entries, CopyEntry(f, info))
				}
				if order == "reversed" {
					slices.Reverse(entries)
				}
				path := filepath.Join(t.TempDir(), "out.safetensors")
				if err := Write(context.Background(), path, entries, f.Metadata); err != nil {
					t.Fatal(err)
				}
				got, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				sum := sha256.Sum256(got)
				if hex.EncodeToString(sum[:]) != want.SHA256 {
					original, _ := os.ReadFile(f.Path)
					t.Errorf("%s order: the bytes differ from the reference's:\n%q\n%q", order, head(got), head(original))
				}
			}
		})
	}
}

func head(b []byte) []byte { return b[:min(len(b), 300)] }

func TestWriteSharded(t *testing.T) {
	s, err := OpenIndex(filepath.Join("testdata", "dtypes", "sharded"), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	for _, f := range s.Files {
		var entries []Entry
		for _, info := range f.Tensors {
			entries = append(entries, CopyEntry(f, info))
		}
		path := filepath.Join(t.TempDir(), "shard")
		if err := Write(context.Background(), path, entries, f.Metadata); err != nil {
			t.Fatal(err)
		}
		got, _ := os.ReadFile(path)
		want, _ := os.ReadFile(f.Path)
		if len(want) == 0 || !bytes.Equal(got, want) {
			t.Errorf("%s: the bytes differ:\n%q\n%q", f.Path, head(got), head(want))
		}
	}
}

func TestWriteRoundTrip(t *testing.T) {
	path := filepath.Join(t.TempDir(), "m.safetensors")
	values := make([]float32, 20_000)
	for i := range values {
		values[i] = float32(math.Sin(float64(i)))
	}
	meta := map[string]string{"format": "x", "a": "\x00\x1f\x7f\"\\/\b\f\n\r\t<é>\u2028😀", "": ""}
	err := Write(context.Background(), path, []Entry{
		FloatsEntry("half", F16, []int{100, 200}, values),
		FloatsEntry("full", F32, []int{20_000}, values),
		FloatsEntry("brain", BF16, []int{200, 100}, values),
		FloatsEntry("wide", F64, []int{1, 20_000}, values),
		BytesEntry("codes", U8, []int{3}, []byte{1, 2, 3}),
		{Name: "empty", DType: F32, Shape: []int{0, 5}},
		FloatsEntry("scalar", F32, nil, values[7:8]),
	}, meta)
	if err != nil {
		t.Fatal(err)
	}
	f, err := Open(path, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	for k, v := range meta {
		if f.Metadata[k] != v {
			t.Errorf("metadata %q is %q, want %q", k, f.Metadata[k], v)
		}
	}
	if f.DataStart%8 != 0 {
		t.Errorf("data start at %d", f.DataStart)
	}
	for name, narrow := range map[string]func(float32) float32{
		"full":  func(v float32) float32 { return v },
		"wide":  func(v float32) float32 { return v },
		"half":  func(v float32) float32 { return F16ToF32(F32ToF16(v)) },
		"brain": func(v float32) float32 { return BF16ToF32(F32ToBF16(v)) },
	} {
		info, ok := f.Lookup(name)
		if !ok {
			t.Fatalf("no tensor %q", name)
		}
		got := make([]float32, len(values))
		if err := f.ReadValues(context.Background(), info, 0, got); err != nil {
			t.Fatal(err)
		}
		for i, v := range values {
			if got[i] != narrow(v) {
				t.Fatalf("%s[%d] is %v, want %v", name, i, got[i], narrow(v))
			}
		}
	}
	if info, ok := f.Lookup("empty"); !ok || info.Size() != 0 || info.ShapeText() != "[0, 5]" {
		t.Errorf("empty: %+v, %v", info, ok)
	}
}

func TestWriteRefuses(t *testing.T) {
	one := func(name string, d DType, shape []int, n int) []Entry {
		return []Entry{BytesEntry(name, d, shape, make([]byte, n))}
	}
	for _, c := range []struct {
		name    string
		entries []Entry
		meta    map[string]string
		word    string
	}{
		{"the metadata's name", one("__metadata__", U8, []int{1}, 1), nil, "__metadata__"},
		{"a name twice", append(one("a", U8, []int{1}, 1), one("a", F32, []int{1}, 4)...), nil, "twice"},
		{"a name that is no text", one("a\xff", U8, []int{1}, 1), nil, "UTF-8"},
		{"metadata that are no text", nil, map[string]string{"k": "\xff"}, "UTF-8"},
		{"an unknown dtype", one("a", "F8", []int{1}, 1), nil, "does not know"},
		{"a negative dimension", one("a", U8, []int{-1, -1}, 1), nil, "negative"},
		{"a shape that overflows", one("a", F32, []int{math.MaxInt, 4}, 1), nil, "counted"},
		{"a width that overflows", one("a", F64, []int{math.MaxInt / 4}, 1), nil, "counted"},
		{"half a byte", one("a", F4, []int{3}, 2), nil, "whole number"},
		{"too few bytes", one("a", F32, []int{2}, 7), nil, "gave 7 bytes of the 8"},
		{"too many bytes", one("a", F32, []int{2}, 9), nil, "more bytes"},
		{"no bytes", []Entry{{Name: "a", DType: F32, Shape: []int{2}}}, nil, "gave 0 bytes of the 8"},
		{"floats as integers", []Entry{FloatsEntry("a", I8, []int{2}, []float32{1, 2})}, nil, "not as I8"},
		{"more than can be added up", append(one("a", U8, []int{math.MaxInt}, 1), one("b", U8, []int{math.MaxInt}, 1)...), nil, "counted"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "m.safetensors")
			err := Write(context.Background(), path, c.entries, c.meta)
			if err == nil || !strings.Contains(err.Error(), c.word) || !strings.HasPrefix(err.Error(), path+": ") {
				t.Errorf("%v, want it to say %q", err, c.word)
			}
			if left, _ := os.ReadDir(dir); len(left) != 0 {
				t.Errorf("the folder has %v", left)
			}
		})
	}
}

func TestWriteStops(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "m.safetensors")
	if err := os.WriteFile(path, []byte("old"), 0o644); err != nil {
		t.Fatal(err)
	}
	check := func(want error, err error) {
		t.Helper()
		if !errors.Is(err, want) || !strings.HasPrefix(err.Error(), path+": ") {
			t.Errorf("error %v, want %v", err, want)
		}
		if b, _ := os.ReadFile(path); string(b) != "old" {
			t.Errorf("the file has %q", b)
		}
		if left, _ := os.ReadDir(dir); len(left) != 1 {
			t.Errorf("the folder has %v", left)
		}
	}
	// Cancelled while the second tensor is written.
	ctx, cancel := context.WithCancel(context.Background())
	second := Entry{Name: "b", DType: U8, Shape: []int{2}, Write: func(_ context.Context, w io.Writer) error {
		if _, err := w.Write([]byte{1}); err != nil {
			return err
		}
		cancel()
		_, err := w.Write([]byte{2})
		return err
	}}
	check(context.Canceled, Write(ctx, path, []Entry{BytesEntry("a", U8, []int{1}, []byte{1}), second}, nil))
	// Cancelled at the very end, by an entry that does not look.
	ctx, cancel = context.WithCancel(context.Background())
	last := Entry{Name: "b", DType: U8, Shape: []int{0}, Write: func(context.Context, io.Writer) error { cancel(); return nil }}
	check(context.Canceled, Write(ctx, path, []Entry{last}, nil))
	// An entry that fails.
	own := errors.New("own trouble")
	failing := Entry{Name: "b\x1b", DType: U8, Shape: []int{2}, Write: func(context.Context, io.Writer) error { return own }}
	err := Write(context.Background(), path, []Entry{failing}, nil)
	check(own, err)
	if !strings.Contains(err.Error(), `tensor "b\x1b": own trouble; `) {
		t.Errorf("error %v", err)
	}
	if err := Write(context.Background(), filepath.Join(dir, "none", "m"), nil, nil); !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), "folder does not exist") {
		t.Errorf("into no folder: %v", err)
	}
}

// The source of a copy changes while it is copied: nothing is written.
func TestCopyOfChangedFile(t *testing.T) {
	f, path := smallFile(t)
	info, _ := f.Lookup("w")
	rewriteFile(t, path, 9)
	out := filepath.Join(t.TempDir(), "out")
	var changed *ChangedError
	if err := Write(context.Background(), out, []Entry{CopyEntry(f, info)}, nil); !errors.As(err, &changed) || changed.Path != path {
		t.Errorf("error %v", err)
	}
	if _, err := os.Stat(out); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file was written: %v", err)
	}
}
