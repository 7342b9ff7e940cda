package main

import (
	"errors"

	"github.com/muesli/termenv"
	"github.com/spf13/cobra"

	"github.com/mmtui/mmtui/core/model"
	"github.com/mmtui/mmtui/core/plan"
	"github.com/mmtui/mmtui/core/scan"
	"github.com/mmtui/mmtui/projects"
	"github.com/mmtui/mmtui/ui/app"
	"github.com/mmtui/mmtui/ui/picture"
	"github.com/mmtui/mmtui/ui/theme"
)

// openWorkbench shows the workbench until the user leaves it.
func openWorkbench(cmd *cobra.Command, con *console, args []string, quant *quantFlags, limits *limitFlags) error {
	path := ""
	if len(args) == 1 {
		path = args[0]
	}
	var project *projects.Project
	var err error
	if path != "" && projects.IsProject(path) {
		if project, err = projects.Load(path); err != nil {
			return err
		}
	}
	settle, err := con.settler(cmd, quant)
	if err != nil {
		return err
	}
	settings, err := con.settings(cmd, project)
	if err != nil {
		return err
	}
	if path != "" {
		if err := con.opens(cmd, path, project, settings, limits); err != nil {
			return err
		}
	}
	look, err := theme.Resolve(theme.Wish{
		Theme: settings.Theme, Color: settings.Color, Graph: settings.Graph, TTY: true, Getenv: con.getenv,
		Dark: func() bool { return termenv.NewOutput(con.stdout).HasDarkBackground() },
	})
	if err != nil {
		return usageOf(err)
	}
	cellWidth, cellHeight := picture.CellSize(con.stdout)
	images, err := picture.Detect(con.getenv, cellWidth, cellHeight)
	if err != nil {
		return usageOf(err)
	}
	var recent *projects.Recent
	if file, err := projects.RecentPath(con.lookup); err == nil { // without a home folder none is kept
		recent = projects.NewRecent(file)
	}
	err = app.Run(cmd.Context(), app.Options{
		Path: path, Model: con.modelOptions(settings, limits), Scan: scan.Options{Workers: settings.Workers},
		Theme: look, Images: images, Recent: recent, Settle: settle, In: con.in, Out: con.stdout, Getenv: con.getenv,
	})
	if errors.Is(err, app.ErrInterrupted) {
		return errInterrupted
	}
	return err
}

// opens says why a model cannot be opened, before the screen is taken over: a
// message on the command line stays, and the exit code tells.
func (c *console) opens(cmd *cobra.Command, path string, project *projects.Project, settings *projects.Settings, limits *limitFlags) error {
	if project != nil {
		if path = project.ModelPath(); path == "" {
			return noModel(project)
		}
	}
	m, err := model.Open(cmd.Context(), path, c.modelOptions(settings, limits))
	if err != nil {
		return err
	}
	return m.Close()
}

// settler gives plan and budget for whatever project the workbench has open.
// Flags stay in force over a reloaded project.
func (c *console) settler(cmd *cobra.Command, quant *quantFlags) (func(*projects.Project) (plan.Plan, int64), error) {
	var rules *projects.Project
	var err error
	if quant.plan != "" {
		if rules, err = projects.Load(quant.plan); err != nil {
			return nil, err
		}
	}
	patterns, err := quant.patterns()
	if err != nil {
		return nil, err
	}
	return func(p *projects.Project) (plan.Plan, int64) {
		if rules != nil {
			p = rules
		}
		settings, err := c.settings(cmd, p)
		if err != nil {
			// A project that does not go together with the flags: its own word counts.
			if p == nil {
				return plan.Plan{}, scan.DefaultBudgetBytes
			}
			return p.Plan, p.BudgetBytes
		}
		if len(patterns) > 0 {
			return matching(settings.Choice(), patterns), settings.BudgetBytes
		}
		out := settings.Plan(p)
		if p == nil {
			out.Default = spelledOut(out.Default)
		}
		return out, settings.BudgetBytes
	}, nil
}

// spelledOut names the defaults in a choice, so that a project which is saved
// of it keeps its meaning when defaults or the user's settings change.
func spelledOut(c plan.Choice) plan.Choice {
	scheme, err := c.Scheme()
	if err != nil || scheme == nil {
		return c
	}
	full := plan.FromScheme(scheme)
	full.IntegerZero = c.IntegerZero
	return full
}

func (c *console) getenv(key string) string {
	v, _ := c.lookup(key)
	return v
}
