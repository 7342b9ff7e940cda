package main

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"io/fs"

	"github.com/spf13/cobra"

	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/projects"
)

// configReport is `mmtui config show --format json`.
type configReport struct {
	SchemaVersion int                `json:"schema_version"`
	UserFile      string             `json:"user_file"`    // where the user's configuration is looked for
	ProjectFile   string             `json:"project_file"` // "" without a project
	Settings      []projects.Setting `json:"settings"`
}

func newConfig(con *console) *cobra.Command {
	group := &cobra.Command{
		Use:   "config",
		Short: "Show the settings in use",
		Args:  arguments(0, 0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return usage("what to do with the configuration is missing", "use `mmtui config show [--origin]`")
		},
	}
	var origin bool
	show := &cobra.Command{
		Use:   "show [PROJECT]",
		Short: "Print every setting, with --origin also where it comes from",
		Long: `Print every setting. A flag wins over a variable (MMTUI_BITS for --bits), that over
the project, that over the user's configuration, that over the default. PROJECT is
project.toml of this folder when there is one.`,
		Args: arguments(0, 1, ""),
		RunE: func(cmd *cobra.Command, args []string) error { return showConfig(cmd, con, args, origin) },
	}
	show.Flags().BoolVar(&origin, "origin", false, "tell where each value comes from")
	(&quantFlags{}).add(show.Flags())
	group.AddCommand(show)
	return group
}

func showConfig(cmd *cobra.Command, con *console, args []string, origin bool) error {
	if err := con.printing(); err != nil {
		return err
	}
	project, err := projects.Load(projectIn(args))
	if len(args) == 0 && errors.Is(err, fs.ErrNotExist) {
		project, err = nil, nil
	}
	if err != nil {
		return err
	}
	settings, err := con.settings(cmd, project)
	if err != nil {
		return err
	}
	rep := configReport{SchemaVersion: report.SchemaVersion, Settings: settings.All}
	if rep.UserFile, err = projects.UserConfigPath(con.lookup); err != nil {
		rep.UserFile = ""
	}
	if project != nil {
		rep.ProjectFile = project.Path
	}
	return con.writeConfig(rep, origin)
}

func (c *console) writeConfig(rep configReport, origin bool) error {
	switch c.format {
	case formatJSON:
		return report.WriteObject(c.out, rep)
	case formatJSONL:
		enc := json.NewEncoder(c.out)
		for _, s := range rep.Settings {
			if err := enc.Encode(s); err != nil {
				return err
			}
		}
		return nil
	case formatCSV:
		out := csv.NewWriter(c.out)
		_ = out.Write([]string{"key", "value", "layer", "source"}) // Error below has what goes wrong
		for _, s := range rep.Settings {
			_ = out.Write([]string{s.Key, s.Value, string(s.Layer), s.Source})
		}
		out.Flush()
		return out.Error()
	}
	var table report.TextTable
	table.Add("SETTING", false)
	table.Add("VALUE", false)
	if origin {
		table.Add("FROM", false)
	}
	for _, s := range rep.Settings {
		cells := []string{s.Key, s.Value}
		if origin {
			cells = append(cells, s.Origin())
		}
		table.Row(cells...)
	}
	return table.Write(c.out)
}
