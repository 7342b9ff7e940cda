package infer

import (
	"context"
	"errors"
	"math"
	"reflect"
	"slices"
	"testing"

	"github.com/mmtui/mmtui/core/metrics"
	"github.com/mmtui/mmtui/core/variant"
)

// Scores of float beside float are Run's, and nothing differs; those of a
// damaged tower are held against an oracle.
func TestCompareRetrieval(t *testing.T) {
	f, _ := bundled(t, "clip-tiny")
	q := Request{Task: Retrieval, Images: f.images(f.Images), Texts: f.Texts}
	float := f.open(t)
	same, err := Compare(t.Context(), []*Runner{float, f.open(t)}, q, nil)
	if err != nil {
		t.Fatal(err)
	}
	validateComparison(t, same)
	want, err := f.open(t).Run(t.Context(), q, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range same.Variants {
		if !reflect.DeepEqual(timeless(*c.Result), timeless(*want)) {
			t.Errorf("column %d: %+v, want %+v", i, c.Result, want)
		}
	}
	c := same.Variants[1]
	zero(t, "KL", c.KL, len(q.Images))
	if c.Agreement != 1 || c.TextAgreement != 1 || c.FirstDifference != nil || c.MeanKL != 0 || c.Compared != len(q.Images) {
		t.Errorf("%+v", c)
	}
	for _, rho := range c.Spearman {
		if math.Abs(float64(rho)-1) > 1e-12 {
			t.Errorf("rank correlation with itself is %v", c.Spearman)
		}
	}
	parted := false
	for _, spec := range []variant.Spec{damaged(t, "vision_model.encoder.layers.1.mlp.fc2.weight"), damaged(t, "text_model.encoder.*"), damaged(t, "*_model.encoder.*"), variant.INT2()} {
		got, err := Compare(t.Context(), []*Runner{float, f.openAs(t, spec)}, q, nil)
		if err != nil {
			t.Fatal(err)
		}
		validateComparison(t, got)
		checkScores(t, got, q, func(a, b []float64) float64 { return metrics.Diverge(a, b, 1).KL })
		for _, v := range got.Variants[1].KL {
			if !(v > 0) {
				t.Errorf("%s: KL %v, want more than 0", spec.Name, got.Variants[1].KL)
			}
		}
		parted = parted || got.Variants[1].FirstDifference != nil
	}
	if !parted {
		t.Error("no damage changes a ranking: the comparison of rankings is not tried")
	}
}

// checkScores computes the figures again from both results.
func checkScores(t *testing.T, got *Comparison, q Request, kl func(a, b []float64) float64) {
	t.Helper()
	a, b, c := got.Variants[0].Result, got.Variants[1].Result, got.Variants[1]
	best := func(x []float64) int { return slices.Index(x, slices.Max(x)) }
	agreed := 0
	for i := range q.Images {
		if want := kl(a.Scores[i], b.Scores[i]); math.Abs(float64(c.KL[i])-want) > 1e-9*(1+want) {
			t.Errorf("KL of picture %d is %g, want %g", i, float64(c.KL[i]), want)
		}
		if want := metrics.Spearman(a.Scores[i], b.Scores[i]); math.Abs(float64(c.Spearman[i])-want) > 1e-12 {
			t.Errorf("rank correlation of picture %d is %g, want %g", i, float64(c.Spearman[i]), want)
		}
		if best(a.Scores[i]) == best(b.Scores[i]) {
			agreed++
		}
	}
	if math.Abs(float64(c.Agreement)-float64(agreed)/float64(len(q.Images))) > 1e-12 {
		t.Errorf("agreement %g, want %d of %d", float64(c.Agreement), agreed, len(q.Images))
	}
	agreed = 0
	for j := range q.Texts {
		if column := func(r *Result) (x []float64) {
			for _, row := range r.Scores {
				x = append(x, row[j])
			}
			return x
		}; best(column(a)) == best(column(b)) {
			agreed++
		}
	}
	if math.Abs(float64(c.TextAgreement)-float64(agreed)/float64(len(q.Texts))) > 1e-12 {
		t.Errorf("agreement of texts %g, want %d of %d", float64(c.TextAgreement), agreed, len(q.Texts))
	}
	first := -1
	for i := range a.TextsByImage {
		if first < 0 && !slices.Equal(a.TextsByImage[i], b.TextsByImage[i]) {
			first = i
		}
	}
	d := c.FirstDifference
	if (d == nil) != (first < 0) {
		t.Errorf("first difference %+v, want in picture %d", d, first)
	} else if d != nil && (d.Index != first || a.TextsByImage[first][d.At] != d.ReferenceID || b.TextsByImage[first][d.At] != d.ID || d.ID == d.ReferenceID ||
		!slices.Equal(a.TextsByImage[first][:d.At], b.TextsByImage[first][:d.At]) || d.Text != q.Texts[d.ID] || d.ReferenceText != q.Texts[d.ReferenceID]) {
		t.Errorf("first difference %+v in %v and %v", d, a.TextsByImage[first], b.TextsByImage[first])
	}
}

// Probabilities that are a pair's own are compared as such.
func TestCompareSigmoids(t *testing.T) {
	siglip := func() *Runner {
		r := newFake(&fakeEmbedder{})
		r.info.Family = familySigLIP
		return r
	}
	other := siglip()
	other.pictures = brighter{}
	q := Request{Task: Retrieval, Images: []string{"97x9", "98x9", "99x9"}, Texts: []string{"a", "b", "c"}}
	other.info.Path = "another" // of one folder the pictures are prepared once
	got, err := Compare(t.Context(), []*Runner{siglip(), other}, q, nil)
	if err != nil {
		t.Fatal(err)
	}
	checkScores(t, got, q, func(a, b []float64) float64 {
		sum := 0.0
		for i := range a {
			x, y := 1/(1+math.Exp(-a[i])), 1/(1+math.Exp(-b[i]))
			sum += x * math.Log(x/y)
			if x < 1 {
				sum += (1 - x) * math.Log((1-x)/(1-y))
			}
		}
		return sum
	})
	// Pictures one brighter are the neighbouring letter's, and the last is beyond all.
	if c := got.Variants[1]; c.Agreement.Valid() && c.Agreement > 0.5 || c.FirstDifference == nil || c.FirstDifference.Index != 0 {
		t.Errorf("%+v %+v", c, c.FirstDifference)
	}
}

// brighter are pictures whose pixels are one more.
type brighter struct{ fakePictures }

func (b brighter) load(ctx context.Context, path string, opt pictureOptions, pixels []float32) ([]float32, layout, error) {
	first := len(pixels)
	pixels, l, err := b.fakePictures.load(ctx, path, opt, pixels)
	for i := range pixels[first:] {
		pixels[first+i]++
	}
	return pixels, l, err
}

// One text ranks nothing, and a variant without numbers leaves the other.
func TestCompareRetrievalEdges(t *testing.T) {
	q := Request{Task: Retrieval, Images: []string{"5x5", "6x6"}, Texts: []string{"a"}}
	got, err := Compare(t.Context(), []*Runner{newFake(&fakeEmbedder{}), newFake(&fakeEmbedder{})}, q, nil)
	if err != nil {
		t.Fatal(err)
	}
	validateComparison(t, got)
	if c := got.Variants[1]; c.Spearman[0].Valid() || c.Agreement != 1 || c.KL[1] != 0 {
		t.Errorf("%+v", c)
	}
	broken := newFake(&fakeEmbedder{})
	broken.info.Variant = "int2"
	broken.cache.put(keyOfIDs([]int{'a'}), []float32{float32(math.NaN())})
	for _, order := range [][]*Runner{{newFake(&fakeEmbedder{}), broken}, {broken, newFake(&fakeEmbedder{})}} {
		got, err = Compare(t.Context(), order, q, nil)
		if !errors.Is(err, errNotNumbers) || got == nil {
			t.Fatalf("%+v %v", got, err)
		}
		for i, c := range got.Variants {
			if whole := len(c.Result.TextsByImage) == 2; whole != (order[i] != broken) || (c.Error != "") != (order[i] == broken) || len(c.KL) > 0 {
				t.Errorf("column %d: %+v %+v", i, c, c.Result)
			}
		}
		if c := got.Variants[1]; c.MeanKL.Valid() || c.Agreement.Valid() || c.NoKL == "" {
			t.Errorf("%+v", c)
		}
	}
	// Stopped in the middle, it says so.
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	got, err = Compare(ctx, []*Runner{newFake(&fakeEmbedder{}), newFake(&fakeEmbedder{})}, q, func(_ int, e Event) {
		if e.Stage == StageEncoder {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) || got.Variants[0].Result.StopReason != StopCancelled || got.Variants[1].MeanKL.Valid() {
		t.Errorf("%+v %v", got, err)
	}
}
