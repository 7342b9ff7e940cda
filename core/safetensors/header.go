package safetensors

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"unicode/utf8"
)

// Info describes one tensor of a file.
type Info struct {
	Name  string // any text; see Printable
	DType DType
	// Shape is row-major, outermost dimension first; empty for a scalar. The
	// format allows dimensions up to 2^64-1 in a tensor that has a 0 among them
	// ([0, 18446744073709551615]); one that does not fit is math.MaxInt here.
	Shape      []int
	Begin, End int64 // bytes within the data section
}

// Size is the number of bytes of the tensor's data.
func (i Info) Size() int64 { return i.End - i.Begin }

// Parameters is the number of elements: the product of the shape, 1 for a
// scalar, 0 when any dimension is 0.
func (i Info) Parameters() int64 {
	n, err := elements(i.Shape)
	if err != nil {
		return math.MaxInt64 // no Info that came from a file gets here
	}
	return n
}

// elements is the checked product of a shape.
func elements(shape []int) (int64, error) {
	n := int64(1)
	for _, d := range shape {
		if d == 0 {
			return 0, nil
		}
	}
	for _, d := range shape {
		if d < 0 || n > math.MaxInt64/int64(d) {
			return 0, fmt.Errorf("the product of the shape %v is not a number of elements", shape)
		}
		n *= int64(d)
	}
	return n, nil
}

// Header is the parsed and checked head of a file.
type Header struct {
	Tensors    []Info            // by offset; empty tensors at one offset in header order
	Metadata   map[string]string // nil when the file has none
	DataStart  int64             // file offset of the data section: 8 + HeaderSize
	HeaderSize int64             // bytes of JSON, padding included

	index map[string]int // name → place in Tensors
}

// Lookup finds a tensor by its exact name.
func (h *Header) Lookup(name string) (Info, bool) {
	i, ok := h.index[name]
	if !ok {
		return Info{}, false
	}
	return h.Tensors[i], true
}

// Limits bound what a header may ask for. A field that is 0 or less means its default.
type Limits struct {
	HeaderBytes int64 // JSON of a header or an index, bytes; 16 MiB, at most the format's own 100,000,000
	Rank        int   // dimensions of a tensor; 64
	Tensors     int   // of a file or an index; 100,000
	NameBytes   int   // of a tensor, UTF-8; 512
	Nesting     int   // objects and arrays around a value; 4, at most 127
}

const (
	maxHeaderBytes = 100_000_000 // of the format
	maxNesting     = 127         // of the reference's JSON reader
)

// DefaultLimits are the limits of a zero Limits.
func DefaultLimits() Limits {
	return Limits{HeaderBytes: 16 << 20, Rank: 64, Tensors: 100_000, NameBytes: 512, Nesting: 4}
}

// filled replaces zero fields by their defaults.
func (l Limits) filled() Limits {
	def := DefaultLimits()
	if l.HeaderBytes <= 0 {
		l.HeaderBytes = def.HeaderBytes
	}
	if l.Rank <= 0 {
		l.Rank = def.Rank
	}
	if l.Tensors <= 0 {
		l.Tensors = def.Tensors
	}
	if l.NameBytes <= 0 {
		l.NameBytes = def.NameBytes
	}
	if l.Nesting <= 0 {
		l.Nesting = def.Nesting
	}
	l.HeaderBytes = min(l.HeaderBytes, maxHeaderBytes)
	l.Nesting = min(l.Nesting, maxNesting)
	return l
}

// sniffBytes of the start are looked at to name a file of another kind; a tar
// archive has its mark at 257.
const sniffBytes = 512

// ParseHeader reads and checks the header of a file of size bytes: every rule
// of the format, that tensors cover the data without hole or overlap and end
// where the file does, and the stricter rules of this package. Errors are
// *Error without a path.
func ParseHeader(r io.ReaderAt, size int64, lim Limits) (*Header, error) {
	lim = lim.filled()
	start := make([]byte, min(max(size, 0), sniffBytes))
	if err := readFull(r, start, 0); err != nil {
		return nil, err
	}
	h, err := parseHeader(r, start, size, lim)
	if errors.Is(err, ErrInvalid) || errors.Is(err, ErrLimit) {
		if kind := sniff(start); kind != nil {
			return nil, kind
		}
	}
	return h, err
}

func parseHeader(r io.ReaderAt, start []byte, size int64, lim Limits) (*Header, error) {
	if size < 8 {
		return nil, invalid(adviceDamaged, "%d bytes are too few for a safetensors file", size)
	}
	n := binary.LittleEndian.Uint64(start)
	switch {
	case n == 0:
		return nil, invalid(adviceDamaged, "the header is empty")
	case n > maxHeaderBytes:
		return nil, invalid(adviceDamaged, "the header length says %d bytes, more than the format allows", n)
	case int64(n) > size-8:
		return nil, invalid(adviceCut, "the header has %d bytes but the file ends after %d of them", n, size-8)
	case int64(n) > lim.HeaderBytes:
		return nil, overLimit("HeaderBytes", "the header has %d bytes, more than the %d allowed", n, lim.HeaderBytes)
	}
	text := make([]byte, n) // bounded by the size of the file and by lim
	if err := readFull(r, text, 8); err != nil {
		return nil, err
	}
	if !utf8.Valid(text) {
		return nil, invalid(adviceDamaged, "the header is not UTF-8 text")
	}
	p := parser{scanner: scanner{text: text, nesting: lim.Nesting}, lim: lim}
	if err := p.header(); err != nil {
		return nil, err
	}
	return p.finish(int64(n), size-8-int64(n))
}

// readFull reads len(b) bytes at off.
func readFull(r io.ReaderAt, b []byte, off int64) error {
	n, err := r.ReadAt(b, off)
	if n == len(b) {
		return nil
	}
	if err == nil || errors.Is(err, io.EOF) {
		return &Error{What: "the file ended while it was read", Do: "open it again when nothing writes to it", Err: io.ErrUnexpectedEOF}
	}
	return err
}

// ShapeText is the shape as messages show it, such as [576, 1536].
func (i Info) ShapeText() string {
	return strings.ReplaceAll(fmt.Sprint(i.Shape), " ", ", ")
}
