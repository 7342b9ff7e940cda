package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/agnivade/levenshtein"
	"github.com/spf13/cobra"
)

// newRoot builds the command tree. It holds no state but what the console has.
func newRoot(con *console) *cobra.Command {
	limits := &limitFlags{}
	quant := &quantFlags{}
	root := &cobra.Command{
		Use:   "mmtui [PATH]",
		Short: "See what 2-bit weights do to a vision-language model, and choose better",
		Long: `mmtui opens a model, shows layer by layer what quantizing its weights costs and
why, tries other schemes, and saves the choice in a project file. PATH is a
.safetensors file, a model folder, the name of a model in the local Hugging Face
cache (owner/name[@revision]; the network is never used), or a project TOML.

Without PATH it opens the home screen: models of the cache, recent projects and a
file picker. Without a terminal on stdin and stdout it prints what
"mmtui inspect PATH" prints.`,
		Example: `  mmtui model.safetensors
  mmtui inspect model.safetensors --format json
  mmtui quantize model.safetensors -o model-int2.safetensors
  mmtui run caption --model SmolVLM-256M-Instruct/ --image cat.jpg`,
		Args:          cobra.ArbitraryArgs,
		SilenceErrors: true,
		SilenceUsage:  true,
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			return con.checkFlags()
		},
	}
	root.RunE = func(cmd *cobra.Command, args []string) error {
		return runRoot(cmd, con, args, quant, limits)
	}
	root.CompletionOptions.DisableDefaultCmd = true
	root.SetOut(con.out)
	root.SetErr(con.err)
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usage(err.Error(), fmt.Sprintf("see `%s --help`", cmd.CommandPath()))
	})
	con.addFlags(root.PersistentFlags())
	quant.add(root.Flags())
	limits.add(root.Flags())
	root.AddCommand(
		newInspect(con), newQuantize(con), newRunTask(con), newTrace(con), newTokenize(con), newEval(con), newDiff(con), newDiverge(con), newCheck(con), newBench(con), newSnapshot(con), newWatch(con),
		newConfig(con), newSchema(con), newCompletion(con), newVersion(con), newMan(con),
	)
	root.AddCommand(helpTopics(con)...)
	for _, c := range root.Commands() {
		c.ValidArgsFunction = pathsOnly(c.ValidArgsFunction)
	}
	return root
}

// runRoot opens the workbench, or prints the report where there is no terminal.
func runRoot(cmd *cobra.Command, con *console, args []string, quant *quantFlags, limits *limitFlags) error {
	if len(args) > 1 {
		return usage(fmt.Sprintf("%d paths are given", len(args)), "name one model, folder or project")
	}
	if len(args) == 1 {
		if near := misspelt(cmd, args[0]); near != "" {
			return usage(fmt.Sprintf("there is no command, file or folder %q", args[0]), fmt.Sprintf("did you mean `mmtui %s`?", near))
		}
	}
	if con.terminal && con.format == formatTable {
		return openWorkbench(cmd, con, args, quant, limits)
	}
	if len(args) == 0 {
		return usage("no model is named, and there is no terminal for the workbench", "name a model or a project, or see `mmtui --help`")
	}
	return inspect(cmd, con, inspectOptions{path: args[0]}, quant, limits)
}

// misspelt is the command that a word which is neither a file nor a model was
// meant to be.
func misspelt(root *cobra.Command, word string) string {
	if strings.ContainsAny(word, `/\.@`) {
		return ""
	}
	if _, err := os.Stat(word); err == nil {
		return ""
	}
	best, distance := "", 3
	for _, c := range root.Commands() {
		if !c.IsAvailableCommand() {
			continue
		}
		if d := levenshtein.ComputeDistance(strings.ToLower(word), c.Name()); d < distance {
			best, distance = c.Name(), d
		}
	}
	return best
}

// pathsOnly completes file names where a command has no completion of its own.
func pathsOnly(own cobra.CompletionFunc) cobra.CompletionFunc {
	if own != nil {
		return own
	}
	return func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
		return nil, cobra.ShellCompDirectiveDefault
	}
}
