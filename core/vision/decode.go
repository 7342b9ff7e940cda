package vision

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
)

// Limits bound what a picture file may cost.
type Limits struct {
	// MaxPixels bounds width × height; 0 means DefaultMaxPixels.
	MaxPixels int64
	// MaxBytes bounds the size of the file; 0 means DefaultMaxFileBytes.
	MaxBytes int64
}

const (
	// DefaultMaxPixels is where Pillow refuses a picture as a decompression
	// bomb.
	DefaultMaxPixels = 178_956_970
	// DefaultMaxFileBytes is 1 GiB.
	DefaultMaxFileBytes = 1 << 30
)

func (l Limits) filled() Limits {
	if l.MaxPixels <= 0 {
		l.MaxPixels = DefaultMaxPixels
	}
	if l.MaxBytes <= 0 {
		l.MaxBytes = DefaultMaxFileBytes
	}
	return l
}

// Open reads a picture file. The content decides what kind it is, never its
// name. EXIF orientation is applied, alpha is composited on white. An error
// names the file and says what to do.
func Open(path string, lim Limits) (*Image, error) {
	return OpenContext(context.Background(), path, lim)
}

// OpenContext is Open that a context can end: large pictures take seconds.
func OpenContext(ctx context.Context, path string, lim Limits) (*Image, error) {
	lim = lim.filled()
	f, size, err := openFile(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	// The header is judged before the file is read, so that a bomb of a
	// gigabyte is not.
	if _, err := inspect(path, source{&window{r: f}, size}, lim); err != nil {
		return nil, err
	}
	data := make([]byte, size)
	if _, err := io.ReadFull(&stoppable{ctx, f}, data); err != nil {
		if stopped := ctx.Err(); stopped != nil {
			return nil, stopped
		}
		return nil, fmt.Errorf("%s: %w; the file became shorter while it was read, try again", path, err)
	}
	return DecodeContext(ctx, path, data, lim)
}

// openFile opens a regular file; to open a pipe would wait for its writer.
func openFile(path string) (*os.File, int64, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, 0, unopened(path, err)
	}
	if info.IsDir() {
		return nil, 0, fmt.Errorf("%s: is a folder; name a picture in it", path)
	}
	if !info.Mode().IsRegular() {
		return nil, 0, fmt.Errorf("%s: is not a regular file; copy it to one first", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, 0, unopened(path, err)
	}
	return f, info.Size(), nil
}

// unopened says why a file could not be opened; it wraps the error of the
// operating system, whose own text names the call.
func unopened(path string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return &fileError{path + ": there is no such file; check the path", err}
	}
	why := err
	if at, ok := errors.AsType[*fs.PathError](err); ok {
		why = at.Err
	}
	return &fileError{fmt.Sprintf("%s: %v; check who may read it", path, why), err}
}

type fileError struct {
	text string
	err  error
}

func (e *fileError) Error() string { return e.text }
func (e *fileError) Unwrap() error { return e.err }

// Decode reads a picture from memory, as Open does; name stands in errors.
func Decode(name string, data []byte, lim Limits) (*Image, error) {
	return DecodeContext(context.Background(), name, data, lim)
}

// DecodeContext is Decode that a context can end.
func DecodeContext(ctx context.Context, name string, data []byte, lim Limits) (*Image, error) {
	lim = lim.filled()
	info, err := inspect(name, source{bytes.NewReader(data), int64(len(data))}, lim)
	if err != nil {
		return nil, err
	}
	r, err := info.Format.decode(ctx, data)
	if stopped := ctx.Err(); stopped != nil {
		return nil, stopped
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %s: %w", name, info.Format, advised(info.Format, err))
	}
	img, err := r.onWhite(ctx)
	if err != nil {
		return nil, fmt.Errorf("%s: %s: %w", name, info.Format, advised(info.Format, err))
	}
	img = oriented(ctx, img, info.Orientation)
	if stopped := ctx.Err(); stopped != nil {
		return nil, stopped
	}
	return img, nil
}

// problem is an error that says what to do itself.
type problem struct{ text string }

func (p problem) Error() string { return p.text }

func problemf(format string, args ...any) error {
	return problem{fmt.Errorf(format, args...).Error()}
}

// advised adds what to do to an error that does not say it. The decoders of the
// standard library begin with the format, which stands before it already.
func advised(f Format, err error) error {
	switch e := err.(type) {
	case problem:
		return e
	case nil:
		return nil
	}
	if err == io.ErrUnexpectedEOF || err == io.EOF {
		return problemf("the file is truncated; copy or download it again")
	}
	return problemf("%s; the file is damaged or of an unusual kind, save it again as PNG", strings.TrimPrefix(err.Error(), strings.ToLower(string(f))+": "))
}

// reader reads data until the context ends; the decoders that cannot be
// stopped otherwise stop for want of data.
func reader(ctx context.Context, data []byte) io.Reader {
	return &stoppable{ctx, bytes.NewReader(data)}
}

type stoppable struct {
	ctx context.Context
	r   io.Reader
}

func (s *stoppable) Read(b []byte) (int, error) {
	if err := s.ctx.Err(); err != nil {
		return 0, err
	}
	return s.r.Read(b[:min(len(b), 1<<20)])
}

// guarded makes an error of a panic in a decoder that is not ours.
func guarded[T any](decode func() (T, error)) (v T, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("the decoder failed (%v)", r)
		}
	}()
	return decode()
}
