package model

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"time"
)

// CacheEntry is a model in the Hugging Face cache.
type CacheEntry struct {
	Name      string // owner/name, as Open takes it
	Path      string // folder of the repository
	SizeBytes int64  // of the files of all revisions, each blob counted once
	Files     int    // distinct blobs
	Revisions []CacheRevision
	Refs      []string // of all revisions, sorted
}

// CacheRevision is one snapshot of a model.
type CacheRevision struct {
	Commit    string
	Refs      []string // branches, tags and refs/… that stand for it
	Path      string   // folder of the snapshot
	Files     []string // paths within it, with forward slashes
	SizeBytes int64
	Weights   bool      // it has *.safetensors at its top, so that Open can open it
	Modified  time.Time // of its newest file
}

// maxCacheFiles bounds the walk over one snapshot.
const maxCacheFiles = 10_000

// ListCache lists the models of the local Hugging Face cache by name. No cache
// is no error. Entries that cannot be read are left out.
func ListCache(opt Options) ([]CacheEntry, error) {
	cache, err := cacheDir(opt)
	if err != nil {
		return nil, err
	}
	folders, err := os.ReadDir(cache)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, fileError(cache, err, "the Hugging Face cache cannot be read: "+err.Error(), "check who may read it, or set HF_HUB_CACHE")
	}
	var out []CacheEntry
	for _, f := range folders {
		name, ok := repositoryName(f.Name())
		if !ok {
			continue
		}
		e := listRepository(filepath.Join(cache, f.Name()))
		e.Name = name
		if len(e.Revisions) > 0 {
			out = append(out, e)
		}
	}
	sort.Slice(out, func(a, b int) bool { return out[a].Name < out[b].Name })
	return out, nil
}

func listRepository(dir string) CacheEntry {
	e := CacheEntry{Path: dir, Refs: refNames(dir)}
	sort.Strings(e.Refs)
	refs := map[string][]string{}
	for _, name := range e.Refs {
		if commit, err := readRef(filepath.Join(dir, "refs", filepath.FromSlash(name))); err == nil {
			refs[commit] = append(refs[commit], name)
		}
	}
	seen := map[string]bool{}
	for _, commit := range snapshotCommits(dir) {
		r := CacheRevision{Commit: commit, Refs: refs[commit], Path: filepath.Join(dir, "snapshots", commit)}
		r.walk(seen, &e)
		e.Revisions = append(e.Revisions, r)
	}
	return e
}

// walk counts the files of a snapshot; a blob that two of its files or two
// revisions share counts once in each sum.
func (r *CacheRevision) walk(seen map[string]bool, e *CacheEntry) {
	here := map[string]bool{}
	_ = filepath.WalkDir(r.Path, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return nil // what cannot be read is not counted
		}
		if len(r.Files) == maxCacheFiles {
			return fs.SkipAll
		}
		rel, err := filepath.Rel(r.Path, path)
		if err != nil {
			return nil
		}
		blob, err := filepath.EvalSymlinks(throughLinkText(path))
		if err != nil {
			return nil // a link to a blob that was removed
		}
		info, err := os.Stat(blob)
		if err != nil || !info.Mode().IsRegular() {
			return nil
		}
		r.Files = append(r.Files, filepath.ToSlash(rel))
		if !strings.ContainsRune(rel, filepath.Separator) && strings.HasSuffix(rel, weightsExt) {
			r.Weights = true
		}
		if info.ModTime().After(r.Modified) {
			r.Modified = info.ModTime()
		}
		if !here[blob] {
			here[blob] = true
			r.SizeBytes += info.Size()
		}
		if !seen[blob] {
			seen[blob] = true
			e.SizeBytes += info.Size()
			e.Files++
		}
		return nil
	})
	slices.Sort(r.Files)
}
