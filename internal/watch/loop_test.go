package watch

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fsnotify/fsnotify"
)

// stage is a watcher whose events and clock the test plays.
type stage struct {
	dir    string
	events chan fsnotify.Event
	errors chan error
	resets chan struct{} // one for each start of the debounce
	fire   chan time.Time
	added  map[string]int
	out    <-chan Event
}

func newStage(t *testing.T, names ...string) *stage {
	t.Helper()
	s := &stage{
		dir:    realDir(t),
		events: make(chan fsnotify.Event),
		errors: make(chan error),
		resets: make(chan struct{}, 100),
		fire:   make(chan time.Time),
		added:  map[string]int{},
	}
	var paths []string
	for _, name := range names {
		path := filepath.Join(s.dir, name)
		put(t, path, "first")
		paths = append(paths, path)
	}
	ctx, cancel := context.WithCancel(context.Background())
	out, err := start(ctx, paths, source{
		events: s.events,
		errors: s.errors,
		add:    func(dir string) error { s.added[dir]++; return nil },
		remove: func(dir string) error { delete(s.added, dir); return nil },
		close:  func() error { return nil },
	}, timer{fired: s.fire, reset: func() { s.resets <- struct{}{} }, stop: func() {}})
	if err != nil {
		t.Fatal(err)
	}
	s.out = out
	t.Cleanup(func() {
		cancel()
		for e := range out { // closed at the end: no goroutine is left
			t.Errorf("an event that nobody expected: %+v", e)
		}
	})
	return s
}

// realDir is a temporary folder without links on the way to it.
func realDir(t *testing.T) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func (s *stage) send(name string, op fsnotify.Op) {
	s.events <- fsnotify.Event{Name: filepath.Join(s.dir, name), Op: op}
}

func TestBurstIsOneEvent(t *testing.T) {
	s := newStage(t, "project.toml")
	// A bad state, then a good one, as an editor writes them.
	for _, op := range []fsnotify.Op{fsnotify.Write, fsnotify.Remove, fsnotify.Create, fsnotify.Write | fsnotify.Chmod, fsnotify.Rename} {
		s.send("project.toml", op)
		<-s.resets // each starts the wait anew
	}
	s.fire <- time.Time{}
	if e := <-s.out; e.Path != filepath.Join(s.dir, "project.toml") || e.Missing || e.Err != nil {
		t.Errorf("event %+v", e)
	}
	if len(s.resets) != 0 {
		t.Error("the report started the wait anew")
	}
	// Nothing more is due: the next event is that of the next change.
	s.send("project.toml", fsnotify.Write)
	<-s.resets
	if err := os.Remove(filepath.Join(s.dir, "project.toml")); err != nil {
		t.Fatal(err)
	}
	s.fire <- time.Time{}
	if e := <-s.out; !e.Missing {
		t.Errorf("event %+v of a file that is gone", e)
	}
}

func TestOtherNamesAndChmodAreIgnored(t *testing.T) {
	s := newStage(t, "a")
	s.send("a", fsnotify.Chmod)
	s.send("b", fsnotify.Write)
	s.send("a.swp", fsnotify.Create)
	s.send(filepath.Join("sub", "a"), fsnotify.Create)
	if len(s.resets) != 0 {
		t.Errorf("%d of them started the wait", len(s.resets))
	}
	s.send("a", fsnotify.Write) // the four are done when this one is taken
	<-s.resets
	if len(s.resets) != 0 {
		t.Error("one of them started the wait")
	}
	s.fire <- time.Time{}
	<-s.out
}

func TestSlowReceiverGetsOneEventAPath(t *testing.T) {
	s := newStage(t, "a", "b")
	for range 3 {
		s.send("a", fsnotify.Write)
		<-s.resets
		s.send("b", fsnotify.Write)
		<-s.resets
		s.fire <- time.Time{}
	}
	s.send("b", fsnotify.Chmod) // taken: the loop has settled the last fire
	for _, want := range []string{"a", "b"} {
		if e := <-s.out; e.Path != filepath.Join(s.dir, want) {
			t.Errorf("event %+v, want %s", e, want)
		}
	}
}

func TestLostEventsAreAllReported(t *testing.T) {
	s := newStage(t, "a", "b")
	s.errors <- fsnotify.ErrEventOverflow
	<-s.resets
	s.fire <- time.Time{}
	for _, want := range []string{"a", "b"} {
		if e := <-s.out; e.Path != filepath.Join(s.dir, want) || e.Err != nil {
			t.Errorf("event %+v, want %s", e, want)
		}
	}
	broken := errors.New("broken")
	s.errors <- broken
	if e := <-s.out; e.Path != "" || !errors.Is(e.Err, broken) {
		t.Errorf("event %+v, want the error", e)
	}
}

// The folder of the file must be watched; one further up may refuse.
func TestFoldersThatCannotBeWatched(t *testing.T) {
	dir := realDir(t)
	put(t, filepath.Join(dir, "a"), "x")
	for _, c := range []struct {
		refuse string
		fails  bool
	}{{dir, true}, {filepath.Dir(dir), false}} {
		closed := false
		ctx, cancel := context.WithCancel(context.Background())
		out, err := start(ctx, []string{filepath.Join(dir, "a")}, source{
			add: func(d string) error {
				if d == c.refuse {
					return fs.ErrPermission
				}
				return nil
			},
			remove: func(string) error { return nil },
			close:  func() error { closed = true; return nil },
		}, timer{stop: func() {}})
		cancel()
		if c.fails {
			if !errors.Is(err, fs.ErrPermission) || !strings.Contains(err.Error(), filepath.Join(dir, "a")) || !closed {
				t.Errorf("%s refuses: %v, closed %v", c.refuse, err, closed)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		for range out {
			t.Error("an event")
		}
		if !closed {
			t.Error("the source was not closed")
		}
	}
}

func TestWatchedFolders(t *testing.T) {
	s := newStage(t, "a", "b")
	if len(s.added) != 2 || s.added[s.dir] == 0 || s.added[filepath.Dir(s.dir)] == 0 {
		t.Errorf("watched are %v, want the folder and the one above", s.added)
	}
}
