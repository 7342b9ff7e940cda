package app

import (
	"context"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/mmtui/mmtui/ui/msg"
)

// needHome lists what the Home view offers.
func (s *shell) needHome() tea.Cmd {
	list := s.services.home
	return s.tasks.cmd(func(ctx context.Context) tea.Msg { return list(ctx) })
}

// needFolder lists a folder for the file picker.
func (s *shell) needFolder(m msg.NeedFolder) tea.Cmd {
	list := s.services.folder
	return s.tasks.cmd(func(context.Context) tea.Msg { return list(m.Path, m.Hidden) })
}
