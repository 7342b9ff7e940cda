package app

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/mmtui/mmtui/core/plan"
	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/internal/watch"
	"github.com/mmtui/mmtui/projects"
)

// fileChanged says that a watched file has changed.
type fileChanged struct {
	from   *opened
	events <-chan watch.Event
	event  watch.Event
}

// modelReloaded answers a reading of the model: what has changed in it.
type modelReloaded struct {
	from    *opened
	changed []string
	report  report.Model
	err     error
}

// projectReloaded answers a reading of the project's file.
type projectReloaded struct {
	from    *opened
	project *projects.Project
	changed bool
	plan    plan.Plan
	budget  int64
	err     error
}

// watchStarted says that the files are under watch from now on.
type watchStarted struct {
	from   *opened
	events <-chan watch.Event
	paths  []string
	stop   context.CancelFunc
	stale  bool // the model had changed before the watch began
}

// watchFiles follows the files of the model and the project until the model is
// closed. When these are other files than before, the old watch ends after the
// new one has begun.
func (s *shell) watchFiles() tea.Cmd {
	o, start, before := s.open, s.services.watch, s.open.watching
	project := ""
	if o.project != nil {
		project = o.project.Path
	}
	return o.tasks.cmd(func(context.Context) tea.Msg {
		paths := o.session.Files()
		if project != "" {
			paths = append(paths, project)
		}
		if slices.Equal(paths, before) {
			return nil
		}
		ctx, cancel := context.WithCancel(o.tasks.ctx)
		events, err := start(ctx, paths)
		if err != nil {
			cancel()
			return said{text: "changes of the files will not be seen: " + err.Error(), isErr: true}
		}
		return watchStarted{from: o, events: events, paths: paths, stop: cancel, stale: o.session.Check() != nil}
	})
}

// watchIsOn waits for the first change, and looks for those from before.
func (s *shell) watchIsOn(m watchStarted) tea.Cmd {
	if m.from != s.open {
		m.stop()
		return nil
	}
	o := s.open
	if o.stopWatch != nil {
		o.stopWatch()
	}
	o.stopWatch, o.watching = m.stop, m.paths
	cmds := []tea.Cmd{o.tasks.cmd(func(context.Context) tea.Msg { return nextChange(o, m.events) }), s.reloadProject()}
	if m.stale {
		cmds = append(cmds, s.reloadModel())
	}
	return tea.Batch(cmds...)
}

// nextChange waits for a change; nil when the watching has ended.
func nextChange(o *opened, events <-chan watch.Event) tea.Msg {
	event, ok := <-events
	if !ok {
		return nil
	}
	return fileChanged{from: o, events: events, event: event}
}

func (s *shell) fileIsChanged(m fileChanged) tea.Cmd {
	if m.from != s.open {
		return nil
	}
	o := s.open
	wait := o.tasks.cmd(func(context.Context) tea.Msg { return nextChange(o, m.events) })
	switch {
	case m.event.Err != nil:
		return tea.Batch(wait, s.complain(m.event.Err))
	case o.project != nil && samePath(m.event.Path, o.project.Path):
		return tea.Batch(wait, s.reloadProject())
	}
	return tea.Batch(wait, s.reloadModel())
}

func samePath(a, b string) bool { return filepath.Clean(a) == filepath.Clean(b) }

// reloadAll reads project and model again, as the user asks.
func (s *shell) reloadAll() tea.Cmd {
	if s.open == nil {
		return nil
	}
	return tea.Batch(s.reloadProject(), s.reloadModel(), s.say("reading the files again"))
}

// reloadModel reads the model again. The scan stops meanwhile, so that no row
// of the old bytes comes in after the new ones.
func (s *shell) reloadModel() tea.Cmd {
	o := s.open
	if o.reloading {
		o.reloadAgain = true
		return nil
	}
	o.reloading = true
	var scanEnds <-chan struct{}
	if o.scanning {
		o.stopScan()
		scanEnds = o.scanDone
	}
	return o.tasks.cmd(func(ctx context.Context) tea.Msg {
		if scanEnds != nil {
			select {
			case <-scanEnds:
			case <-ctx.Done():
				return nil
			}
		}
		changed, err := o.session.Reopen(ctx)
		return modelReloaded{from: o, changed: changed, report: o.session.Report(), err: err}
	})
}

func (s *shell) modelIsReloaded(m modelReloaded) tea.Cmd {
	if m.from != s.open {
		return nil
	}
	o := s.open
	o.reloading = false
	if o.reloadAgain {
		o.reloadAgain = false
		return s.reloadModel()
	}
	if errors.Is(m.err, context.Canceled) {
		return nil
	}
	o.planEdit++ // a report that was fetched before is of the old bytes; so is one under way
	o.scanning, o.pump = false, nil
	var cmds []tea.Cmd
	if m.err == nil {
		s.readable(modelFile)
	}
	switch {
	case m.err != nil:
		cmds = append(cmds, s.unreadable(modelFile, "the model changed on disk and cannot be read now; what was read before stays on screen: "+m.err.Error()))
	case len(m.changed) > 0:
		cmds = append(cmds, s.say("the model changed on disk: "+changeText(m.changed, len(m.report.Tensors))), s.watchFiles())
		cmds = append(cmds, s.closeRunner(o.model)) // the next run reads the new weights
	}
	if !o.applying {
		cmds = append(cmds, s.setReport(m.report))
	}
	return tea.Batch(append(cmds, s.continueScan())...)
}

// changeText says which tensors differ: by name while they are few.
func changeText(changed []string, of int) string {
	if len(changed) <= 2 {
		return strings.Join(changed, " and ") + " measured anew"
	}
	return strconv.Itoa(len(changed)) + " of " + strconv.Itoa(of) + " tensors differ and are measured anew"
}

// reloadProject reads the project's file again.
func (s *shell) reloadProject() tea.Cmd {
	o, settle := s.open, s.services.settle
	if o.live == nil {
		return nil
	}
	live := o.live
	return o.tasks.cmd(func(context.Context) tea.Msg {
		p, changed, err := live.Reload()
		m := projectReloaded{from: o, project: p, changed: changed, err: err}
		m.plan, m.budget = settle(p)
		return m
	})
}

// projectIsReloaded takes over a good edit. A bad one leaves the last good
// state, and so does a good one while the screen has changes of its own.
func (s *shell) projectIsReloaded(m projectReloaded) tea.Cmd {
	if m.from != s.open {
		return nil
	}
	o := s.open
	if m.err != nil {
		return s.unreadable(projectFile, m.err.Error()+"\nthe last good state stays in use")
	}
	s.readable(projectFile)
	modelChanged := m.project.ModelPath() != o.project.ModelPath()
	switch {
	case !m.changed:
		o.project = m.project
		return nil
	case o.history.dirty(): // the project stays the one that was loaded, so that a save sees the conflict
		return s.toast("the project file changed on disk; your unsaved changes stay: Ctrl-S asks which to keep", true)
	}
	o.project = m.project
	if modelChanged {
		return s.openNow(o.path, o)
	}
	changedPlan := !m.plan.Equal(o.history.present)
	if changedPlan {
		o.history = o.history.push("edit of the project file", m.plan).markSaved(m.plan)
	}
	if changedPlan || m.budget != o.budget {
		o.budget = m.budget
		return tea.Batch(s.say("the project file changed: what it says is in use"), s.applyPlan())
	}
	return nil
}
