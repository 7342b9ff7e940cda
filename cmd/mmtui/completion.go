package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

func newCompletion(con *console) *cobra.Command {
	shells := []string{"bash", "zsh", "fish", "powershell"}
	return &cobra.Command{
		Use:       "completion SHELL",
		Short:     "Print a completion script for bash, zsh, fish or powershell",
		Long:      "Print a completion script. Load it in the shell's start-up file.",
		Example:   "  source <(mmtui completion bash)\n  mmtui completion fish | source",
		Args:      arguments(1, 1, "the shell"),
		ValidArgs: shells,
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
			return shells, cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := con.printing(); err != nil {
				return err
			}
			root := cmd.Root()
			switch args[0] {
			case "bash":
				return root.GenBashCompletionV2(con.out, true)
			case "zsh":
				return root.GenZshCompletion(con.out)
			case "fish":
				return root.GenFishCompletion(con.out, true)
			case "powershell":
				return root.GenPowerShellCompletionWithDesc(con.out)
			}
			return usage(fmt.Sprintf("shell %q is not known", args[0]), "use bash, zsh, fish or powershell")
		},
	}
}
