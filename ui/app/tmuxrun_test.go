package app

import (
	"strings"
	"testing"
)

// An engineer opens a folder, picks a picture, asks, stops a run, looks at the
// tokens, records a run, opens a second model, and leaves.
func TestRunInTmux(t *testing.T) {
	needTmux(t)
	vlm, image := tinyFolder(t, "smolvlm-tiny")
	clip, _ := tinyFolder(t, "clip-tiny")
	binary, dir := buildProgram(t), t.TempDir()
	s := startTmux(t, dir, binary, 140, 40, vlm)
	s.until("smolvlm-tiny", "84 tensors")
	s.text("4")
	s.until("▪ 4 Run", "Ask · smolvlm", "[caption]")

	s.text("p") // the picker, and a path that is typed
	s.until("Pick pictures", "Enter take")
	s.text("i")
	s.until("path:")
	s.keys("C-u")
	s.text(image[:len(image)-2])
	s.keys("Tab")
	s.until(image[len(image)-12:])
	s.keys("Enter")
	s.until("prompt tokens", "FLOP")
	s.untilScreen("the end of the picker", func(screen string) bool { return !strings.Contains(screen, "Pick pictures") })
	s.until("▀▀▀▀") // half blocks: tmux keeps graphics to itself

	s.keys("Enter")
	s.until("✓ max new tokens", "64 tokens", "tokens/s", "peak ")
	s.keys("Tab")
	s.text("g")
	s.until("Token 1 of 64", "logprob")
	s.text("l")
	s.until("Token 2 of 64")

	s.keys("Tab") // a long run, stopped in the middle
	s.text("jjj")
	s.text("i")
	s.keys("C-u")
	s.text("400")
	s.keys("Enter")
	s.text("i")
	s.keys("Escape") // typing given up
	s.keys("Enter")
	s.keys("Escape") // a run of a tiny model may be over by now: then it leads back
	s.untilScreen("the end of the run", func(screen string) bool {
		return strings.Contains(screen, "▲ stopped") || strings.Contains(screen, "▪ 1 Layers") ||
			strings.Contains(screen, "run 2/2") && strings.Contains(screen, "✓ max new tokens") // it ended under the key
	})
	s.text("4")
	s.until("run 2/2")
	s.text("[")
	s.until("run 1/2")

	s.text("T") // record
	s.until("Record the activations")
	s.keys("C-u")
	s.text("one.safetensors")
	s.keys("Enter")
	s.until("wrote the activations to one.safetensors")
	s.text("5")
	s.until("one.safetensors")
	s.text("B")
	s.until("Trace B")
	s.keys("C-u")
	s.text("one.safetensors")
	s.keys("Enter")
	s.until("no layer leaves", "vision.h0")

	s.text("o") // a second model beside the first
	s.until("Open a model")
	s.text("i")
	s.until("path:")
	s.text(clip)
	s.keys("Enter")
	s.until("2/2 clip-tiny")
	s.text("4")
	s.until("Ask · clip", "[retrieval]")
	s.keys("C-n")
	s.until("1/2 smolvlm-tiny", "Ask · smolvlm")
	s.text("q")
	s.until("exit code 0")
}
