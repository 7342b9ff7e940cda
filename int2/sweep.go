package int2

// Exact least-squares scales at 2 bits by a sorted sweep.
//
// For fixed codes the best scale of Σ(w − s·l)² is s = Σwl/Σl², and it leaves
// Σw² − (Σwl)²/Σl². For a fixed scale the best codes are the nearest levels, so
// as s falls from +∞ to 0 every weight moves from level to level at known
// scales. The best of all (scale, codes) has nearest codes, hence is met on
// that way: visiting every change of a code once gives the optimum, in
// O(G log G) for a group of G.

// halfOptimum returns the scale s > 0 of least squared error on
// {−1.5, −0.5, 0.5, 1.5}·s, and the part of Σw² that it explains, from keys in
// ascending order. By symmetry only magnitudes count: those below s take the
// level 0.5, the others 1.5.
func halfOptimum(keys []uint32) (scale, gain float64) {
	var sum float64
	for _, k := range keys {
		sum += keyMagnitude(k)
	}
	num, den := 0.5*sum, 0.25*float64(len(keys)) // Σ|w|l and Σl² with every level 0.5
	bestNum, bestDen := num, den
	for i := len(keys) - 1; i >= 0; i-- {
		num += keyMagnitude(keys[i]) // 0.5 → 1.5
		den += 2                     // 0.25 → 2.25
		if float64(float64(num*num)*bestDen) > float64(float64(bestNum*bestNum)*den) {
			bestNum, bestDen = num, den
		}
	}
	return explained(bestNum, bestDen)
}

// twosOptimum is halfOptimum on {−2, −1, 0, 1}·s for a scale of the given
// sign. A weight of the side with one level (positive for s > 0) moves 0 → 1
// at s = 2|w|; one of the other side also moves 1 → 2 at s = 2|w|/3.
func twosOptimum(keys []uint32, negative bool) (scale, gain float64) {
	var num, den, bestNum float64
	bestDen := 1.0
	deep := len(keys) - 1 // next weight to take its second step
	for i := len(keys) - 1; i >= 0 || deep >= 0; {
		for deep >= 0 && keyNegative(keys[deep]) == negative {
			deep-- // this side has one level only
		}
		var a, step float64
		if i >= 0 && (deep < 0 || 3*keyMagnitude(keys[i]) >= keyMagnitude(keys[deep])) {
			a, step = keyMagnitude(keys[i]), 1 // l² from 0 to 1
			i--
		} else if deep >= 0 {
			a, step = keyMagnitude(keys[deep]), 3 // l² from 1 to 4
			deep--
		} else {
			break
		}
		num += a
		den += step
		if float64(float64(num*num)*bestDen) > float64(float64(bestNum*bestNum)*den) {
			bestNum, bestDen = num, den
		}
	}
	scale, gain = explained(bestNum, bestDen)
	if negative {
		scale = -scale
	}
	return scale, gain
}

func explained(num, den float64) (scale, gain float64) {
	if den == 0 {
		return 0, 0
	}
	return num / den, num * num / den
}
