package app

import (
	"context"
	"errors"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/projects"
	"github.com/mmtui/mmtui/ui/component"
	"github.com/mmtui/mmtui/ui/msg"
)

// opened is the model on screen with everything that belongs to it alone.
type opened struct {
	path    string // as asked for
	model   string // what to open the model itself by
	session session
	project *projects.Project // nil: no project file yet
	live    *projects.Live    // follows the project's file
	tasks   *tasks            // of this model: they end when another one is opened
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

	stopDetail, stopGroup context.CancelFunc
	tries                 *tries
	reloading             bool // the model is being read again
	reloadAgain           bool // it changed once more meanwhile
}

// openSucceeded and openFailed answer an opening, told apart by its number.
type (
	openSucceeded struct {
		id   int
		what *opening
	}
	openFailed struct {
		id   int
		path string
		err  error
	}
)

// openPath opens a model or a project. What is open stays until it succeeds.
func (s *shell) openPath(path string) tea.Cmd {
	if s.open != nil && s.open.history.dirty() {
		s.push(question{
			keymap: s.keys, title: "Open " + component.Clean(path), text: "The plan of the open model has changes that are not saved.",
			yes: answer{"open without saving", openAnyway{path}}, save: answer{"save first", saveThen{openAnyway{path}}},
		})
		return nil
	}
	return s.openNow(path)
}

// openAnyway opens without asking.
type openAnyway struct{ path string }

func (s *shell) openNow(path string) tea.Cmd {
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
		return openSucceeded{id, what}
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

// openedModel puts a model on screen, and closes the one before it.
func (s *shell) openedModel(m openSucceeded) tea.Cmd {
	if m.id != s.openID {
		return s.tasks.cmd(func(context.Context) tea.Msg { return closeSession(m.what.session) })
	}
	before := s.open
	o := &opened{
		path: m.what.path, model: m.what.model, session: m.what.session, project: m.what.project,
		tasks: newTasks(s.tasks.ctx), history: newHistory(m.what.plan), budget: m.what.report.Total.BudgetBytes,
	}
	o.tries = newTries(o.tasks.ctx)
	if o.project != nil {
		o.live = projects.NewLive(o.project)
	}
	s.open, s.opening, s.problem = o, "", ""
	s.pins = msg.PinsChanged{}
	cmds := []tea.Cmd{
		s.closeModel(before), s.toAll(s.pins), s.setReport(m.what.report), s.show(msg.Layers),
		s.startScan(), s.watchFiles(), s.rememberOpen(),
	}
	for _, note := range m.what.notes {
		cmds = append(cmds, s.say(note))
	}
	return tea.Batch(cmds...)
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
	return s.tasks.cmd(func(context.Context) tea.Msg { return o.close() })
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
