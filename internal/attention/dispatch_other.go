//go:build !amd64 && !arm64

package attention

import "github.com/mmtui/mmtui/internal/isa"

// There is one tier here: the twins.

func scoresBlock(_ isa.Tier, st, k []float32, stride, keys int, query []float32, depth, width int) {
	scoresTwin(st, k, stride, keys, query, depth, width)
}

func weightsBlock(_ isa.Tier, st []float32, keys int, top, sum, alpha []float32, width int) {
	weightsTwin(st, keys, top, sum, alpha, width)
}

func valuesBlock(_ isa.Tier, output, v []float32, stride, keys int, st, alpha []float32, depth, width int) {
	valuesTwin(output, v, stride, keys, st, alpha, depth, width)
}

func dotsBlock(_ isa.Tier, out, k []float32, stride int, query []float32) {
	dotsTwin(out, k, stride, query)
}

func mixBlock(_ isa.Tier, out, v []float32, stride int, p []float32) { mixTwin(out, v, stride, p) }

func turnSquares(_ isa.Tier, _, _ []float32, _, _, _, _ int, _ []float32) (doneRows, doneCols int) {
	return 0, 0
}
