package projects

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

func schemaDocument(t *testing.T, get func() ([]byte, error)) map[string]any {
	t.Helper()
	text, err := get()
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return doc.(map[string]any)
}

func compiled(t *testing.T, get func() ([]byte, error)) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	if err := c.AddResource("urn:test", schemaDocument(t, get)); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("urn:test")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// asJSON makes what TOML means into what a JSON schema judges.
func asJSON(t *testing.T, text string) any {
	t.Helper()
	var m map[string]any
	if _, err := toml.Decode(text, &m); err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// TestSchemaAgreesWithTheReader gives texts to both.
func TestSchemaAgreesWithTheReader(t *testing.T) {
	schema := compiled(t, Schema)
	for _, c := range []struct {
		text string
		good bool
	}{
		{full, true},
		{"", true},
		{"[quantization]\nbits = 16\ngroup = \"channel\"\n", true},
		{"[quantization]\nbits = 5\n", false},
		{"[quantization]\nbits = \"2\"\n", false},
		{"[quantization]\nbitz = 2\n", false},
		{"[quantization]\ngroup = 24\n", false},
		{"[quantization]\ngroup = \"row\"\n", false},
		{"[quantization]\ngrid = \"thirds\"\n", false},
		{"[quantization]\nsolver = \"gptq\"\n", false},
		{"[quantization]\nzero = true\n", false},
		{"[[quantization.rule]]\nbits = 4\n", false},
		{"[[quantization.rule]]\nmatch = \"a\"\n", false},
		{"[[quantization.rule]]\nmatch = \"\"\nbits = 4\n", false},
		{"[budget]\nsize = 35000000\n", true},
		{"[budget]\nsize = \"1.5 GiB\"\n", true},
		{"[budget]\nsize = \"35 elephants\"\n", false},
		{"[budget]\nsize = 0\n", false},
		{"[budget]\nsize = 3.5\n", false},
		{"[[gate]]\nmetric = \"sqnr_db\"\nmax = 3\n", true},
		{"[[gate]]\nmetric = \"sqnr_db\"\n", false},
		{"[[gate]]\nname = \"a\"\nmin = 1\n", false},
		{"[[gate]]\nmetric = \"sqnr_db\"\nmin = \"6\"\n", false},
		{"[[task]]\nname = \"a\"\nkind = \"vqa\"\ndata = \"d\"\n", true},
		{"[[task]]\nname = \"a\"\nkind = \"sing\"\ndata = \"d\"\n", false},
		{"[[device]]\nname = \"a\"\nkind = \"cpu\"\n", true},
		{"[[device]]\nkind = \"cpu\"\n", false},
		{"[model]\npath = \" \"\n", false},
		{"schema_version = 2\n", false},
		{"ui = 1\n", false},
	} {
		_, err := Parse("p.toml", []byte(c.text))
		bySchema := schema.Validate(asJSON(t, c.text))
		if (err == nil) != c.good || (bySchema == nil) != c.good {
			t.Errorf("%q: the reader says %v, the schema %v; want good = %v", c.text, err, bySchema, c.good)
		}
	}
}

func TestExamplesAreValid(t *testing.T) {
	schema := compiled(t, Schema)
	examples, err := filepath.Glob("../examples/*/project.toml")
	if err != nil || len(examples) == 0 {
		t.Fatalf("no examples: %v", err)
	}
	for _, path := range examples {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		p, err := Load(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(asJSON(t, string(text))); err != nil {
			t.Errorf("%s: %v", path, err)
		}
		if _, err := os.Stat(p.ModelPath()); err != nil {
			t.Errorf("%s: the model: %v", path, err)
		}
	}
}

// TestDocumentedExample reads the example in docs/projects.md.
func TestDocumentedExample(t *testing.T) {
	text, err := os.ReadFile("../docs/projects.md")
	if err != nil {
		t.Fatal(err)
	}
	schemas := []*jsonschema.Schema{compiled(t, Schema), compiled(t, ConfigSchema)}
	blocks := strings.Split(string(text), "```toml\n")[1:]
	if len(blocks) != len(schemas) {
		t.Fatalf("%d examples in the document, want one of the project and one of the configuration", len(blocks))
	}
	for i, b := range blocks {
		blocks[i], _, _ = strings.Cut(b, "```")
		if err := schemas[i].Validate(asJSON(t, blocks[i])); err != nil {
			t.Errorf("example %d: %v", i+1, err)
		}
	}
	if _, err := Parse("docs/projects.md", []byte(blocks[0])); err != nil {
		t.Error(err)
	}
	if _, err := ParseUser("docs/projects.md", []byte(blocks[1])); err != nil {
		t.Error(err)
	}
}

func TestSchemaHasTheKeysOfTheStructs(t *testing.T) {
	compareKeys(t, schemaDocument(t, Schema), reflect.TypeFor[projectFile](), "")
	compareKeys(t, schemaDocument(t, ConfigSchema), reflect.TypeFor[configFile](), "")
	// The configuration has the settings, all of them and nothing else.
	keys := []string{"schema_version"}
	for _, s := range settings() {
		keys = append(keys, s.key)
	}
	if got := keysOf(reflect.TypeFor[configFile]()); !slices.Equal(got, keys) {
		t.Errorf("configuration keys %v, settings %v", got, keys)
	}
}

func compareKeys(t *testing.T, root map[string]any, typ reflect.Type, where string) {
	t.Helper()
	walkKeys(t, root, root, typ, where)
}

func walkKeys(t *testing.T, root, schema map[string]any, typ reflect.Type, where string) {
	t.Helper()
	schema = follow(root, schema)
	properties, _ := schema["properties"].(map[string]any)
	if schema["additionalProperties"] != false {
		t.Errorf("%s allows other keys", where)
	}
	known := keysOf(typ)
	for key := range properties {
		if !slices.Contains(known, key) {
			t.Errorf("the schema has %s.%s, the reader does not", where, key)
		}
	}
	for i := range typ.NumField() {
		f := typ.Field(i)
		key := tag(f)
		if key == "" {
			continue
		}
		below, ok := properties[key].(map[string]any)
		if !ok {
			t.Errorf("the reader has %s.%s, the schema does not", where, key)
			continue
		}
		if follow(root, below)["description"] == nil && below["description"] == nil && below["enum"] == nil {
			t.Errorf("%s.%s has no description", where, key)
		}
		elem := f.Type.Elem()
		if f.Type.Kind() == reflect.Slice {
			below = below["items"].(map[string]any)
		}
		if elem.Kind() == reflect.Struct {
			walkKeys(t, root, below, elem, where+"."+key)
		}
	}
}

func follow(root, schema map[string]any) map[string]any {
	ref, ok := schema["$ref"].(string)
	if !ok {
		return schema
	}
	return root["$defs"].(map[string]any)[strings.TrimPrefix(ref, "#/$defs/")].(map[string]any)
}
