//go:build !race

package race

// Under is true in a program with the race detector.
const Under = false
