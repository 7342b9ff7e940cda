package family

import (
	"context"
	"fmt"

	"github.com/mmtui/mmtui/core/nn"
)

// patchConfig is how pictures become tokens.
type patchConfig struct{ channels, image, patch int }

func readPatches(c object, missing patchConfig) patchConfig {
	p := patchConfig{
		channels: c.count("num_channels", missing.channels, 16),
		image:    c.count("image_size", missing.image, mostPixels),
		patch:    c.count("patch_size", missing.patch, mostPixels),
	}
	if p.channels != 3 {
		c.fail("num_channels", "%d: pictures are read with 3", p.channels)
	}
	if p.patch > p.image {
		c.fail("patch_size", "%d pixels in a picture of image_size %d", p.patch, p.image)
		p.patch = p.image
	}
	return p
}

// grid is the side of the published grid, in patches.
func (p patchConfig) grid() int { return p.image / p.patch }

func (p patchConfig) flop(hidden, patches int) float64 {
	return 2 * float64(patches) * float64(hidden) * float64(p.values())
}

// embedder turns patches into rows: a convolution as a linear layer.
type embedder struct {
	patchConfig
	proj    layer
	cutName string
}

// embedder loads PREFIX.patch_embedding, stored as a convolution [hidden, channels, patch, patch].
func (l *loader) embedder(prefix string, p patchConfig, hidden int, bias bool) embedder {
	name := prefix + ".patch_embedding"
	values := p.values()
	proj := l.layer(name, name+".weight", name+".bias", hidden, values, bias,
		[]int{hidden, p.channels, p.patch, p.patch}, []int{hidden, values})
	return embedder{p, proj, prefix + ".patches"}
}

// values is the length of a patch as a row of a matrix.
func (p patchConfig) values() int { return p.channels * p.patch * p.patch }

// embed fills dst [n·grid, hidden] from pixels [n, channels, height, width] by
// way of patches [n·grid, values].
func (e *embedder) embed(ctx context.Context, r *nn.Run, o nn.Observer, dst, patches, pixels []float32, n, height, width int) error {
	if o != nil {
		o.Activation("pixel_values", []int{n, e.channels, height, width}, pixels)
	}
	shape := nn.Picture{Channels: e.channels, Height: height, Width: width, Patch: e.patch}
	rows, cols := shape.Grid()
	var err error
	watched(o, e.cutName, func() { err = r.Patches(ctx, patches, pixels, n, shape) })
	if err != nil {
		return err
	}
	return e.proj.run(ctx, o, dst, patches, n*rows*cols)
}

// checkPixels says that pixels are not n pictures [3, height, width].
func checkPixels(pixels []float32, n, height, width int) error {
	if n < 0 || height < 1 || width < 1 || height > mostPixels || width > mostPixels || len(pixels) != n*3*height*width {
		return fmt.Errorf("%d pixel values for %d pictures [3, %d, %d]; prepare the pictures again", len(pixels), n, height, width)
	}
	return nil
}
