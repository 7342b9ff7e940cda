package snapshot

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mmtui/mmtui/ui/msg"
)

// A run is drawn the same every time, without anything that depends on the machine.
func TestRunIsDeterministic(t *testing.T) {
	folder := filepath.Join("..", "..", "cmd", "mmtui", "testdata", "models", "smolvlm-tiny")
	opt := Options{
		Path: folder, View: msg.Run, Width: 120, Height: 36,
		Keys: []string{"p", "i", "ctrl+u", "type:" + filepath.Join(folder, "images", "small.png"), "enter", "r"},
	}
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
	for _, want := range []string{"Ask · smolvlm", "small.png", "64 tokens", "first n/a", "peak n/a · cpu float32 ·"} {
		if !strings.Contains(text, want) {
			t.Errorf("the picture lacks %q:\n%s", want, text)
		}
	}
}
