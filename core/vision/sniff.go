package vision

import (
	"bytes"
	"strings"
)

// Format is a kind of picture file that can be decoded.
type Format string

const (
	JPEG Format = "JPEG"
	PNG  Format = "PNG"
	GIF  Format = "GIF"
	BMP  Format = "BMP"
	TIFF Format = "TIFF"
	WebP Format = "WebP"
	PNM  Format = "PNM" // PBM, PGM, PPM
	ICO  Format = "ICO"
)

// sniffBytes is how much of a file sniff wants to see.
const sniffBytes = 512

// sniff tells the format from a file's first bytes, or says what else the file
// is.
func sniff(b []byte) (Format, error) {
	has := func(prefix string) bool { return bytes.HasPrefix(b, []byte(prefix)) }
	switch {
	case has("\xff\xd8\xff"):
		return JPEG, nil
	case has("\x89PNG\r\n\x1a\n"):
		return PNG, nil
	case has("GIF87a"), has("GIF89a"):
		return GIF, nil
	case has("II*\x00"), has("MM\x00*"):
		return TIFF, nil
	case has("RIFF") && len(b) >= 12 && string(b[8:12]) == "WEBP":
		return WebP, nil
	case has("BM") && len(b) >= 18 && bmpHeader(b):
		return BMP, nil
	case has("\x00\x00\x01\x00") && len(b) >= 6 && (b[4] != 0 || b[5] != 0):
		return ICO, nil
	case len(b) >= 3 && b[0] == 'P' && b[1] >= '1' && b[1] <= '6' && pnmSpace(b[2]):
		return PNM, nil
	}
	return "", unknown(b)
}

// unknown names what a file is instead of a picture that can be decoded.
func unknown(b []byte) error {
	const convert = "; convert it to PNG or JPEG"
	has := func(prefix string) bool { return bytes.HasPrefix(b, []byte(prefix)) }
	text := strings.ToLower(strings.TrimLeft(strings.TrimPrefix(string(b), "\ufeff"), " \t\r\n"))
	switch {
	case len(b) == 0:
		return problemf("the file is empty; copy or download it again")
	case has("version https://git-lfs"):
		return problemf("is a Git LFS pointer, not the picture; run `git lfs pull` in its folder")
	case len(b) >= 12 && string(b[4:8]) == "ftyp":
		switch string(b[8:12]) {
		case "avif", "avis":
			return problemf("is an AVIF picture, which is not implemented" + convert)
		case "heic", "heix", "hevc", "heim", "heis", "mif1", "msf1":
			return problemf("is an HEIC picture, which is not implemented" + convert)
		}
		return problemf("is a video or picture in an ISO container, which is not implemented" + convert)
	case has("\x00\x00\x00\x0cjP  "), has("\xff\x4f\xff\x51"):
		return problemf("is a JPEG 2000 picture, which is not implemented" + convert)
	case has("\x00\x00\x00\x0cJXL "), has("\xff\x0a"):
		return problemf("is a JPEG XL picture, which is not implemented" + convert)
	case has("II+\x00"), has("MM\x00+"):
		return problemf("is a BigTIFF picture, which is not implemented" + convert)
	case has("8BPS"):
		return problemf("is a Photoshop document, which is not implemented" + convert)
	case has("%PDF"):
		return problemf("is a PDF document, not a picture; render its page to PNG first")
	case strings.HasPrefix(text, "<svg"), strings.HasPrefix(text, "<?xml") && strings.Contains(text, "<svg"):
		return problemf("is an SVG drawing, not a picture of pixels; render it to PNG first")
	case strings.HasPrefix(text, "<!doctype html"), strings.HasPrefix(text, "<html"):
		return problemf("is a web page, not a picture; the download went wrong, fetch the picture itself")
	}
	return problemf("is no picture that can be read (JPEG, PNG, GIF, BMP, TIFF, WebP, PNM, ICO); convert it to PNG")
}
