package variant

import (
	"cmp"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// leftover is the age at which a temporary file belongs to no program any more.
const leftover = 24 * time.Hour

// prune removes the entries that were used longest ago when the folder holds
// too much, and what a program that was killed left behind. It does so after
// something was stored; an entry that another program removed first, or that
// cannot be removed, is left to the next time.
func (c *cache) prune() {
	c.mu.Lock()
	stored := c.stored && !c.closed
	c.stored = false
	c.mu.Unlock()
	if !stored {
		return
	}
	files, err := os.ReadDir(c.dir)
	if err != nil {
		return // it was there a moment ago, and will be told by the next store
	}
	var entries []fs.FileInfo
	var total int64
	for _, f := range files {
		info, err := f.Info()
		if err != nil || !info.Mode().IsRegular() {
			continue
		}
		switch {
		case isEntry(f.Name()):
			entries = append(entries, info)
			total += info.Size()
		case isTemporary(f.Name()) && time.Since(info.ModTime()) > leftover:
			_ = os.Remove(filepath.Join(c.dir, f.Name())) // see above
		}
	}
	slices.SortFunc(entries, func(a, b fs.FileInfo) int {
		return cmp.Or(a.ModTime().Compare(b.ModTime()), cmp.Compare(a.Name(), b.Name()))
	})
	for _, info := range entries {
		if total <= c.most {
			return
		}
		if os.Remove(filepath.Join(c.dir, info.Name())) == nil {
			total -= info.Size()
		}
	}
}

// isEntry says whether a file of this name is the cache's to remove: a tensor
// or an index.
func isEntry(name string) bool {
	rest, tensor := strings.CutPrefix(name, entryPrefix)
	suffix := entrySuffix
	if !tensor {
		if rest, tensor = strings.CutPrefix(name, indexPrefix); !tensor {
			return false
		}
		suffix = indexSuffix
	}
	return len(rest) >= fingerprintDigits && isHex(rest[:fingerprintDigits]) && strings.HasSuffix(rest, suffix)
}

// isTemporary says whether internal/atomicfile may have made a file for an entry.
func isTemporary(name string) bool {
	inner, ok := strings.CutPrefix(name, ".")
	return ok && strings.HasSuffix(name, ".tmp") && (strings.HasPrefix(inner, entryPrefix) || strings.HasPrefix(inner, indexPrefix))
}

// fingerprintDigits is the length of a fingerprint in hexadecimal.
const fingerprintDigits = 16

func isHex(s string) bool { return strings.Trim(s, "0123456789abcdef") == "" }
