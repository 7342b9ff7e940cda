package safetensors

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Shards is a model in several files: all open, all tensors listed once.
type Shards struct {
	Index    *Index
	Files    []*File       // in the order of Index.Shards
	Tensors  []ShardTensor // by shard, then by offset
	Warnings []string      // whole lines for the user: a total_size that does not add up

	byName map[string]int
}

// ShardTensor is a tensor and the file that holds it.
type ShardTensor struct {
	Info
	File *File
}

// OpenIndex opens the shards of a folder, by its model.safetensors.index.json,
// or of an index file. Each tensor of the map must be in the shard that the map
// names and nowhere else, and each tensor of a shard must be in the map. A
// total_size that is not the sum of the tensors is a warning: tools have
// written wrong ones beside good weights.
func OpenIndex(path string, lim Limits) (*Shards, error) {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		path = filepath.Join(path, IndexName)
	}
	index, err := readIndex(path, lim)
	if err != nil {
		return nil, err
	}
	s := &Shards{Index: index, byName: make(map[string]int, len(index.Names))}
	err = s.open(lim)
	if err == nil {
		err = s.merge()
	}
	if err != nil {
		_ = s.Close()
		return nil, err
	}
	s.checkSize()
	return s, nil
}

func (s *Shards) open(lim Limits) error {
	dir := filepath.Dir(s.Index.Path)
	for _, shard := range s.Index.Shards {
		file, err := Open(filepath.Join(dir, filepath.FromSlash(shard)), lim)
		if errors.Is(err, fs.ErrNotExist) {
			return s.missing(dir)
		}
		if err != nil {
			return err
		}
		s.Files = append(s.Files, file)
	}
	return nil
}

// missing says which shards are not there.
func (s *Shards) missing(dir string) error {
	var gone []string
	for _, shard := range s.Index.Shards {
		if _, err := os.Stat(filepath.Join(dir, filepath.FromSlash(shard))); errors.Is(err, fs.ErrNotExist) {
			gone = append(gone, shard)
		}
	}
	if len(gone) == 0 {
		return &ChangedError{Path: s.Index.Path, What: "a shard was not there and came back"}
	}
	what := fmt.Sprintf("shard %s is missing", shown(gone[0]))
	if len(gone) > 1 {
		what = fmt.Sprintf("%d of %d shards are missing, %s first", len(gone), len(s.Index.Shards), shown(gone[0]))
	}
	return &Error{Path: s.Index.Path, What: what, Do: "download what is missing into the folder of the index", Err: fs.ErrNotExist}
}

const adviceMixed = "index and shards are not of one model: download or save them together again"

// merge lists all tensors and holds them against the map.
func (s *Shards) merge() error {
	for i, file := range s.Files {
		shard := s.Index.Shards[i]
		for _, info := range file.Tensors {
			want, listed := s.Index.WeightMap[info.Name]
			switch {
			case !listed:
				return at(s.Index.Path, invalid(adviceMixed, "shard %s has the tensor %s, which the index does not list", shown(shard), shown(info.Name)))
			case want != shard:
				return at(s.Index.Path, s.elsewhere(info.Name, want, shard))
			}
			s.byName[info.Name] = len(s.Tensors)
			s.Tensors = append(s.Tensors, ShardTensor{Info: info, File: file})
		}
	}
	for _, name := range s.Index.Names {
		if _, ok := s.byName[name]; !ok {
			return at(s.Index.Path, invalid(adviceMixed, "shard %s has no tensor %s, which the index says it has", shown(s.Index.WeightMap[name]), shown(name)))
		}
	}
	return nil
}

// elsewhere words a tensor that was found in another shard than the map says.
func (s *Shards) elsewhere(name, want, got string) *Error {
	for i, shard := range s.Index.Shards {
		if shard != want {
			continue
		}
		if _, both := s.Files[i].Lookup(name); both {
			return invalid(adviceMixed, "tensor %s is in two shards, %s and %s", shown(name), shown(want), shown(got))
		}
	}
	return invalid(adviceMixed, "tensor %s is in shard %s, but the index says %s", shown(name), shown(got), shown(want))
}

func (s *Shards) checkSize() {
	total := int64(0)
	for _, t := range s.Tensors {
		total += t.Size()
	}
	if s.Index.TotalSize >= 0 && s.Index.TotalSize != total {
		s.Warnings = append(s.Warnings, fmt.Sprintf("%s: total_size says %d bytes but the shards hold %d; if a shard is of another version, download the model again",
			Printable(s.Index.Path), s.Index.TotalSize, total))
	}
}

// Lookup finds a tensor by its exact name.
func (s *Shards) Lookup(name string) (ShardTensor, bool) {
	i, ok := s.byName[name]
	if !ok {
		return ShardTensor{}, false
	}
	return s.Tensors[i], true
}

// Close closes all shards.
func (s *Shards) Close() error {
	var errs []error
	for _, f := range s.Files {
		errs = append(errs, f.Close())
	}
	return errors.Join(errs...)
}
