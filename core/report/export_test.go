package report

// Sample is the report that the tests outside of the package share.
func Sample() Model { return sample() }
