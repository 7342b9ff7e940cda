//go:build !amd64

package int2

import "math"

// No machine kernels on this architecture: the portable loops do everything.

func (*errorLanes) blocks(_, _ []float32) int { return 0 }

func (*momentLanes) blocks(_ []float32, _ float64) int { return 0 }

func (*plainLanes) blocks(_ []float32) int { return 0 }

func quantizeBlocks(_ []uint8, _, _ []float32, _ *groupCode) int { return 0 }

func outsideBlocks(_ []float32, _, _ float32) (n int64, done int) { return 0, 0 }

func rangeBlocks(_ []float32) (high int32, low uint32, done int) { return math.MinInt32, 0, 0 }
