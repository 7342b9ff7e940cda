//go:build !linux

package infer

// thisMachine tells nothing: this system has no file that would.
func thisMachine() machine { return unknown{} }

type unknown struct{}

func (unknown) available() (int64, bool) { return 0, false }
func (unknown) resetPeak()               {}
func (unknown) peak() (int64, bool)      { return 0, false }
