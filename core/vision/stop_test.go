package vision

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
)

// What follows the decoder stops between rows as well.
func TestRowsStop(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var rows atomic.Int64
	eachRow(ctx, 1<<30, func(int) {
		if rows.Add(1) == 100 {
			cancel()
		}
	})
	if n := rows.Load(); n < 100 || n > 1<<20 {
		t.Errorf("%d rows", n)
	}
	img := &Image{Width: 2, Height: 2, Pix: []uint8{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}}
	if got := oriented(ctx, img, 3); got.Pix[0] != 0 {
		t.Error("a picture was turned after the end")
	}
}

// A path that leads nowhere and a damaged file are named once, in plain words.
func TestErrorsSayThingsOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "gone.png")
	for _, open := range []func() error{
		func() error { _, err := Open(path, Limits{}); return err },
		func() error { _, err := Probe(path); return err },
	} {
		if err := open(); !errors.Is(err, fs.ErrNotExist) || err.Error() != path+": there is no such file; check the path" {
			t.Error(err)
		}
	}
	bad := "\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x02\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01IDAT0\x00\x00\x00\x00"
	_, err := Decode("bad.png", []byte(bad), Limits{})
	if err == nil || !strings.HasPrefix(err.Error(), "bad.png: PNG: invalid format: ") {
		t.Error(err)
	}
}
