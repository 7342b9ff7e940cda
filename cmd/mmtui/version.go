package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/mmtui/mmtui/core/report"
)

// versionReport is `mmtui version --format json`.
type versionReport struct {
	SchemaVersion int    `json:"schema_version"`
	Version       string `json:"version"`
	Commit        string `json:"commit"`
	Modified      bool   `json:"modified"` // built from a tree with changes that no commit has
	Go            string `json:"go"`
	Platform      string `json:"platform"`
}

// thisVersion reads what the linker noted about the build.
func thisVersion() versionReport {
	v := versionReport{
		SchemaVersion: report.SchemaVersion, Version: "devel", Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH,
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return v
	}
	if info.Main.Version != "" && info.Main.Version != "(devel)" {
		v.Version = info.Main.Version
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			v.Commit = s.Value
		case "vcs.modified":
			v.Modified = s.Value == "true"
		}
	}
	return v
}

func newVersion(con *console) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  arguments(0, 0, ""),
		RunE: func(*cobra.Command, []string) error {
			if err := con.printing(); err != nil {
				return err
			}
			v := thisVersion()
			switch con.format {
			case formatJSON:
				return report.WriteObject(con.out, v)
			case formatTable:
				commit := v.Commit
				if commit == "" {
					commit = "unknown commit"
				}
				if v.Modified {
					commit += ", modified"
				}
				_, err := fmt.Fprintf(con.out, "mmtui %s (%s, %s, %s)\n", v.Version, commit, v.Go, v.Platform)
				return err
			}
			return con.noFormat("version", formatTable, formatJSON)
		},
	}
}
