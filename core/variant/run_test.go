package variant

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/mmtui/mmtui/core/family"
	"github.com/mmtui/mmtui/core/model"
	"github.com/mmtui/mmtui/core/nn"
	"github.com/mmtui/mmtui/core/plan"
	"github.com/mmtui/mmtui/int2"
)

// oracle computes a layer from the dequantized weights in float64, on inputs
// quantized to 8 bits as int2/kernel specifies. It gives the packed layer's
// outputs to what follows, so that every layer is compared on equal inputs: a
// code of an activation may lie on the edge between two, where the last bit of
// an input decides, and two runs on their own would part there.
type oracle struct {
	t    *testing.T
	name string
	reference
	bias   []float32
	packed nn.Linear
	seen   *int
}

// reference is a matrix as values: the inputs are multiplied by col, where there
// is one, before they are quantized.
type reference struct {
	weights []float32 // [out, in], without col
	col     []float32 // [in] or nil
}

// references quantizes the tensors of a set once more.
func references(t *testing.T, m *model.Model, s *Set) map[string]reference {
	t.Helper()
	out := map[string]reference{}
	for _, l := range s.Layers() {
		tensor, _ := m.Lookup(l.Name)
		rows, err := tensor.Rows(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		r, err := int2.Quantize(t.Context(), rows, l.Scheme, int2.Options{Keep: true})
		if err != nil {
			t.Fatal(err)
		}
		ref := reference{make([]float32, l.Rows*l.Cols), r.Packed.Col}
		r.Packed.Col = nil
		if err := r.Packed.ReadRows(t.Context(), 0, l.Rows, ref.weights); err != nil {
			t.Fatal(err)
		}
		out[l.Name] = ref
	}
	return out
}

func (o oracle) Shape() (out, in int) { return o.packed.Shape() }

func (o oracle) Forward(ctx context.Context, y, x []float32, rows int) error {
	if err := o.packed.Forward(ctx, y, x, rows); err != nil {
		return err
	}
	*o.seen++
	out, in := o.Shape()
	for r := range rows {
		codes, scale := activations(x[r*in:][:in], o.col)
		for n := range out {
			sum, size := 0.0, 0.0
			for k, c := range codes {
				p := c * float64(scale) * float64(o.weights[n*in+k])
				sum += p
				size += math.Abs(p)
			}
			if o.bias != nil {
				sum += float64(o.bias[n])
				size += math.Abs(float64(o.bias[n]))
			}
			// The kernel is exact up to three products and a sum of float32. The
			// dequantized weights, each rounded to float32, differ from the exact
			// ones by half a unit in the last place, over all terms of the sum.
			const unit = 1.0 / (1 << 24)
			if got := float64(y[r*out+n]); !(math.Abs(got-sum) <= 5*unit*size+math.SmallestNonzeroFloat32) {
				o.t.Fatalf("%s: row %d, output %d is %v, the reference %v", o.name, r, n, got, sum)
			}
		}
	}
	return nil
}

// activations quantizes a row, in the float32 steps of the specification.
func activations(in, col []float32) (codes []float64, scale float32) {
	x := slices.Clone(in)
	for k, c := range col {
		x[k] *= c
	}
	codes = make([]float64, len(x))
	var top float32
	for _, v := range x {
		top = max(top, v, -v)
	}
	inverse := float32(127) / top
	if math.IsInf(float64(inverse), 0) {
		return codes, 0
	}
	for k, v := range x {
		codes[k] = math.RoundToEven(float64(float32(v * inverse)))
	}
	return codes, top / 127
}

// checked puts the oracle around the packed layers of a set.
type checked struct {
	t    *testing.T
	set  *Set
	from nn.Linears
	refs map[string]reference
	seen *int
}

func (c checked) Linear(name string, bias []float32) (nn.Linear, error) {
	l, err := c.from.Linear(name, bias)
	if _, ok := l.(*nn.Quantized); !ok || err != nil {
		return l, err
	}
	return oracle{c.t, name, c.refs[name], bias, l, c.seen}, nil
}

func (c checked) Table(name string) (nn.Table, error) { return c.from.Table(name) }

func openNetwork(t *testing.T, m *model.Model, linears func(*nn.Engine, nn.Linears) nn.Linears) family.Network {
	t.Helper()
	n, err := family.Open(t.Context(), m, family.Options{Linears: linears})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = n.Close() })
	return n
}

func noise(r *rand.Rand, n int) []float32 {
	v := make([]float32, n)
	for i := range v {
		v[i] = float32(r.NormFloat64())
	}
	return v
}

// outputs are the logits of a prompt and of two more tokens, or the scores of
// two pictures and two texts.
func outputs(t *testing.T, n family.Network, seed uint64) []float32 {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 1))
	switch n := n.(type) {
	case family.Generator:
		p := family.Prompt{Tiles: 1, Height: n.TileSize(), Width: n.TileSize(), Pixels: noise(r, 3*n.TileSize()*n.TileSize())}
		for range n.FeaturesPerTile() {
			p.IDs = append(p.IDs, n.ImageTokenID())
		}
		for range 9 {
			p.IDs = append(p.IDs, 10+r.IntN(n.Vocabulary()-10))
		}
		s, err := n.NewSession(len(p.IDs) + 2)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		logits, err := s.Prefill(t.Context(), p, nil)
		all := append([]float32(nil), logits...)
		for range 2 {
			if err != nil {
				t.Fatal(err)
			}
			logits, err = s.Step(t.Context(), 10+r.IntN(n.Vocabulary()-10), nil)
			all = append(all, logits...)
		}
		if err != nil {
			t.Fatal(err)
		}
		return all
	case family.Embedder:
		images, err := n.EmbedImages(t.Context(), noise(r, 2*3*n.ImageSize()*n.ImageSize()), 2, nil)
		if err != nil {
			t.Fatal(err)
		}
		ids := [][]int{{0, 5, 9, 2}, {0, 77, 3, 2}}
		texts, err := n.EmbedTexts(t.Context(), ids, nil)
		if err != nil {
			t.Fatal(err)
		}
		return n.Logits(images, texts)
	}
	t.Fatalf("%T", n)
	return nil
}

// The run of a variant is, to float rounding, the float run on the dequantized
// weights with quantized activations: layer by layer on equal inputs.
func TestRunEqualsReference(t *testing.T) {
	t.Parallel()
	one := func(scheme ...string) Spec {
		p := plan.Plan{}
		for _, part := range scheme {
			key, value, _ := strings.Cut(part, "=")
			if err := p.Default.Set(key, value); err != nil {
				t.Fatal(err)
			}
		}
		return Spec{Plan: &p}
	}
	for name, spec := range map[string]Spec{
		"int2": INT2(), "w3 affine ls": one("bits=3", "grid=affine", "solver=ls"), "w4 twos g16": one("bits=4", "grid=twos", "group=16"),
		"w8 channel": one("bits=8", "group=channel"), "w2 sinq": one("bits=2", "grid=affine", "solver=sinq", "group=32"),
	} {
		for _, path := range []string{tinyVLM, tinyCLIP} {
			t.Run(name+" "+path, func(t *testing.T) {
				t.Parallel()
				m := openModel(t, path)
				s := openSet(t, m, spec, t.TempDir())
				refs, seen := references(t, m, s), 0
				n := openNetwork(t, m, func(e *nn.Engine, float nn.Linears) nn.Linears {
					return checked{t, s, s.Linears(e, float), refs, &seen}
				})
				got := outputs(t, n, 7)
				if seen < len(refs)/2 {
					t.Errorf("%d layers were run of %d", seen, len(refs))
				}
				// The same network without the oracle: layers of one input go together.
				plain := outputs(t, openNetwork(t, m, s.Linears), 7)
				for i, v := range plain {
					if math.Float32bits(v) != math.Float32bits(got[i]) {
						t.Fatalf("output %d is %v together, %v one by one", i, v, got[i])
					}
				}
			})
		}
	}
}

// More bits come nearer to the float run, and 8 bits come near.
func TestBitsComeNearer(t *testing.T) {
	t.Parallel()
	m, dir := openModel(t, tinyVLM), t.TempDir()
	want := outputs(t, openNetwork(t, m, nil), 3)
	last := math.Inf(1)
	for _, bits := range []int{2, 4, 8} {
		p := plan.Plan{Default: plan.Choice{Bits: &bits}}
		s := openSet(t, m, Spec{Plan: &p}, dir)
		off, size := 0.0, 0.0
		for i, v := range outputs(t, openNetwork(t, m, s.Linears), 3) {
			off += math.Pow(float64(v)-float64(want[i]), 2)
			size += math.Pow(float64(want[i]), 2)
		}
		if relative := math.Sqrt(off / size); !(relative < last) {
			t.Errorf("%d bits: relative error %v after %v", bits, relative, last)
		} else {
			last = relative
		}
	}
	if last > 0.1 {
		t.Errorf("8 bits: relative error %v", last)
	}
}
