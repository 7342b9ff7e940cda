package safetensors

import (
	"bytes"
	"cmp"
	"math"
	"math/bits"
	"slices"
	"strings"
)

// metadataKey is the one key of a header that is no tensor.
const metadataKey = "__metadata__"

// parser turns header text into a Header.
type parser struct {
	scanner
	lim     Limits
	tensors []Info
	wanted  []uint64 // per tensor: bytes that dtype and shape ask for
	meta    map[string]string
	metaHad bool           // the key __metadata__ occurred
	index   map[string]int // the duplicate set, later Header.index

	dims  []uint64 // of the tensor being read
	arena []int    // shapes are cut from it, so that 100,000 tensors are no 100,000 allocations
}

// header takes the whole text.
func (p *parser) header() error {
	// An upper bound of the tensors, to allocate once; the text bounds it.
	guess := min(bytes.Count(p.text, []byte(`"data_offsets"`)), p.lim.Tensors)
	p.tensors = make([]Info, 0, guess)
	p.wanted = make([]uint64, 0, guess)
	p.index = make(map[string]int, guess)
	if err := p.object("the header", p.entry); err != nil {
		return err
	}
	return p.end()
}

func (p *parser) entry(key []byte) error {
	if string(key) == metadataKey {
		if p.metaHad {
			return p.fail("%s occurs twice", metadataKey)
		}
		p.metaHad = true
		return p.metadata()
	}
	if len(key) > p.lim.NameBytes {
		return overLimit("NameBytes", "the tensor name %s has %d bytes, more than the %d allowed", shown(string(key)), len(key), p.lim.NameBytes)
	}
	if len(p.tensors) >= p.lim.Tensors {
		return overLimit("Tensors", "the header lists more than the %d tensors allowed", p.lim.Tensors)
	}
	if _, twice := p.index[string(key)]; twice {
		return p.fail("tensor %s occurs twice", shown(string(key)))
	}
	name := string(key)
	p.index[name] = len(p.tensors)
	return named(name, p.tensor(name))
}

// metadata takes the map of texts, or null, which the reference takes for none.
func (p *parser) metadata() error {
	if p.literal("null") {
		return nil
	}
	p.meta = make(map[string]string)
	return p.object(metadataKey, func(key []byte) error {
		k := string(key)
		if _, twice := p.meta[k]; twice {
			return p.fail("the metadata key %s occurs twice", shown(k))
		}
		if p.peek() != '"' {
			return p.fail("the metadata value of %s starts with %s, but only texts are allowed", shown(k), p.found())
		}
		v, err := p.str()
		p.meta[k] = string(v)
		return err
	})
}

// named puts the tensor's name before an error. It is done here, once, because
// to quote every name in case of an error would take longer than to parse.
func named(name string, err error) error {
	if own, ok := err.(*Error); ok {
		own.What = "tensor " + shown(name) + ": " + own.What
	}
	return err
}

// fields are those of a tensor that have been seen.
type fields struct {
	dtype, shape, offsets bool
	extra                 keySet
}

// tensor takes the object of one tensor.
func (p *parser) tensor(name string) error {
	info := Info{Name: name}
	var had fields
	err := p.object("the description", func(key []byte) (err error) {
		switch string(key) {
		case "dtype":
			if err = p.first(&had.dtype, "dtype"); err == nil {
				info.DType, err = p.dtype()
			}
		case "shape":
			if err = p.first(&had.shape, "shape"); err == nil {
				err = p.shape()
			}
		case "data_offsets":
			if err = p.first(&had.offsets, "data_offsets"); err == nil {
				info.Begin, info.End, err = p.offsets()
			}
		default: // the reference ignores fields it does not know
			if err = p.once(&had.extra, key); err == nil {
				err = p.skip()
			}
		}
		return err
	})
	if err == nil && !(had.dtype && had.shape && had.offsets) {
		err = p.incomplete(had)
	}
	if err != nil {
		return err
	}
	wanted, err := p.wantedBytes(info.DType)
	if err != nil {
		return err
	}
	info.Shape = p.keepShape()
	p.tensors = append(p.tensors, info)
	p.wanted = append(p.wanted, wanted)
	return nil
}

// first refuses a field that was there before.
func (p *parser) first(had *bool, field string) error {
	if *had {
		return p.fail("%s occurs twice", field)
	}
	*had = true
	return nil
}

func (p *parser) incomplete(had fields) error {
	var missing []string
	if !had.dtype {
		missing = append(missing, "dtype")
	}
	if !had.shape {
		missing = append(missing, "shape")
	}
	if !had.offsets {
		missing = append(missing, "data_offsets")
	}
	return p.fail("it has no %s", strings.Join(missing, " and no "))
}

func (p *parser) dtype() (DType, error) {
	text, err := p.str()
	if err != nil {
		return "", err
	}
	for i := range table {
		if string(text) == string(table[i].dtype) {
			return table[i].dtype, nil
		}
	}
	return "", p.fail("the dtype %s is none of the format", shown(string(text)))
}

// shape takes the dimensions into p.dims.
func (p *parser) shape() error {
	p.dims = p.dims[:0]
	return p.array("the shape", func() error {
		if len(p.dims) >= p.lim.Rank {
			return overLimit("Rank", "more than the %d dimensions allowed", p.lim.Rank)
		}
		d, err := p.uint("a dimension")
		p.dims = append(p.dims, d)
		return err
	})
}

func (p *parser) offsets() (begin, end int64, err error) {
	var pair [2]uint64
	n := 0
	err = p.array("data_offsets", func() (err error) {
		if n == 2 {
			return p.fail("data_offsets has more than two numbers")
		}
		pair[n], err = p.uint("an offset")
		n++
		return err
	})
	if err != nil {
		return 0, 0, err
	}
	if n != 2 {
		return 0, 0, p.fail("data_offsets has not two numbers but %d", n)
	}
	if pair[0] > pair[1] || pair[1] > math.MaxInt64 {
		return 0, 0, p.fail("data_offsets are [%d, %d], which is no range of bytes", pair[0], pair[1])
	}
	return int64(pair[0]), int64(pair[1]), nil
}

// wantedBytes is the checked product of p.dims and the width of dtype, in the
// reference's order: a product that overflows before it meets a 0 is refused.
func (p *parser) wantedBytes(dtype DType) (uint64, error) {
	n, over := uint64(1), uint64(0)
	for _, d := range p.dims {
		var high uint64
		high, n = bits.Mul64(n, d)
		over |= high
	}
	high, width := bits.Mul64(n, uint64(dtype.Bits()))
	if over|high != 0 {
		return 0, p.fail("its shape has more elements than can be counted")
	}
	if width%8 != 0 {
		return 0, p.fail("%d elements of %d bits are no whole number of bytes", n, dtype.Bits())
	}
	return width / 8, nil
}

// keepShape copies p.dims to a slice of its own.
func (p *parser) keepShape() []int {
	n := len(p.dims)
	if n == 0 {
		return []int{}
	}
	if len(p.arena) < n {
		p.arena = make([]int, max(n, min(4096, len(p.text)/16)))
	}
	shape := p.arena[:n:n]
	p.arena = p.arena[n:]
	for i, d := range p.dims {
		shape[i] = int(min(d, math.MaxInt))
	}
	return shape
}

// finish checks that the tensors cover the data section, of dataBytes, and
// gives the Header.
func (p *parser) finish(headerBytes, dataBytes int64) (*Header, error) {
	order := p.byOffset()
	end := int64(0)
	for _, i := range order {
		t := &p.tensors[i]
		if t.Begin != end {
			word := "leave a hole after"
			if t.Begin < end {
				word = "overlap the one before, which ends at"
			}
			return nil, invalid(adviceDamaged, "the bytes of tensor %s start at %d and %s %d", shown(t.Name), t.Begin, word, end)
		}
		if uint64(t.Size()) != p.wanted[i] {
			return nil, invalid(adviceDamaged, "tensor %s has %d bytes, but %s %s needs %d", shown(t.Name), t.Size(), t.DType, t.ShapeText(), p.wanted[i])
		}
		end = t.End
	}
	if end > dataBytes {
		return nil, invalid(adviceCut, "the tensors need %d bytes of data, but the file has %d", end, dataBytes)
	}
	if end < dataBytes {
		return nil, invalid(adviceDamaged, "the file has %d bytes after its last tensor", dataBytes-end)
	}
	h := &Header{Tensors: p.tensors, Metadata: p.meta, DataStart: 8 + headerBytes, HeaderSize: headerBytes, index: p.index}
	if !slices.IsSorted(order) {
		h.Tensors = make([]Info, len(order))
		for place, i := range order {
			h.Tensors[place] = p.tensors[i]
			h.index[p.tensors[i].Name] = place
		}
	}
	return h, nil
}

// byOffset gives the places of the tensors in the order of their bytes. An
// empty tensor comes before the one that starts where it lies; equals keep the
// order of the header.
func (p *parser) byOffset() []int {
	order := make([]int, len(p.tensors))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		x, y := &p.tensors[a], &p.tensors[b]
		return cmp.Or(cmp.Compare(x.Begin, y.Begin), cmp.Compare(x.End, y.End), cmp.Compare(a, b))
	})
	return order
}
