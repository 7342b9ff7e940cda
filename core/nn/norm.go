package nn

import "github.com/mmtui/mmtui/internal/vec"

// Norm normalises rows. Without a bias it is the RMS norm of Zhang and
// Sennrich (2019), with one the layer norm of Ba et al. (2016).
type Norm struct {
	Gain []float32
	Bias []float32 // nil: RMS norm
	Eps  float32
}

// Row is dst = norm(src) of one row of len(Gain) elements; dst may be src.
func (n *Norm) Row(dst, src []float32) {
	if n.Bias == nil {
		vec.RMSNorm(dst, src, n.Gain, n.Eps)
		return
	}
	vec.LayerNorm(dst, src, n.Gain, n.Bias, n.Eps)
}
