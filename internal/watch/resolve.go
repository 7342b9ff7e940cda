package watch

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// maxLinks bounds a chain of symbolic links, as Linux does.
const maxLinks = 40

// point is an entry of a folder that decides what a path leads to.
type point struct {
	dir, name string
}

// resolve walks path and gives the entries whose change can change what is
// there: every symbolic link on the way, the file, and the folder that has it
// (which may be replaced whole). Where the way ends at something that does not
// exist, that is the last one. Folders higher up are taken for lasting.
func resolve(path string) ([]point, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	dir, rest := split(abs)
	var points []point
	for links := 0; len(rest) > 0; {
		name := rest[0]
		rest = rest[1:]
		if name == ".." { // not folded beforehand: it may follow a link
			dir = filepath.Dir(dir)
			continue
		}
		here := filepath.Join(dir, name)
		info, err := os.Lstat(here)
		if err != nil {
			return append(points, point{dir, name}), nil
		}
		if info.Mode()&os.ModeSymlink != 0 && links < maxLinks {
			links++
			points = append(points, point{dir, name})
			target, err := os.Readlink(here)
			if err != nil {
				return points, nil // it went away just now: its event follows
			}
			if filepath.IsAbs(target) {
				var more []string
				dir, more = split(target)
				rest = append(more, rest...)
			} else {
				rest = append(elements(target), rest...)
			}
			continue
		}
		if len(rest) <= 1 {
			points = append(points, point{dir, name})
		}
		dir = here
	}
	return points, nil
}

// split gives the root of an absolute path and the elements after it.
func split(abs string) (root string, rest []string) {
	volume := filepath.VolumeName(abs)
	return volume + string(filepath.Separator), elements(abs[len(volume):])
}

// elements are the names in a path, without empty ones and dots.
func elements(path string) []string {
	return slices.DeleteFunc(strings.Split(filepath.ToSlash(path), "/"), func(name string) bool {
		return name == "" || name == "."
	})
}

// key is how a point is compared with the name in an event.
func key(path string) string {
	path = filepath.Clean(path)
	if runtime.GOOS == "windows" || runtime.GOOS == "darwin" {
		return strings.ToLower(path) // their file systems take no care of case
	}
	return path
}

// state is what a look at a path tells; two looks that differ mean a change.
type state struct {
	missing  bool
	size     int64
	modified int64 // ns
	info     os.FileInfo
}

func look(path string) state {
	info, err := os.Stat(path)
	if err != nil {
		return state{missing: true}
	}
	return state{size: info.Size(), modified: info.ModTime().UnixNano(), info: info}
}

func (s state) same(o state) bool {
	if s.missing || o.missing {
		return s.missing == o.missing
	}
	return s.size == o.size && s.modified == o.modified && os.SameFile(s.info, o.info)
}
