package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/mmtui/mmtui/core/live"
	"github.com/mmtui/mmtui/internal/atomicfile"
	"github.com/mmtui/mmtui/ui/component"
)

// liveExportTo writes the live figures to a file in the format of its ending.
type liveExportTo struct {
	path    string
	replace bool
}

// liveExported answers it.
type liveExported struct {
	liveExportTo
	err error
}

// askLiveExport asks where to write the live figures.
func (s *shell) askLiveExport() tea.Cmd {
	s.push(prompt{
		keymap: s.keys, title: "Export live figures",
		about: "file to write: .csv and .jsonl take every value of the window, .json the statistics and the runs",
		input: component.NewInput("mmtui-live.csv"),
		does:  func(text string) tea.Msg { return liveExportTo{path: expandHome(strings.TrimSpace(text))} },
	})
	return nil
}

// exportingLive deals with the messages of an export.
func (s *shell) exportingLive(m tea.Msg) tea.Cmd {
	switch m := m.(type) {
	case liveExportTo:
		r := s.services.live.recorder
		return s.tasks.cmd(func(context.Context) tea.Msg {
			return liveExported{liveExportTo: m, err: writeLive(m.path, r, m.replace)}
		})
	case liveExported:
		switch {
		case errors.Is(m.err, errExists):
			again := m.liveExportTo
			again.replace = true
			s.push(question{
				keymap: s.keys, title: "Export", text: component.Clean(m.path) + " exists already. Overwrite it?",
				yes: answer{"overwrite", again},
			})
			return nil
		case m.err != nil:
			return s.complain(m.err)
		}
		return s.say("wrote the live figures to " + m.path)
	}
	return nil
}

// writeLive writes the window that is shown.
func writeLive(path string, r *live.Recorder, replace bool) error {
	var encode func(io.Writer) error
	switch strings.ToLower(filepath.Ext(path)) {
	case ".csv":
		encode = func(w io.Writer) error { return live.WriteValuesCSV(w, r.Values()) }
	case ".jsonl":
		encode = func(w io.Writer) error { return live.WriteValuesJSONL(w, r.Values()) }
	case ".json":
		encode = func(w io.Writer) error { return r.Snapshot(0).WriteJSON(w) }
	default:
		return fmt.Errorf("%s: the ending is none of .csv, .jsonl and .json, which choose the format", component.Clean(path))
	}
	if _, err := os.Lstat(path); err == nil && !replace {
		return errExists
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return atomicfile.Write(path, 0o644, encode)
}
