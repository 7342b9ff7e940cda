//go:build !linux

package usertest

import "testing"

func asNobody(t testing.TB, _ func()) {
	t.Helper()
	t.Skip("root cannot become an ordinary user for a moment on this system")
}
