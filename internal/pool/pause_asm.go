//go:build amd64 || arm64

package pool

// pause tells the processor that this is a loop which waits.
//
//go:noescape
func pause()
