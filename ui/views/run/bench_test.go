package run

import (
	"strings"
	"testing"

	"github.com/mmtui/mmtui/core/infer"
	"github.com/mmtui/mmtui/ui/internal/viewtest"
	"github.com/mmtui/mmtui/ui/keys"
	"github.com/mmtui/mmtui/ui/msg"
	"github.com/mmtui/mmtui/ui/theme"
)

// BenchmarkFrame is a frame of a long answer that goes on: four more tokens of
// 2,000 taken in, and the view drawn at 160 × 41. A frame has 16 ms.
func BenchmarkFrame(b *testing.B) {
	d := &viewtest.Desk{View: New(viewtest.Theme(theme.Dark, theme.Braille), keys.Default())}
	d.Send(msg.Resized{Width: 160, Height: 41}, msg.ModelOpened{Path: "/m/vlm", Label: "model"}, msg.Show{View: msg.Run},
		msg.RunnerReady{Source: msg.Source{Path: "/m/vlm"}, Info: vlm()}, msg.PicturesChosen{Paths: []string{"/p/cat.png"}})
	v := d.View.(*View)
	v.start()
	v.progress(msg.RunProgress{ID: 1, Parts: []msg.RunPart{{Events: tokens(strings.Repeat("some words of an answer ", 400), 1)}}})
	c := v.current()
	next := []infer.Event(tokens("and four more words", 1))
	for b.Loop() {
		if len(c.tokens) > 4000 {
			c.tokens = c.tokens[:2000]
		}
		v.progress(msg.RunProgress{ID: 1, Parts: []msg.RunPart{{Events: next}}})
		_ = v.Render(160, 41)
	}
}
