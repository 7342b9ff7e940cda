package atomicfile

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"unicode/utf8"
)

func put(text string) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, text)
		return err
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// names lists a folder, to show that nothing temporary stays behind.
func names(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return strings.Join(all, " ")
}

func TestWriteNewAndOver(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.txt")
	if err := Write(path, 0o644, put("first")); err != nil {
		t.Fatal(err)
	}
	if err := Write(path, 0o644, put("second, longer")); err != nil {
		t.Fatal(err)
	}
	if got := read(t, path); got != "second, longer" {
		t.Errorf("content %q", got)
	}
	if got := names(t, dir); got != "a.txt" {
		t.Errorf("folder has %q", got)
	}
}

func TestFailureLeavesTheOldFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.txt")
	if err := os.WriteFile(path, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	broken := errors.New("broken")
	err := Write(path, 0o644, func(w io.Writer) error {
		// More than the buffer, so that the temporary file really has content.
		if _, err := w.Write(make([]byte, 2*bufferBytes)); err != nil {
			return err
		}
		if got := names(t, dir); !strings.Contains(got, ".a.txt.") {
			t.Errorf("no temporary file in the folder: %q", got)
		}
		return broken
	})
	if !errors.Is(err, broken) {
		t.Fatalf("error %v", err)
	}
	if got := read(t, path); got != "old" {
		t.Errorf("content %q", got)
	}
	if got := names(t, dir); got != "a.txt" {
		t.Errorf("folder has %q", got)
	}
}

func TestPanicLeavesNothingBehind(t *testing.T) {
	dir := t.TempDir()
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic was swallowed")
			}
		}()
		_ = Write(filepath.Join(dir, "a.txt"), 0o644, func(io.Writer) error { panic("boom") })
	}()
	if got := names(t, dir); got != "" {
		t.Errorf("folder has %q", got)
	}
}

func TestPermissions(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no such permissions")
	}
	dir := t.TempDir()
	fresh := filepath.Join(dir, "fresh")
	if err := Write(fresh, 0o640, put("x")); err != nil {
		t.Fatal(err)
	}
	plain := filepath.Join(dir, "plain")
	if err := os.WriteFile(plain, nil, 0o640); err != nil { // what the umask makes of it
		t.Fatal(err)
	}
	if got, want := mode(t, fresh), mode(t, plain); got != want {
		t.Errorf("new file has mode %v, want %v", got, want)
	}
	kept := filepath.Join(dir, "kept")
	if err := os.WriteFile(kept, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(kept, 0o604); err != nil {
		t.Fatal(err)
	}
	if err := Write(kept, 0o600, put("x")); err != nil {
		t.Fatal(err)
	}
	if got := mode(t, kept); got != 0o604 {
		t.Errorf("a replaced file has mode %v, want its old 0604", got)
	}
}

func mode(t *testing.T, path string) os.FileMode {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Mode().Perm()
}

func symlink(t *testing.T, target, link string) {
	t.Helper()
	if err := os.Symlink(target, link); err != nil {
		if runtime.GOOS == "windows" {
			t.Skipf("no symbolic links here: %v", err)
		}
		t.Fatal(err)
	}
}

func TestSymlinkStays(t *testing.T) {
	for _, c := range []struct{ name, first string }{{"existing", "old"}, {"dangling", ""}} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.MkdirAll(filepath.Join(dir, "deep", "real"), 0o755); err != nil {
				t.Fatal(err)
			}
			real := filepath.Join(dir, "deep", "file")
			if c.first != "" {
				if err := os.WriteFile(real, []byte(c.first), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			// The second link goes up from a folder that is itself a link:
			// folding `..` in the text would end in dir, not in dir/deep.
			symlink(t, filepath.Join("deep", "real"), filepath.Join(dir, "alias"))
			symlink(t, filepath.Join("..", "file"), filepath.Join(dir, "deep", "real", "up"))
			symlink(t, filepath.Join("alias", "up"), filepath.Join(dir, "link"))
			if err := Write(filepath.Join(dir, "link"), 0o644, put("new")); err != nil {
				t.Fatal(err)
			}
			if got := read(t, real); got != "new" {
				t.Errorf("target has %q", got)
			}
			if info, err := os.Lstat(filepath.Join(dir, "link")); err != nil || info.Mode()&os.ModeSymlink == 0 {
				t.Errorf("the link was replaced (%v, %v)", info, err)
			}
			if got := names(t, dir); got != "alias deep link" {
				t.Errorf("folder has %q", got)
			}
		})
	}
}

func TestRefused(t *testing.T) {
	dir := t.TempDir()
	if err := Write(dir, 0o644, put("x")); err == nil || !strings.Contains(err.Error(), "is a directory") {
		t.Errorf("over a folder: %v", err)
	}
	if err := Write(filepath.Join(dir, "none", "a"), 0o644, put("x")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("in a folder that is not there: %v", err)
	}
	symlink(t, "round", filepath.Join(dir, "round"))
	if err := Write(filepath.Join(dir, "round"), 0o644, put("x")); err == nil || !strings.Contains(err.Error(), "symbolic links") {
		t.Errorf("a link to itself: %v", err)
	}
}

func TestLongName(t *testing.T) {
	path := filepath.Join(t.TempDir(), strings.Repeat("n", 240))
	if err := Write(path, 0o644, put("x")); err != nil {
		t.Fatal(err)
	}
	if got := read(t, path); got != "x" {
		t.Errorf("content %q", got)
	}
}

// The name of the temporary file is no longer than a file system allows, and
// cuts no character in two.
func TestLongNameInOtherScripts(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a"+strings.Repeat("é", 125))
	err := Write(path, 0o644, func(w io.Writer) error {
		if all := names(t, dir); !utf8.ValidString(all) {
			t.Errorf("temporary file %q", all)
		}
		return put("text")(w)
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := read(t, path); got != "text" {
		t.Errorf("content %q", got)
	}
}
