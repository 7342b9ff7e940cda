package app

import (
	"context"
	"errors"
	"slices"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/projects"
	"github.com/mmtui/mmtui/ui/msg"
)

// opened is an open model with everything that belongs to it alone.
type opened struct {
	*desk

	path    string // as asked for
	model   string // what to open the model itself by
	session session
	project *projects.Project // nil: no project file yet
	live    *projects.Live    // follows the project's file
	tasks   *tasks            // of this model: they end when it is closed
	history history
	budget  int64

	scanning bool
	stopped  bool  // the user stopped the scan
	pump     *pump // of the scan under way
	stopScan context.CancelFunc
	scanDone chan struct{} // closed when the scan's goroutine has ended
	done, of int           // rows measured, of those to measure

	stopWatch context.CancelFunc
	watching  []string // the files under watch

	applying bool // a plan is on its way to the session
	planEdit int  // counts changes of the plan

	stopDetail, stopGroup                  context.CancelFunc
	stopEstimate, stopPreview, stopPicking context.CancelFunc
	stopTraces                             context.CancelFunc
	stopRun                                context.CancelFunc
	runID                                  int
	running                                bool // the run of runID is under way
	stopDiverge                            context.CancelFunc
	divergeID                              int
	diverging                              bool // the comparison of divergeID is under way
	tries                                  *tries
	reloading                              bool // the model is being read again
	reloadAgain                            bool // it changed once more meanwhile
}

// openSucceeded and openFailed answer an opening, told apart by its number.
type (
	openSucceeded struct {
		id      int
		what    *opening
		instead *opened // whose place it takes, nil for none
	}
	openFailed struct {
		id   int
		path string
		err  error
	}
)

// openPath opens a model or a project beside those that are open; one that is
// open already comes on screen.
func (s *shell) openPath(path string) tea.Cmd {
	if o := s.modelAt(path); o != nil {
		return s.useModel(o)
	}
	if len(s.models) >= maxModels {
		return s.complain(errTooMany())
	}
	return s.openNow(path, nil)
}

// openNow opens a path, in place of an open model or beside those that are open.
func (s *shell) openNow(path string, instead *opened) tea.Cmd {
	if s.stopOpen != nil {
		s.stopOpen()
	}
	s.openID++
	id := s.openID
	s.opening, s.problem = path, ""
	ctx, cancel := context.WithCancel(s.tasks.ctx)
	s.stopOpen = cancel
	open := s.services.open
	return tea.Batch(s.toAll(msg.Opening{Path: path}), s.tasks.cmd(func(context.Context) tea.Msg {
		defer cancel()
		what, err := open(ctx, path)
		if err != nil {
			return openFailed{id, path, err}
		}
		if ctx.Err() != nil { // nobody waits for it any more
			return closeSession(what.session)
		}
		return openSucceeded{id, what, instead}
	}))
}

func (s *shell) cancelOpening() tea.Cmd {
	path := s.opening
	s.stopOpen()
	s.openID++ // its answer is dropped
	s.opening = ""
	err := errors.New("opening " + path + " was cancelled")
	return s.toAll(msg.OpenFailed{Path: path, Err: err})
}

func (s *shell) failedOpen(m openFailed) tea.Cmd {
	if m.id != s.openID {
		return nil
	}
	s.opening, s.problem = "", m.err.Error()
	tell := s.toAll(msg.OpenFailed{Path: m.path, Err: m.err})
	if s.open == nil {
		return tea.Batch(tell, s.show(msg.Home))
	}
	return tea.Batch(tell, s.complain(m.err))
}

// openedModel puts a model on screen.
func (s *shell) openedModel(m openSucceeded) tea.Cmd {
	if m.id != s.openID {
		return s.tasks.cmd(func(context.Context) tea.Msg { return closeSession(m.what.session) })
	}
	o := &opened{
		desk: newDesk(s.theme, s.keys),
		path: m.what.path, model: m.what.model, session: m.what.session, project: m.what.project,
		history: newHistory(m.what.plan), budget: m.what.report.Total.BudgetBytes,
	}
	o.tasks = newTasks(s.tasks.ctx)
	o.tasks.owner = o
	o.tries = newTries(o.tasks.ctx)
	if o.project != nil {
		o.live = projects.NewLive(o.project)
	}
	s.opening, s.problem = "", ""
	end := s.enlist(o, m.instead)
	s.putOnScreen(o)
	cmds := []tea.Cmd{
		end, s.toAll(s.pins), s.setReport(m.what.report), s.toAll(msg.ModelOpened{Path: o.model, Label: o.label()}), s.show(msg.Layers),
		s.startScan(), s.watchFiles(), s.rememberOpen(),
	}
	for _, note := range m.what.notes {
		cmds = append(cmds, s.say(note))
	}
	return tea.Batch(cmds...)
}

// enlist adds an opened model to the list, in the place of another one where
// it replaces that; the other is closed.
func (s *shell) enlist(o, instead *opened) tea.Cmd {
	if i := slices.Index(s.models, instead); i >= 0 {
		s.models = slices.Clone(s.models)
		s.models[i] = o
		return s.closeModel(instead)
	}
	s.models = append(s.models[:len(s.models):len(s.models)], o)
	return nil
}

// setReport puts a new snapshot on screen.
func (s *shell) setReport(r report.Model) tea.Cmd {
	s.report = r
	if s.open != nil {
		s.countDone()
	}
	given := r
	given.Tensors = append([]report.Tensor(nil), r.Tensors...) // takeRows changes the shell's own
	return s.toAll(msg.ReportChanged{Report: &given})
}

// countDone works out how far the scan is from the rows.
func (s *shell) countDone() {
	done, of := 0, 0
	for i := range s.report.Tensors {
		switch s.report.Tensors[i].State {
		case report.Done, report.Failed:
			done, of = done+1, of+1
		case report.Pending:
			of++
		}
	}
	s.open.done, s.open.of = done, of
}

func (s *shell) pending() int { return s.open.of - s.open.done }

// closeModel ends everything that belongs to a model, in a command: its
// goroutines may take a moment to notice.
func (s *shell) closeModel(o *opened) tea.Cmd {
	if o == nil {
		return nil
	}
	end := tea.Batch(s.tasks.cmd(func(context.Context) tea.Msg { return o.close() }), s.resumeScans())
	if slices.ContainsFunc(s.models, func(other *opened) bool { return samePath(other.model, o.model) }) {
		return end
	}
	return tea.Batch(end, s.closeRunner(o.model))
}

// close cancels the model's tasks, waits for them and closes its files.
func (o *opened) close() tea.Msg {
	o.tasks.close()
	return closeSession(o.session)
}

func closeSession(one session) tea.Msg {
	if err := one.Close(); err != nil {
		return said{text: err.Error(), isErr: true}
	}
	return nil
}

// rememberOpen puts what is open at the front of the recent list.
func (s *shell) rememberOpen() tea.Cmd {
	remember, path, isProject, file := s.services.remember, s.open.path, s.open.project != nil, ""
	if files := s.report.Model.Files; !isProject && len(files) > 0 {
		file = files[0]
	}
	return s.tasks.cmd(func(context.Context) tea.Msg {
		if err := remember(path, file, isProject); err != nil {
			return said{text: "this model is not in the list of recent ones: " + err.Error(), isErr: true}
		}
		return nil
	})
}
