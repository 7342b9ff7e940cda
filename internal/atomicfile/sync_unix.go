//go:build unix

package atomicfile

import "os"

// syncDir makes a rename in dir durable. Some file systems refuse to sync a
// folder; the rename has happened all the same, so that is no error.
func syncDir(dir string) {
	d, err := os.Open(dir)
	if err != nil {
		return
	}
	_ = d.Sync()
	_ = d.Close()
}
