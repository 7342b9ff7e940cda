package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mmtui/mmtui/core/bench"
	"github.com/mmtui/mmtui/core/diverge"
	"github.com/mmtui/mmtui/core/eval"
	"github.com/mmtui/mmtui/core/live"
	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/projects"
)

// schemas are all schemas by name.
func schemas() map[string]func() ([]byte, error) {
	all := map[string]func() ([]byte, error){
		"bench":         func() ([]byte, error) { return bench.Schema(), nil },
		"bench-kernels": func() ([]byte, error) { return bench.KernelsSchema(), nil },
		"bench-model":   func() ([]byte, error) { return bench.ModelSchema(), nil },
		"config":        projects.ConfigSchema,
		"diverge":       func() ([]byte, error) { return diverge.Schema(), nil },
		"eval":          func() ([]byte, error) { return eval.Schema(), nil },
		"eval-answer":   func() ([]byte, error) { return eval.AnswerSchema(), nil },
		"live":          func() ([]byte, error) { return live.Schema(), nil },
		"project":       projects.Schema,
		"watch":         func() ([]byte, error) { return live.WatchSchema(), nil },
	}
	for _, name := range report.SchemaNames() {
		all[name] = func() ([]byte, error) { return report.Schema(name) }
	}
	return all
}

func schemaNames() []string {
	var names []string
	for name := range schemas() {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func newSchema(con *console) *cobra.Command {
	return &cobra.Command{
		Use:   "schema [NAME]",
		Short: "Print the JSON schema of a command's output or of the project file",
		Long:  "Print a JSON schema (draft 2020-12). Without NAME: the names.",
		Args:  arguments(0, 1, ""),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
			return schemaNames(), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(_ *cobra.Command, args []string) error {
			if err := con.printing(); err != nil {
				return err
			}
			if len(args) == 0 {
				for _, name := range schemaNames() {
					fmt.Fprintln(con.out, name)
				}
				return nil
			}
			get, ok := schemas()[args[0]]
			if !ok {
				return usage(fmt.Sprintf("there is no schema %q", args[0]), "there are "+strings.Join(schemaNames(), ", "))
			}
			text, err := get()
			if err != nil {
				return err
			}
			_, err = con.out.Write(text)
			return err
		},
	}
}
