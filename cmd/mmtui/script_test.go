package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// The scripts run this test binary as `mmtui`: a process of its own, with its
// own streams, signals and exit code.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"mmtui": main})
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("HOME", filepath.Join(env.WorkDir, "home"))
			env.Setenv("XDG_CONFIG_HOME", filepath.Join(env.WorkDir, "home", "config"))
			env.Setenv("XDG_STATE_HOME", filepath.Join(env.WorkDir, "home", "state"))
			env.Setenv("HF_HOME", filepath.Join(env.WorkDir, "home", "hf"))
			examples, err := filepath.Abs(filepath.Join("..", "..", "examples"))
			env.Setenv("EXAMPLES", examples)
			models, modelsErr := filepath.Abs(filepath.Join("testdata", "models"))
			env.Setenv("MODELS", models)
			return errors.Join(err, modelsErr)
		},
		Condition: func(cond string) (bool, error) {
			switch cond {
			case "root":
				return os.Geteuid() == 0, nil
			case "full":
				info, err := os.Stat("/dev/full")
				return err == nil && info.Mode()&os.ModeDevice != 0, nil
			}
			return false, nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exitcode":  exitCode,
			"mkmodel":   makeModel,
			"cut":       cutFile,
			"schema":    checkSchema,
			"jsonlines": checkJSONLines,
			"jsonvalue": checkJSONValue,
			"onlyfiles": onlyFiles,
		},
	})
}

// exitCode runs `exitcode N mmtui ARGS…` and wants that exit code exactly.
func exitCode(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exitcode N program args…")
	}
	err := ts.Exec(args[1], args[2:]...)
	got := "0"
	if err != nil {
		got = strings.TrimPrefix(err.Error(), "exit status ")
	}
	if got != args[0] {
		ts.Fatalf("%s: exit code %s, want %s\n%s", strings.Join(args[1:], " "), got, args[0], ts.ReadFile("stderr"))
	}
	for _, bad := range []string{"panic:", "goroutine ", "DATA RACE"} {
		if strings.Contains(ts.ReadFile("stderr"), bad) {
			ts.Fatalf("%s: stderr has %q\n%s", strings.Join(args[1:], " "), bad, ts.ReadFile("stderr"))
		}
	}
}

// cutFile keeps the first N bytes of a file, or all but the last −N.
func cutFile(ts *testscript.TestScript, _ bool, args []string) {
	path := ts.MkAbs(args[0])
	data, err := os.ReadFile(path)
	ts.Check(err)
	n := atoi(ts, args[1])
	if n < 0 {
		n += len(data)
	}
	ts.Check(os.WriteFile(path, data[:n], 0o666))
}

// checkSchema holds a JSON file against a schema: `schema SCHEMAFILE FILE`.
func checkSchema(ts *testscript.TestScript, neg bool, args []string) {
	schema, err := jsonschema.UnmarshalJSON(strings.NewReader(ts.ReadFile(args[0])))
	ts.Check(err)
	c := jsonschema.NewCompiler()
	ts.Check(c.AddResource("schema.json", schema))
	compiled, err := c.Compile("schema.json")
	ts.Check(err)
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(ts.ReadFile(args[1])))
	ts.Check(err)
	err = compiled.Validate(value)
	if (err != nil) != neg {
		ts.Fatalf("schema %s: %v", args[0], err)
	}
}

// checkJSONLines wants N lines of JSON objects: `jsonlines FILE N`.
func checkJSONLines(ts *testscript.TestScript, _ bool, args []string) {
	lines := strings.Split(strings.TrimSpace(ts.ReadFile(args[0])), "\n")
	if len(lines) != atoi(ts, args[1]) {
		ts.Fatalf("%d lines, want %s", len(lines), args[1])
	}
	for i, line := range lines {
		var v map[string]any
		if err := json.Unmarshal([]byte(line), &v); err != nil {
			ts.Fatalf("line %d: %v", i+1, err)
		}
	}
}

// checkJSONValue compares one value of an object: `jsonvalue FILE PATH WANT`,
// PATH being keys and list indices with dots between.
func checkJSONValue(ts *testscript.TestScript, neg bool, args []string) {
	var v any
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[0])), &v))
	for _, key := range strings.Split(args[1], ".") {
		switch at := v.(type) {
		case map[string]any:
			v = at[key]
		case []any:
			v = at[atoi(ts, key)]
		default:
			ts.Fatalf("%s: nothing at %q", args[1], key)
		}
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	ts.Check(enc.Encode(v))
	if got := strings.TrimSpace(b.String()); (got == args[2]) == neg {
		ts.Fatalf("%s is %s, want %s", args[1], got, args[2])
	}
}

// onlyFiles wants a folder to hold exactly these names: `onlyfiles DIR NAME…`.
func onlyFiles(ts *testscript.TestScript, _ bool, args []string) {
	entries, err := os.ReadDir(ts.MkAbs(args[0]))
	ts.Check(err)
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	if got, want := strings.Join(names, " "), strings.Join(args[1:], " "); got != want {
		ts.Fatalf("%s holds %q, want %q", args[0], got, want)
	}
}
