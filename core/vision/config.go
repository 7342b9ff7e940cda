package vision

import (
	"fmt"
	"math"
)

// Config is the image processor of a model folder, every parameter filled in:
// what the folder leaves out has the default of its class.
type Config struct {
	File  string // where the parameters were read
	Class string // the class without a backend's suffix: Idefics3ImageProcessor, CLIPImageProcessor, …

	DoResize     bool
	DoCenterCrop bool
	DoRescale    bool
	DoNormalize  bool
	DoSplit      bool // do_image_splitting; tiled classes only
	DoConvertRGB bool // has no effect here: an Image is RGB already
	DoPad        bool // has no effect on one picture: all its tiles have one size

	Size   Size // what step 1 makes of a picture
	Crop   Size // Height and Width of the centre crop
	Filter Filter
	// TileEdge is max_image_size.longest_edge: height and width of a tile.
	// It is 0 for classes that make one picture of one.
	TileEdge int
	// ImageSeqLen is the number of tokens that a tile becomes, as the
	// processor states it; 0 for classes without tiles.
	ImageSeqLen int

	RescaleFactor float64
	Mean, Std     [3]float64
}

// Size is the dictionary `size` of a processor; absent keys are 0. Which keys
// together mean what is the rule of Config.Layout.
type Size struct {
	Height, Width       int
	ShortestEdge        int
	LongestEdge         int
	MaxHeight, MaxWidth int
}

// Tiled says whether the processor cuts pictures into tiles (SmolVLM,
// Idefics3) rather than making one picture of one (CLIP, SigLIP).
func (c *Config) Tiled() bool { return c.TileEdge > 0 }

// MaxLongestEdge bounds Options.LongestEdge and every size of a processor.
const MaxLongestEdge = 1 << 16

// Options are the choices of one run.
type Options struct {
	// LongestEdge replaces size.longest_edge of a tiled processor; 0 keeps it.
	LongestEdge int
	// Split replaces do_image_splitting; nil keeps it.
	Split *bool
	// MaxBytes bounds Layout.Bytes; 0 means DefaultMaxBytes, a negative
	// number no bound.
	MaxBytes int64
}

// DefaultMaxBytes is 4 GiB: a published processor stays below 200 MiB
// whatever the picture, but one that does not resize does as it is told.
const DefaultMaxBytes = 4 << 30

// classes holds the defaults of every image processor class that is
// implemented, as of transformers 5.23.
func classDefaults(class string) (Config, bool) {
	half := [3]float64{0.5, 0.5, 0.5}
	c := Config{Class: class, DoResize: true, DoRescale: true, DoNormalize: true, DoConvertRGB: true, RescaleFactor: 1.0 / 255, Mean: half, Std: half}
	switch class {
	case "Idefics3ImageProcessor", "SmolVLMImageProcessor":
		c.Filter = Lanczos
		c.Size = Size{LongestEdge: 4 * 364}
		c.TileEdge = 364
		c.ImageSeqLen = 169
		c.DoSplit, c.DoPad = true, true
	case "CLIPImageProcessor":
		c.Filter = Bicubic
		c.Size = Size{ShortestEdge: 224}
		c.DoCenterCrop = true
		c.Crop = Size{Height: 224, Width: 224}
		c.Mean = [3]float64{0.48145466, 0.4578275, 0.40821073}
		c.Std = [3]float64{0.26862954, 0.26130258, 0.27577711}
	case "SiglipImageProcessor":
		c.Filter = Bicubic
		c.Size = Size{Height: 224, Width: 224}
	default:
		return Config{}, false
	}
	return c, true
}

// squareByDefault says what a bare number means as `size`: both sides, or the
// shorter one.
func squareByDefault(class string) bool { return class != "CLIPImageProcessor" }

// check refuses what could not be computed.
func (c *Config) check() error {
	if !c.Filter.known() {
		return fmt.Errorf("%s: resample is %d; it goes from 0 (nearest) to 5 (hamming)", c.File, int(c.Filter))
	}
	if c.DoResize {
		if problem := c.sizeProblem(); problem != "" {
			return fmt.Errorf("%s: size %s", c.File, problem)
		}
	}
	if c.DoCenterCrop && (c.Crop.Height == 0 || c.Crop.Width == 0) {
		return fmt.Errorf("%s: do_center_crop is true and crop_size has no height and width; state both", c.File)
	}
	if c.DoRescale && (c.RescaleFactor == 0 || math.IsInf(c.RescaleFactor, 0)) {
		return fmt.Errorf("%s: rescale_factor is %g; the usual one is 1/255", c.File, c.RescaleFactor)
	}
	if c.DoNormalize {
		for _, s := range c.Std {
			if float32(s) == 0 {
				return fmt.Errorf("%s: image_std is %v, and pixels are divided by it; state three numbers that are not 0", c.File, c.Std)
			}
		}
	}
	return nil
}

func (c *Config) sizeProblem() string {
	s := c.Size
	if c.Tiled() {
		if s.LongestEdge == 0 && (s.Height == 0 || s.Width == 0) {
			return "has neither longest_edge nor height and width; " + c.Class + " needs one of them"
		}
		return ""
	}
	if s.ShortestEdge == 0 && (s.MaxHeight == 0 || s.MaxWidth == 0) && (s.Height == 0 || s.Width == 0) {
		return "has neither shortest_edge, nor height and width, nor max_height and max_width; " + c.Class + " needs one of them"
	}
	return ""
}
