package app

import "testing"

// An engineer looks at the live figures of a real machine, holds them, and leaves.
func TestLiveInTmux(t *testing.T) {
	needTmux(t)
	vlm, _ := tinyFolder(t, "smolvlm-tiny")
	binary, dir := buildProgram(t), t.TempDir()
	s := startTmux(t, dir, binary, 140, 44, vlm)
	s.until("smolvlm-tiny", "── memory ", "MB · CPU ")
	s.text("9")
	s.until("▪ 9 Live", "▪ live", "window 5 min", "process ", "measured", "No run has ended yet")
	s.text("[")
	s.until("window 1 min")
	s.text(" ")
	s.until("paused at", "recording goes on")
	s.text("a")
	s.until("no run has ended yet; 4 shows the Run view")
	s.text("1")
	s.until("▪ 1 Layers")
	s.text("q")
	s.until("exit code 0")
}
