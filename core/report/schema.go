package report

import (
	"embed"
	"fmt"
	"strings"
)

//go:embed schema/*.json
var schemas embed.FS // read-only

// SchemaNames lists the schemas that Schema has.
func SchemaNames() []string {
	return []string{"inspect", "tensor", "diff", "check", "run", "comparison", "estimate", "trace", "tokenize", "error"}
}

// Schema is the JSON schema (draft 2020-12) of one command's output.
func Schema(name string) ([]byte, error) {
	for _, n := range SchemaNames() {
		if n == name {
			return schemas.ReadFile("schema/" + name + ".json")
		}
	}
	return nil, fmt.Errorf("there is no schema %q; there are %s", name, strings.Join(SchemaNames(), ", "))
}
