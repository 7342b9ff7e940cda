package safetensors

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"

	"github.com/mmtui/mmtui/internal/mapped"
)

// File is an open safetensors file: its header, and its data by positioned
// reads. It is safe for concurrent use.
//
// Every read ends with a look at the file's size and time, open and under its
// path, and fails with a *ChangedError when they are not those at Open, so
// that numbers of two checkpoints are never mixed. A change that leaves size
// and time as they were (within one tick of the file system's clock, some
// milliseconds) cannot be seen.
type File struct {
	Path string // as given to Open
	*Header

	file *os.File
	stat fs.FileInfo // at Open
}

// Open reads and checks the header of a file; tensor data stay on disk. Its
// cost depends on the header alone. Errors are *Error, about a file of another
// kind with its name, or *ChangedError.
func Open(path string, lim Limits) (*File, error) {
	// Asked before opening: to open a pipe would wait for its writer.
	info, err := os.Stat(path)
	if err != nil {
		return nil, at(path, err)
	}
	if kind := irregular(info); kind != nil {
		return nil, at(path, kind)
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, at(path, err)
	}
	f, err := open(path, file, lim)
	if err != nil {
		_ = file.Close()
		return nil, at(path, err)
	}
	return f, nil
}

func open(path string, file *os.File, lim Limits) (*File, error) {
	stat, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if kind := irregular(stat); kind != nil {
		return nil, kind
	}
	f := &File{Path: path, file: file, stat: stat}
	f.Header, err = ParseHeader(file, stat.Size(), lim)
	if changed := f.Check(); changed != nil {
		return nil, changed // whatever was wrong with the header, this is why
	}
	return f, err
}

func irregular(info fs.FileInfo) *Error {
	switch {
	case info.Mode().IsRegular():
		return nil
	case info.IsDir():
		return &Error{What: "this is a folder, not a safetensors file", Do: "give a .safetensors file, or a folder that has one", Err: ErrNotSafetensors}
	}
	return &Error{What: "this is a device, pipe or socket, not a file", Do: "copy the data to a file first", Err: ErrNotSafetensors}
}

// Check says whether the file, as opened and under its path, is still the one
// that was opened: nil or a *ChangedError that tells what changed.
func (f *File) Check() error {
	now, err := f.file.Stat()
	if err != nil {
		return at(f.Path, err)
	}
	if what := difference(f.stat, now); what != "" {
		return &ChangedError{Path: f.Path, What: what}
	}
	there, err := os.Stat(f.Path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return &ChangedError{Path: f.Path, What: "it was removed"}
	case err != nil:
		return at(f.Path, err)
	case !os.SameFile(f.stat, there):
		return &ChangedError{Path: f.Path, What: "another file was put in its place"}
	}
	return nil
}

func difference(old, now fs.FileInfo) string {
	switch {
	case old.Size() != now.Size():
		return fmt.Sprintf("its size went from %d to %d bytes", old.Size(), now.Size())
	case !old.ModTime().Equal(now.ModTime()):
		return "it was written to"
	}
	return ""
}

// ReadBytes fills dst with the stored bytes of a tensor of this file from its
// byte off on. It checks the file afterwards (two system calls), so a reader
// of much data asks for much at once.
func (f *File) ReadBytes(info Info, off int64, dst []byte) error {
	if off < 0 || off > info.Size()-int64(len(dst)) {
		return f.misread(info, fmt.Errorf("bytes %d to %d of %d were asked for", off, off+int64(len(dst)), info.Size()))
	}
	if err := f.pread(info, off, dst); err != nil {
		return err
	}
	return f.Check()
}

// pread is ReadBytes without the check after a success.
func (f *File) pread(info Info, off int64, dst []byte) error {
	if err := f.owns(info); err != nil {
		return err
	}
	_, err := f.file.ReadAt(dst, f.DataStart+info.Begin+off)
	if err == nil || len(dst) == 0 {
		return nil
	}
	if changed := f.Check(); changed != nil {
		return changed
	}
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return f.misread(info, err)
}

// owns refuses an Info whose bytes are not in this file or not those of its
// shape: one of another file, or made by hand.
func (f *File) owns(info Info) error {
	data := f.stat.Size() - f.DataStart
	bits := int64(info.DType.Bits())
	ok := info.Begin >= 0 && info.End >= info.Begin && info.End <= data && bits > 0
	if n := info.Parameters(); !ok || n > math.MaxInt64/bits || (n*bits+7)/8 != info.Size() {
		return f.misread(info, errors.New("it is not a tensor of this file"))
	}
	return nil
}

// misread words an error of reading a tensor.
func (f *File) misread(info Info, err error) error {
	if errors.Is(err, fs.ErrClosed) {
		return at(f.Path, err)
	}
	do := "check the disk and try again"
	var pathError *fs.PathError
	if errors.As(err, &pathError) {
		err = pathError.Err
	} else if !errors.Is(err, io.ErrUnexpectedEOF) {
		do = "ask for another part or type"
	}
	return &Error{Path: f.Path, What: fmt.Sprintf("tensor %s: %v", shown(info.Name), err), Do: do, Err: err}
}

// Map maps the whole file for reading: a tensor lies at DataStart + Begin.
// Reads of the region survive a truncation with an error, but a write in place
// shows in it; Check after them tells. The caller closes the region.
func (f *File) Map() (*mapped.Region, error) {
	if err := f.Check(); err != nil {
		return nil, err
	}
	region, err := mapped.Open(f.Path)
	if err != nil {
		return nil, at(f.Path, err)
	}
	// It was opened by its path: make sure that this is the file we know.
	if err := f.Check(); err != nil {
		_ = region.Close()
		return nil, err
	}
	return region, nil
}

// Close releases the file; reads after it fail.
func (f *File) Close() error {
	if err := f.file.Close(); err != nil && !errors.Is(err, fs.ErrClosed) {
		return at(f.Path, err)
	}
	return nil
}
