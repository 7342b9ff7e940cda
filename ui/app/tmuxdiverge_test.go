package app

import (
	"path/filepath"
	"strings"
	"testing"
)

// An engineer opens the example, puts the INT2 twin beside it, asks both, sees
// where the twin leaves float, lifts a layer, undoes it, and leaves.
func TestColumnsAndDivergenceInTmux(t *testing.T) {
	needTmux(t)
	example, err := filepath.Abs(filepath.Join("..", "..", "examples", "tiny-vlm"))
	if err != nil {
		t.Fatal(err)
	}
	binary, dir := buildProgram(t), t.TempDir()
	s := startTmux(t, dir, binary, 160, 45, example)
	s.until("tiny-vlm", "tensors")
	s.text("4")
	s.until("▪ 4 Run", "[caption]")
	s.text("p")
	s.until("Pick pictures")
	s.text("i")
	s.until("path:")
	s.keys("C-u")
	s.text(filepath.Join(example, "house.png"))
	s.keys("Enter")
	s.until("prompt tokens")
	s.text("I")
	s.until("2 int2", "tensors quantized")
	s.keys("Enter")
	s.untilScreen("both answers", func(screen string) bool {
		return strings.Contains(screen, "KL mean") && (strings.Contains(screen, "differs at token") || strings.Contains(screen, "the same tokens")) &&
			strings.Count(screen, "model ") >= 2
	})
	s.keys("Tab")
	s.keys("Tab")
	s.text("g")
	s.until("Token 1 of", "KL ", "nats")

	s.text("I") // the twin goes and comes again: this time from the cache
	s.untilScreen("one column", func(screen string) bool { return !strings.Contains(screen, "2 int2 ready") })
	s.text("7")
	s.until("Compares float with int2 on caption of house.png")
	s.text("r")
	s.until("float → int2", "Cumulative SQNR over depth", "KL per token", "worst by itself")
	s.text("n")
	s.text("+")
	s.until("● ", "at 8 bits")
	s.text("u")
	s.untilScreen("the undo", func(screen string) bool {
		return strings.Contains(screen, "float → int2") && !strings.Contains(screen, "at 8 bits")
	})
	s.text("x")
	s.until("Which part costs what", "AGREE")
	s.until("100%")
	s.keys("Escape")
	s.until("KL per token")
	s.keys("Enter") // the weights of the layer under the cursor
	s.until("▪ 2 Tensor")
	s.text("q")
	s.until("exit code 0")
}
