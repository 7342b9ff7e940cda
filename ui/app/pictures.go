package app

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/core/vision"
	"github.com/mmtui/mmtui/ui/msg"
	"github.com/mmtui/mmtui/ui/picture"
)

// The picker lists so many entries of a folder, and reads the headers of so
// many pictures.
const (
	maxPictures = 5000
	maxProbes   = 1000
)

// pictureEndings are the names of files that are listed as pictures; what a
// file is, its content decides.
func pictureEndings() []string {
	return []string{".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".ppm", ".pgm", ".pnm", ".ico"}
}

// listPictures lists the folders and pictures of a folder. A file that is named
// instead comes back as picked.
func listPictures(ctx context.Context, path string, hidden bool) msg.PicturesListed {
	path = expandHome(path)
	abs, err := filepath.Abs(path)
	if err != nil {
		return msg.PicturesListed{Path: path, Err: err}
	}
	if info, err := os.Stat(abs); err == nil && !info.IsDir() {
		return msg.PicturesListed{Path: filepath.Dir(abs), Picked: path}
	}
	out := msg.PicturesListed{Path: abs}
	if up := filepath.Dir(abs); up != abs {
		out.Parent = up
	}
	entries, err := os.ReadDir(abs)
	if err != nil {
		out.Err = err
		return out
	}
	for _, e := range entries[:min(len(entries), maxPictures)] {
		if ctx.Err() != nil || !hidden && strings.HasPrefix(e.Name(), ".") {
			continue
		}
		full := filepath.Join(abs, e.Name())
		info, err := os.Stat(full) // follows links
		switch {
		case err != nil:
		case info.IsDir():
			out.Folders = append(out.Folders, e.Name())
		case info.Mode().IsRegular() && slices.Contains(pictureEndings(), strings.ToLower(filepath.Ext(e.Name()))):
			out.Pictures = append(out.Pictures, msg.PictureEntry{Name: e.Name(), Path: full, Info: msg.PictureInfo{SizeBytes: info.Size()}})
		}
	}
	slices.SortFunc(out.Folders, report.CompareNames)
	slices.SortFunc(out.Pictures, func(a, b msg.PictureEntry) int { return report.CompareNames(a.Name, b.Name) })
	for i := range out.Pictures[:min(len(out.Pictures), maxProbes)] {
		if ctx.Err() != nil {
			break
		}
		one := &out.Pictures[i]
		one.Info, one.Err = probePicture(one.Path)
	}
	return out
}

// probePicture reads a picture's header.
func probePicture(path string) (msg.PictureInfo, error) {
	var out msg.PictureInfo
	if info, err := os.Stat(path); err == nil {
		out.SizeBytes = info.Size()
	}
	one, err := vision.Probe(path)
	if err != nil {
		return out, err
	}
	out.Format, out.Width, out.Height = strings.ToUpper(string(one.Format)), one.Width, one.Height
	return out, nil
}

// maxPreviewPixels bounds the pictures that are decoded only to be looked at.
const maxPreviewPixels = 100_000_000

// previewer draws pictures for a display.
func previewer(d picture.Display) func(ctx context.Context, path string, width, height int) (*picture.Picture, msg.PictureInfo, error) {
	return func(ctx context.Context, path string, width, height int) (*picture.Picture, msg.PictureInfo, error) {
		info, err := probePicture(path)
		if err != nil || d.Protocol == picture.None {
			return nil, info, err
		}
		img, err := vision.OpenContext(ctx, path, vision.Limits{MaxPixels: maxPreviewPixels})
		if err != nil {
			return nil, info, err
		}
		p, err := picture.New(ctx, img, width, height, d)
		return p, info, err
	}
}
