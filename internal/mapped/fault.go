package mapped

import (
	"errors"
	"fmt"
	"runtime/debug"
	"unsafe"
)

// errFault is a page that could not be read in.
var errFault = errors.New("the page cannot be read")

// addressed is the runtime's error for a memory fault (debug.SetPanicOnFault).
type addressed interface {
	error
	Addr() uintptr
}

// guard calls fn with b and turns a fault inside b into errFault. Any other
// panic goes on: it is a defect of fn, not of the file.
func guard(b []byte, fn func([]byte) error) (err error) {
	old := debug.SetPanicOnFault(true) // of this goroutine only
	defer func() {
		debug.SetPanicOnFault(old)
		cause := recover()
		if cause == nil {
			return
		}
		fault, ok := cause.(addressed)
		if !ok {
			panic(cause)
		}
		start := uintptr(unsafe.Pointer(unsafe.SliceData(b)))
		// Wide copies fault at the start of a vector that may lie before b.
		if addr := fault.Addr(); addr+64 < start || addr >= start+uintptr(len(b)) {
			panic(cause)
		}
		err = fmt.Errorf("%w: %w", errFault, fault)
	}()
	return fn(b)
}
