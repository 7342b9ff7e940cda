package vision

import (
	"strings"
	"testing"
)

func TestGuarded(t *testing.T) {
	_, err := guarded(func() (int, error) { return []int{}[len(t.Name())], nil })
	if err == nil || !strings.Contains(err.Error(), "decoder failed") {
		t.Errorf("%v", err)
	}
	if v, err := guarded(func() (int, error) { return 7, nil }); v != 7 || err != nil {
		t.Errorf("%d, %v", v, err)
	}
}
