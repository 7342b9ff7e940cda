// Command mmtui is a terminal workbench for taking vision-language models of 1
// to 500 million parameters down to 2-bit weights. Each command is one file of
// this package and does little more than read flags and print a report.
package main

import "os"

func main() { os.Exit(Main()) }
