package safetensors

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/mmtui/mmtui/internal/sharedtest"
)

func TestOtherKindsAreNamed(t *testing.T) {
	tar := make([]byte, 1024)
	copy(tar, "weights.pt")
	copy(tar[257:], "ustar\x0000")
	for _, c := range []struct{ content, word string }{
		{"", "empty"},
		{"PK\x03\x04\x00\x00\x08\x08\x00\x00archive/data.pkl", "ZIP archive"},
		{"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.", "pickle"},
		{"\x80\x04\x95\x10\x00\x00\x00\x00\x00\x00\x00}\x94.", "pickle"},
		{"GGUF\x03\x00\x00\x00\x10\x00\x00\x00", "GGUF"},
		{"\x89HDF\r\n\x1a\n\x00\x00\x00\x00", "HDF5"},
		{"\x93NUMPY\x01\x00v\x00{'descr': '<f4'", "NumPy"},
		{"\x08\x07\x12\x07pytorch\x1a\x052.1.0", "ONNX"},
		{"\x1c\x00\x00\x00TFL3\x00\x00", "TensorFlow Lite"},
		{"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n", "Git LFS pointer"},
		{string(tar), "tar archive"},
		{"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03", "gzip"},
		{"age-encryption.org/v1\n-> X25519 aaa", "age"},
		{`{"weight_map": {"a": "model-00001-of-00002.safetensors"}}`, "JSON text"},
		{"\n  [1, 2]\n", "JSON text"},
		{"{}", "JSON text"},
		{"<!DOCTYPE html>\n<html><head>", "HTML"},
		{"../../blobs/56d21640c227693d516e18f1e6b09c428dd62bfa", "symbolic link"},
		{"Hello, this is a README.\nIt has é lines.\n", "text file"},
	} {
		path := filepath.Join(t.TempDir(), "model.safetensors")
		if err := os.WriteFile(path, []byte(c.content), 0o644); err != nil {
			t.Fatal(err)
		}
		_, err := Open(path, Limits{})
		if !errors.Is(err, ErrNotSafetensors) || !strings.Contains(err.Error(), c.word) || !strings.HasPrefix(err.Error(), path+": ") {
			t.Errorf("%.20q: %v, want it to say %q", c.content, err, c.word)
		}
	}
}

// A safetensors file whose length field looks like a magic number is judged as
// what it is.
func TestLookalikesAreSafetensors(t *testing.T) {
	for _, n := range []int{0x5d0280, 0x120708, 0x088b1f} { // as a pickle, an ONNX model and gzip begin
		text := `{"a":{"dtype":"U8","shape":[3],"data_offsets":[0,3]}`
		text += strings.Repeat(" ", n-len(text)-1) + "}"
		if _, err := parseText(text, 3, Limits{}); err != nil {
			t.Errorf("length %#x: %v", n, err)
		}
		if _, err := parseText(text, 2, Limits{}); !errors.Is(err, ErrInvalid) || !strings.Contains(err.Error(), "incomplete") {
			t.Errorf("length %#x, cut: %v", n, err)
		}
	}
}

func TestSharedForeignFiles(t *testing.T) {
	dir := filepath.Join(sharedtest.Dir(t), "fixtures", "safetensors", "dtypes")
	for _, name := range []string{"notes.json", "sharded/model.safetensors.index.json"} {
		if _, err := Open(filepath.Join(dir, name), Limits{}); !errors.Is(err, ErrNotSafetensors) || !strings.Contains(err.Error(), "JSON") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWhatIsNoFile(t *testing.T) {
	dir := t.TempDir()
	if _, err := Open(dir, Limits{}); !errors.Is(err, ErrNotSafetensors) || !strings.Contains(err.Error(), "folder") {
		t.Errorf("a folder: %v", err)
	}
	if _, err := Open(filepath.Join(dir, "none"), Limits{}); !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), "no such file; check the path") {
		t.Errorf("no file: %v", err)
	}
	if runtime.GOOS == "windows" || os.Geteuid() == 0 {
		return // permissions do not bind here
	}
	path := filepath.Join(dir, "secret")
	if err := os.WriteFile(path, []byte("x"), 0); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(path, Limits{}); !errors.Is(err, os.ErrPermission) || !strings.Contains(err.Error(), "permission denied; ") {
		t.Errorf("no permission: %v", err)
	}
}

// The wording of a permission error, also where tests run as root.
func TestPermissionWords(t *testing.T) {
	err := at("/x/m.safetensors", &os.PathError{Op: "open", Path: "/x/m.safetensors", Err: os.ErrPermission})
	if got, want := err.Error(), "/x/m.safetensors: permission denied; check who may read and write it"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestPrintable(t *testing.T) {
	for in, want := range map[string]string{
		"model.layers.0":        "model.layers.0",
		"日本語.重み é😀":             "日本語.重み é😀",
		"":                      "",
		"say \"x\"":             "say \"x\"",
		`C:\models\a`:           `C:\models\a`,
		"\x1b[31mred":           `\x1b[31mred`,
		"new\nline\ttab":        `new\nline\ttab`,
		"nul\x00":               `nul\x00`,
		"\u202ertl":             `\u202ertl`,
		"bad\xff":               `bad\xff`,
		"\ufffd":                "\ufffd", // a replacement character that is really there
		"back\\slash \"q\"\x7f": `back\\slash "q"\x7f`,
		"\u0085next":            `\u0085next`,
		"zero\u200bwidth":       `zero\u200bwidth`,
	} {
		if got := Printable(in); got != want {
			t.Errorf("Printable(%q) is %q, want %q", in, got, want)
		}
	}
	long := strings.Repeat("é", 300)
	if got := shown(long); len(got) > maxShown+10 || !strings.HasSuffix(got, "é\"…") {
		t.Errorf("a long name shows as %q", got)
	}
}
