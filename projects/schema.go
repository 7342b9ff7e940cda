package projects

import "embed"

//go:embed schema/*.json
var schemas embed.FS // read-only

// Schema is the JSON schema (draft 2020-12) of the project file, for editors
// that complete and check TOML by one.
func Schema() ([]byte, error) { return schemas.ReadFile("schema/project.json") }

// ConfigSchema is the JSON schema of the user's configuration.
func ConfigSchema() ([]byte, error) { return schemas.ReadFile("schema/config.json") }
