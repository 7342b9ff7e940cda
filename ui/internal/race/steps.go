// Package race tells tests that the race detector is on. It makes drawing ten
// times slower, and a frame's size has nothing to do with it: sweeps over sizes
// take wider steps then.
package race

// Step is the step of a sweep: n, and four times as much under the detector.
func Step(n int) int {
	if Under {
		return 4 * n
	}
	return n
}
