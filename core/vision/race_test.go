//go:build race

package vision

// underRace: the detector makes the arithmetic ten times slower, and it is the
// same arithmetic, so the long comparisons take a part of their cases.
const underRace = true
