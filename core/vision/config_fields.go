package vision

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"slices"
)

// maxEdge bounds every size of a processor: above it a picture could not be
// made anyway.
const maxEdge = MaxLongestEdge

// parseConfig fills the defaults of a class with what the folder states.
func parseConfig(class string, params, processor object) (*Config, error) {
	c, _ := classDefaults(class)
	for _, flag := range []struct {
		key string
		to  *bool
	}{
		{"do_resize", &c.DoResize}, {"do_center_crop", &c.DoCenterCrop}, {"do_rescale", &c.DoRescale}, {"do_normalize", &c.DoNormalize},
		{"do_convert_rgb", &c.DoConvertRGB}, {"do_pad", &c.DoPad}, {"do_image_splitting", &c.DoSplit},
	} {
		if err := params.flag(flag.key, flag.to); err != nil {
			return nil, err
		}
	}
	if c.Tiled() {
		// The class knows no centre crop and would ignore the key.
		c.DoCenterCrop = false
		if err := tileFields(&c, params, processor); err != nil {
			return nil, err
		}
	} else {
		c.DoSplit = false
		// do_pad alone makes the pictures of a batch equal in size.
		if raw, ok := params.lookup("pad_size"); ok && c.DoPad {
			return nil, params.wrong("pad_size", raw, "absent: padding is not implemented for "+class)
		}
	}
	if err := params.size("size", squareByDefault(class), &c.Size); err != nil {
		return nil, err
	}
	if err := params.size("crop_size", true, &c.Crop); err != nil {
		return nil, err
	}
	filter := int(c.Filter)
	if err := params.integer("resample", 0, math.MaxInt32, &filter); err != nil {
		return nil, err
	}
	c.Filter = Filter(filter)
	if err := params.number("rescale_factor", &c.RescaleFactor); err != nil {
		return nil, err
	}
	if err := params.triple("image_mean", &c.Mean); err != nil {
		return nil, err
	}
	return &c, params.triple("image_std", &c.Std)
}

func tileFields(c *Config, params, processor object) error {
	tile := Size{LongestEdge: c.TileEdge}
	if err := params.size("max_image_size", true, &tile); err != nil {
		return err
	}
	if tile.LongestEdge == 0 {
		return fmt.Errorf("%s: max_image_size has no longest_edge; %s needs it", params.file, c.Class)
	}
	c.TileEdge = tile.LongestEdge
	return processor.integer("image_seq_len", 1, math.MaxInt32, &c.ImageSeqLen)
}

func isNull(raw json.RawMessage) bool { return bytes.Equal(bytes.TrimSpace(raw), []byte("null")) }

// lookup is the value of a key; one that is null counts as absent, because the
// library takes the default for it.
func (o object) lookup(key string) (json.RawMessage, bool) {
	raw, ok := o.fields[key]
	return raw, ok && !isNull(raw)
}

func (o object) wrong(key string, raw json.RawMessage, want string) error {
	return fmt.Errorf("%s: %s is %s; it must be %s", o.file, key, safe(string(raw)), want)
}

func (o object) text(key string) (string, bool, error) {
	raw, ok := o.lookup(key)
	if !ok {
		return "", false, nil
	}
	var s string
	if json.Unmarshal(raw, &s) != nil {
		return "", false, o.wrong(key, raw, "a string")
	}
	return s, true, nil
}

func (o object) flag(key string, to *bool) error {
	raw, ok := o.lookup(key)
	if ok && json.Unmarshal(raw, to) != nil {
		return o.wrong(key, raw, "true or false")
	}
	return nil
}

func (o object) number(key string, to *float64) error {
	raw, ok := o.lookup(key)
	if ok && json.Unmarshal(raw, to) != nil {
		return o.wrong(key, raw, "a number")
	}
	return nil
}

// integer reads a whole number from lo to hi.
func (o object) integer(key string, lo, hi int, to *int) error {
	raw, ok := o.lookup(key)
	if !ok {
		return nil
	}
	var n int
	if json.Unmarshal(raw, &n) != nil || n < lo || n > hi {
		return o.wrong(key, raw, fmt.Sprintf("a whole number from %d to %d", lo, hi))
	}
	*to = n
	return nil
}

// triple reads one number a channel, or one for all.
func (o object) triple(key string, to *[3]float64) error {
	raw, ok := o.lookup(key)
	if !ok {
		return nil
	}
	var one float64
	if json.Unmarshal(raw, &one) == nil {
		*to = [3]float64{one, one, one}
		return nil
	}
	var list []*float64
	if json.Unmarshal(raw, &list) != nil || len(list) != 3 || slices.Contains(list, nil) {
		return o.wrong(key, raw, "three numbers, one for each of R, G and B")
	}
	*to = [3]float64{*list[0], *list[1], *list[2]}
	return nil
}

// size reads a size in any form the library accepts: an object, a list
// [height, width], or a number, which is both sides of a square or else the
// shorter edge.
func (o object) size(key string, square bool, to *Size) error {
	raw, ok := o.lookup(key)
	if !ok {
		return nil
	}
	const want = "an object of sizes such as {\"height\": 224, \"width\": 224}, from 1 to 65536"
	var n int
	if json.Unmarshal(raw, &n) == nil {
		if n < 1 || n > maxEdge {
			return o.wrong(key, raw, want)
		}
		*to = Size{ShortestEdge: n}
		if square {
			*to = Size{Height: n, Width: n}
		}
		return nil
	}
	var list []int
	if json.Unmarshal(raw, &list) == nil {
		if len(list) != 2 || min(list[0], list[1]) < 1 || max(list[0], list[1]) > maxEdge {
			return o.wrong(key, raw, want)
		}
		*to = Size{Height: list[0], Width: list[1]}
		return nil
	}
	inner := object{file: o.file}
	if json.Unmarshal(raw, &inner.fields) != nil {
		return o.wrong(key, raw, want)
	}
	var s Size
	for _, side := range []struct {
		name string
		to   *int
	}{
		{"height", &s.Height}, {"width", &s.Width}, {"shortest_edge", &s.ShortestEdge}, {"longest_edge", &s.LongestEdge}, {"max_height", &s.MaxHeight}, {"max_width", &s.MaxWidth},
	} {
		if err := inner.integer(side.name, 1, maxEdge, side.to); err != nil {
			return fmt.Errorf("%w (in %s)", err, key)
		}
	}
	*to = s
	return nil
}
