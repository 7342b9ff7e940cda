package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/mmtui/mmtui/core/safetensors"
)

// The formats of --format.
const (
	formatTable = "table"
	formatJSON  = "json"
	formatJSONL = "jsonl"
	formatCSV   = "csv"
)

func formats() []string { return []string{formatTable, formatJSON, formatJSONL, formatCSV} }

// addFlags adds the flags that every command has.
func (c *console) addFlags(f *pflag.FlagSet) {
	f.StringVar(&c.format, "format", formatTable, "table, json, jsonl or csv")
	f.StringVar(&c.color, "color", "auto", "auto, always or never")
	f.String("workers", "0", "cores to use; 0 for all")
	f.BoolVarP(&c.quiet, "quiet", "q", false, "no progress and no notes on stderr")
}

func (c *console) checkFlags() error {
	if !slices.Contains(formats(), c.format) {
		asked := c.format
		c.format = formatTable
		return usage(fmt.Sprintf("format %q is not known", asked), "use "+strings.Join(formats(), ", "))
	}
	if !slices.Contains([]string{"auto", "always", "never"}, c.color) {
		return usage(fmt.Sprintf("color %q is not known", c.color), "use auto, always or never")
	}
	return nil
}

// arguments checks the number of arguments and says what is missing.
func arguments(least, most int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch {
		case len(args) < least:
			return usage(what+" is missing", fmt.Sprintf("see `%s --help`", cmd.CommandPath()))
		case len(args) > most:
			return usage(fmt.Sprintf("%q is one argument too many", args[most]), fmt.Sprintf("see `%s --help`", cmd.CommandPath()))
		}
		return nil
	}
}

// limitFlags raise what a file header may ask for.
type limitFlags struct{ safetensors.Limits }

func (l *limitFlags) add(f *pflag.FlagSet) {
	def := safetensors.DefaultLimits()
	f.Int64Var(&l.HeaderBytes, "max-header-bytes", def.HeaderBytes, "largest header to read, in bytes; at most 100000000")
	f.IntVar(&l.Rank, "max-rank", def.Rank, "most dimensions of a tensor")
	f.IntVar(&l.Tensors, "max-tensors", def.Tensors, "most tensors of a file")
	f.IntVar(&l.NameBytes, "max-name-bytes", def.NameBytes, "longest name of a tensor, in bytes")
	f.IntVar(&l.Nesting, "max-nesting", def.Nesting, "deepest nesting of a header")
}

// limitFlag is the flag that raises a field of safetensors.Limits.
func limitFlag(field string) string {
	return map[string]string{
		"HeaderBytes": "--max-header-bytes", "Rank": "--max-rank", "Tensors": "--max-tensors",
		"NameBytes": "--max-name-bytes", "Nesting": "--max-nesting",
	}[field]
}

// quantFlags are the words of a scheme and where they apply. The values are
// read by projects.Resolve, together with the environment and the files.
type quantFlags struct {
	match []string
	plan  string
}

func (q *quantFlags) add(f *pflag.FlagSet) {
	f.String("bits", "2", "2, 3, 4 or 8; 16 keeps tensors in float")
	f.String("grid", "half", "half, twos or affine")
	f.String("group", "64", "weights that share a scale: a multiple of 16 from 16 to 256, or channel")
	f.String("solver", "search", "rtn, search, ls, hqq, sinq or best")
	f.String("zero", "float", "zero point of rtn on the affine grid: float or integer")
	f.StringArrayVar(&q.match, "match", nil, "quantize only tensors whose name matches this `pattern`; may be repeated (see mmtui help patterns)")
	f.StringVar(&q.plan, "plan", "", "take the rules of this project file")
	f.String("budget", "35MB", "size that the model should stay within")
	f.String("hf-cache", "", "folder of the Hugging Face cache (default as huggingface_hub has it)")
	f.String("calibration", "", "input statistics for calibrated solvers (not there yet)")
}

// given collects the flags that were set, by name.
func given(cmd *cobra.Command) map[string]string {
	set := map[string]string{}
	cmd.Flags().Visit(func(f *pflag.Flag) { set[f.Name] = f.Value.String() })
	return set
}
