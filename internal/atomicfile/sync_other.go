//go:build !unix

package atomicfile

// syncDir does nothing: a folder cannot be synced here.
func syncDir(string) {}
