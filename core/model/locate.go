package model

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/mmtui/mmtui/core/safetensors"
)

const (
	weightsExt = ".safetensors"
	indexExt   = ".safetensors.index.json"
	mainFile   = "model" + weightsExt
	mainIndex  = "model" + indexExt
)

// location is where the weights of a model lie.
type location struct {
	root     string
	files    []string // empty when there is an index
	index    string   // path of a *.safetensors.index.json, or ""
	revision string   // commit, for a snapshot of the Hugging Face cache
	warnings []string
}

// locate finds the files that a path or a cache name stands for.
func locate(path string, opt Options) (location, error) {
	if path == "" {
		return location{}, fileError("", fs.ErrNotExist, "no model was named", "give a .safetensors file, a model folder or a Hugging Face cache name")
	}
	info, err := os.Stat(path)
	switch {
	case err == nil && info.IsDir():
		return locateFolder(path, opt)
	case err == nil && !info.Mode().IsRegular():
		return location{}, fileError(path, safetensors.ErrNotSafetensors, "not a regular file", "give a .safetensors file or a model folder")
	case err == nil:
		return locateFile(path)
	case errors.Is(err, fs.ErrPermission):
		return location{}, fileError(path, err, "permission denied", "check who may read it")
	}
	if name, ok := parseCacheName(path); ok {
		return locateCached(path, name, opt)
	}
	return location{}, fileError(path, fs.ErrNotExist, "no such file or folder", "check the path")
}

func fileError(path string, err error, what, do string) error {
	return &safetensors.Error{Path: path, What: what, Do: do, Err: err}
}

// locateFile takes a file for what its name says; the parser says what else it is.
func locateFile(path string) (location, error) {
	loc := location{root: filepath.Dir(path)}
	switch {
	case strings.HasSuffix(path, indexExt), strings.HasSuffix(path, ".index.json"):
		loc.index = path
	case filepath.Base(path) == "config.json":
		return loc, fileError(path, safetensors.ErrNotSafetensors, "this is a model's configuration, not its weights", "give the folder that holds it")
	default:
		loc.files = []string{path}
		if s, ok := parseShard(filepath.Base(path)); ok && s.of > 1 {
			loc.warnings = append(loc.warnings, fmt.Sprintf("%s is shard %d of %d: only its tensors are shown; open the folder for the whole model",
				safetensors.Printable(path), s.number, s.of))
		}
	}
	return loc, nil
}

// locateFolder looks for a model in a folder: an index, model.safetensors, or
// all *.safetensors there are.
func locateFolder(dir string, opt Options) (location, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		if errors.Is(err, fs.ErrPermission) {
			return location{}, fileError(dir, err, "permission denied", "check who may read the folder")
		}
		return location{}, fileError(dir, err, "the folder cannot be read: "+err.Error(), "check the disk and try again")
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	if isCacheFolder(dir, names) {
		return locateRepository(dir, defaultRevision)
	}
	loc := location{root: dir}
	weights := endingIn(names, weightsExt)
	indexes := endingIn(names, indexExt)
	switch {
	case slices.Contains(indexes, mainIndex):
		loc.index = filepath.Join(dir, mainIndex)
		if slices.Contains(weights, mainFile) {
			loc.warnings = append(loc.warnings, fmt.Sprintf("%s is also there and was not opened: %s names other files",
				safetensors.Printable(filepath.Join(dir, mainFile)), mainIndex))
		}
	case slices.Contains(weights, mainFile):
		loc.files = []string{filepath.Join(dir, mainFile)}
	case len(indexes) == 1:
		loc.index = filepath.Join(dir, indexes[0])
	case len(indexes) > 1:
		return loc, fileError(dir, safetensors.ErrNotSafetensors, "the folder holds several models: "+listed(indexes), "give one of these files")
	case len(weights) > 0:
		if err := completeShards(dir, weights); err != nil {
			return loc, err
		}
		for _, w := range weights {
			loc.files = append(loc.files, filepath.Join(dir, w))
		}
	default:
		return loc, noModel(dir, entries)
	}
	return loc, nil
}

func endingIn(names []string, suffix string) []string {
	var out []string
	for _, n := range names {
		if strings.HasSuffix(n, suffix) && !strings.HasPrefix(n, ".") {
			out = append(out, n)
		}
	}
	return out
}

// shardName is model-00002-of-00005.safetensors.
type shardName struct {
	stem       string
	number, of int
}

func parseShard(name string) (shardName, bool) {
	m := regexp.MustCompile(`^(.*)-(\d{1,6})-of-(\d{1,6})\.safetensors$`).FindStringSubmatch(name)
	if m == nil {
		return shardName{}, false
	}
	number, _ := strconv.Atoi(m[2]) // at most six digits
	of, _ := strconv.Atoi(m[3])
	return shardName{m[1], number, of}, true
}

// completeShards refuses a folder without an index whose file names say that
// some shards are missing.
func completeShards(dir string, names []string) error {
	type series struct {
		stem string
		of   int
	}
	found := map[series][]int{}
	for _, n := range names {
		if s, ok := parseShard(n); ok {
			key := series{s.stem, s.of}
			found[key] = append(found[key], s.number)
		}
	}
	for key, numbers := range found {
		for i := 1; i <= key.of; i++ {
			if !slices.Contains(numbers, i) {
				return fileError(dir, safetensors.ErrInvalid, fmt.Sprintf("shard %d of %d of %s is missing",
					i, key.of, safetensors.Printable(key.stem)), "download the folder again")
			}
		}
	}
	return nil
}

// listed names a few things.
func listed(names []string) string {
	const most = 8
	var shown []string
	for _, n := range names[:min(most, len(names))] {
		shown = append(shown, safetensors.Printable(n))
	}
	if len(names) > most {
		shown = append(shown, fmt.Sprintf("and %d more", len(names)-most))
	}
	return strings.Join(shown, ", ")
}
