package bench

import (
	"cmp"
	"slices"
	"time"

	"github.com/mmtui/mmtui/core/report"
)

// fill takes in the fastest time of so many units, and the layers of a watched
// run of so many. flop is the cost of the watched run as the family states it,
// in which attention is what no linear layer does.
func (p *Phase) fill(best time.Duration, units int, flop float64, watch *stopwatch, watched int) {
	p.MS, p.PerSecond = milliseconds(best)/report.Number(units), rate(float64(units), best.Seconds())
	all := watch.total()
	attention := max(flop-all.integer-all.float, 0)
	n := float64(watched)
	p.work = work{all.integer / n, (all.float + attention) / n, all.bytes / n}
	p.IntegerOps, p.FloatOps, p.WeightBytes = report.Number(p.work.integer), report.Number(p.work.float), report.Number(p.work.bytes)
	var took time.Duration
	kinds := watch.kinds()
	for _, k := range kinds {
		took += k.took
	}
	p.Kinds, p.Layers = make([]LayerCost, 0, len(kinds)), make([]LayerCost, 0, len(watch.layers))
	for _, k := range kinds {
		if k.kind == attentionKind {
			k.float = attention
		}
		p.Kinds = append(p.Kinds, k.cost(took))
	}
	for _, l := range watch.layers {
		p.Layers = append(p.Layers, l.cost(took))
	}
	if p.Parts == nil {
		p.Parts = []Part{}
	}
}

func (l layerTime) cost(all time.Duration) LayerCost {
	c := LayerCost{
		Name: l.name, Kind: l.kind, Calls: l.calls, MS: milliseconds(l.took), ShareOfTime: share(report.Number(l.took), positive(float64(all))),
		Ops: positive(l.integer + l.float), Bytes: positive(l.bytes), ShareOfPeak: report.NA(), ShareOfRead: report.NA(), work: l.work,
	}
	return c
}

// ideal is the seconds that work takes at the peaks, n/a where one is not known.
func (p Peak) ideal(w work) report.Number {
	var sum report.Number
	for _, part := range []struct {
		ops  float64
		peak report.Number
	}{{w.integer, p.Integer[0].Ops}, {w.float, p.FMA}} {
		if part.ops > 0 {
			sum += share(report.Number(part.ops), part.peak)
		}
	}
	return sum
}

// finish fills in the shares by the peaks seen so far.
func (b *modelBench) finish() {
	peak := b.out.Peak
	shares := func(w work, ms report.Number) (ideal, ofPeak, ofRead report.Number) {
		seconds := positive(float64(ms) / 1e3)
		ideal, ofPeak, ofRead = report.NA(), report.NA(), report.NA()
		if w.integer+w.float > 0 {
			ideal = peak.ideal(w)
			ofPeak = share(ideal, seconds)
		}
		if w.bytes > 0 {
			ofRead = share(share(report.Number(w.bytes), peak.Read), seconds)
		}
		return 1e3 * ideal, ofPeak, ofRead
	}
	for i := range b.out.Variants {
		for j := range b.out.Variants[i].Phases {
			p := &b.out.Variants[i].Phases[j]
			p.IdealMS, p.ShareOfPeak, p.ShareOfRead = shares(p.work, p.MS)
			for _, costs := range [][]LayerCost{p.Kinds, p.Layers} {
				for k := range costs {
					c := &costs[k]
					_, c.ShareOfPeak, c.ShareOfRead = shares(c.work, c.MS)
				}
			}
		}
	}
}

// clone shares nothing that a later phase changes.
func (m *Model) clone() Model {
	out := *m
	out.Peak.Integer = slices.Clone(m.Peak.Integer)
	out.Variants = slices.Clone(m.Variants)
	for i := range out.Variants {
		phases := slices.Clone(out.Variants[i].Phases)
		for j := range phases {
			phases[j].Kinds, phases[j].Layers = slices.Clone(phases[j].Kinds), slices.Clone(phases[j].Layers)
		}
		out.Variants[i].Phases = phases
	}
	return out
}

// sortedByTime is a copy of layers, the slowest first.
func sortedByTime(layers []LayerCost) []LayerCost {
	out := slices.Clone(layers)
	slices.SortStableFunc(out, func(a, b LayerCost) int { return cmp.Compare(b.MS, a.MS) })
	return out
}
