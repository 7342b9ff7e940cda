package safetensors

import (
	"io"
	"math"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// IndexName is the file that says which shard of a model holds which tensor.
const IndexName = "model.safetensors.index.json"

// Index is a model.safetensors.index.json, as save_torch_state_dict of
// huggingface_hub writes it.
type Index struct {
	Path      string
	TotalSize int64             // metadata.total_size, bytes; -1 when absent
	WeightMap map[string]string // tensor name → shard, a relative path with forward slashes
	Names     []string          // the keys of WeightMap in file order
	Shards    []string          // the distinct values of WeightMap, sorted
}

// ReadIndex reads an index under the default limits. Keys that occur twice,
// shards that would lie outside the folder (absolute paths, `..`, backslashes,
// drive letters) and anything but a map of texts are refused. Whether the
// shards exist is for OpenIndex to find out.
func ReadIndex(path string) (*Index, error) { return readIndex(path, Limits{}) }

func readIndex(path string, lim Limits) (*Index, error) {
	lim = lim.filled()
	info, err := os.Stat(path)
	if err != nil {
		return nil, at(path, err)
	}
	if !info.Mode().IsRegular() {
		return nil, at(path, invalid("give the index file or the folder that has it", "this is not a file"))
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, at(path, err)
	}
	defer func() { _ = file.Close() }()
	// One byte more than is allowed tells the file that is too long, however
	// it grows while it is read.
	text, err := io.ReadAll(io.LimitReader(file, lim.HeaderBytes+1))
	if err != nil {
		return nil, at(path, err)
	}
	index, err := parseIndex(text, lim)
	if err != nil {
		return nil, at(path, err)
	}
	index.Path = path
	return index, nil
}

const adviceIndex = "download the index again, together with its shards"

// indexNesting is for the metadata of an index, which is anybody's.
const indexNesting = 32

func parseIndex(text []byte, lim Limits) (*Index, error) {
	switch {
	case int64(len(text)) > lim.HeaderBytes:
		return nil, overLimit("HeaderBytes", "the index has more than the %d bytes allowed", lim.HeaderBytes)
	case len(text) == 0:
		return nil, invalid(adviceIndex, "the index is empty")
	case !utf8.Valid(text):
		return nil, invalid(adviceIndex, "the index is not UTF-8 text")
	}
	p := indexParser{
		scanner: scanner{text: text, nesting: max(indexNesting, lim.Nesting)},
		lim:     lim,
		index:   &Index{TotalSize: -1, WeightMap: make(map[string]string)},
		shards:  make(map[string]string),
	}
	var seen keySet
	err := p.object("the index", func(key []byte) error {
		if err := p.once(&seen, key); err != nil {
			return err
		}
		switch string(key) {
		case "weight_map":
			return p.object("weight_map", p.entry)
		case "metadata":
			return p.metadata()
		}
		return p.skip()
	})
	if err == nil {
		err = p.end()
	}
	if own, ok := err.(*Error); ok && own.Do == adviceDamaged { // of the scanner, which is a header's too
		own.Do = adviceIndex
	}
	if err != nil {
		return nil, err
	}
	if len(p.index.Names) == 0 {
		return nil, invalid(adviceIndex, "the index has no weight_map with tensors")
	}
	for shard := range p.shards {
		p.index.Shards = append(p.index.Shards, shard)
	}
	slices.Sort(p.index.Shards)
	return p.index, nil
}

type indexParser struct {
	scanner
	lim    Limits
	index  *Index
	shards map[string]string // each shard's name once, so that 100,000 entries share it
}

// entry takes one `tensor: shard`.
func (p *indexParser) entry(key []byte) error {
	name := string(key)
	if len(name) > p.lim.NameBytes {
		return overLimit("NameBytes", "the tensor name %s has %d bytes, more than the %d allowed", shown(name), len(name), p.lim.NameBytes)
	}
	if len(p.index.Names) >= p.lim.Tensors {
		return overLimit("Tensors", "the index lists more than the %d tensors allowed", p.lim.Tensors)
	}
	if _, twice := p.index.WeightMap[name]; twice {
		return p.fail("tensor %s occurs twice", shown(name))
	}
	if p.peek() != '"' {
		return p.fail("the shard of tensor %s starts with %s, but is to be a file name", shown(name), p.found())
	}
	text, err := p.str()
	if err != nil {
		return err
	}
	shard, ok := p.shards[string(text)]
	if !ok {
		shard = string(text)
		if why := badShard(shard); why != "" {
			return p.fail("the shard %s of tensor %s %s", shown(shard), shown(name), why)
		}
		p.shards[shard] = shard
	}
	p.index.WeightMap[name] = shard
	p.index.Names = append(p.index.Names, name)
	return nil
}

// badShard says why a shard's name is refused, "" when it is not.
func badShard(shard string) string {
	switch {
	case shard == "":
		return "has no name"
	case strings.ContainsAny(shard, `\:`), !filepath.IsLocal(filepath.FromSlash(shard)), path.Clean(shard) != shard, shard == ".":
		return "is not a plain path within the folder"
	case strings.ContainsFunc(shard, unicode.IsControl):
		return "has control characters"
	}
	return ""
}

// metadata takes total_size and passes over the rest.
func (p *indexParser) metadata() error {
	if p.literal("null") {
		return nil
	}
	var seen keySet
	return p.object("metadata", func(key []byte) error {
		if err := p.once(&seen, key); err != nil {
			return err
		}
		if string(key) != "total_size" {
			return p.skip()
		}
		text, err := p.number()
		if err != nil {
			return err
		}
		// Old writers counted bytes in floating point and wrote 1664.0.
		size, err := strconv.ParseFloat(string(text), 64)
		if err != nil || size < 0 || size >= math.MaxInt64 {
			return p.fail("total_size is %s, which is no number of bytes", clip(text))
		}
		p.index.TotalSize = int64(size)
		if exact, err := strconv.ParseInt(string(text), 10, 64); err == nil {
			p.index.TotalSize = exact
		}
		return nil
	})
}
