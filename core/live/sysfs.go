package live

import (
	"fmt"
	"io"
	"io/fs"
	"path"
	"strconv"
	"strings"
)

// maxSysFile bounds what is read of a file of /sys; a value takes a line.
const maxSysFile = 4096

// sysTree reads the small text files of /sys.
type sysTree struct{ fs.FS }

// text is a file without the blanks around it.
func (t sysTree) text(name string) (string, error) {
	f, err := t.Open(name)
	if err != nil {
		return "", absolute(err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxSysFile))
	if err != nil {
		return "", absolute(err)
	}
	return strings.TrimSpace(string(b)), nil
}

// absolute names a file as people know it.
func absolute(err error) error {
	if p, ok := err.(*fs.PathError); ok {
		return &fs.PathError{Op: p.Op, Path: "/sys/" + p.Path, Err: p.Err}
	}
	return err
}

// number is a whole number in a file.
func (t sysTree) number(name string) (int64, error) {
	text, err := t.text(name)
	if err != nil {
		return 0, err
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("/sys/%s holds %.20q, which is no whole number", name, text)
	}
	return n, nil
}

// list names the entries of a folder that match a pattern of path.Match, in order.
func (t sysTree) list(dir, pattern string) ([]string, error) {
	entries, err := fs.ReadDir(t.FS, dir)
	if err != nil {
		return nil, absolute(err)
	}
	var out []string
	for _, e := range entries {
		if ok, _ := path.Match(pattern, e.Name()); ok {
			out = append(out, path.Join(dir, e.Name()))
		}
	}
	return out, nil
}
