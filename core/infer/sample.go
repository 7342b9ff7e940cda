package infer

import (
	"errors"
	"math"
	"math/rand/v2"
)

// topChoices is how many of the most probable ids a token event names.
const topChoices = 5

// errNotNumbers is a network whose weights or arithmetic are broken.
var errNotNumbers = errors.New("the network answers NaN or infinity; look for damaged weights with `mmtui inspect`, and check that config.json belongs to them")

// sampler chooses the next id.
type sampler struct {
	temperature float64 // 0: greedy
	random      *rand.Rand
	weights     []float64 // scratch of sampling
}

// pcgStream is the second half of the generator's seed: any constant does.
const pcgStream = 0x6d6d747569 // "mmtui"

func newSampler(temperature float64, seed uint64) *sampler {
	s := &sampler{temperature: temperature}
	if temperature > 0 {
		s.random = rand.New(rand.NewPCG(seed, pcgStream))
	}
	return s
}

// chosen is the id that was taken, with the most probable ones.
type chosen struct {
	id      int
	logprob float64 // natural, of the model's own distribution
	top     [topChoices]candidate
	found   int // of top
}

type candidate struct {
	id      int
	logprob float64
}

// choose takes the largest logit, the first of equals as torch.argmax does, or
// draws from softmax(logits / temperature).
func (s *sampler) choose(logits []float32) (chosen, error) {
	var c chosen
	most, sum := 0, 0.0
	for i, v := range logits {
		if v != v || v > math.MaxFloat32 {
			return c, errNotNumbers
		}
		if v > logits[most] {
			most = i
		}
		c.offer(i, float64(v))
	}
	if len(logits) == 0 || logits[most] < -math.MaxFloat32 {
		return c, errNotNumbers
	}
	peak := float64(logits[most])
	for _, v := range logits {
		sum += math.Exp(float64(v) - peak)
	}
	norm := peak + math.Log(sum)
	for i := range c.found {
		c.top[i].logprob -= norm
	}
	c.id = most
	if s.temperature > 0 {
		c.id = s.draw(logits, peak)
	}
	c.logprob = float64(logits[c.id]) - norm
	return c, nil
}

// offer keeps a logit among the largest, earlier ids first among equals.
func (c *chosen) offer(id int, logit float64) {
	at := c.found
	for at > 0 && logit > c.top[at-1].logprob {
		at--
	}
	if at == topChoices {
		return
	}
	c.found = min(c.found+1, topChoices)
	copy(c.top[at+1:c.found], c.top[at:c.found-1])
	c.top[at] = candidate{id, logit}
}

// draw inverts the cumulative distribution at a uniform number.
func (s *sampler) draw(logits []float32, peak float64) int {
	if len(s.weights) != len(logits) {
		s.weights = make([]float64, len(logits))
	}
	sum := 0.0
	for i, v := range logits {
		sum += math.Exp((float64(v) - peak) / s.temperature)
		s.weights[i] = sum
	}
	at := s.random.Float64() * sum
	lo, hi := 0, len(s.weights)-1
	for lo < hi {
		if mid := (lo + hi) / 2; s.weights[mid] > at {
			hi = mid
		} else {
			lo = mid + 1
		}
	}
	return lo
}
