package projects

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mmtui/mmtui/core/gate"
	"github.com/mmtui/mmtui/core/plan"
	"github.com/mmtui/mmtui/int2"
)

// full has every key of the format.
const full = `# our model
schema_version = 1

[model]
path = "weights/model.safetensors" # float

[quantization]
bits   = 2
grid   = "half"
group  = 64
solver = "search"

# the head decides which word comes out
[[quantization.rule]]
match = "*.lm_head.*"
bits = 4 # was 2

[[quantization.rule]]
match = 're:layers\.[01]\.'
group = "channel"
grid = "affine"
solver = "rtn"
zero = "integer"

[budget]
size = "35 MB"

# not negotiable
[[gate]]
name = "no layer below 6 dB"
metric = "sqnr_db"
match = "*"
min = 6

[[gate]]
scope = "total"
metric = "over_budget_bytes"
max = 0

[[task]]
name = "captions"
kind = "caption"
data = "data/captions.jsonl"

[[device]]
name = "phone"
kind = "hexagon"
serial = "R5CT"
`

func parse(t *testing.T, text string) *Project {
	t.Helper()
	p, err := Parse("project.toml", []byte(text))
	if err != nil {
		t.Fatalf("%v\nin\n%s", err, text)
	}
	return p
}

func TestParse(t *testing.T) {
	p := parse(t, full)
	if p.Model != "weights/model.safetensors" || p.BudgetBytes != 35_000_000 {
		t.Errorf("model %q, budget %d", p.Model, p.BudgetBytes)
	}
	if got := p.Plan.Default.String(); got != "2b half g64 search" {
		t.Errorf("default %s", got)
	}
	if len(p.Plan.Rules) != 2 || p.Plan.Rules[0].Line != 14 || p.Plan.Rules[1].Line != 18 {
		t.Fatalf("rules %+v", p.Plan.Rules)
	}
	d := p.Plan.Decide(plan.Subject{Name: "m.lm_head.w", Quantizable: true, Rows: 64, Cols: 64})
	if d.Scheme == nil || d.Scheme.String() != "4b half g64 search" {
		t.Errorf("the head gets %v", d)
	}
	d = p.Plan.Decide(plan.Subject{Name: "layers.1.w", Quantizable: true, Rows: 64, Cols: 64})
	if d.Scheme == nil || d.Scheme.String() != "2b affine-int channel rtn" || !d.Scheme.IntegerZero {
		t.Errorf("layer 1 gets %v", d)
	}
	if len(p.Gates) != 2 || p.Gates[1].Scope != gate.ScopeTotal || p.Gates[0].Metric != "sqnr_db" || p.Gates[0].Min == nil || *p.Gates[0].Min != 6 || p.Gates[0].Line != 29 {
		t.Errorf("gates %+v", p.Gates)
	}
	if len(p.Tasks) != 1 || p.Tasks[0] != (Task{"captions", "caption", "data/captions.jsonl", 40}) {
		t.Errorf("tasks %+v", p.Tasks)
	}
	if len(p.Devices) != 1 || p.Devices[0] != (Device{"phone", "hexagon", "R5CT", 45}) {
		t.Errorf("devices %+v", p.Devices)
	}
	if got := p.Line("quantization", "grid"); got != 9 {
		t.Errorf("grid at line %d", got)
	}
}

func TestEmptyFileIsAProject(t *testing.T) {
	p := parse(t, "")
	if p.Model != "" || p.ModelPath() != "" || len(p.Plan.Rules) != 0 || !p.Plan.Default.Empty() {
		t.Errorf("an empty file says %+v", p)
	}
}

// TestProblems shows files and every line of the complaint.
func TestProblems(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"misspelled key", "\n[quantization]\nbitz = 2\n", `p.toml:3: unknown key "bitz" in [quantization]; did you mean "bits"?`},
		{"longer key", "[quantization]\ngroup_size = 64\n", `p.toml:2: unknown key "group_size" in [quantization]; did you mean "group"?`},
		{"misspelled table", "[quantisation]\nbits = 2\n", `p.toml:1: unknown key "quantisation"; did you mean "quantization"?`},
		{"no such key", "[budget]\nsize = 1\nweather = 1\n", `p.toml:3: unknown key "weather" in [budget]; known keys: size`},
		{"key in a rule", "[[quantization.rule]]\nmatch = \"*\"\nbits = 4\n[[quantization.rule]]\nmach = \"*\"\nmatch = \"*\"\nbits = 4\n",
			`p.toml:5: unknown key "mach" in [[quantization.rule]]; did you mean "match"?`},
		{"key in the wrong table", "bits = 2\n", `p.toml:1: unknown key "bits"; it belongs in [quantization] or a [[quantization.rule]]`},
		{"personal setting", "[ui]\ntheme = \"dark\"\n", `p.toml:1: unknown key "ui"; this is a setting of the person, not of the project: put it in the user configuration, which ` + "`mmtui config show --origin` names"},
		{"dotted", "quantization.grids = \"half\"\n", `p.toml:1: unknown key "grids" in [quantization]; did you mean "grid"?`},
		{"several", "[quantization]\nbits = 5\ngrid = \"hafl\"\ngroup = 48.5\nsolver = 3\n",
			`p.toml:2: [quantization] bits "5" is not allowed; use 2, 3, 4 or 8 (16 keeps a tensor in float)
p.toml:3: [quantization] grid "hafl" is not known; use half, twos or affine
p.toml:4: [quantization] group must be a multiple of 16 from 16 to 256, or "channel", not a number
p.toml:5: [quantization] solver must be rtn, search, ls, hqq, sinq or best, not a whole number`},
		{"in the order of lines", "[budget]\nsize = \"lots\"\n[quantization]\nbits = 5\n[model]\npath = \"\"\n",
			`p.toml:2: [budget] size: size "lots" is not understood; write bytes, or a number with kB, MB, GB, KiB, MiB or GiB, such as 35MB
p.toml:4: [quantization] bits "5" is not allowed; use 2, 3, 4 or 8 (16 keeps a tensor in float)
p.toml:6: [model] path is empty; use text`},
		{"solver that needs data", "[quantization]\nsolver = \"gptq\"\n",
			`p.toml:2: [quantization] solver "gptq" needs calibration data, which this version cannot use yet; use rtn, search, ls, hqq, sinq or best`},
		{"scheme that cannot be", "[quantization]\ngrid = \"half\"\nsolver = \"hqq\"\n",
			`p.toml:1: [quantization] solver "hqq" works on the affine grid only, not on "half"; set grid = "affine" or another solver`},
		{"rule that cannot be", "[quantization]\ngrid = \"half\"\n\n[[quantization.rule]]\nmatch = \"a\"\nsolver = \"hqq\"\n",
			`p.toml:4: [[quantization.rule]] with match = "a": solver "hqq" works on the affine grid only, not on "half"; set grid = "affine" or another solver`},
		{"rule without a pattern", "[[quantization.rule]]\nbits = 4\n", `p.toml:1: [[quantization.rule]] has no match; add a line such as match = "*.head.*"`},
		{"rule that sets nothing", "[[quantization.rule]]\nmatch = \"a\"\n", `p.toml:1: [[quantization.rule]] with match = "a" sets nothing; give it bits, grid, group, solver or zero; bits = 16 keeps tensors in float`},
		{"not a table", "quantization = 2\n", `p.toml:1: quantization must be a table; write [quantization] and its keys on the lines below`},
		{"not a list", "[quantization.rule]\nmatch = \"a\"\n", `p.toml:1: rule must be a list of tables; begin each with [[quantization.rule]]`},
		{"list of something", "gate = [1, 2]\n", "p.toml:1: gate must be a list of tables; begin each with [[gate]]\np.toml:1: gate must be a list of tables; begin each with [[gate]]"},
		{"table for a value", "[model.path]\na = 1\n", `p.toml:1: [model] path must be a single value, not a table`},
		{"list for a value", "[model]\npath = [\"a\"]\n", `p.toml:2: [model] path must be a single value, not a list`},
		{"version", "schema_version = 2\n", `p.toml:1: schema_version 2 is not known; this version of mmtui reads 1`},
		{"budget of nothing", "[budget]\nsize = 0\n", `p.toml:2: [budget] size must be more than zero; use a size such as "35MB"`},
		{"task", "[[task]]\nname = \"a\"\nkind = \"segment\"\ndata = \"x\"\n[[task]]\nname = \"a\"\nkind = \"ocr\"\n",
			"p.toml:3: [[task]] kind \"segment\" is not known; use caption, ocr, vqa or retrieval\n" +
				"p.toml:5: [[task]] has no data; add a line such as data = \"captions.jsonl\"\n" +
				"p.toml:5: [[task]] name \"a\" is taken by line 1; use another name"},
		{"gates", "[[gate]]\nmin = 1\n[[gate]]\nmetric = \"sqnr\"\nmin = 1\n[[gate]]\nmetric = \"cosine\"\n[[gate]]\nmetric = 7\n[[gate]]\nname = \"n\"\nscope = \"whole\"\nmetric = \"sqnr_db\"\nmin = nan\n",
			"p.toml:1: [[gate]] has no metric; add a line such as metric = \"sqnr_db\"\n" +
				"p.toml:3: [[gate]] \"sqnr\": metric \"sqnr\" is written \"sqnr_db\" in a gate\n" +
				"p.toml:6: [[gate]] \"cosine\": it has no limit; set min, max or both\n" +
				"p.toml:9: [[gate]] metric must be text, not a whole number\n" +
				"p.toml:12: [[gate]] scope \"whole\" is not known; use tensor or total\n" +
				"p.toml:14: [[gate]] min must be a finite number; leave it out to set no limit"},
		{"broken rule", "[[quantization.rule]]\nmatch = \"re:(\"\nbits = 5\n",
			"p.toml:2: [[quantization.rule]] match: pattern \"re:(\" is not a regular expression: missing closing ): `(`\n" +
				"p.toml:3: [[quantization.rule]] bits \"5\" is not allowed; use 2, 3, 4 or 8 (16 keeps a tensor in float)"},
		{"device", "[[device]]\nname = \"a\"\nkind = \"cpu\"\nserial = \"x\"\n[[device]]\nkind = \"hexagon\"\n",
			"p.toml:1: [[device]] serial goes with kind = \"hexagon\" only; remove it, or change kind\n" +
				"p.toml:5: [[device]] has no name; add a line such as name = \"first\""},
		{"not TOML", "[model]\npath = \n", `p.toml:2: not TOML: expected value but found '\n' instead`},
		{"a key twice", "[model]\npath = \"a\"\npath = \"b\"\n", `p.toml:3: not TOML: Key 'model.path' has already been defined.`},
		{"not UTF-8", "# fine\n# caf\xe9\n", `p.toml:2: is not UTF-8; save it as UTF-8 text`},
		{"too large", "#" + strings.Repeat("x", maxFileBytes), `p.toml: is larger than 1048576 bytes`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Parse("p.toml", []byte(c.text))
			if err == nil {
				t.Fatal("no complaint")
			}
			if err.Error() != c.want {
				t.Errorf("got\n%s\nwant\n%s", err, c.want)
			}
			for _, p := range ProblemsOf(err) {
				if p.ExitCode != 2 {
					t.Errorf("exit code %d, want 2", p.ExitCode)
				}
			}
		})
	}
}

func TestLoadFileTrouble(t *testing.T) {
	dir := t.TempDir()
	_, err := Load(filepath.Join(dir, "none.toml"))
	if !errors.Is(err, fs.ErrNotExist) || !strings.HasSuffix(err.Error(), "none.toml: no such file; check the path") {
		t.Errorf("missing file: %v", err)
	}
	if p := ProblemsOf(err); len(p) != 1 || p[0].ExitCode != 2 || p[0].File == "" {
		t.Errorf("problems %+v", p)
	}
	if _, err := Load(dir); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), FileName) {
		t.Errorf("folder without a project: %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, FileName), []byte("[model]\npath = \"m.safetensors\"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	p, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := p.ModelPath(), filepath.Join(dir, "m.safetensors"); got != want {
		t.Errorf("model %q, want %q", got, want)
	}
}

func TestModelPath(t *testing.T) {
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "owner", "here"), 0o755); err != nil {
		t.Fatal(err)
	}
	abs := filepath.Join(dir, "abs.safetensors")
	for _, c := range []struct{ model, want string }{
		{"model.safetensors", filepath.Join(dir, "model.safetensors")},
		{"../up", filepath.Join(filepath.Dir(dir), "up")},
		{"owner/name", "owner/name"},
		{"owner/name@refs/pr/1", "owner/name@refs/pr/1"},
		{"owner/here", filepath.Join(dir, "owner", "here")},
		{"weights/model.safetensors", filepath.Join(dir, "weights", "model.safetensors")},
		{"./owner/name", filepath.Join(dir, "owner", "name")},
		{filepath.ToSlash(abs), abs},
	} {
		p := &Project{Path: filepath.Join(dir, FileName), Model: c.model}
		if got := p.ModelPath(); got != c.want {
			t.Errorf("%q opens %q, want %q", c.model, got, c.want)
		}
	}
	if got := ModelFor(filepath.Join(dir, "sub", FileName), filepath.Join(dir, "m.safetensors")); got != "../m.safetensors" {
		t.Errorf("a project writes %q", got)
	}
	if got := ModelFor(filepath.Join(dir, FileName), "owner/name@v1"); got != "owner/name@v1" {
		t.Errorf("a cache name is written %q", got)
	}
}

func TestIsProject(t *testing.T) {
	dir := t.TempDir()
	if !IsProject("x/y.TOML") || IsProject("x/y.safetensors") || IsProject(dir) {
		t.Error("by the name")
	}
	if err := os.WriteFile(filepath.Join(dir, FileName), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if !IsProject(dir) {
		t.Error("a folder with a project and no model is a project")
	}
	if err := os.WriteFile(filepath.Join(dir, "model.safetensors"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if IsProject(dir) {
		t.Error("a folder with a model is a model")
	}
}

func TestLongListsOfRules(t *testing.T) {
	var b strings.Builder
	for range 3000 {
		b.WriteString("[[quantization.rule]]\nmatch = \"a.*\"\nbits = 4\n")
	}
	p := parse(t, b.String())
	if len(p.Plan.Rules) != 3000 || p.Plan.Rules[2999].Line != 3*2999+1 {
		t.Errorf("%d rules, the last at line %d", len(p.Plan.Rules), p.Plan.Rules[len(p.Plan.Rules)-1].Line)
	}
}

func TestManyProblemsAreCut(t *testing.T) {
	_, err := Parse("p.toml", []byte(strings.Repeat("[[gate]]\n", 1000)))
	p := ProblemsOf(err)
	if len(p) != maxProblems+1 || p[0].Line != 1 || p[99].Line != 100 || p[100].String() != "p.toml: and 900 more problems" {
		t.Errorf("%d problems, the last is %s", len(p), p[len(p)-1])
	}
}

func TestWithDoesNotChange(t *testing.T) {
	p := parse(t, full)
	q := p.WithPlan(p.Plan.WithDefault(plan.FromScheme(&int2.Scheme{Bits: 4, Grid: int2.Half, Group: 32, Solver: int2.RTN}))).WithBudget(7)
	if p.BudgetBytes != 35_000_000 || *p.Plan.Default.Bits != 2 {
		t.Error("the project changed under its copy")
	}
	if q.Equal(p) || q.BudgetBytes != 7 || *q.Plan.Default.Bits != 4 {
		t.Errorf("the copy says %+v", q)
	}
}
