package snapshot

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mmtui/mmtui/ui/msg"
)

// A run, columns side by side and a comparison of layers are drawn the same
// every time, without anything that depends on the machine.
func TestRunIsDeterministic(t *testing.T) {
	folder := filepath.Join("..", "..", "cmd", "mmtui", "testdata", "models", "smolvlm-tiny")
	pick := []string{"p", "i", "ctrl+u", "type:" + filepath.Join(folder, "images", "small.png"), "enter"}
	for _, c := range []struct {
		name string
		keys []string
		want []string
	}{
		{"run", []string{"r"}, []string{"Ask · smolvlm", "small.png", "64 tokens", "first n/a", "peak n/a · model 702 kB · cpu float32 ·"}},
		{"columns", []string{"I", "r"}, []string{"1 float", "2 int2", "KL mean", "first n/a"}},
		{"diverge", []string{"7", "r"}, []string{"float → int2", "KL per token", "Cumulative SQNR over depth", "LOCAL dB"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			opt := Options{Path: folder, View: msg.Run, Width: 120, Height: 36, Keys: append(pick[:len(pick):len(pick)], c.keys...)}
			first, err := Render(context.Background(), opt)
			if err != nil {
				t.Fatal(err)
			}
			second, err := Render(context.Background(), opt)
			if err != nil {
				t.Fatal(err)
			}
			if first != second {
				t.Error("two pictures of one run differ")
			}
			text := Text(first)
			for _, want := range c.want {
				if !strings.Contains(text, want) {
					t.Errorf("the picture lacks %q:\n%s", want, text)
				}
			}
		})
	}
}
