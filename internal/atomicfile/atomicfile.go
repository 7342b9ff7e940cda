// Package atomicfile replaces a file in one step: a reader, or a power cut,
// finds the old content or the new, never a part.
package atomicfile

import (
	"bufio"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// bufferBytes is what is gathered before a write call.
const bufferBytes = 256 << 10

// maxLinks bounds a chain of symbolic links, as Linux does.
const maxLinks = 40

// Write calls fn with a buffered writer to a temporary file in the folder of
// path, syncs it and renames it to path. When fn or any step fails (or fn
// panics) the temporary file is removed and path is as it was.
//
// A symbolic link stays a link: the file that it points to is replaced, also
// when that does not exist yet. A file that exists keeps its permissions; a new
// one gets perm less the umask. A device or a pipe, such as /dev/stdout, is
// written to directly, since it cannot be replaced. Owner, hard links and
// extended attributes of a replaced file are not kept.
func Write(path string, perm os.FileMode, fn func(w io.Writer) error) error {
	target, err := resolve(path)
	if err != nil {
		return err
	}
	info, err := os.Stat(target)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return replace(target, perm, nil, fn)
	case err != nil:
		return err
	case info.IsDir():
		return &fs.PathError{Op: "write", Path: target, Err: errors.New("is a directory")}
	case !info.Mode().IsRegular():
		return stream(target, fn)
	}
	return replace(target, perm, info, fn)
}

// resolve follows the links of the last element of path, which need not exist.
func resolve(path string) (string, error) {
	for range maxLinks {
		info, err := os.Lstat(path)
		if err != nil || info.Mode()&fs.ModeSymlink == 0 {
			return path, nil // what is wrong with it shows when it is opened
		}
		link, err := os.Readlink(path)
		if err != nil {
			return "", err
		}
		if !filepath.IsAbs(link) {
			// Not Join: it would fold `..` against a parent that may itself be a link.
			link = filepath.Dir(path) + string(filepath.Separator) + link
		}
		path = link
	}
	return "", &fs.PathError{Op: "write", Path: path, Err: errors.New("too many levels of symbolic links")}
}

// stream writes to something that is not a regular file.
func stream(target string, fn func(w io.Writer) error) (err error) {
	file, err := os.OpenFile(target, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	return fill(file, fn)
}

// replace writes a temporary file and renames it to target. old is what is
// there now, nil for nothing.
func replace(target string, perm os.FileMode, old fs.FileInfo, fn func(w io.Writer) error) error {
	file, err := createTemp(target, perm)
	if err != nil {
		return err
	}
	temp := file.Name()
	renamed := false
	defer func() { // also when fn panics
		if !renamed {
			// A second Close does no harm, and Windows removes no open file.
			_ = file.Close()
			_ = os.Remove(temp)
		}
	}()
	if old != nil {
		if err := file.Chmod(old.Mode().Perm()); err != nil {
			return err
		}
	}
	if err := fill(file, fn); err != nil {
		return err
	}
	if err := file.Sync(); err != nil {
		return err
	}
	if err := file.Close(); err != nil {
		return err
	}
	if err := os.Rename(temp, target); err != nil {
		return err
	}
	renamed = true
	syncDir(filepath.Dir(target))
	return nil
}

func fill(file *os.File, fn func(w io.Writer) error) error {
	buffered := bufio.NewWriterSize(file, bufferBytes)
	if err := fn(buffered); err != nil {
		return err
	}
	return buffered.Flush()
}

// createTemp makes `.NAME.RANDOM.tmp` beside target. Unlike os.CreateTemp it
// asks for perm, so that the umask of the process counts.
func createTemp(target string, perm os.FileMode) (*os.File, error) {
	for range 100 {
		var random [8]byte
		// rand.Read never returns an error.
		_, _ = rand.Read(random[:])
		base := filepath.Base(target)
		if len(base) > 200 { // leave room under the 255 bytes of most file systems
			base = strings.ToValidUTF8(base[:200], "") // the cut may split a character, which macOS refuses
		}
		name := fmt.Sprintf(".%s.%s.tmp", base, hex.EncodeToString(random[:]))
		file, err := os.OpenFile(filepath.Join(filepath.Dir(target), name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, perm)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		return file, err
	}
	return nil, &fs.PathError{Op: "create", Path: target, Err: errors.New("no free name for a temporary file")}
}
