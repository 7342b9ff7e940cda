// Package schematest checks output against the published schemas in tests.
package schematest

import (
	"bytes"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/mmtui/mmtui/core/report"
)

// Validate checks an object against a schema. It is stricter than the schema:
// a field that the schema does not describe fails, so that none is forgotten.
func Validate(t testing.TB, schema string, object []byte) {
	t.Helper()
	validate(t, schema, "", object)
}

// ValidateLine checks one line of JSONL against a definition of a schema.
func ValidateLine(t testing.TB, schema, definition string, line []byte) {
	t.Helper()
	validate(t, schema, "#/$defs/"+definition, line)
}

// Problem is Validate as an error.
func Problem(schema, pointer string, object []byte) error {
	text, err := report.Schema(schema)
	if err != nil {
		return err
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return err
	}
	closeObjects(doc)
	compiler := jsonschema.NewCompiler()
	const url = "urn:mmtui:test"
	// The schema's own $id would make the pointer relative to another document.
	delete(doc.(map[string]any), "$id")
	if err := compiler.AddResource(url, doc); err != nil {
		return err
	}
	compiled, err := compiler.Compile(url + pointer)
	if err != nil {
		return err
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(object))
	if err != nil {
		return err
	}
	return compiled.Validate(value)
}

func validate(t testing.TB, schema, pointer string, object []byte) {
	t.Helper()
	if err := Problem(schema, pointer, object); err != nil {
		t.Errorf("not as schema %s says: %v\n%s", schema, err, shorten(object))
	}
}

// closeObjects forbids fields that are not described.
func closeObjects(node any) {
	switch node := node.(type) {
	case map[string]any:
		for _, child := range node {
			closeObjects(child)
		}
		if _, ok := node["properties"].(map[string]any); ok && node["type"] == "object" {
			node["additionalProperties"] = false
		}
	case []any:
		for _, child := range node {
			closeObjects(child)
		}
	}
}

func shorten(object []byte) []byte {
	const most = 4000
	if len(object) > most {
		return append(object[:most:most], " …"...)
	}
	return object
}
