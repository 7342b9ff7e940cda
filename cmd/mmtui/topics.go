package main

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/mmtui/mmtui/core/report"
)

// helpTopics are the texts of `mmtui help TOPIC`.
func helpTopics(*console) []*cobra.Command {
	return []*cobra.Command{
		{
			Use:   "exit-codes",
			Short: "What the exit codes mean",
			Long: `Exit codes:

  0    done; also when the reader of the output went away (mmtui inspect X | head -1)
  1    a run-time failure: a file that cannot be read, is damaged or changes, a full disk
  2    a command line, project or configuration that cannot be carried out
  3    a gate of the project failed (mmtui check)
  4    a device is not available
  130  interrupted by Ctrl-C or a termination signal; nothing is left half written

Every problem is one line on stderr: "mmtui: FILE[:LINE]: WHAT; what to do". With
--format json an object {"error": …} follows it there.`,
		},
		{
			Use:   "filters",
			Short: "How --filter and the workbench's / choose rows",
			Long: `A filter is terms that are apart by blanks; a row must meet all of them.

  text          a regular expression that the name contains, upper or lower case alike
  "text"        the same text as it stands, blanks and all
  ~text         the letters of text appear in the name in that order
  field<value   a comparison with <, <=, >, >=, = or !=
  !term         the inverse of any of these

Values may be 1e6, 10k, 35MB, 5%, "two words", * as a wildcard in text, or n/a
for what does not exist. A comparison with a number that a row does not have is false.

  sqnr<8 params>1e6          large tensors below 8 dB
  mlp !bias dtype=bf16       names with mlp, without bias, stored in BF16
  cause=clipping             where clipping stands out

The fields, with their short names:

` + fieldHelp(),
		},
		{
			Use:   "patterns",
			Short: "How --match and a project's rules name tensors",
			Long: `A pattern matches whole tensor names:

  *      any run of characters, dots and slashes too
  ?      one character
  [abc]  one of a set; [0-9] a range; [!abc] the inverse
  re:…   a regular expression (RE2) that may match anywhere in the name

  --match '*.mlp.*'                  every tensor of every mlp
  --match 're:layers\.(0|11)\.'      the first and the last block

In a project the rules are read in order and the last that matches decides; fields
it leaves out come from [quantization]. Quote patterns, or the shell expands them.`,
		},
		{
			Use:   "formats",
			Short: "What --format prints",
			Long: `  --format table   aligned text for people (the default)
  --format json    one object; its schema is printed by "mmtui schema NAME"
  --format jsonl   one row a line, as an object
  --format csv     one row a line, every column, under the names of the JSON

Data go to stdout; progress, notes and problems to stderr. Progress is drawn only
when stderr is a terminal, and --quiet turns it and the notes off. Field names carry
their units (sqnr_db, size_bytes). A number that does not exist is null in JSON, an
empty cell in CSV and n/a in a table, never NaN.`,
		},
	}
}

// fieldHelp lists the columns with their short names and definitions.
func fieldHelp() string {
	var table report.TextTable
	table.Add("  FIELD", false)
	table.Add("SHORT", false)
	table.Add("MEANS", false)
	for _, c := range report.Columns() {
		table.Row("  "+c.Key, strings.Join(c.Aliases, ", "), c.Definition)
	}
	var b strings.Builder
	_ = table.Write(&b) // a strings.Builder takes everything
	return strings.TrimRight(b.String(), "\n")
}
