// Package large allocates memory that is written at once: scratch of a run, a
// cache of keys and values. Where the system has large pages for the asking,
// the first touch of 100 MB costs fifty faults in place of 25,000, which in a
// virtual machine is a tenth of a second.
package large

import (
	"sync"
	"unsafe"
)

// page is the size and alignment of a large page on the machines that matter.
const page = 2 << 20

// Floats is make([]float32, n).
func Floats(n int) []float32 {
	s := make([]float32, n)
	advise(unsafe.Pointer(unsafe.SliceData(s)), 4*n)
	return s
}

// block is what small pieces are cut from, line their alignment.
const (
	block = 16 << 20
	line  = 64
)

// left is what the last block still has.
var left struct {
	sync.Mutex
	bytes []byte
}

// Bytes is make([]byte, n) for memory that is kept, such as packed weights:
// small pieces lie one after another in blocks of large pages, each at the
// beginning of a cache line. A block is freed when no piece of it is in use.
func Bytes(n int) []byte {
	if n >= block/4 {
		s := make([]byte, n)
		advise(unsafe.Pointer(unsafe.SliceData(s)), n)
		return s
	}
	left.Lock()
	defer left.Unlock()
	if len(left.bytes) < n {
		left.bytes = make([]byte, block)
		advise(unsafe.Pointer(unsafe.SliceData(left.bytes)), block)
	}
	s := left.bytes[:n:n]
	left.bytes = left.bytes[min((n+line-1)/line*line, len(left.bytes)):]
	return s
}

// Int8s is make([]int8, n).
func Int8s(n int) []int8 {
	s := make([]int8, n)
	advise(unsafe.Pointer(unsafe.SliceData(s)), n)
	return s
}

// advise asks for large pages for what lies whole within p … p+size.
func advise(p unsafe.Pointer, size int) {
	skip := int(-uintptr(p) & (page - 1))
	if whole := (size - skip) &^ (page - 1); skip < size && whole > 0 {
		ask(unsafe.Slice((*byte)(unsafe.Add(p, skip)), whole))
	}
}
