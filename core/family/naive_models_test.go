package family_test

import (
	"fmt"
	"math"
)

// vlmInput is a prompt with pictures [tiles, 3, height, width].
type vlmInput struct {
	ids                  []int
	pixels               []float64
	mask                 []bool // of pixels [tiles, height, width], nil for all
	tiles, height, width int
}

// edges is torch.arange(1/n, 1.0, 1/n) in float32 with AVX2. Vectorized::arange
// takes the first value of eight lanes as float32 and adds steps in double;
// vectorized_loop fills two vectors at a time and leaves the rest to scalars.
func edges(n int) []float32 {
	step := 1 / float64(n)
	e := make([]float32, 0, n)
	count := int(math.Ceil((1 - step) / step))
	for len(e)+16 <= count {
		for range 2 {
			base := float64(float32(step + float64(len(e))*step))
			for lane := range 8 {
				e = append(e, float32(base+float64(lane)*step))
			}
		}
	}
	for len(e) < count {
		e = append(e, float32(step+float64(len(e))*step))
	}
	return e
}

// buckets are the rows or columns of the position table for so many patches.
func buckets(valid, n int) []int {
	b := make([]int, valid)
	step := 1 / float32(valid)
	for i := range b {
		fraction := min(float32(i)*step, float32(1-1e-6))
		for _, e := range edges(n) {
			if e <= fraction {
				b[i]++
			}
		}
	}
	return b
}

// patchMask tells which patches of a tile have a valid pixel.
func patchMask(mask []bool, height, width, size int) []bool {
	down, across := height/size, width/size
	p := make([]bool, down*across)
	for i := range p {
		for y := range size {
			for x := range size {
				at := (i/across*size+y)*width + i%across*size + x
				p[i] = p[i] || mask == nil || mask[at]
			}
		}
	}
	return p
}

// tilePositions are Idefics3VisionEmbeddings' position ids: 0 for a patch that is masked.
func tilePositions(valid []bool, across, n int) []int {
	rows, cols := 0, 0
	for i, ok := range valid {
		if ok && i%across == 0 {
			rows++
		}
		if ok && i < across {
			cols++
		}
	}
	var ids []int
	for _, r := range buckets(rows, n) {
		for _, c := range buckets(cols, n) {
			ids = append(ids, r*n+c)
		}
	}
	out := make([]int, len(valid))
	for i, ok := range valid {
		if ok {
			out[i], ids = ids[0], ids[1:]
		}
	}
	return out
}

// shuffled is the pixel shuffle of the connector: feature (row offset, column
// offset, channel) of a square of patches.
func shuffled(x matrix, s int) matrix {
	side := int(math.Sqrt(float64(x.rows)))
	if side*side != x.rows || side%s != 0 {
		panic(fmt.Sprintf("%d patches cannot be shuffled by %d", x.rows, s))
	}
	var v []float64
	for r := range side / s {
		for c := range side / s {
			for dr := range s {
				for dc := range s {
					v = append(v, x.row((r*s+dr)*side+c*s+dc)...)
				}
			}
		}
	}
	return matrix{x.rows / s / s, x.cols * s * s, v}
}

// vlmForward is Idefics3ForConditionalGeneration.forward over a whole prompt.
func vlmForward(w checkpoint, c vlmConfig, in vlmInput, record func(string, matrix)) {
	var features matrix
	for i := range in.tiles {
		x := tileForward(w, c, in, i, record)
		x = w.linear(shuffled(x, c.scale), "model.connector.modality_projection.proj", false)
		record("connector", x)
		features = features.append(x)
	}
	llamaForward(w, c, in.ids, features, record)
}

// tileForward is the vision tower over one tile.
func tileForward(w checkpoint, c vlmConfig, in vlmInput, i int, record func(string, matrix)) matrix {
	plane := in.height * in.width
	pixels := in.pixels[i*3*plane : (i+1)*3*plane]
	var mask []bool
	if in.mask != nil {
		mask = in.mask[i*plane : (i+1)*plane]
	}
	valid := patchMask(mask, in.height, in.width, c.patch)
	p := "model.vision_model."
	x := product(patches(pixels, in.height, in.width, c.patch),
		w.matrix(p+"embeddings.patch_embedding.weight"), w.get(p+"embeddings.patch_embedding.bias").v)
	table := w.matrix(p + "embeddings.position_embedding.weight")
	for at, id := range tilePositions(valid, in.width/c.patch, c.image/c.patch) {
		for k := range x.cols {
			x.row(at)[k] += table.row(id)[k]
		}
	}
	sees := func(_, key int) bool { return valid[key] }
	x = w.encoder(x, p+"encoder", "vision", c.vision, sees, record)
	x = w.layerNorm(x, p+"post_layernorm", c.vision.eps)
	record("vision.post", x)
	return x
}

func llamaForward(w checkpoint, c vlmConfig, ids []int, features matrix, record func(string, matrix)) {
	table := w.matrix("model.text_model.embed_tokens.weight")
	x, next := newMatrix(len(ids), c.hidden), 0
	for i, id := range ids {
		if id == c.imageToken && next < features.rows {
			copy(x.row(i), features.row(next))
			next++
			continue
		}
		copy(x.row(i), table.row(id))
	}
	if next != features.rows {
		panic("the prompt has fewer image tokens than there are features")
	}
	record("text.h0", x)
	act := activation(c.act)
	for l := range c.layers {
		p := fmt.Sprintf("model.text_model.layers.%d.", l)
		y := w.rmsNorm(x, p+"input_layernorm", c.eps)
		q := rotated(w.linear(y, p+"self_attn.q_proj", c.attentionBias), c.heads, c.frequencies, c.amplitude)
		k := rotated(w.linear(y, p+"self_attn.k_proj", c.attentionBias), c.kvHeads, c.frequencies, c.amplitude)
		v := w.linear(y, p+"self_attn.v_proj", c.attentionBias)
		a := attention(q, k, v, c.heads, c.kvHeads, causal)
		x = x.plus(w.linear(a, p+"self_attn.o_proj", c.attentionBias))
		y = w.rmsNorm(x, p+"post_attention_layernorm", c.eps)
		gate := w.linear(y, p+"mlp.gate_proj", c.mlpBias).apply(act)
		up := w.linear(y, p+"mlp.up_proj", c.mlpBias)
		for i := range gate.v {
			gate.v[i] *= up.v[i]
		}
		x = x.plus(w.linear(gate, p+"mlp.down_proj", c.mlpBias))
		record(fmt.Sprintf("text.h%d", l+1), x)
	}
	x = w.rmsNorm(x, "model.text_model.norm", c.eps)
	record("text.norm", x)
	head := "lm_head"
	if c.tied {
		head = "model.text_model.embed_tokens"
	}
	record("all_logits", w.linear(x, head, false))
}

// imageForward is get_image_features of CLIPModel or SiglipModel, normalised.
func imageForward(w checkpoint, c dualConfig, pixels []float64, n int, record func(string, matrix)) matrix {
	var out matrix
	for i := range n {
		size := 3 * c.image * c.image
		tile := patches(pixels[i*size:(i+1)*size], c.image, c.image, c.patch)
		p := "vision_model."
		var bias []float64
		if !c.clip {
			bias = w.get(p + "embeddings.patch_embedding.bias").v
		}
		x := product(tile, w.matrix(p+"embeddings.patch_embedding.weight"), bias)
		if c.clip {
			class := matrix{1, c.vision.hidden, w.get(p + "embeddings.class_embedding").v}
			x = class.append(x)
		}
		x = x.plus(w.matrix(p + "embeddings.position_embedding.weight"))
		trace := record
		if c.clip {
			record("vision.h0", x)
			x = w.layerNorm(x, p+"pre_layrnorm", c.vision.eps)
			record("vision.pre_layrnorm", x)
			trace = except("vision.h0", record)
		}
		x = w.encoder(x, p+"encoder", "vision", c.vision, everything, trace)
		if c.clip {
			x = w.layerNorm(x.span(0, 1), p+"post_layernorm", c.vision.eps)
			record("vision.post", x)
			x = w.linear(x, "visual_projection", false)
		} else {
			x = w.layerNorm(x, p+"post_layernorm", c.vision.eps)
			record("vision.post", x)
			x = w.mapHead(x, c.vision)
			record("vision.head", x)
		}
		out = out.append(x)
	}
	return normalised(out)
}

// except leaves a name out.
func except(name string, record func(string, matrix)) func(string, matrix) {
	return func(n string, m matrix) {
		if n != name {
			record(n, m)
		}
	}
}

// mapHead is SiglipMultiheadAttentionPoolingHead.
func (w checkpoint) mapHead(x matrix, s tower) matrix {
	p, d := "vision_model.head.", s.hidden
	fused, bias := w.matrix(p+"attention.in_proj_weight"), w.get(p+"attention.in_proj_bias").v
	probe := matrix{1, d, w.get(p + "probe").v}
	q := product(probe, fused.span(0, d), bias[:d])
	k := product(x, fused.span(d, 2*d), bias[d:2*d])
	v := product(x, fused.span(2*d, 3*d), bias[2*d:])
	x = w.linear(attention(q, k, v, s.heads, s.heads, everything), p+"attention.out_proj", true)
	y := w.linear(w.layerNorm(x, p+"layernorm", s.eps), p+"mlp.fc1", true).apply(activation(s.act))
	return x.plus(w.linear(y, p+"mlp.fc2", true))
}

// textForward is get_text_features of CLIPModel or SiglipModel, normalised.
func textForward(w checkpoint, c dualConfig, texts [][]int, record func(string, matrix)) matrix {
	var out matrix
	for _, ids := range texts {
		p := "text_model."
		words, positions := w.matrix(p+"embeddings.token_embedding.weight"), w.matrix(p+"embeddings.position_embedding.weight")
		x := newMatrix(len(ids), c.text.hidden)
		for i, id := range ids {
			for k := range x.cols {
				x.row(i)[k] = words.row(id)[k] + positions.row(i)[k]
			}
		}
		sees, pooled, trace := everything, len(ids)-1, record
		if c.clip {
			// What follows the end may be masked or not: that is up to the caller.
			sees, pooled, trace = causal, endOfText(ids, c.endOfText), func(string, matrix) {}
		}
		x = w.encoder(x, p+"encoder", "text", c.text, sees, trace)
		x = w.layerNorm(x, p+"final_layer_norm", c.text.eps)
		trace("text.norm", x)
		x = x.span(pooled, pooled+1)
		if c.clip {
			record("text_pooled", x)
			x = w.linear(x, "text_projection", false)
		} else {
			x = w.linear(x, p+"head", true)
			record("text.head", x)
		}
		out = out.append(x)
	}
	return normalised(out)
}

// endOfText is the position that CLIPTextTransformer pools.
func endOfText(ids []int, end int) int {
	at := 0
	for i, id := range ids {
		if end == 2 && id > ids[at] {
			at = i
		}
		if end != 2 && id == end {
			return i
		}
	}
	return at
}

func normalised(x matrix) matrix {
	y := newMatrix(x.rows, x.cols)
	for i := range x.rows {
		square := 0.0
		for _, v := range x.row(i) {
			square += v * v
		}
		for k, v := range x.row(i) {
			y.row(i)[k] = v / math.Sqrt(square)
		}
	}
	return y
}

// dualLogits is logits_per_image [images, texts].
func dualLogits(w checkpoint, c dualConfig, images, texts matrix) matrix {
	y := product(images, texts, nil)
	return y.apply(func(x float64) float64 {
		x *= math.Exp(w.get("logit_scale").v[0])
		if !c.clip {
			x += w.get("logit_bias").v[0]
		}
		return x
	})
}
