package model

import (
	"context"
	"fmt"
	"sort"
	"strings"

	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/core/safetensors"
)

// The methods, as report.Stored and config.json name them.
const (
	methodGPTQ       = "gptq"
	methodAWQ        = "awq"
	methodCompressed = "compressed-tensors"
	methodHQQ        = "hqq"
	methodBNB        = "bitsandbytes"
	methodBitNet     = "bitnet"
	methodOwn        = "mmtui"
)

// grouping turns stored tensors into logical ones. A format takes the parts it
// understands; what nobody takes is a plain tensor.
type grouping struct {
	ctx    context.Context
	config *config
	all    []stored
	index  map[string]int // into all
	taken  []bool         // parts of a packed tensor
	made   []placed

	method   string // of the packed tensors found
	refused  bool   // a warning already says why tensors are listed as stored
	warnings []string
}

// placed is a logical tensor and where its first part lies among the stored ones.
type placed struct {
	at     int
	tensor *Tensor
}

// packing is a packed tensor before it is made.
type packing struct {
	name   string // logical
	dtype  safetensors.DType
	shape  []int
	parts  []stored
	stored report.Stored
	decode decoder
}

func newGrouping(ctx context.Context, cfg *config, all []stored) (*grouping, error) {
	g := &grouping{ctx: ctx, config: cfg, all: all, taken: make([]bool, len(all)), index: make(map[string]int, len(all))}
	for i, s := range all {
		if j, twice := g.index[s.Name]; twice {
			return nil, tensorError(s, "open one of the two files by its path", "it is also in %s", safetensors.Printable(all[j].File.Path))
		}
		g.index[s.Name] = i
	}
	return g, nil
}

// tensors groups everything. Formats that describe themselves need no
// configuration; the others are tried when config.json names them.
func (g *grouping) tensors() ([]*Tensor, error) {
	if err := g.packed(); err != nil {
		return nil, err
	}
	for i, s := range g.all {
		if !g.taken[i] {
			g.made = append(g.made, placed{i, g.plain(s)})
		}
	}
	sort.SliceStable(g.made, func(a, b int) bool { return g.made[a].at < g.made[b].at })
	out := make([]*Tensor, len(g.made))
	seen := make(map[string]bool, len(g.made))
	for i, m := range g.made {
		if seen[m.tensor.Name] {
			return nil, tensorError(m.tensor.parts[0], "the file is damaged or was merged from two",
				"there are two tensors %s, one packed and one plain", safetensors.Printable(m.tensor.Name))
		}
		seen[m.tensor.Name] = true
		out[i] = m.tensor
	}
	return out, nil
}

// packed tries the formats in turn.
func (g *grouping) packed() error {
	formats := []func() error{g.own, g.bnb4bit, g.bnb8bit, g.hqq, g.compressedPacked}
	method := ""
	if q := g.config.quant; q != nil && q.broken == nil {
		method = q.method
		switch method {
		case methodGPTQ:
			formats = append(formats, g.gptq)
		case methodAWQ:
			formats = append(formats, g.awq)
		case methodCompressed:
			formats = append(formats, g.compressedPlain)
		case methodBitNet:
			formats = append(formats, g.bitnet)
		}
	}
	for _, find := range formats {
		if err := g.ctx.Err(); err != nil {
			return err
		}
		if err := find(); err != nil {
			return err
		}
	}
	return g.explain(method)
}

// explain says what was left as stored although it looks packed, or is said to be.
func (g *grouping) explain(method string) error {
	left, sample := g.leftPacked()
	scaled := g.leftScaled()
	q := g.config.quant
	switch {
	case left > 0 && q != nil && q.broken != nil:
		return neededFor(q.broken, sample)
	case left > 0 && q != nil && method == "":
		return neededFor(q.errorf("quant_method", "missing"), sample)
	case left > 0 && method == "":
		g.warn("%s and %d more look quantized, but no quantization_config says how: they are listed as stored; put the model's config.json beside the file",
			safetensors.Printable(sample), left-1)
	case left > 0 && !g.refused && knownMethod(method):
		g.warn("%s and %d more are not packed as %s, which %s names: they are listed as stored",
			safetensors.Printable(sample), left-1, method, safetensors.Printable(q.path))
	case method == "" && !g.refused && scaled != "":
		why := "no quantization_config says how; put the model's config.json beside the file"
		if q != nil && q.broken != nil {
			why = q.broken.Error()
		}
		g.warn("%s has scales beside it, so its codes are not its values, but it is listed as stored: %s", safetensors.Printable(scaled), why)
	case method == "" || g.method != "" || g.refused:
	case knownMethod(method):
		g.warn("%s says %s, but no tensor is packed that way; tensors are listed as stored", safetensors.Printable(q.path), method)
	default:
		g.warn("%s names the quantization method %q, which mmtui does not know: tensors are listed as stored, not with the values they stand for",
			safetensors.Printable(q.path), safetensors.Printable(method))
	}
	return nil
}

// says reports whether the configuration names this method.
func (g *grouping) says(method string) bool {
	q := g.config.quant
	return q != nil && q.method == method
}

func knownMethod(m string) bool {
	switch m {
	case methodGPTQ, methodAWQ, methodCompressed, methodHQQ, methodBNB, methodBitNet:
		return true
	}
	return false
}

// neededFor says what a broken configuration is needed for.
func neededFor(err error, tensor string) error {
	return fmt.Errorf("%w; it is needed to decode tensor %s", err, safetensors.Printable(tensor))
}

// leftPacked counts parts that only a quantizer writes and that no format took.
func (g *grouping) leftPacked() (n int, sample string) {
	for i, s := range g.all {
		if g.taken[i] {
			continue
		}
		if !s.DType.IsInt() {
			continue
		}
		for _, suffix := range []string{".qweight", ".weight_packed", ".W_q"} {
			if strings.HasSuffix(s.Name, suffix) {
				if n++; sample == "" {
					sample = s.Name
				}
			}
		}
	}
	return n, sample
}

// leftScaled is a weight of 8 bits or fewer with scales beside it that no
// format took, "" when there is none.
func (g *grouping) leftScaled() string {
	for i, s := range g.all {
		if g.taken[i] || s.DType.Bits() > 8 || !strings.HasSuffix(s.Name, ".weight") {
			continue
		}
		for _, scale := range []string{"_scale", "_scale_inv"} {
			if _, ok := g.part(s.Name + scale); ok {
				return s.Name
			}
		}
	}
	return ""
}

func (g *grouping) warn(format string, args ...any) {
	g.warnings = append(g.warnings, fmt.Sprintf(format, args...))
}

// refuse warns of a variant of a known method that cannot be decoded.
func (g *grouping) refuse(q *quantConfig, format string, args ...any) {
	g.refused = true
	g.warn("%s: %s is not known: tensors are listed as stored, not with the values they stand for",
		safetensors.Printable(q.path), safetensors.Printable(fmt.Sprintf(format, args...)))
}

// anchors lists the tensors with a suffix that are still free, by file order,
// with the suffix cut off.
func (g *grouping) anchors(suffix string) []anchor {
	var out []anchor
	for i, s := range g.all {
		if prefix, ok := strings.CutSuffix(s.Name, suffix); ok && !g.taken[i] {
			out = append(out, anchor{s, prefix})
		}
	}
	return out
}

type anchor struct {
	stored
	prefix string
}

// part finds a free tensor by name.
func (g *grouping) part(name string) (stored, bool) {
	i, ok := g.index[name]
	if !ok || g.taken[i] {
		return stored{}, false
	}
	return g.all[i], true
}

// need is part, or an error that names what is missing beside which tensor.
func (g *grouping) need(of stored, name string) (stored, error) {
	s, ok := g.part(name)
	if !ok {
		return stored{}, damaged(of, "%s is missing", safetensors.Printable(name))
	}
	return s, nil
}

// add makes the tensor of a packing and takes its parts.
func (g *grouping) add(method string, p packing) *Tensor {
	t := &Tensor{
		Name:       p.name,
		DType:      string(p.dtype),
		Shape:      p.shape,
		Parameters: product(p.shape),
		Stored:     &p.stored,
		parts:      p.parts,
		decoder:    p.decode,
	}
	t.Stored.Method = method
	at := len(g.all)
	for _, s := range p.parts {
		i := g.index[s.Name]
		g.taken[i] = true
		at = min(at, i)
		t.SizeBytes += s.Size()
		t.Parts = append(t.Parts, partOf(s))
	}
	g.method = method
	g.made = append(g.made, placed{at, t})
	return t
}

func (g *grouping) plain(s stored) *Tensor {
	return &Tensor{
		Name:       s.Name,
		DType:      string(s.DType),
		Shape:      s.Shape,
		Parameters: s.Parameters(),
		SizeBytes:  s.Size(),
		Transposed: g.config.conv1d(s.Name, s.Shape),
		Parts:      []Part{partOf(s)},
		parts:      []stored{s},
	}
}

func partOf(s stored) Part {
	start := s.File.DataStart
	return Part{Name: s.Name, DType: string(s.DType), Shape: s.Shape, File: s.File.Path, Begin: start + s.Begin, End: start + s.End}
}

// product of a shape whose bytes are known to lie in a file, so it fits.
func product(shape []int) int64 {
	n := int64(1)
	for _, d := range shape {
		n *= int64(d)
	}
	return n
}

// damaged is the error of a packed tensor whose parts do not fit together.
func damaged(s stored, format string, args ...any) error {
	return tensorError(s, "the file is damaged, or was not written by the tool that its configuration names", format, args...)
}

func tensorError(s stored, do, format string, args ...any) error {
	return &safetensors.Error{
		Path: s.File.Path,
		What: "tensor " + safetensors.Printable(s.Name) + ": " + fmt.Sprintf(format, args...),
		Do:   do,
		Err:  safetensors.ErrInvalid,
	}
}
