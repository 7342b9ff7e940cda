package infer

import (
	"math"
	"testing"
)

func TestGreedyTakesTheFirstOfEquals(t *testing.T) {
	c, err := newSampler(0, 0).choose([]float32{1, 3, 3, -2, float32(math.Inf(-1))})
	if err != nil || c.id != 1 {
		t.Fatalf("%+v %v", c, err)
	}
	sum := 0.0
	for _, v := range []float64{1, 3, 3, -2} {
		sum += math.Exp(v)
	}
	if want := 3 - math.Log(sum); math.Abs(c.logprob-want) > 1e-12 {
		t.Errorf("log-probability %g, want %g", c.logprob, want)
	}
	order := []int{1, 2, 0, 3, 4}
	for i, id := range order {
		if c.top[i].id != id {
			t.Errorf("choice %d is %d, want %d", i, c.top[i].id, id)
		}
	}
}

func TestTopChoicesOfMany(t *testing.T) {
	logits := make([]float32, 100)
	for i := range logits {
		logits[i] = float32(i * 37 % 100)
	}
	c, err := newSampler(0, 0).choose(logits)
	if err != nil || c.found != topChoices {
		t.Fatal(c, err)
	}
	for i := range c.found {
		if logits[c.top[i].id] != float32(99-i) {
			t.Errorf("choice %d has logit %g", i, logits[c.top[i].id])
		}
	}
}

func TestNoNumbers(t *testing.T) {
	inf := float32(math.Inf(1))
	for _, logits := range [][]float32{{}, {1, float32(math.NaN())}, {inf, 1}, {-inf, -inf}} {
		if _, err := newSampler(0, 0).choose(logits); err == nil {
			t.Errorf("%v is accepted", logits)
		}
	}
}

// Drawing follows softmax(logits/temperature), and a seed gives one sequence.
func TestSamplingFollowsTheDistribution(t *testing.T) {
	logits := []float32{0, 1, 2, float32(math.Inf(-1)), 0.5}
	const n, temperature = 4000, 0.7
	count := make([]float64, len(logits))
	s, again := newSampler(temperature, 42), newSampler(temperature, 42)
	other, differs := newSampler(temperature, 43), false
	for range n {
		c, err := s.choose(logits)
		if err != nil {
			t.Fatal(err)
		}
		if d, _ := again.choose(logits); d.id != c.id {
			t.Fatal("a seed gives two sequences")
		}
		if d, _ := other.choose(logits); d.id != c.id {
			differs = true
		}
		count[c.id]++
	}
	if !differs {
		t.Error("two seeds give one sequence")
	}
	sum := 0.0
	for _, v := range logits {
		sum += math.Exp(float64(v) / temperature)
	}
	for i, v := range logits {
		p := math.Exp(float64(v)/temperature) / sum
		// Six standard deviations of a binomial share.
		if got := count[i] / n; math.Abs(got-p) > 6*math.Sqrt(p*(1-p)/n) {
			t.Errorf("id %d came in %.4f of draws, want %.4f", i, got, p)
		}
	}
}
