package app

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/projects"
	"github.com/mmtui/mmtui/ui/msg"
)

// maxEntries bounds what the file picker lists of one folder.
const maxEntries = 5000

// listFolder lists folders, models and projects; a folder that holds a model
// opens as one.
func listFolder(path string, hidden bool) msg.FolderListed {
	abs, err := filepath.Abs(path)
	if err != nil {
		return msg.FolderListed{Path: path, Err: err}
	}
	out := msg.FolderListed{Path: abs}
	if up := filepath.Dir(abs); up != abs {
		out.Parent = up
	}
	entries, err := os.ReadDir(abs)
	if err != nil {
		out.Err = err
		return out
	}
	if len(entries) > maxEntries {
		entries = entries[:maxEntries]
	}
	var files []msg.HomeEntry
	for _, e := range entries {
		if !hidden && strings.HasPrefix(e.Name(), ".") {
			continue
		}
		full := filepath.Join(abs, e.Name())
		info, err := os.Stat(full) // follows links, as the Hugging Face cache has them
		if err != nil {
			continue
		}
		if info.IsDir() {
			out.Entries = append(out.Entries, folderEntry(e.Name(), full))
			continue
		}
		if kind := fileKind(e.Name()); kind != "" {
			files = append(files, msg.HomeEntry{Label: e.Name(), Detail: kind + ", " + report.HumanBytes(info.Size()), Path: full})
		}
	}
	slices.SortStableFunc(out.Entries, byLabel)
	slices.SortStableFunc(files, byLabel)
	out.Entries = append(out.Entries, files...)
	return out
}

func byLabel(a, b msg.HomeEntry) int { return report.CompareNames(a.Label, b.Label) }

func fileKind(name string) string {
	switch {
	case strings.HasSuffix(name, ".safetensors"):
		return "model"
	case strings.HasSuffix(name, ".safetensors.index.json"):
		return "sharded model"
	case strings.HasSuffix(name, ".toml"):
		return "project"
	}
	return ""
}

// folderEntry tells a folder that holds a model or a project from one to look into.
func folderEntry(name, full string) msg.HomeEntry {
	if models, err := filepath.Glob(filepath.Join(full, "*.safetensors")); err == nil && len(models) > 0 {
		return msg.HomeEntry{Label: name, Detail: fmt.Sprintf("model folder, %d %s", len(models), plainPlural(len(models), "file")), Path: full}
	}
	if _, err := os.Stat(filepath.Join(full, projects.FileName)); err == nil {
		return msg.HomeEntry{Label: name, Detail: "project folder", Path: full}
	}
	return msg.HomeEntry{Label: name, Detail: "folder", Path: full, Folder: true}
}

func plainPlural(n int, what string) string {
	if n == 1 {
		return what
	}
	return what + "s"
}
