package app

import (
	"context"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/mmtui/mmtui/ui/layout"
	"github.com/mmtui/mmtui/ui/msg"
	"github.com/mmtui/mmtui/ui/picker"
	"github.com/mmtui/mmtui/ui/theme"
)

// receiver is an overlay that is told what it asked for. done closes it.
type receiver interface {
	receive(m tea.Msg) (next tea.Msg, done bool)
}

// pictureBox is the overlay around the picture picker.
type pictureBox struct{ *picker.Picker }

// askPictures lets the user pick pictures.
func (s *shell) askPictures(m msg.AskPictures) tea.Cmd {
	if s.open == nil {
		return nil
	}
	p, first := picker.New(s.keys, m.Chosen, m.Folder)
	box := pictureBox{p}
	s.push(box)
	at := box.rect(layout.Rect{W: s.width, H: s.height})
	p.Resize(at.W, at.H)
	return ownedBy(s.open, send(first))
}

func (b pictureBox) key(k tea.KeyMsg) (overlay, tea.Msg) {
	m, closed := b.Key(k)
	if closed {
		return nil, m
	}
	return b, m
}

func (b pictureBox) rect(screen layout.Rect) layout.Rect {
	return layout.Center(screen, min(screen.W-4, 150), min(screen.H-2, 48))
}

func (b pictureBox) render(t theme.Theme, width, height int) string {
	return b.Render(t, width, height)
}

func (b pictureBox) click(_, y int) (overlay, tea.Msg) { return b, b.Click(y) }

func (b pictureBox) receive(m tea.Msg) (tea.Msg, bool) {
	if size, ok := m.(tea.WindowSizeMsg); ok {
		at := b.rect(layout.Rect{W: size.Width, H: size.Height})
		return b.Resize(at.W, at.H), false
	}
	return b.Receive(m)
}

// toOverlays hands a message to the overlays that wait for some.
func (s *shell) toOverlays(m tea.Msg) tea.Cmd {
	var cmds []tea.Cmd
	for i := len(s.overlays) - 1; i >= 0; i-- {
		one, ok := s.overlays[i].overlay.(receiver)
		if !ok {
			continue
		}
		by := s.overlays[i].by
		next, done := one.receive(m)
		if done {
			s.overlays = append(s.overlays[:i:i], s.overlays[i+1:]...)
		}
		if next != nil {
			cmds = append(cmds, ownedBy(by, send(next)))
		}
	}
	return tea.Batch(cmds...)
}

// needPictures lists a folder for the picker.
func (s *shell) needPictures(m msg.NeedPictures) tea.Cmd {
	if s.open == nil {
		return nil
	}
	list := s.services.pictures
	return s.open.tasks.cmd(func(ctx context.Context) tea.Msg { return list(ctx, m.Path, m.Hidden) })
}

// needPreview reads a picture for a panel. The Run view and the picker each
// ask for one at a time; a new question takes the place of the last.
func (s *shell) needPreview(m msg.NeedPreview) tea.Cmd {
	o := s.open
	if o == nil {
		return nil
	}
	stop := &o.stopPreview
	if len(s.overlays) > 0 {
		stop = &o.stopPicking
	}
	ctx := o.replace(stop)
	show := s.graphics
	preview := s.services.preview
	return o.tasks.cmd(func(context.Context) tea.Msg {
		out := msg.PreviewReady{Path: m.Path, Width: m.Width, Height: m.Height}
		out.Picture, out.Info, out.Err = preview(ctx, m.Path, m.Width, m.Height)
		if ctx.Err() != nil {
			return nil
		}
		if out.Picture != nil {
			if err := show.send(out.Picture); err != nil && out.Err == nil {
				out.Picture, out.Err = nil, err
			}
		}
		return out
	})
}
