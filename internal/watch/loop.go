package watch

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"

	"github.com/fsnotify/fsnotify"
)

// file is one watched path.
type file struct {
	path    string
	points  map[string]struct{} // keys of the entries that decide about it
	folders []string            // that are watched for it
	dirty   bool                // something happened since the last report
}

// loop is the state of the one goroutine; nothing else touches it.
type loop struct {
	source
	timer
	files   []*file
	folders map[string]int // watched folder → how many files want it
	ready   []Event        // not yet received
	out     chan Event
}

func (l *loop) run(ctx context.Context) {
	defer close(l.out)
	defer func() { _ = l.close() }()
	defer l.stop()
	for {
		var out chan Event
		var next Event
		if len(l.ready) > 0 {
			out, next = l.out, l.ready[0]
		}
		select {
		case <-ctx.Done():
			return
		case e, ok := <-l.events:
			if !ok {
				return
			}
			l.take(e)
		case err := <-l.errors:
			l.fault(err)
		case <-l.fired:
			l.settle()
		case out <- next:
			l.ready = l.ready[1:]
		}
	}
}

// take marks the files that an event is about.
func (l *loop) take(e fsnotify.Event) {
	const content = fsnotify.Create | fsnotify.Write | fsnotify.Rename | fsnotify.Remove
	if e.Op&content == 0 {
		return // permissions, times: the content is as it was
	}
	name := key(e.Name)
	hit := false
	for _, f := range l.files {
		if _, ok := f.points[name]; ok {
			f.dirty, hit = true, true
		}
	}
	if hit {
		l.reset()
	}
}

// fault takes an error of the source. When it has lost events, any file may
// have changed.
func (l *loop) fault(err error) {
	if err == nil {
		return
	}
	if !errors.Is(err, fsnotify.ErrEventOverflow) {
		l.report(Event{Err: fmt.Errorf("watching files: %w", err)})
		return
	}
	for _, f := range l.files {
		f.dirty = true
	}
	l.reset()
}

// settle reports what has been quiet, and follows the links anew.
func (l *loop) settle() {
	again := false
	for _, f := range l.files {
		if !f.dirty {
			continue
		}
		f.dirty = false
		e := Event{Path: f.path}
		if err := l.follow(f); err != nil {
			e.Err = fmt.Errorf("%s: cannot be watched: %w", f.path, err)
		}
		e.Missing = look(f.path).missing
		l.report(e)
		again = again || f.dirty
	}
	if again {
		l.reset()
	}
}

// report queues an event, in place of an older one about the same path.
func (l *loop) report(e Event) {
	if e.Path != "" {
		l.ready = slices.DeleteFunc(l.ready, func(old Event) bool { return old.Path == e.Path })
	}
	l.ready = append(l.ready, e)
}

// maxFollows bounds how often a path is followed that changes all the time.
const maxFollows = 8

// follow resolves a path and watches the folders of the points found. Between
// the look at a folder and its watch things may change unseen: so it looks
// again until nothing new is found, and marks the file when its content
// changed meanwhile.
func (l *loop) follow(f *file) error {
	before := look(f.path)
	for range maxFollows {
		points, err := resolve(f.path)
		if err != nil {
			return err
		}
		f.points = make(map[string]struct{}, len(points))
		for _, p := range points {
			f.points[key(filepath.Join(p.dir, p.name))] = struct{}{}
		}
		settled, err := l.exchange(f, points)
		if err != nil {
			return err
		}
		if settled {
			break
		}
	}
	f.dirty = f.dirty || !look(f.path).same(before)
	return nil
}

// exchange watches the folders of points for f instead of those of before. It
// says whether these were watched already, so that nothing can have been
// missed. The last point is where the file is or would be: that its folder
// cannot be watched is an error, but for a folder that went away just now.
func (l *loop) exchange(f *file, points []point) (settled bool, err error) {
	settled = true
	old := f.folders
	f.folders = nil
	for i, p := range points {
		if slices.Contains(f.folders, p.dir) {
			continue
		}
		if !slices.Contains(old, p.dir) {
			settled = false
		}
		// Added also when it is known: the system drops the watch of a folder
		// that was removed, and one of this name may be there again.
		if addErr := l.add(p.dir); addErr == nil {
			l.folders[p.dir]++
			f.folders = append(f.folders, p.dir)
		} else if errors.Is(addErr, fs.ErrNotExist) {
			settled = false
		} else if i == len(points)-1 {
			err = addErr
		}
	}
	for _, dir := range old {
		if l.folders[dir]--; l.folders[dir] <= 0 {
			delete(l.folders, dir)
			_ = l.remove(dir) // it may be gone with its folder
		}
	}
	return settled, err
}
