//go:build !unix

package mapped

import "os"

// mapFile gives no map: the region reads the file instead. A mapped file
// could be neither shortened nor replaced on Windows, so a map would get in
// the way of the job that writes it.
func mapFile(*os.File, int64) ([]byte, error) { return nil, nil }

func unmapFile([]byte) error { return nil }
