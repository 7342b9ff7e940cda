package variant

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/mmtui/mmtui/core/int2file"
	"github.com/mmtui/mmtui/core/model"
	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/core/safetensors"
	"github.com/mmtui/mmtui/int2"
)

// DefaultCacheBytes is the most that the cache of packed tensors takes: some
// forty models of 256 million weights.
const DefaultCacheBytes = 4 << 30

// packVersion is that of the solvers' results: raised when the same weights and
// scheme give another matrix, so that older entries are not used.
const packVersion = "1"

// cacheDirVariable names the folder of the cache in the environment.
const cacheDirVariable = "MMTUI_PACK_DIR"

// DefaultCacheDir is $MMTUI_PACK_DIR, or mmtui/packs in the user's cache folder.
// The error is that of a system that has no such folder.
func DefaultCacheDir() (string, error) {
	if dir := os.Getenv(cacheDirVariable); dir != "" {
		return dir, nil
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(dir, "mmtui", "packs"), nil
}

// cache keeps packed matrices on disk, a file for every content and scheme. An
// entry is written in one step and checked as a whole when it is read, so that
// programs may share the folder. Whatever is wrong with it is a warning.
type cache struct {
	dir  string // "" keeps nothing
	most int64  // bytes
	warn func(format string, args ...any)

	mu      sync.Mutex
	closed  bool // nothing more is written: it failed
	stored  bool // something was
	indexes map[string]*index
}

func newCache(dir string, most int64, warn func(string, ...any)) *cache {
	c := &cache{dir: dir, most: most, warn: warn, indexes: map[string]*index{}}
	if most < 0 {
		c.dir = ""
		return c
	}
	if most == 0 {
		c.most = DefaultCacheBytes
	}
	if dir == "" {
		var err error
		if c.dir, err = DefaultCacheDir(); err != nil {
			warn("packed tensors are not kept: %v; set %s to a folder for them", err, cacheDirVariable)
		}
	}
	return c
}

// entry is a tensor under a scheme.
type entry struct {
	name        string // of the file
	fingerprint string
	tensor      *model.Tensor
	rows, cols  int
	scheme      int2.Scheme
}

// entry finds the name of a tensor's file: that of its content.
func (c *cache) entry(ctx context.Context, t *model.Tensor, s int2.Scheme) (entry, error) {
	rows, cols, ok, reason := t.Matrix()
	if !ok {
		return entry{}, errors.New(reason)
	}
	sum, err := c.fingerprint(ctx, t)
	if err != nil {
		return entry{}, err
	}
	e := entry{fingerprint: fmt.Sprintf("%016x", sum), tensor: t, rows: rows, cols: cols, scheme: s}
	zero := ""
	if s.IntegerZero {
		zero = "-integer"
	}
	// The fingerprint stands for dtype, shape and transposition, too.
	e.name = fmt.Sprintf("%s%s-%dx%d-%db-%s-%s-%s%s-v%s%s", entryPrefix, e.fingerprint, rows, cols,
		s.Bits, s.Grid, s.GroupString(), s.Solver, zero, packVersion, entrySuffix)
	return e, nil
}

// The names of entries begin and end so; no other file of the folder is touched.
const entryPrefix, entrySuffix = "pack-", ".safetensors"

// The metadata of an entry, and the name of its one tensor.
const (
	keyVersion     = "pack_version"
	keyFingerprint = "fingerprint" // of the tensor that was quantized
	keyChecksum    = "checksum"    // of the arrays
	entryTensor    = "weight"
)

// figures is what an entry keeps beside the matrix.
type figures struct {
	SQNRdB report.Number `json:"sqnr_db"`
}

// rereads is how often an entry is read once more that another program replaced
// while it was read, with an equal one or a whole one.
const rereads = 3

// load reads an entry; ok is false where there is none that can be used.
func (c *cache) load(ctx context.Context, e entry) (p *int2.Packed, sqnr report.Number, ok bool) {
	if c.dir == "" {
		return nil, 0, false
	}
	path := filepath.Join(c.dir, e.name)
	p, sqnr, err := e.read(ctx, path)
	var replaced *safetensors.ChangedError
	for range rereads {
		if !errors.As(err, &replaced) {
			break
		}
		p, sqnr, err = e.read(ctx, path)
	}
	switch {
	case err == nil:
		touch(path)
		return p, sqnr, true
	case errors.Is(err, fs.ErrNotExist), errors.As(err, &replaced), ctx.Err() != nil:
		return nil, 0, false
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.ENOTDIR):
		return nil, 0, false // of the folder, most often: storing tells it once, not every entry
	}
	c.warn("%s: the cached tensor %s cannot be used: %s; it is quantized again", safetensors.Printable(path), safetensors.Printable(e.tensor.Name), what(err))
	return nil, 0, false
}

// what is the text of an error without the path and the advice of a model's file.
func what(err error) string {
	var e *safetensors.Error
	var p *fs.PathError
	switch {
	case errors.As(err, &e):
		return e.What
	case errors.As(err, &p):
		return p.Err.Error()
	}
	return err.Error()
}

// read opens an entry and checks that it is whole, and the one that is wanted.
func (e entry) read(ctx context.Context, path string) (*int2.Packed, report.Number, error) {
	f, err := safetensors.Open(path, safetensors.Limits{})
	if err != nil {
		return nil, 0, err
	}
	defer f.Close()
	if !int2file.Is(f.Metadata) {
		return nil, 0, errors.New("it is not in mmtui's format")
	}
	list, err := int2file.List(f)
	if err != nil {
		return nil, 0, err
	}
	if v := f.Metadata[keyVersion]; v != packVersion {
		return nil, 0, fmt.Errorf("it is of version %q, and this program writes %q", safetensors.Printable(v), packVersion)
	}
	if len(list) != 1 || list[0].Name != entryTensor || f.Metadata[keyFingerprint] != e.fingerprint {
		return nil, 0, errors.New("it holds another tensor than its name says")
	}
	t := list[0]
	asked := t.Scheme
	asked.Solver = e.scheme.Solver // the file has the one whose result was kept
	if t.Rows != e.rows || t.Cols != e.cols || asked != e.scheme {
		return nil, 0, fmt.Errorf("it holds a matrix [%d, %d] as %s", t.Rows, t.Cols, t.Scheme)
	}
	p, err := t.Decode(ctx, f)
	if err != nil {
		return nil, 0, err
	}
	if checksum(p) != f.Metadata[keyChecksum] {
		return nil, 0, errors.New("its values are not those that were written")
	}
	var measured figures
	if err := json.Unmarshal(t.Meta.Measured, &measured); err != nil {
		return nil, 0, fmt.Errorf("its recorded figures cannot be read: %w", err)
	}
	return p, measured.SQNRdB, nil
}

// store writes an entry. That it cannot be written is a warning, and the last
// attempt; the error is ctx's.
func (c *cache) store(ctx context.Context, e entry, p *int2.Packed, sqnr report.Number) error {
	c.mu.Lock()
	closed := c.closed || c.dir == ""
	c.mu.Unlock()
	if closed {
		return nil
	}
	err := e.write(ctx, c.dir, p, sqnr)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	c.mu.Lock()
	c.closed, c.stored = c.closed || err != nil, true
	c.mu.Unlock()
	if err != nil {
		c.cannotKeep(err)
	}
	return nil
}

// cannotKeep tells that nothing can be written.
func (c *cache) cannotKeep(err error) {
	c.warn("%s: packed tensors cannot be kept here: %s; set %s to a folder that can be written to", safetensors.Printable(c.dir), what(err), cacheDirVariable)
}

func (e entry) write(ctx context.Context, dir string, p *int2.Packed, sqnr report.Number) error {
	if err := os.MkdirAll(dir, 0o700); err != nil { // weights may be private
		return err
	}
	measured, err := json.Marshal(figures{sqnr})
	if err != nil {
		return err
	}
	key, value, err := int2file.Metadata(entryTensor, p.Scheme, int2file.Meta{
		Shape: e.tensor.Shape, DType: safetensors.DType(e.tensor.DType), Transposed: e.tensor.Transposed, Measured: measured,
	})
	if err != nil {
		return err
	}
	path := filepath.Join(dir, e.name)
	if err := makeWay(path); err != nil {
		return err
	}
	return safetensors.Write(ctx, path, int2file.Entries(entryTensor, p), map[string]string{
		int2file.FormatKey: int2file.Format, key: value,
		keyVersion: packVersion, keyFingerprint: e.fingerprint, keyChecksum: checksum(p),
	})
}

// makeWay removes what is no file from the place of one: a pipe would take what
// is written, and wait for a reader that never comes.
func makeWay(path string) error {
	info, err := os.Lstat(path)
	if err != nil || info.Mode().IsRegular() {
		return nil // writing tells what is wrong
	}
	return os.Remove(path)
}

// touchAge is how old the time of an entry grows before a use renews it.
const touchAge = time.Hour

// touch notes that an entry was used: the oldest go first when there are too
// many. A folder that cannot be written to keeps its times.
func touch(path string) {
	now := time.Now()
	if info, err := os.Stat(path); err == nil && now.Sub(info.ModTime()) > touchAge {
		_ = os.Chtimes(path, now, now) // see above
	}
}
