package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/mmtui/mmtui/core/model"
	"github.com/mmtui/mmtui/core/plan"
	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/core/scan"
	"github.com/mmtui/mmtui/internal/atomicfile"
	"github.com/mmtui/mmtui/internal/watch"
	"github.com/mmtui/mmtui/projects"
	"github.com/mmtui/mmtui/ui/component"
	"github.com/mmtui/mmtui/ui/msg"
	"github.com/mmtui/mmtui/ui/picture"
)

// world is the services over the real files.
type world struct {
	model  model.Options
	scan   scan.Options
	settle func(*projects.Project) (plan.Plan, int64)
	recent *projects.Recent // nil: none is kept
	images picture.Display

	packDir string // of packed tensors; "" is the user's cache folder
}

func (w world) services(clipboard func(string) error) services {
	return services{
		open: w.open, save: projects.Save, fresh: freshProject, settle: w.settle,
		runner: w.openRunner, compare: compareRunners, diverge: w.findDivergence, bench: w.benchmarks(),
		record: record, traces: w.compareTraces, pictures: listPictures, preview: previewer(w.images),
		home: w.home, folder: listFolder, remember: w.remember, clipboard: clipboard, write: writeRows, now: time.Now,
		watch: func(ctx context.Context, paths []string) (<-chan watch.Event, error) {
			return watch.New(ctx, paths, watch.DefaultDebounce)
		},
	}
}

// open opens a model, or the project that names one.
func (w world) open(ctx context.Context, path string) (*opening, error) {
	path = expandHome(path)
	out := &opening{path: path, model: path}
	if projects.IsProject(path) {
		p, err := projects.Load(path)
		if err != nil {
			return nil, err
		}
		if p.ModelPath() == "" {
			return nil, fmt.Errorf("%s: the project names no model; set path in [model]", p.Path)
		}
		out.project, out.model = p, p.ModelPath()
	}
	m, err := model.Open(ctx, out.model, w.model)
	if err != nil {
		return nil, err
	}
	var budget int64
	out.plan, budget = w.settle(out.project)
	opt := w.scan
	opt.BudgetBytes = budget
	out.session = newMeasured(scan.New(m, out.plan, opt))
	out.report = out.session.Report()
	out.notes = notesOf(m, out.plan)
	return out, nil
}

// notesOf is what the user should know of what was opened.
func notesOf(m *model.Model, p plan.Plan) []string {
	notes := slices.Clone(m.Warnings)
	names := make([]string, len(m.Tensors))
	for i, t := range m.Tensors {
		names[i] = t.Name
	}
	for _, r := range p.Unmatched(names) {
		note := "rule " + r.Match.String() + " matches no tensor"
		if near := plan.Nearest(r.Match, names, 1); len(near) > 0 {
			note += "; the nearest name is " + near[0]
		}
		notes = append(notes, note)
	}
	return notes
}

func freshProject(projectPath, modelPath string) *projects.Project {
	return &projects.Project{Model: projects.ModelFor(projectPath, modelPath)}
}

func (w world) remember(open, file string, isProject bool) error {
	if w.recent == nil {
		return nil
	}
	kind := projects.RecentModel
	if isProject {
		kind = projects.RecentProject
	}
	if _, err := os.Stat(open); err == nil {
		file = "" // it is a path, not a name in the cache
	}
	return w.recent.Add(open, file, kind, time.Now())
}

// home lists the cache and what was opened lately.
func (w world) home(ctx context.Context) msg.HomeListed {
	var out msg.HomeListed
	if w.recent != nil {
		entries, err := w.recent.List()
		for _, e := range entries {
			out.Recent = append(out.Recent, msg.HomeEntry{
				Label: shortPath(e.Open), Detail: string(e.Kind) + ", " + e.Opened.Local().Format("2006-01-02 15:04"), Path: e.Open,
			})
		}
		if err != nil {
			out.RecentProblem = err.Error()
		}
	}
	models, err := model.ListCache(w.model)
	if err != nil {
		out.CacheProblem = err.Error()
	}
	for _, e := range models {
		if ctx.Err() != nil {
			break
		}
		if !slices.ContainsFunc(e.Revisions, func(r model.CacheRevision) bool { return r.Weights }) {
			continue // nothing here that can be opened
		}
		detail := report.HumanBytes(e.SizeBytes)
		if n := len(e.Revisions); n > 1 {
			detail += fmt.Sprintf(", %d revisions", n)
		}
		out.Cache = append(out.Cache, msg.HomeEntry{Label: e.Name, Detail: detail, Path: e.Name})
	}
	return out
}

// expandHome takes a leading ~ for the home folder, as a shell does.
func expandHome(path string) string {
	rest, ok := strings.CutPrefix(path, "~"+string(filepath.Separator))
	home, err := os.UserHomeDir()
	if !ok || err != nil {
		return path
	}
	return filepath.Join(home, rest)
}

// shortPath writes the home folder as ~.
func shortPath(path string) string {
	home, err := os.UserHomeDir()
	if err != nil || home == "" || home == string(filepath.Separator) {
		return path
	}
	if rest, ok := strings.CutPrefix(path, home+string(filepath.Separator)); ok {
		return "~" + string(filepath.Separator) + rest
	}
	return path
}

// writeRows writes a report's rows in the format of the path's ending.
func writeRows(path string, m report.Model, replace bool) error {
	var encode func(io.Writer, report.Model) error
	switch strings.ToLower(filepath.Ext(path)) {
	case ".csv":
		encode = report.WriteCSV
	case ".json":
		encode = report.WriteJSON
	case ".jsonl":
		encode = report.WriteJSONL
	default:
		return fmt.Errorf("%s: the ending is none of .csv, .json and .jsonl, which choose the format", component.Clean(path))
	}
	if _, err := os.Lstat(path); err == nil && !replace {
		return errExists
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return atomicfile.Write(path, 0o644, func(w io.Writer) error { return encode(w, m) })
}
