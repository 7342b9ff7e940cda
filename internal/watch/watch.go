// Package watch tells when files change. It watches their folders, not the
// files: an editor or a training job that renames a new file over the old one
// takes a watch on the file away with it. Symbolic links are followed anew
// after each change, also those of folders on the way: a snapshot in the
// Hugging Face cache is a link to a blob, and an update moves the link.
package watch

import (
	"context"
	"fmt"
	"time"

	"github.com/fsnotify/fsnotify"
)

// DefaultDebounce is how long a file must be quiet before it is reported.
const DefaultDebounce = 100 * time.Millisecond

// Event says that something happened to a watched path, and that nothing more
// has for the time of the debounce.
type Event struct {
	Path    string // as given to New; "" for an error of the watcher itself
	Missing bool   // nothing is there now; it is reported again when it comes back
	Err     error  // the path cannot be watched any more, or events may be lost
}

// New watches paths until ctx ends, and then closes the channel. A path need
// not exist, and its folders may vanish and come back. A debounce of 0 means
// DefaultDebounce. Changes of permissions or times alone are no events. Changes
// that come while the receiver is busy are reported once. What happened before
// New returned is not reported: look at the files after it.
//
// The error is non-nil when the system has no watches left or the place of a
// path cannot be read.
func New(ctx context.Context, paths []string, debounce time.Duration) (<-chan Event, error) {
	if debounce <= 0 {
		debounce = DefaultDebounce
	}
	watcher, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, fmt.Errorf("files cannot be watched: %w; raise the system's limit of watches (fs.inotify.max_user_instances on Linux)", err)
	}
	s := source{events: watcher.Events, errors: watcher.Errors, add: watcher.Add, remove: watcher.Remove, close: watcher.Close}
	return start(ctx, paths, s, newTimer(debounce))
}

// source is where raw events come from: fsnotify, or a test.
type source struct {
	events <-chan fsnotify.Event
	errors <-chan error
	add    func(dir string) error
	remove func(dir string) error
	close  func() error
}

// timer is the debounce: after reset, fired gives one value when all has been
// quiet since.
type timer struct {
	fired <-chan time.Time
	reset func()
	stop  func()
}

func newTimer(d time.Duration) timer {
	t := time.NewTimer(d)
	t.Stop()
	return timer{
		fired: t.C,
		reset: func() { t.Reset(d) },
		stop:  func() { t.Stop() },
	}
}

// start resolves the paths, adds the watches and starts the one goroutine.
func start(ctx context.Context, paths []string, s source, t timer) (<-chan Event, error) {
	l := &loop{source: s, timer: t, out: make(chan Event), folders: make(map[string]int)}
	for _, path := range paths {
		f := &file{path: path}
		if err := l.follow(f); err != nil {
			_ = s.close()
			return nil, fmt.Errorf("%s: cannot be watched: %w", path, err)
		}
		f.dirty = false // what it is now is where the caller starts from
		l.files = append(l.files, f)
	}
	go l.run(ctx)
	return l.out, nil
}
