package main

// The tensors with something planted, as the README of the example names them.
const (
	outlierTensor = "model.vision_model.encoder.layers.1.mlp.fc2.weight"
	deadTensor    = "model.text_model.layers.0.self_attn.k_proj.weight"
	clippedTensor = "model.text_model.layers.1.mlp.gate_proj.weight"
)

// plant makes three tensors hard, each in its own way.
func plant(name string, values []float32, shape []int) {
	w := newWeights("plant " + name)
	cols := shape[len(shape)-1]
	switch name {
	case outlierTensor: // one input channel many times its peers, as in the middle blocks of vision transformers
		for i := 37; i < len(values); i += cols {
			values[i] *= 24
		}
	case deadTensor: // nearly dead: one weight in six is alive, all about as large, the rest are next to nothing
		for i, v := range values {
			row, col := i/cols, i%cols
			if (5*row+col)%6 != 0 { // spread evenly, so that no channel stands out
				values[i] = v * (1.0 / 256)
				continue
			}
			size := float32(0.1)
			if v < 0 {
				size = -size
			}
			values[i] = size + v*(1.0/16) // a power of two: the product is exact, fused or not
		}
	case clippedTensor: // clipped: a mass of weights at a hard limit, and one in 200 that was let through
		const limit = 0.1
		for i, v := range values {
			switch {
			case w.chance(200):
				values[i] = v * 8
			case v > limit:
				values[i] = limit
			case v < -limit:
				values[i] = -limit
			}
		}
	}
}
