package model

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"sort"
	"strings"

	"github.com/agnivade/levenshtein"

	"github.com/mmtui/mmtui/core/safetensors"
)

// The layout of a Hugging Face cache, as huggingface_hub writes it:
//
//	models--OWNER--NAME/refs/REVISION        the commit, in text; a ref may have slashes
//	models--OWNER--NAME/snapshots/COMMIT/…   relative symlinks into
//	models--OWNER--NAME/blobs/ETAG           which may be symlinks themselves
//
// Opening a snapshot's file follows all links; nothing here goes to the network.

const (
	repositoryPrefix = "models--"
	defaultRevision  = "main"
	// maxRefBytes bounds a ref file: a commit is 40 bytes.
	maxRefBytes = 1 << 10
)

// cacheName is owner/name@revision.
type cacheName struct{ repository, revision string }

// parseCacheName accepts what may be a name in the cache: `name` or
// `owner/name`, and a revision behind @, which may have slashes.
func parseCacheName(path string) (cacheName, bool) {
	repository, revision, given := strings.Cut(path, "@")
	if !given {
		revision = defaultRevision
	}
	id := regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9._-]*(/[A-Za-z0-9_][A-Za-z0-9._-]*)?$`)
	if !id.MatchString(repository) || len(repository) > 200 || strings.Contains(repository, "--") || strings.Contains(repository, "..") ||
		strings.HasSuffix(repository, weightsExt) || !plainRevision(revision) {
		return cacheName{}, false
	}
	return cacheName{repository, revision}, true
}

// plainRevision accepts a branch, tag, ref or commit that stays inside refs/.
func plainRevision(s string) bool {
	return regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9._/+-]*$`).MatchString(s) && len(s) <= 200 && filepath.IsLocal(filepath.FromSlash(s)) &&
		!strings.Contains(s, "..") && !strings.Contains(s, "//")
}

func (n cacheName) folder() string {
	return repositoryPrefix + strings.ReplaceAll(n.repository, "/", "--")
}

// cacheDir is the cache that huggingface_hub would use.
func cacheDir(opt Options) (string, error) {
	if opt.CacheDir != "" {
		return opt.CacheDir, nil
	}
	for _, from := range []struct{ variable, below string }{
		{"HF_HUB_CACHE", ""},
		{"HUGGINGFACE_HUB_CACHE", ""},
		{"HF_HOME", "hub"},
		{"XDG_CACHE_HOME", "huggingface/hub"},
	} {
		if dir := os.Getenv(from.variable); dir != "" {
			return filepath.Join(expandHome(dir), filepath.FromSlash(from.below)), nil
		}
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(home, ".cache", "huggingface", "hub"), nil
}

// expandHome replaces a leading ~, as huggingface_hub does with these variables.
func expandHome(dir string) string {
	if home, err := os.UserHomeDir(); err == nil && (dir == "~" || strings.HasPrefix(dir, "~/")) {
		return filepath.Join(home, dir[1:])
	}
	return dir
}

// locateCached finds a name in the cache. given is what the user wrote.
func locateCached(given string, name cacheName, opt Options) (location, error) {
	cache, err := cacheDir(opt)
	if err != nil {
		return location{}, fileError(given, fs.ErrNotExist, "no such file, and no Hugging Face cache was found", "check the path, or set HF_HUB_CACHE")
	}
	dir := filepath.Join(cache, name.folder())
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return location{}, notCached(given, name, cache)
	}
	return locateRepository(dir, name.revision)
}

// notCached says what the cache has instead.
func notCached(given string, name cacheName, cache string) error {
	var names []string
	for _, e := range readDir(cache) {
		if n, ok := repositoryName(e.Name()); ok {
			names = append(names, n)
		}
	}
	what := fmt.Sprintf("no such file or folder, and no model of this name in the Hugging Face cache %s", safetensors.Printable(cache))
	do := "check the path; to fetch the model use `hf download`"
	if len(names) == 0 {
		return fileError(given, fs.ErrNotExist, what+", which holds no models", do)
	}
	sort.SliceStable(names, func(a, b int) bool {
		return levenshtein.ComputeDistance(names[a], name.repository) < levenshtein.ComputeDistance(names[b], name.repository)
	})
	return fileError(given, fs.ErrNotExist, what+"; it holds "+listed(names), do)
}

// repositoryName is owner/name of a folder models--owner--name.
func repositoryName(folder string) (string, bool) {
	id, ok := strings.CutPrefix(folder, repositoryPrefix)
	if !ok || id == "" {
		return "", false
	}
	return strings.Replace(id, "--", "/", 1), true
}

// readDir lists a folder, nothing when it cannot be read.
func readDir(dir string) []fs.DirEntry {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil
	}
	return entries
}

// isCacheFolder says whether a folder is a repository of the cache.
func isCacheFolder(dir string, names []string) bool {
	return strings.HasPrefix(filepath.Base(dir), repositoryPrefix) && slices.Contains(names, "snapshots")
}

// locateRepository finds the snapshot of a revision: a ref, a full commit or
// the beginning of exactly one.
func locateRepository(dir, revision string) (location, error) {
	commit, err := resolveRevision(dir, revision)
	if err != nil {
		return location{}, err
	}
	snapshot := filepath.Join(dir, "snapshots", commit)
	loc, err := locateFolder(snapshot, Options{})
	for i, file := range loc.files {
		loc.files[i] = throughLinkText(file)
	}
	loc.revision = commit
	return loc, err
}

func resolveRevision(dir, revision string) (commit string, err error) {
	commits := snapshotCommits(dir)
	if slices.Contains(commits, revision) {
		return revision, nil
	}
	commit, err = readRef(filepath.Join(dir, "refs", filepath.FromSlash(revision)))
	if err == nil {
		if slices.Contains(commits, commit) {
			return commit, nil
		}
		return "", fileError(dir, fs.ErrNotExist, fmt.Sprintf("revision %s is commit %s, whose files are not in the cache", revision, commit), "fetch them with `hf download`")
	}
	var matching []string
	for _, c := range commits {
		if len(revision) >= 4 && strings.HasPrefix(c, revision) {
			matching = append(matching, c)
		}
	}
	if len(matching) == 1 {
		return matching[0], nil
	}
	known := append(refNames(dir), commits...)
	switch {
	case len(matching) > 1:
		return "", fileError(dir, fs.ErrNotExist, fmt.Sprintf("revision %s begins several commits: %s", revision, listed(matching)), "give more of it")
	case len(known) == 0:
		return "", fileError(dir, fs.ErrNotExist, "the cache entry has no revisions", "fetch the model with `hf download`")
	}
	return "", fileError(dir, fs.ErrNotExist, fmt.Sprintf("no revision %s; there are %s", revision, listed(known)), "give one of these behind @")
}

// snapshotCommits lists the commits whose files are there.
func snapshotCommits(dir string) []string {
	var commits []string
	for _, e := range readDir(filepath.Join(dir, "snapshots")) {
		if e.IsDir() {
			commits = append(commits, e.Name())
		}
	}
	return commits
}

// readRef reads the commit that a ref names; it must be a plain file name.
func readRef(path string) (string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", err
	}
	if !info.Mode().IsRegular() || info.Size() > maxRefBytes {
		return "", errors.New("not a ref")
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	commit := strings.TrimSpace(string(b))
	if !regexp.MustCompile(`^[0-9A-Za-z]{1,128}$`).MatchString(commit) {
		return "", errors.New("not a commit")
	}
	return commit, nil
}

// refNames lists the refs of a repository, with slashes.
func refNames(dir string) []string {
	root := filepath.Join(dir, "refs")
	var names []string
	_ = filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return nil // a ref that cannot be read is not listed
		}
		if rel, err := filepath.Rel(root, path); err == nil && e.Type().IsRegular() {
			names = append(names, filepath.ToSlash(rel))
		}
		return nil
	})
	return names
}
