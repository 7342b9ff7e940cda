package scan

import (
	"context"
	"slices"
	"testing"
)

func TestLRU(t *testing.T) {
	c := newLRU[string, int](3)
	c.put("a", 1, 1)
	c.put("b", 2, 1)
	c.put("c", 3, 1)
	c.get("a")
	c.put("d", 4, 1)
	if got := []int{c.get("a"), c.get("b"), c.get("c"), c.get("d")}; !slices.Equal(got, []int{1, 0, 3, 4}) {
		t.Errorf("after one too many: %v", got)
	}
	c.put("a", 5, 1)
	if c.get("a") != 5 || c.cost != 3 {
		t.Errorf("a replaced: %d, cost %d", c.get("a"), c.cost)
	}
	c.put("big", 6, 100)
	if c.get("big") != 6 || c.get("a") != 0 || c.order.Len() != 1 || len(c.index) != 1 || c.cost != 100 {
		t.Errorf("a value above the limit: %d entries, cost %d", c.order.Len(), c.cost)
	}
}

func TestFlightAfterPanic(t *testing.T) {
	var g flightGroup
	func() {
		defer func() { _ = recover() }()
		_, _ = g.do(context.Background(), "k", func(context.Context) (any, error) { panic("x") })
	}()
	v, err := g.do(context.Background(), "k", func(context.Context) (any, error) { return 1, nil })
	if v != 1 || err != nil {
		t.Errorf("%v, %v", v, err)
	}
}
