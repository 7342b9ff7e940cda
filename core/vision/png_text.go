package vision

import (
	"bytes"
	"compress/zlib"
	"encoding/hex"
	"io"
)

// text reads the two kinds of text that may hold an orientation: XMP, and EXIF
// as older programs wrote it.
func (c *pngChunks) text(kind string, b []byte) {
	keyword, rest, ok := bytes.Cut(b, []byte{0})
	name := string(keyword)
	if !ok || name != "XML:com.adobe.xmp" && name != "Raw profile type exif" {
		return
	}
	// Each may inflate to a megabyte, and a file may hold any number.
	if c.texts++; c.texts > 8 {
		return
	}
	switch name {
	case "XML:com.adobe.xmp":
		if kind == "iTXt" && len(rest) >= 2 {
			c.xmp = inflated(rest[2:], rest[0] != 0)
		}
	case "Raw profile type exif":
		switch {
		case c.exif != nil || kind == "iTXt":
		case kind == "tEXt":
			c.exif = rawProfile(rest)
		case len(rest) >= 1:
			c.exif = rawProfile(inflated(rest[1:], true))
		}
	}
}

// inflated decompresses at most maxMetadata bytes, if the text is compressed;
// in an iTXt two more strings stand before it.
func inflated(b []byte, compressed bool) []byte {
	if !compressed {
		return b
	}
	for !bytes.HasPrefix(b, []byte{0x78}) && bytes.IndexByte(b, 0) >= 0 {
		_, b, _ = bytes.Cut(b, []byte{0})
	}
	z, err := zlib.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil
	}
	out, _ := io.ReadAll(io.LimitReader(z, maxMetadata)) // what came before an error may do
	return out
}

// rawProfile decodes ImageMagick's form: a name, a length, and hexadecimal
// digits over many lines.
func rawProfile(b []byte) []byte {
	lines := bytes.Split(bytes.TrimLeft(b, "\n"), []byte("\n"))
	if len(lines) < 3 {
		return nil
	}
	digits := bytes.Join(lines[2:], nil)
	out := make([]byte, hex.DecodedLen(len(digits)))
	n, _ := hex.Decode(out, digits)
	return out[:n]
}
