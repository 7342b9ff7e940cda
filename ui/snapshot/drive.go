package snapshot

import (
	"context"
	"errors"
	"reflect"

	tea "github.com/charmbracelet/bubbletea"
)

// driven is a model that takes messages one after the other.
type driven interface {
	Init() tea.Cmd
	Update(tea.Msg) tea.Cmd
}

// maxCommands ends a run that would never settle. A scan of a large model takes
// a few commands a tensor on screen, not one a weight.
const maxCommands = 200_000

// drive carries out a command and all that follow from it, each to its end,
// in the order in which they were given: the same model and messages give the
// same screen. It ends early with the error of ctx, and with an error when there
// is no end to the commands.
func drive(ctx context.Context, m driven, first tea.Cmd) error {
	queue := []tea.Cmd{first}
	for n := 0; len(queue) > 0; n++ {
		if n == maxCommands {
			return errors.New("the screen does not come to rest")
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		cmd := queue[0]
		queue = queue[1:]
		if cmd == nil {
			continue
		}
		answer := cmd()
		if parts, ok := commands(answer); ok {
			queue = append(parts, queue...)
			continue
		}
		switch answer.(type) {
		case nil:
		case tea.QuitMsg:
			return nil
		default:
			queue = append(queue, m.Update(answer))
		}
	}
	return ctx.Err()
}

// commands are the parts of a batch or a sequence. bubbletea keeps the type of
// a sequence to itself; it is a slice of commands like a batch.
func commands(m tea.Msg) ([]tea.Cmd, bool) {
	if batch, ok := m.(tea.BatchMsg); ok {
		return batch, true
	}
	v := reflect.ValueOf(m)
	if v.Kind() != reflect.Slice || v.Type().Elem() != reflect.TypeFor[tea.Cmd]() {
		return nil, false
	}
	parts := make([]tea.Cmd, v.Len())
	for i := range parts {
		parts[i], _ = v.Index(i).Interface().(tea.Cmd)
	}
	return parts, true
}
