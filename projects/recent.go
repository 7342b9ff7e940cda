package projects

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/mmtui/mmtui/internal/atomicfile"
)

// MaxRecent is how many entries the list of recent models and projects keeps.
const MaxRecent = 20

// RecentKind says what an entry opens.
type RecentKind string

// The kinds of an entry.
const (
	RecentModel   RecentKind = "model"
	RecentProject RecentKind = "project"
)

// RecentEntry is something that was opened.
type RecentEntry struct {
	Open   string     `json:"open"`   // what the user gave, made absolute; a cache name as it is
	Kind   RecentKind `json:"kind"`   //
	File   string     `json:"file"`   // what must exist for the entry to be of use: a file or a folder
	Opened time.Time  `json:"opened"` // last time
}

// Recent is the list of what was opened lately, newest first, in a JSON file.
// Two programs that add at the same moment may lose one of the entries.
type Recent struct{ path string }

// NewRecent uses the file at path; see RecentPath for the usual one.
func NewRecent(path string) *Recent { return &Recent{path: path} }

type recentFile struct {
	SchemaVersion int           `json:"schema_version"`
	Recent        []RecentEntry `json:"recent"`
}

// List returns the entries whose file still exists, newest first. A list that
// cannot be read is an empty one, and the error is a warning: Add replaces it.
func (r *Recent) List() ([]RecentEntry, error) {
	entries, warning := r.read()
	kept := entries[:0]
	for _, e := range entries {
		if _, err := os.Stat(e.File); err == nil {
			kept = append(kept, e)
		}
	}
	return kept, warning
}

func (r *Recent) read() ([]RecentEntry, error) {
	f, err := os.Open(r.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("%s: the list of recent files cannot be read: %w", r.path, err)
	}
	defer f.Close()
	var file recentFile
	if err := json.NewDecoder(io.LimitReader(f, maxFileBytes)).Decode(&file); err != nil {
		return nil, fmt.Errorf("%s: the list of recent files is broken and is ignored: %w", r.path, err)
	}
	if file.SchemaVersion != SchemaVersion {
		return nil, fmt.Errorf("%s: the list of recent files is of version %d, not %d, and is ignored", r.path, file.SchemaVersion, SchemaVersion)
	}
	entries := slices.DeleteFunc(file.Recent, func(e RecentEntry) bool { return e.Open == "" || e.File == "" })
	return entries[:min(len(entries), MaxRecent)], nil
}

// Add puts what was opened at the front. open is what the user gave; file is
// the file or folder behind it, "" when that is open itself.
func (r *Recent) Add(open, file string, kind RecentKind, now time.Time) error {
	var err error
	if file == "" {
		if open, err = filepath.Abs(open); err != nil {
			return err
		}
		file = open
	} else if file, err = filepath.Abs(file); err != nil {
		return err
	}
	entries, err := r.read()
	if err != nil {
		entries = nil // the broken list is replaced
	}
	entries = slices.DeleteFunc(entries, func(e RecentEntry) bool { return e.Open == open })
	entries = slices.Insert(entries, 0, RecentEntry{Open: open, Kind: kind, File: file, Opened: now.UTC()})
	return r.write(entries[:min(len(entries), MaxRecent)])
}

// Remove takes an entry out of the list.
func (r *Recent) Remove(open string) error {
	entries, err := r.read()
	if err != nil {
		return err
	}
	return r.write(slices.DeleteFunc(entries, func(e RecentEntry) bool { return e.Open == open }))
}

func (r *Recent) write(entries []RecentEntry) error {
	if err := os.MkdirAll(filepath.Dir(r.path), 0o700); err != nil {
		return err
	}
	// Which models someone works on is nobody else's business: 0600.
	return atomicfile.Write(r.path, 0o600, func(w io.Writer) error {
		enc := json.NewEncoder(w)
		enc.SetIndent("", "  ")
		return enc.Encode(recentFile{SchemaVersion: SchemaVersion, Recent: entries})
	})
}
