// Package mapped reads a file through a memory map. A file that shrinks under
// its map (a training job writes its checkpoint anew) makes the processor
// fault on the pages that are gone; here that fault becomes an error instead
// of the end of the process. Where there is no such map (Windows), the same
// calls read the file.
package mapped

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync"
)

// ErrShrunk is wrapped by the error of a read that meets the new end of a file
// that became shorter after Open.
var ErrShrunk = errors.New("the file became shorter while it was mapped")

// Region is a file mapped for reading. It is safe for concurrent use.
//
// The bytes are those of the file now, not those at Open: a write in place
// shows. Whoever must notice that compares the file's size and time.
type Region struct {
	path string
	size int64

	mu   sync.RWMutex // held for reading while data is touched
	file *os.File     // nil when closed; kept to see the size of the file now
	data []byte       // nil where files are read instead
}

// Open maps a regular file. An empty file gives an empty region.
func Open(path string) (*Region, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	r, err := open(path, file)
	if err != nil {
		_ = file.Close()
		return nil, err
	}
	return r, nil
}

func open(path string, file *os.File) (*Region, error) {
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, &fs.PathError{Op: "map", Path: path, Err: errors.New("not a regular file")}
	}
	r := &Region{path: path, size: info.Size(), file: file}
	if r.size == 0 {
		return r, nil
	}
	if r.data, err = mapFile(file, r.size); err != nil {
		return nil, &fs.PathError{Op: "map", Path: path, Err: err}
	}
	return r, nil
}

// Size is the size of the file in bytes when it was mapped.
func (r *Region) Size() int64 { return r.size }

// ReadAt copies bytes out of the region, as io.ReaderAt: io.EOF past Size, an
// error that wraps ErrShrunk where the file has lost them, fs.ErrClosed after Close.
func (r *Region) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 {
		return 0, &fs.PathError{Op: "read", Path: r.path, Err: errors.New("negative offset")}
	}
	if off >= r.size {
		if len(p) == 0 {
			return 0, nil
		}
		return 0, io.EOF
	}
	n := int(min(int64(len(p)), r.size-off))
	err := r.View(off, n, func(b []byte) error {
		copy(p, b)
		return nil
	})
	if err != nil {
		return 0, err
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// View calls fn with the n bytes at off. Where there is a map they are not
// copied; fn must not keep or change them, must touch them in its own
// goroutine only, and may be cut off by a fault at any point, so it must not
// hold a lock that it releases without defer. When the file has lost some of
// the bytes, also when fn finished on the zeros that stand for them, the error
// wraps ErrShrunk.
func (r *Region) View(off int64, n int, fn func(b []byte) error) error {
	if n < 0 || off < 0 || off > r.size-int64(n) {
		return &fs.PathError{Op: "read", Path: r.path, Err: fmt.Errorf("bytes %d to %d of %d", off, off+int64(n), r.size)}
	}
	r.mu.RLock()
	defer r.mu.RUnlock()
	if r.file == nil {
		return &fs.PathError{Op: "read", Path: r.path, Err: fs.ErrClosed}
	}
	if n == 0 {
		return fn(nil)
	}
	if r.data == nil {
		return r.viewCopy(off, n, fn)
	}
	err := guard(r.data[off:off+int64(n):off+int64(n)], fn)
	if errors.Is(err, errFault) {
		return r.shrunk(off, n, err)
	}
	// The last page of a file is mapped whole: what was cut off from it reads
	// as zeros without a fault, so only the size tells.
	if info, statErr := r.file.Stat(); statErr != nil {
		return errors.Join(err, statErr)
	} else if info.Size() < off+int64(n) {
		return r.shrunk(off, n, nil)
	}
	return err
}

// viewCopy is View without a map.
func (r *Region) viewCopy(off int64, n int, fn func(b []byte) error) error {
	b := make([]byte, n)
	switch got, err := r.file.ReadAt(b, off); {
	case got == n:
		return fn(b)
	case errors.Is(err, io.EOF):
		return r.shrunk(off, n, nil)
	default:
		return err
	}
}

// shrunk is the error for bytes that are gone. A fault of a file that is still
// long enough is a failing disk or network, which is said instead.
func (r *Region) shrunk(off int64, n int, fault error) error {
	err := ErrShrunk
	if info, statErr := r.file.Stat(); statErr == nil && info.Size() >= off+int64(n) && fault != nil {
		err = fault
	}
	return &fs.PathError{Op: "read", Path: r.path, Err: fmt.Errorf("bytes %d to %d: %w", off, off+int64(n), err)}
}

// Close unmaps; it waits for the reads under way. A second Close does nothing.
func (r *Region) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.file == nil {
		return nil
	}
	var err error
	if r.data != nil {
		err = unmapFile(r.data)
	}
	err = errors.Join(err, r.file.Close())
	r.file, r.data = nil, nil
	return err
}

// Bytes lends the n bytes at off, for a reader that works on them for long and
// from many goroutines. They are the caller's until Close, which does not wait
// for it: whoever lends them out calls Close after the last reader is done.
// Nobody writes to them. Where there is a map they are not copied, and every
// goroutine that touches them turns memory faults into panics and recovers
// (debug.SetPanicOnFault; internal/pool does so): the file may become shorter.
// Elsewhere they are a copy in memory.
func (r *Region) Bytes(off int64, n int) ([]byte, error) {
	if n < 0 || off < 0 || off > r.size-int64(n) {
		return nil, &fs.PathError{Op: "read", Path: r.path, Err: fmt.Errorf("bytes %d to %d of %d", off, off+int64(n), r.size)}
	}
	r.mu.RLock()
	data := r.data
	r.mu.RUnlock()
	if data != nil {
		return data[off : off+int64(n) : off+int64(n)], nil
	}
	b := make([]byte, n)
	if _, err := r.ReadAt(b, off); err != nil {
		return nil, err
	}
	return b, nil
}
