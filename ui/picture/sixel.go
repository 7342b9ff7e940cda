package picture

import (
	"bytes"
	"context"
	"fmt"
	"hash/fnv"
	"strings"

	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/ansi/sixel"

	"github.com/mmtui/mmtui/core/vision"
)

func (p *Picture) encodeSixel(ctx context.Context, img *vision.Image, d Display) error {
	pix, err := p.pixels(ctx, img, d, true)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := (&sixel.Encoder{}).Encode(&b, pix); err != nil {
		return err
	}
	p.payload = ansi.SixelGraphics(0, 1, 0, b.Bytes())
	return nil
}

// The marks around what draws sixels, so that Settle and Strip find it: a
// foreground that is set to the default twice or three times, which changes nothing.
const (
	sixelRow   = "\x1b[39;39m"    // begins every line of the picture
	sixelBegin = "\x1b[39;39;39m" // begins the drawing, in the last line
	sixelEnd   = "\x1b[39;39;39;39m"
)

// sixelLines are blanks; behind those of the last line comes the drawing: the
// cursor goes to the upper left corner of the picture, and back after it.
func (p *Picture) sixelLines() []string {
	lines := make([]string, p.Height)
	for y := range lines {
		lines[y] = sixelRow + strings.Repeat(" ", p.Width)
	}
	up := ""
	if p.Height > 1 {
		up = fmt.Sprintf("\x1b[%dA", p.Height-1)
	}
	lines[p.Height-1] += sixelBegin + "\x1b7" + fmt.Sprintf("\x1b[%dD", p.Width) + up + p.payload + "\x1b8" + sixelEnd
	return lines
}

// Settle prepares a frame with sixels in it for a renderer that skips lines
// which have not changed: the line that draws a picture gets a mark that
// changes with every line the picture covers. Other frames stay as they are.
func Settle(frame string) string {
	if !strings.Contains(frame, sixelBegin) {
		return frame
	}
	lines := strings.Split(frame, "\n")
	covered := 0 // lines of the picture seen so far
	for y, line := range lines {
		if !strings.Contains(line, sixelRow) {
			covered = 0
			continue
		}
		covered++
		at := strings.Index(line, sixelBegin)
		if at < 0 {
			continue
		}
		f := fnv.New32a()
		for _, above := range lines[y+1-covered : y] {
			_, _ = f.Write([]byte(above)) // a hash never fails
		}
		var mark strings.Builder
		for bits := f.Sum32(); bits != 0; bits >>= 2 { // 39 and 49: the default colours, which are in force
			mark.WriteString([]string{"\x1b[39m", "\x1b[49m", "\x1b[39;49m", "\x1b[49;39m"}[bits&3])
		}
		lines[y] = line[:at] + mark.String() + line[at:]
		covered = 0
	}
	return strings.Join(lines, "\n")
}

// Strip takes the drawings of sixels out of a frame, so that something can be
// put over it; the blanks stay.
func Strip(frame string) string {
	for {
		from := strings.Index(frame, sixelBegin)
		if from < 0 {
			return frame
		}
		n := strings.Index(frame[from:], sixelEnd)
		if n < 0 {
			return frame[:from]
		}
		frame = frame[:from] + frame[from+n+len(sixelEnd):]
	}
}
