package infer

import (
	"fmt"
	"strings"

	"github.com/mmtui/mmtui/core/report"
)

// marks are the strings that stand for pictures in a prompt, as the folder
// names them, and how many features a tile becomes.
type marks struct {
	image, fake, global string
	perTile             int
}

// expand puts the tokens of each picture where the template has its image
// token, as Idefics3Processor and SmolVLMProcessor do (transformers
// 5.23, get_image_prompt_string). The whole string is tokenised afterwards: a
// vocabulary may have one id for the two line breaks before the global tile.
// An image token too many or too few is the prompt's fault where that holds
// one, and else the template's.
func (m marks) expand(chat, prompt, template string, grid []layout) (string, error) {
	parts := strings.Split(chat, m.image)
	own := strings.Count(prompt, m.image)
	switch {
	case strings.TrimSpace(chat) == "":
		return "", templateFault(template, "the template gives no text")
	case len(parts)-1 == len(grid):
	case own > 0:
		return "", refuse(fmt.Sprintf("leave %s out of the prompt", m.image),
			"the prompt itself has %s %s", report.Plural(int64(own), "image token"), m.image)
	default:
		return "", templateFault(template, "the template gives %s %s for %s",
			report.Plural(int64(len(parts)-1), "image token"), m.image, report.Plural(int64(len(grid)), "picture"))
	}
	var b strings.Builder
	b.WriteString(parts[0])
	for i, g := range grid {
		m.picture(&b, g)
		b.WriteString(parts[i+1])
	}
	return b.String(), nil
}

// picture writes the tokens of one picture: rows of tiles and the global one,
// or the global one alone.
func (m marks) picture(b *strings.Builder, g layout) {
	features := strings.Repeat(m.image, m.perTile)
	if g.rows > 0 || g.cols > 0 {
		for row := range g.rows {
			for col := range g.cols {
				fmt.Fprintf(b, "%s<row_%d_col_%d>%s", m.fake, row+1, col+1, features)
			}
			b.WriteByte('\n')
		}
		b.WriteByte('\n')
	}
	b.WriteString(m.fake + m.global + features + m.fake)
}
