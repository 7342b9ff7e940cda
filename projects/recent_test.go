package projects

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

func names(entries []RecentEntry) string {
	var out []string
	for _, e := range entries {
		out = append(out, filepath.Base(e.Open))
	}
	return strings.Join(out, " ")
}

func TestRecent(t *testing.T) {
	dir := t.TempDir()
	r := NewRecent(filepath.Join(dir, "state", "recent.json"))
	if entries, err := r.List(); len(entries) != 0 || err != nil {
		t.Fatalf("a list that does not exist has %v, %v", entries, err)
	}
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for i := range MaxRecent + 5 {
		path := filepath.Join(dir, fmt.Sprintf("m%d.safetensors", i))
		put(t, path, "")
		if err := r.Add(path, "", RecentModel, now.Add(time.Duration(i)*time.Minute)); err != nil {
			t.Fatal(err)
		}
	}
	entries, err := r.List()
	if err != nil || len(entries) != MaxRecent || filepath.Base(entries[0].Open) != "m24.safetensors" || filepath.Base(entries[19].Open) != "m5.safetensors" {
		t.Fatalf("%v: %s", err, names(entries))
	}
	if !entries[0].Opened.Equal(now.Add(24*time.Minute)) || entries[0].Kind != RecentModel {
		t.Errorf("first entry %+v", entries[0])
	}
	if err := r.Add(entries[3].Open, "", RecentProject, now); err != nil {
		t.Fatal(err)
	}
	if again, _ := r.List(); len(again) != MaxRecent || again[0].Open != entries[3].Open || again[0].Kind != RecentProject || again[1].Open != entries[0].Open {
		t.Errorf("opened again: %s", names(again))
	}
	if err := os.Remove(entries[0].File); err != nil {
		t.Fatal(err)
	}
	if left, _ := r.List(); len(left) != MaxRecent-1 || strings.Contains(names(left), "m24.") {
		t.Errorf("a file that is gone is listed: %s", names(left))
	}
	if err := r.Remove(entries[1].Open); err != nil {
		t.Fatal(err)
	}
	if left, _ := r.List(); len(left) != MaxRecent-2 || strings.Contains(names(left), "m23.") {
		t.Errorf("a removed entry is listed: %s", names(left))
	}
}

func TestRecentCacheName(t *testing.T) {
	dir := t.TempDir()
	r := NewRecent(filepath.Join(dir, "recent.json"))
	if err := r.Add("owner/name@v1", dir, RecentModel, time.Unix(1, 0)); err != nil {
		t.Fatal(err)
	}
	entries, err := r.List()
	if err != nil || len(entries) != 1 || entries[0].Open != "owner/name@v1" || entries[0].File != dir {
		t.Errorf("%v: %+v", err, entries)
	}
	if runtime.GOOS != "windows" {
		if info, err := os.Stat(filepath.Join(dir, "recent.json")); err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("others may read it: %v %v", info.Mode(), err)
		}
	}
}

func TestRecentBroken(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "recent.json")
	for _, text := range []string{"", "{", "[]", `{"schema_version":2,"recent":[]}`, `{"schema_version":1,"recent":[{"open":7}]}`} {
		put(t, path, text)
		r := NewRecent(path)
		if entries, err := r.List(); len(entries) != 0 || err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%q: %v, %v", text, entries, err)
		}
		if err := r.Add(path, "", RecentModel, time.Unix(1, 0)); err != nil {
			t.Errorf("%q cannot be replaced: %v", text, err)
		}
		if entries, err := r.List(); len(entries) != 1 || err != nil {
			t.Errorf("%q was not replaced: %v, %v", text, entries, err)
		}
	}
	put(t, path, `{"schema_version":1,"recent":[{"open":"","file":""},{"open":"x","file":`+fmt.Sprintf("%q", filepath.ToSlash(dir))+`}]}`)
	if entries, err := NewRecent(path).List(); len(entries) != 1 || err != nil {
		t.Errorf("empty entries: %v, %v", entries, err)
	}
}
