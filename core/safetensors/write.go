package safetensors

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/mmtui/mmtui/internal/atomicfile"
)

// Entry is a tensor to be written. Write must produce exactly the bytes that
// DType and Shape ask for, little-endian and row-major; it may be nil when
// that is none. It should give up when ctx ends.
type Entry struct {
	Name  string
	DType DType
	Shape []int
	Write func(ctx context.Context, w io.Writer) error
}

// Write writes a file in one step (see internal/atomicfile): on any error, or
// when ctx ends, path is as it was and nothing temporary stays. Only one
// tensor's Write runs at a time, in the order of the data.
//
// The bytes are those of the reference writer: tensors lie by type, from U64
// down to BOOL, then by the UTF-8 bytes of their names; the header lists them
// in this order and is padded with spaces to a multiple of 8. Metadata keys are
// sorted (the reference's order is random), so that equal input gives equal
// files. A nil metadata map writes none.
//
// Refused are the name `__metadata__`, a name twice, text that is not UTF-8,
// shapes whose bytes cannot be counted or are no whole number, and a Write that
// gives more or fewer bytes than its shape. Errors are *Error with path.
func Write(ctx context.Context, path string, entries []Entry, metadata map[string]string) error {
	order, header, err := layout(entries, metadata)
	if err != nil {
		return at(path, err)
	}
	err = atomicfile.Write(path, 0o644, func(w io.Writer) error {
		if _, err := w.Write(header); err != nil {
			return err
		}
		for _, p := range order {
			if err := writeEntry(ctx, w, p); err != nil {
				return err
			}
		}
		return ctx.Err()
	})
	var own *Error
	if errors.Is(err, fs.ErrNotExist) && !errors.As(err, &own) {
		return &Error{Path: path, What: "its folder does not exist", Do: "create the folder first", Err: err}
	}
	if err != nil {
		return at(path, err)
	}
	return nil
}

// placed is an entry and its number of bytes.
type placed struct {
	Entry
	size int64
}

// layout orders the entries and makes the header, length field included.
func layout(entries []Entry, metadata map[string]string) ([]placed, []byte, error) {
	order := make([]placed, len(entries))
	seen := make(map[string]struct{}, len(entries))
	for i, e := range entries {
		size, err := entrySize(e)
		if err != nil {
			return nil, nil, err
		}
		if _, twice := seen[e.Name]; twice {
			return nil, nil, refuse("tensor %s occurs twice", shown(e.Name))
		}
		seen[e.Name] = struct{}{}
		order[i] = placed{e, size}
	}
	slices.SortFunc(order, func(a, b placed) int {
		return cmp.Or(cmp.Compare(b.DType.rank(), a.DType.rank()), cmp.Compare(a.Name, b.Name))
	})
	for k, v := range metadata {
		if !utf8.ValidString(k) || !utf8.ValidString(v) {
			return nil, nil, refuse("the metadata of %s are not UTF-8 text", shown(k))
		}
	}
	header, err := encodeHeader(order, metadata)
	return order, header, err
}

func refuse(format string, args ...any) *Error {
	return invalid("nothing was written", format, args...)
}

// entrySize checks an entry and gives its number of bytes.
func entrySize(e Entry) (int64, error) {
	switch {
	case e.Name == metadataKey:
		return 0, refuse("a tensor cannot be called %s: the file could not be read again", metadataKey)
	case !utf8.ValidString(e.Name):
		return 0, refuse("the tensor name %s is not UTF-8 text", shown(e.Name))
	case !e.DType.Known():
		return 0, refuse("tensor %s has the dtype %s, which the format does not know", shown(e.Name), shown(string(e.DType)))
	}
	for _, d := range e.Shape {
		if d < 0 {
			return 0, refuse("the shape %v of tensor %s has a negative dimension", e.Shape, shown(e.Name))
		}
	}
	n, err := elements(e.Shape)
	bits := int64(e.DType.Bits())
	if err != nil || n > math.MaxInt64/bits {
		return 0, refuse("the shape %v of tensor %s has more elements than can be counted", e.Shape, shown(e.Name))
	}
	if n*bits%8 != 0 {
		return 0, refuse("tensor %s has %d elements of %d bits, which is no whole number of bytes", shown(e.Name), n, bits)
	}
	return n * bits / 8, nil
}

// encodeHeader makes the length field and the padded JSON.
func encodeHeader(order []placed, metadata map[string]string) ([]byte, error) {
	b := make([]byte, 8, 8+64+128*len(order))
	b = append(b, '{')
	if metadata != nil {
		b = append(b, `"__metadata__":{`...)
		for i, k := range slices.Sorted(maps.Keys(metadata)) {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendText(b, k)
			b = append(b, ':')
			b = appendText(b, metadata[k])
		}
		b = append(b, "},"...)
	}
	offset := int64(0)
	for _, p := range order {
		if offset > math.MaxInt64-p.size {
			return nil, refuse("the tensors have more bytes than can be counted")
		}
		b = appendText(b, p.Name)
		b = append(b, `:{"dtype":"`...)
		b = append(b, p.DType...)
		b = append(b, `","shape":[`...)
		for i, d := range p.Shape {
			if i > 0 {
				b = append(b, ',')
			}
			b = strconv.AppendInt(b, int64(d), 10)
		}
		b = append(b, `],"data_offsets":[`...)
		b = strconv.AppendInt(b, offset, 10)
		b = append(b, ',')
		offset += p.size
		b = strconv.AppendInt(b, offset, 10)
		b = append(b, "]},"...)
	}
	b = append(bytes.TrimSuffix(b, []byte{','}), '}')
	for len(b)%8 != 0 {
		b = append(b, ' ')
	}
	if len(b)-8 > maxHeaderBytes {
		return nil, refuse("the header would have %d bytes, more than the format allows", len(b)-8)
	}
	binary.LittleEndian.PutUint64(b, uint64(len(b)-8))
	return b, nil
}

// appendText quotes s as the reference's JSON writer does: only what must be
// escaped is.
func appendText(b []byte, s string) []byte {
	const hex = "0123456789abcdef"
	b = append(b, '"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c >= ' ':
			b = append(b, c)
		default:
			const from, to = "\b\f\n\r\t", "bfnrt"
			if short := strings.IndexByte(from, c); short >= 0 {
				b = append(b, '\\', to[short])
			} else {
				b = append(b, `\u00`...)
				b = append(b, hex[c>>4], hex[c&15])
			}
		}
	}
	return append(b, '"')
}

// writeEntry runs one Write and holds it to its size.
func writeEntry(ctx context.Context, w io.Writer, p placed) error {
	exact := &exactWriter{ctx: ctx, w: w, left: p.size}
	if p.Write != nil {
		if err := p.Write(ctx, exact); err != nil {
			return writeFailed(p.Name, err)
		}
	}
	if exact.left != 0 {
		return refuse("tensor %s gave %d bytes of the %d that %s %v needs", shown(p.Name), p.size-exact.left, p.size, p.DType, p.Shape)
	}
	return nil
}

// writeFailed names the tensor; the cause stays for errors.Is.
func writeFailed(name string, err error) error {
	var own *Error
	var changed *ChangedError
	if errors.As(err, &own) || errors.As(err, &changed) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err // says enough
	}
	return &Error{What: fmt.Sprintf("tensor %s: %v", shown(name), err), Do: "nothing was written", Err: err}
}

// exactWriter lets no more than left bytes through, and none after ctx ended.
type exactWriter struct {
	ctx  context.Context
	w    io.Writer
	left int64
}

var errTooMany = errors.New("more bytes than its shape needs")

func (e *exactWriter) Write(b []byte) (int, error) {
	if err := e.ctx.Err(); err != nil {
		return 0, err
	}
	if int64(len(b)) > e.left {
		return 0, errTooMany
	}
	n, err := e.w.Write(b)
	e.left -= int64(n)
	return n, err
}
