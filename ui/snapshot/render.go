// Package snapshot draws the workbench without a terminal: it opens a model,
// scans it to the end, presses keys, and gives the screen as styled text, plain
// text or SVG. The pictures of the documentation are made by it.
package snapshot

import (
	"context"
	"fmt"
	"strings"

	"github.com/agnivade/levenshtein"
	tea "github.com/charmbracelet/bubbletea"
	"github.com/muesli/termenv"

	"github.com/mmtui/mmtui/core/model"
	"github.com/mmtui/mmtui/core/plan"
	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/core/scan"
	"github.com/mmtui/mmtui/projects"
	"github.com/mmtui/mmtui/ui/app"
	"github.com/mmtui/mmtui/ui/component"
	"github.com/mmtui/mmtui/ui/layout"
	"github.com/mmtui/mmtui/ui/msg"
	"github.com/mmtui/mmtui/ui/theme"
)

// Options say what is drawn.
type Options struct {
	Path   string        // model, folder, cache name or project
	Model  model.Options // how it is opened
	Scan   scan.Options  // how it is measured
	Settle func(*projects.Project) (p plan.Plan, budgetBytes int64)

	View   msg.ViewID // "": the Layers view, or the Tensor view when a tensor is named
	Tensor string     // under the cursor; "": where it is after opening
	Keys   []string   // pressed after that, see presses

	Width, Height int         // columns and rows
	Theme         theme.Name  // "": dark
	Graph         theme.Graph // glyphs
}

// Views lists the names that a view can be asked for by.
func Views() []msg.ViewID {
	return []msg.ViewID{msg.Layers, msg.Tensor, msg.Compare, msg.Run, msg.Trace, msg.Home, msg.Diverge, msg.Bench, msg.Live}
}

func viewNames() string {
	var names []string
	for _, v := range Views() {
		names = append(names, string(v))
	}
	return strings.Join(names, ", ")
}

// Render opens, scans, presses the keys and returns the screen, Width × Height
// cells of styled text in true colours. The error says that the size is too
// small, that a view, a key or a tensor is not known, or why the model cannot
// be opened.
func Render(ctx context.Context, opt Options) (frame string, err error) {
	if err := opt.check(); err != nil {
		return "", err
	}
	var pressed []tea.KeyMsg
	for _, k := range opt.Keys {
		keys, err := presses(k)
		if err != nil {
			return "", err
		}
		pressed = append(pressed, keys...)
	}
	name := opt.Theme
	if name == "" {
		name = theme.Dark
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	still := app.NewStill(ctx, app.Options{
		Path: opt.Path, Model: opt.Model, Scan: opt.Scan, Settle: opt.Settle,
		Theme: theme.New(name, termenv.TrueColor, opt.Graph),
	})
	defer func() {
		if closeErr := still.Close(); err == nil && closeErr != nil {
			frame, err = "", closeErr
		}
	}()
	if err := opt.prepare(ctx, still); err != nil {
		return "", err
	}
	for _, k := range pressed {
		if err := drive(ctx, still, still.Update(k)); err != nil {
			return "", err
		}
	}
	return still.View(), nil
}

func (opt Options) check() error {
	if layout.ClassOf(opt.Width, opt.Height) == layout.TooSmall {
		return fmt.Errorf("a screen of %dx%d is too small; it needs %dx%d", opt.Width, opt.Height, layout.MinWidth, layout.MinHeight)
	}
	if opt.Width > maxSide || opt.Height > maxSide {
		return fmt.Errorf("a screen of %dx%d is too large; neither side may have more than %d cells", opt.Width, opt.Height, maxSide)
	}
	for _, v := range Views() {
		if opt.View == v || opt.View == "" {
			return nil
		}
	}
	return fmt.Errorf("view %q is not known; use one of %s", opt.View, viewNames())
}

// maxSide bounds a picture's columns and rows.
const maxSide = 1000

// prepare brings the workbench to where the keys are pressed: the model open and
// scanned, the view and the tensor chosen.
func (opt Options) prepare(ctx context.Context, still *app.Still) error {
	first := tea.Batch(still.Update(tea.WindowSizeMsg{Width: opt.Width, Height: opt.Height}), still.Init())
	if err := drive(ctx, still, first); err != nil {
		return err
	}
	if err := still.Err(); err != nil {
		return err
	}
	if still.Busy() {
		return fmt.Errorf("%s: the scan did not come to an end", opt.Path)
	}
	view := opt.View
	if opt.Tensor != "" {
		if err := known(opt.Tensor, still.Tensors()); err != nil {
			return err
		}
		if err := drive(ctx, still, still.Update(msg.OpenTensor{Name: opt.Tensor})); err != nil {
			return err
		}
		if view == "" {
			view = msg.Tensor
		}
	}
	if view == "" {
		return nil
	}
	return drive(ctx, still, still.Update(msg.Show{View: view}))
}

// known returns an error with the nearest name when a tensor is not there.
func known(name string, rows []report.Tensor) error {
	nearest, distance := "", 1<<30
	for i := range rows {
		if rows[i].Name == name {
			return nil
		}
		if d := levenshtein.ComputeDistance(name, rows[i].Name); d < distance {
			nearest, distance = rows[i].Name, d
		}
	}
	text := fmt.Sprintf("tensor %q is not in the model", component.Clean(name))
	if nearest != "" {
		text += fmt.Sprintf("; the nearest name is %q", component.Clean(nearest))
	}
	return fmt.Errorf("%s", text)
}

// Title is what the window of a picture is called: the program and what is open.
func (opt Options) Title() string {
	name := opt.Path
	if i := strings.LastIndexAny(name, `/\`); i >= 0 && i < len(name)-1 {
		name = name[i+1:]
	}
	return strings.TrimSpace("mmtui " + component.Clean(name))
}
