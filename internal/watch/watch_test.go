package watch

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"
)

// short keeps the tests quick; nothing depends on its length.
const short = 10 * time.Millisecond

// watched starts a real watcher, and checks at the end that it goes away.
func watched(t *testing.T, paths ...string) <-chan Event {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	out, err := New(ctx, paths, short)
	if err != nil {
		cancel()
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		for range out { // until it is closed; the test's own time limit watches this
		}
	})
	return out
}

// await takes events of path until its content is text ("": it is missing).
// Were the last change not reported, it would wait for ever.
func await(t *testing.T, out <-chan Event, path, text string) {
	t.Helper()
	for e := range out {
		if e.Err != nil {
			t.Fatal(e.Err)
		}
		if e.Path != path {
			continue
		}
		b, err := os.ReadFile(path)
		if text == "" && e.Missing && os.IsNotExist(err) {
			return
		}
		if text != "" && !e.Missing && err == nil && string(b) == text {
			return
		}
	}
	t.Fatal("the channel was closed")
}

func do(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func link(t *testing.T, target, path string) {
	t.Helper()
	if err := os.Symlink(target, path); err != nil {
		if runtime.GOOS == "windows" {
			t.Skipf("no symbolic links here: %v", err)
		}
		t.Fatal(err)
	}
}

// swap moves a link to another target in one step.
func swap(t *testing.T, target, path string) {
	t.Helper()
	link(t, target, path+".new")
	do(t, os.Rename(path+".new", path))
}

func TestFileChanges(t *testing.T) {
	path := filepath.Join(t.TempDir(), "model.safetensors")
	put(t, path, "first")
	out := watched(t, path)

	put(t, path, "truncated and written") // truncate, write
	await(t, out, path, "truncated and written")

	put(t, path+".tmp", "renamed over")
	do(t, os.Rename(path+".tmp", path))
	await(t, out, path, "renamed over")
	put(t, path, "written after the rename") // the new file is watched, not the old one
	await(t, out, path, "written after the rename")

	do(t, os.Remove(path))
	await(t, out, path, "")
	put(t, path, "created")
	await(t, out, path, "created")

	do(t, os.Rename(path, path+".old"))
	await(t, out, path, "")
	do(t, os.Rename(path+".old", path))
	await(t, out, path, "created")
}

func TestFileThatIsNotThereYet(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "runs", "1", "model.safetensors")
	out := watched(t, path)
	do(t, os.MkdirAll(filepath.Dir(path), 0o755))
	put(t, path, "there")
	await(t, out, path, "there")
	put(t, path, "there again")
	await(t, out, path, "there again")
}

// A training job removes its output folder and puts another in its place.
func TestFolderReplaced(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "checkpoint", "model.safetensors")
	do(t, os.Mkdir(filepath.Dir(path), 0o755))
	put(t, path, "first")
	out := watched(t, path)
	do(t, os.Mkdir(filepath.Join(dir, "next"), 0o755))
	put(t, filepath.Join(dir, "next", "model.safetensors"), "second")
	do(t, os.RemoveAll(filepath.Dir(path)))
	do(t, os.Rename(filepath.Join(dir, "next"), filepath.Dir(path)))
	await(t, out, path, "second")
	put(t, path, "third")
	await(t, out, path, "third")

	if runtime.GOOS == "windows" {
		return // a watched folder cannot be moved there
	}
	do(t, os.Rename(filepath.Dir(path), filepath.Join(dir, "away")))
	await(t, out, path, "")
	do(t, os.Mkdir(filepath.Dir(path), 0o755))
	put(t, path, "fourth")
	await(t, out, path, "fourth")
}

// As in the Hugging Face cache: the snapshot is a link to a blob.
func TestSymlinkSwap(t *testing.T) {
	dir := t.TempDir()
	for _, d := range []string{"blobs", "other", "snapshot"} {
		do(t, os.Mkdir(filepath.Join(dir, d), 0o755))
	}
	put(t, filepath.Join(dir, "blobs", "a"), "blob a")
	put(t, filepath.Join(dir, "other", "b"), "blob b")
	path := filepath.Join(dir, "snapshot", "model.safetensors")
	link(t, filepath.Join("..", "blobs", "a"), path)
	out := watched(t, path)

	put(t, filepath.Join(dir, "blobs", "a"), "blob a, written") // through the link
	await(t, out, path, "blob a, written")

	swap(t, filepath.Join("..", "other", "b"), path)
	await(t, out, path, "blob b")

	put(t, filepath.Join(dir, "other", "b"), "blob b, written") // where the link leads now
	await(t, out, path, "blob b, written")
}

// A link on the way to the folder is moved, as `latest` of a training job is.
func TestFolderSymlinkSwap(t *testing.T) {
	dir := t.TempDir()
	for _, d := range []string{"step-1", "step-2"} {
		do(t, os.MkdirAll(filepath.Join(dir, d, "model"), 0o755))
		put(t, filepath.Join(dir, d, "model", "m"), d)
	}
	link(t, "step-1", filepath.Join(dir, "latest"))
	path := filepath.Join(dir, "latest", "model", "m")
	out := watched(t, path)
	swap(t, "step-2", filepath.Join(dir, "latest"))
	await(t, out, path, "step-2")
	put(t, filepath.Join(dir, "step-2", "model", "m"), "step-2, written")
	await(t, out, path, "step-2, written")
}

// Permissions and neighbours change, then a second watched file: its event is
// the first, since the others are none.
func TestWhatIsNoChange(t *testing.T) {
	dir := t.TempDir()
	a, b := filepath.Join(dir, "a"), filepath.Join(dir, "b")
	put(t, a, "a")
	put(t, b, "b")
	out := watched(t, a, b)
	do(t, os.Chmod(a, 0o400))
	do(t, os.Chmod(a, 0o644))
	put(t, filepath.Join(dir, "a.tmp"), "neighbour")
	put(t, b, "b, written")
	for {
		e := <-out
		if e.Path != b {
			t.Fatalf("event %+v", e)
		}
		if text, err := os.ReadFile(b); err == nil && string(text) == "b, written" {
			return
		}
	}
}

// The reader sees a bad state, or not; the good one that follows is reported.
func TestBadThenGood(t *testing.T) {
	path := filepath.Join(t.TempDir(), "project.toml")
	put(t, path, "good = 1")
	out := watched(t, path)
	for range 20 {
		put(t, path, "bad = [")
		put(t, path, "good = 2")
		put(t, path, "bad = {")
		put(t, path+"~", "good = 3")
		do(t, os.Rename(path+"~", path))
	}
	await(t, out, path, "good = 3")
}

func TestLinksInARound(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a")
	link(t, "b", path)
	link(t, "a", filepath.Join(dir, "b"))
	out := watched(t, path)
	do(t, os.Remove(path))
	put(t, path, "a file now")
	await(t, out, path, "a file now")
}

func TestRelativePath(t *testing.T) {
	t.Chdir(t.TempDir())
	put(t, "m", "first")
	out := watched(t, "m")
	put(t, "m", "second")
	await(t, out, "m", "second")
}

func TestSharedFolderStaysWatched(t *testing.T) {
	dir := t.TempDir()
	a, b := filepath.Join(dir, "a"), filepath.Join(dir, "b")
	do(t, os.Mkdir(filepath.Join(dir, "blobs"), 0o755))
	put(t, filepath.Join(dir, "blobs", "x"), "x")
	put(t, b, "b")
	link(t, filepath.Join("blobs", "x"), a)
	out := watched(t, a, b)
	do(t, os.Remove(a)) // a no longer leads to blobs; dir is wanted by both
	await(t, out, a, "")
	put(t, b, "b, written")
	await(t, out, b, "b, written")
	put(t, a, "a file")
	await(t, out, a, "a file")
}
