package infer

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/core/vision"
)

// pictureFiles are pictures on disk under a folder's image processor.
type pictureFiles struct {
	config *vision.Config
	limits vision.Limits
}

func (p pictureFiles) size(path string) (width, height int, err error) {
	info, err := vision.Probe(path)
	if err != nil {
		return 0, 0, err
	}
	limit := p.limits.MaxPixels
	if limit == 0 {
		limit = vision.DefaultMaxPixels
	}
	if int64(info.Width)*int64(info.Height) > limit {
		return 0, 0, fmt.Errorf("%s: %d×%d pixels are more than the limit of %s (Pillow's own); make the picture smaller first",
			report.Printable(path), info.Width, info.Height, report.GroupDigits(limit))
	}
	return info.Width, info.Height, nil
}

func (p pictureFiles) options(opt pictureOptions) vision.Options {
	return vision.Options{LongestEdge: opt.longestEdge, Split: opt.split}
}

func (p pictureFiles) layout(width, height int, opt pictureOptions) (layout, error) {
	l, err := p.config.Layout(width, height, p.options(opt))
	if err != nil {
		return layout{}, err
	}
	source, made := int64(width)*int64(height), int64(l.Tiles)*int64(l.TileHeight)*int64(l.TileWidth)
	return layout{
		rows: l.Rows, cols: l.Cols, tiles: l.Tiles, height: l.TileHeight, width: l.TileWidth,
		bytes:   l.Bytes + decodeBytes*source,
		seconds: decodeSeconds*float64(source) + tileSeconds*float64(made),
	}, nil
}

// What a picture costs while it is decoded. Of memory, a pixel takes up to 3
// bytes in the file, 4 in the decoder's own picture and 4 as RGB with alpha;
// the first two are garbage by the time it is resized, but still held. The
// times are those of a PNG of a photograph on one core of a small computer; a
// JPEG takes about half.
const (
	decodeBytes   = 11
	decodeSeconds = 40e-9 // a pixel of the file
	tileSeconds   = 20e-9 // a pixel of a tile: resized, cut and normalised
)

func (p pictureFiles) load(ctx context.Context, path string, opt pictureOptions, pixels []float32) ([]float32, layout, error) {
	img, err := vision.OpenContext(ctx, path, p.limits)
	if ctx.Err() != nil {
		return nil, layout{}, ctx.Err()
	}
	if err != nil {
		return nil, layout{}, err
	}
	tiles, err := p.config.Process(ctx, img, p.options(opt))
	if err != nil {
		if ctx.Err() != nil {
			return nil, layout{}, ctx.Err()
		}
		return nil, layout{}, fmt.Errorf("%s: %w", report.Printable(path), err)
	}
	size, first := 3*tiles.Height*tiles.Width, len(pixels)
	pixels = slices.Grow(pixels, tiles.Tiles*size)[:first+tiles.Tiles*size]
	for i := range tiles.Tiles {
		if err := ctx.Err(); err != nil {
			return nil, layout{}, err
		}
		p.config.NormaliseTile(tiles, i, pixels[first+i*size:][:size])
	}
	return pixels, layout{rows: tiles.Rows, cols: tiles.Cols, tiles: tiles.Tiles, height: tiles.Height, width: tiles.Width}, nil
}

// key is the SHA-256 of a picture's bytes.
func (p pictureFiles) key(ctx context.Context, path string) (contentKey, error) {
	f, err := os.Open(path)
	if err != nil {
		return contentKey{}, err
	}
	defer f.Close() // read only
	digest := sha256.New()
	digest.Write([]byte{'p'}) // keys of texts begin otherwise
	buffer := make([]byte, 1<<20)
	for {
		if err := ctx.Err(); err != nil {
			return contentKey{}, err
		}
		n, err := f.Read(buffer)
		digest.Write(buffer[:n])
		if err == io.EOF {
			return contentKey(digest.Sum(nil)), nil
		}
		if err != nil {
			return contentKey{}, err
		}
	}
}
