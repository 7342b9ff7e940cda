// Package component holds the contract between the workbench and its views.
package component

import (
	tea "github.com/charmbracelet/bubbletea"

	"github.com/mmtui/mmtui/ui/keys"
)

// View is one screen of the workbench. It is a value the shell owns: Update
// returns the next one. It does no I/O in Update and changes nothing in a Cmd.
type View interface {
	// Update handles a message; keys reach it only as keys.Action.
	Update(msg tea.Msg) (View, tea.Cmd)
	// Do carries out an action of the key table; handled is false when the
	// view has no use for it, and the shell tries its own.
	Do(a keys.Action) (v View, cmd tea.Cmd, handled bool)
	// Render draws exactly width × height cells.
	Render(width, height int) string
	// Actions lists the actions the view takes now, in footer order; one that
	// is off for the moment carries the reason.
	Actions() []keys.Offer
	// Title is the name on the tab.
	Title() string
}
