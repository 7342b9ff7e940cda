package infer

import "github.com/mmtui/mmtui/core/tokenizer"

// folderCodec is a folder's tokenizer.
type folderCodec struct{ t *tokenizer.Tokenizer }

func (c folderCodec) encode(text string, special bool) ([]int, error) {
	e, err := c.t.Encode(text, tokenizer.EncodeOptions{AddSpecial: special})
	return e.IDs, err
}

func (c folderCodec) encodeShort(text string, most int) (ids []int, full int, err error) {
	if ids, err = c.encode(text, true); err != nil || len(ids) <= most {
		return ids, len(ids), err
	}
	full = len(ids)
	// The end id must stay: only the tokenizer knows which ids are its own.
	e, err := c.t.Encode(text, tokenizer.EncodeOptions{AddSpecial: true, Truncation: tokenizer.LongestFirst, MaxLength: most})
	return e.IDs, full, err
}

func (c folderCodec) decode(ids []int, skipSpecial bool) string {
	return c.t.DecodeText(ids, skipSpecial)
}
func (c folderCodec) stream() stream     { return c.t.NewStream(true) }
func (c folderCodec) padID() (int, bool) { return c.t.PAD() }
func (c folderCodec) padsLeft() bool     { return c.t.Config().PaddingSide == tokenizer.Left }
func (c folderCodec) bos() string        { return c.t.Config().BOSToken }

// longest is the tokenizer's own limit on a text, 0 for none.
func (c folderCodec) longest() int { return c.t.Config().ModelMaxLength }
