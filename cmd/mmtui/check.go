package main

import (
	"slices"

	"github.com/spf13/cobra"

	"github.com/mmtui/mmtui/core/gate"
	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/core/scan"
	"github.com/mmtui/mmtui/projects"
)

func newCheck(con *console) *cobra.Command {
	limits, quant := &limitFlags{}, &quantFlags{}
	var weights string
	cmd := &cobra.Command{
		Use:   "check [PROJECT]",
		Short: "Hold a model against the gates of its project",
		Long: `Measure the model of a project and hold the report against its gates. Each failure
is one line, and the exit code is 3 when there is one. PROJECT is project.toml of this
folder when it is not named.`,
		Example: `  mmtui check
  mmtui check project.toml --format json
  mmtui check project.toml --model checkpoint-1200.safetensors`,
		Args: arguments(0, 1, ""),
		RunE: func(cmd *cobra.Command, args []string) error {
			return check(cmd, con, projectIn(args), weights, quant, limits)
		},
	}
	cmd.Flags().StringVar(&weights, "model", "", "hold this model against the gates, in place of the project's")
	quant.add(cmd.Flags())
	limits.add(cmd.Flags())
	return cmd
}

func check(cmd *cobra.Command, con *console, path, weights string, quant *quantFlags, limits *limitFlags) error {
	project, err := projects.Load(path)
	if err != nil {
		return err
	}
	s, err := con.openProject(cmd, project, weights, quant, limits)
	if err != nil {
		return err
	}
	defer s.model.Close()
	options := s.session()
	options.NoIdeal = !slices.ContainsFunc(project.Gates, func(g gate.Gate) bool { return g.Metric == "below_ideal_db" })
	session := scan.New(s.model, s.plan, options)
	failed, err := con.scan(cmd.Context(), session)
	if err != nil {
		return err
	}
	result, err := gate.Evaluate(session.Report(), project.Gates)
	if err != nil {
		return usageOf(err)
	}
	result.Project = project.Path
	if len(project.Gates) == 0 {
		con.say("%s has no gates: there is nothing to hold the model against", report.Printable(project.Path))
	}
	if err := con.writeCheck(result); err != nil {
		return err
	}
	if failed != nil {
		return failed
	}
	if !result.Passed {
		return printed{exitGate}
	}
	return nil
}

func (c *console) writeCheck(r gate.Report) error {
	switch c.format {
	case formatJSON:
		return gate.WriteJSON(c.out, r)
	case formatJSONL:
		return gate.WriteJSONL(c.out, r)
	case formatCSV:
		return gate.WriteCSV(c.out, r)
	}
	return gate.WriteText(c.out, r)
}
