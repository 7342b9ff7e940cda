package app

import (
	"context"
	"errors"
	"strconv"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/ui/component"
)

// errExists says that a file is there already.
var errExists = errors.New("the file exists already")

// exportTo writes rows to a file in the format of its extension.
type exportTo struct {
	path    string
	rows    report.Model
	replace bool
}

// exported answers it.
type exported struct {
	exportTo
	err error
}

// export asks where to write the rows that a view shows.
func (s *shell) export(rows []report.Tensor) tea.Cmd {
	if s.open == nil || len(rows) == 0 {
		return s.refuse("there are no rows to export")
	}
	m := s.report
	m.Tensors = rows
	name := suggestedName(s.open.model) + "-layers.csv"
	s.push(prompt{
		keymap: s.keys, title: "Export " + strconv.Itoa(len(rows)) + " rows", about: "file to write: the ending .csv, .json or .jsonl chooses the format",
		input: component.NewInput(name),
		does:  func(text string) tea.Msg { return exportTo{path: text, rows: m} },
	})
	return nil
}

// exporting deals with the messages of an export.
func (s *shell) exporting(m tea.Msg) tea.Cmd {
	switch m := m.(type) {
	case exportTo:
		write := s.services.write
		return s.tasks.cmd(func(context.Context) tea.Msg {
			return exported{exportTo: m, err: write(m.path, m.rows, m.replace)}
		})
	case exported:
		return s.isExported(m)
	}
	return nil
}

func (s *shell) isExported(m exported) tea.Cmd {
	if errors.Is(m.err, errExists) {
		again := m.exportTo
		again.replace = true
		s.push(question{
			keymap: s.keys, title: "Export", text: component.Clean(m.path) + " exists already. Overwrite it?",
			yes: answer{"overwrite", again},
		})
		return nil
	}
	if m.err != nil {
		return s.complain(m.err)
	}
	return s.say("wrote " + strconv.Itoa(len(m.rows.Tensors)) + " rows to " + strings.TrimSpace(m.path))
}

// copy puts text on the clipboard of the terminal.
func (s *shell) copy(text string) tea.Cmd {
	clipboard := s.services.clipboard
	return s.tasks.cmd(func(context.Context) tea.Msg {
		if err := clipboard(text); err != nil {
			return said{text: "cannot copy: " + err.Error(), isErr: true}
		}
		return nil
	})
}
