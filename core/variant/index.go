package variant

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/cespare/xxhash/v2"

	"github.com/mmtui/mmtui/core/model"
	"github.com/mmtui/mmtui/internal/atomicfile"
)

// index is the fingerprints of a weight file's tensors, kept so that a warm
// start does not read the weights to know them. The file is known again by
// path, size and time, and a tensor by a sample of its bytes: copies of equal
// age and size are told apart.
type index struct {
	Version   int                     `json:"version"`
	File      string                  `json:"file"`
	SizeBytes int64                   `json:"size_bytes"`
	Time      time.Time               `json:"time"` // of the file's last change
	Tensors   map[string]indexedValue `json:"tensors"`

	settled bool // the file is old enough for its time to mean something
	changed bool
}

// indexedValue is a tensor's fingerprint, and what it was made of.
type indexedValue struct {
	DType       string `json:"dtype"`
	Shape       []int  `json:"shape"`
	Transposed  bool   `json:"transposed,omitempty"`
	Begin       int64  `json:"begin"` // in the file
	Sample      uint64 `json:"sample,string"`
	Fingerprint uint64 `json:"fingerprint,string"`
}

func (v indexedValue) equal(o indexedValue) bool {
	return v.DType == o.DType && slices.Equal(v.Shape, o.Shape) && v.Transposed == o.Transposed && v.Begin == o.Begin && v.Sample == o.Sample
}

const (
	indexVersion             = 1
	indexPrefix, indexSuffix = "index-", ".json"
	// settleTime is how long a file must have been left alone: within a tick of
	// the file system's clock a second change leaves size and time as they are.
	settleTime = 2 * time.Second
	// sampleBytes are read at the beginning, the middle and the end of a tensor.
	sampleBytes = 4096
	// indexMost bounds an index that is read.
	indexMost = 64 << 20
)

// fingerprint is t.Fingerprint, from the index where that knows the file.
func (c *cache) fingerprint(ctx context.Context, t *model.Tensor) (uint64, error) {
	if c.dir == "" || t.Stored != nil || len(t.Parts) != 1 { // values of a packed tensor depend on more than one file
		return t.Fingerprint(ctx)
	}
	part := t.Parts[0]
	x := c.index(part.File)
	v := indexedValue{DType: t.DType, Shape: t.Shape, Transposed: t.Transposed, Begin: part.Begin}
	sampled := false
	if x != nil {
		var err error
		v.Sample, err = sample(part)
		sampled = err == nil // otherwise the tensor itself will tell
	}
	if sampled {
		c.mu.Lock()
		known, ok := x.Tensors[t.Name]
		c.mu.Unlock()
		if ok && known.equal(v) {
			return known.Fingerprint, nil
		}
	}
	sum, err := t.Fingerprint(ctx)
	if err == nil && sampled {
		v.Fingerprint = sum
		c.mu.Lock()
		x.Tensors[t.Name], x.changed = v, true
		c.mu.Unlock()
	}
	return sum, err
}

// sample is xxhash64 over a few blocks of a tensor's bytes.
func sample(p model.Part) (uint64, error) {
	f, err := os.Open(p.File)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	h := xxhash.New()
	size := p.End - p.Begin
	n := min(size, sampleBytes)
	for _, at := range []int64{0, (size - n) / 2, size - n} {
		if _, err := io.Copy(h, io.NewSectionReader(f, p.Begin+at, n)); err != nil {
			return 0, err
		}
	}
	return h.Sum64(), nil
}

// index is that of a weight file, empty where none is kept; nil where the file
// cannot be looked at.
func (c *cache) index(file string) *index {
	c.mu.Lock()
	defer c.mu.Unlock()
	if x, ok := c.indexes[file]; ok {
		return x
	}
	c.indexes[file] = nil
	info, err := os.Stat(file)
	if err != nil {
		return nil
	}
	x := &index{Version: indexVersion, File: file, SizeBytes: info.Size(), Time: info.ModTime().UTC()}
	if kept := readIndex(c.indexPath(file)); kept != nil && kept.Version == x.Version && kept.File == x.File &&
		kept.SizeBytes == x.SizeBytes && kept.Time.Equal(x.Time) {
		x.Tensors = kept.Tensors
	}
	if x.Tensors == nil {
		x.Tensors = map[string]indexedValue{}
	}
	x.settled = time.Since(info.ModTime()) > settleTime
	c.indexes[file] = x
	return x
}

func (c *cache) indexPath(file string) string {
	return filepath.Join(c.dir, fmt.Sprintf("%s%016x%s", indexPrefix, xxhash.Sum64String(file), indexSuffix))
}

// readIndex reads an index; one that cannot be read is as good as none, since
// it only saves time.
func readIndex(path string) *index {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() || info.Size() > indexMost {
		return nil
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	x := &index{}
	if json.Unmarshal(data, x) != nil {
		return nil
	}
	touch(path)
	return x
}

// flush writes the indexes that grew.
func (c *cache) flush() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for file, x := range c.indexes {
		if x == nil || !x.changed || !x.settled || c.closed {
			continue
		}
		x.changed = false
		data, err := json.Marshal(x)
		if err != nil {
			continue // nothing in it can fail to be written as JSON
		}
		if _, err := os.Stat(c.dir); err != nil {
			continue // nothing is kept
		}
		if err := writeIndex(c.indexPath(file), data); err != nil {
			c.closed = true
			c.cannotKeep(err)
		}
	}
}

func writeIndex(path string, data []byte) error {
	if err := makeWay(path); err != nil {
		return err
	}
	return atomicfile.Write(path, 0o600, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
}
