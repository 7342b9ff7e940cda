package model

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
)

// A cache that was copied by a tool without symbolic links (git on a system
// that has none) holds the text of the link where the link was. Only links into
// the blobs of the same repository are followed.

// maxLinkText bounds a file that can be such a text.
const maxLinkText = 512

// throughLinkText is the blob that a snapshot's file names as text, or the file itself.
func throughLinkText(file string) string {
	info, err := os.Stat(file)
	if err != nil || !info.Mode().IsRegular() || info.Size() > maxLinkText || !inSnapshot(file) {
		return file
	}
	b, err := os.ReadFile(file)
	if err != nil || !regexp.MustCompile(`^(\.\./)+blobs/[0-9A-Za-z._-]+$`).Match(b) || strings.HasSuffix(string(b), "..") {
		return file
	}
	blob := filepath.Join(filepath.Dir(file), filepath.FromSlash(string(b)))
	if repository, _, _ := strings.Cut(filepath.ToSlash(file), "/snapshots/"); path.Dir(filepath.ToSlash(blob)) != repository+"/blobs" {
		return file
	}
	if info, err := os.Stat(blob); err != nil || !info.Mode().IsRegular() {
		return file
	}
	return blob
}

// inSnapshot says whether a file lies in a snapshot of a cached repository.
func inSnapshot(file string) bool {
	repository, _, ok := strings.Cut(filepath.ToSlash(file), "/snapshots/")
	return ok && strings.HasPrefix(path.Base(repository), repositoryPrefix)
}
