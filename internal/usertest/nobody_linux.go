package usertest

import (
	"runtime"
	"testing"

	"golang.org/x/sys/unix"
)

// nobody is the user that owns nothing.
const nobody = 65534

// asNobody changes the user of this thread's file accesses, which also takes
// root's right to ignore permissions from it.
func asNobody(_ testing.TB, f func()) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	before, _ := unix.SetfsuidRetUid(nobody)
	defer unix.SetfsuidRetUid(before)
	f()
}
