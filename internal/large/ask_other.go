//go:build !linux

package large

// ask does nothing: the system chooses its pages itself.
func ask([]byte) {}
