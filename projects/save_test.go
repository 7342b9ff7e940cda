package projects

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mmtui/mmtui/core/plan"
	"github.com/mmtui/mmtui/int2"
)

func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func get(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// opened writes a text and loads it.
func opened(t *testing.T, text string) *Project {
	t.Helper()
	path := filepath.Join(t.TempDir(), FileName)
	put(t, path, text)
	p, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func rule(t *testing.T, match, choice string) plan.Rule {
	t.Helper()
	pattern, err := plan.ParsePattern(match)
	if err != nil {
		t.Fatal(err)
	}
	r := plan.Rule{Match: pattern}
	for _, pair := range strings.Fields(choice) {
		key, v, _ := strings.Cut(pair, "=")
		if err := r.Choice.Set(key, v); err != nil {
			t.Fatal(err)
		}
	}
	return r
}

// checkSaved saves, and checks the law: what Load reads is what was saved.
func checkSaved(t *testing.T, p *Project, want string) *Project {
	t.Helper()
	saved, err := Save(p.Path, p, false)
	if err != nil {
		t.Fatal(err)
	}
	if got := get(t, p.Path); got != want {
		t.Errorf("the file is\n%s\nwant\n%s", got, want)
	}
	loaded, err := Load(p.Path)
	if err != nil {
		t.Fatal(err)
	}
	if !loaded.Equal(p) || !loaded.Equal(saved) || !loaded.Plan.Equal(p.Plan) || loaded.Model != p.Model {
		t.Errorf("loaded %+v\nsaved %+v", loaded, p)
	}
	return saved
}

func TestSaveUnchangedKeepsEveryByte(t *testing.T) {
	p := opened(t, full)
	before, err := os.Stat(p.Path)
	if err != nil {
		t.Fatal(err)
	}
	checkSaved(t, p, full)
	after, err := os.Stat(p.Path)
	if err != nil {
		t.Fatal(err)
	}
	if !os.SameFile(before, after) {
		t.Error("a file that says it already was written again")
	}
}

func TestSavePlanKeepsComments(t *testing.T) {
	p := opened(t, full)
	next := p.Plan.WithRule(rule(t, "*.lm_head.*", "bits=8"), rule(t, "*.fc1.*", "bits=16"))
	next.Rules[0], next.Rules[1] = next.Rules[1], next.Rules[0] // the head first again, as it was
	p = p.WithPlan(next.WithDefault(plan.Choice{Group: new(int)})).WithBudget(20 << 20)
	want := strings.NewReplacer(
		"bits = 4 # was 2", "bits = 8 # was 2",
		"group  = 64", `group  = "channel"`,
		`size = "35 MB"`, `size = "20MiB"`,
		"zero = \"integer\"\n", "zero = \"integer\"\n\n[[quantization.rule]]\nmatch = \"*.fc1.*\"\nbits = 16\n",
	).Replace(full)
	saved := checkSaved(t, p, want)

	// And back again, from what Save returned.
	original := parse(t, full)
	back := saved.WithPlan(original.Plan).WithBudget(original.BudgetBytes)
	checkSaved(t, back, strings.Replace(full, `"35 MB"`, `"35MB"`, 1))
}

func TestSaveNew(t *testing.T) {
	path := filepath.Join(t.TempDir(), "mine.toml")
	p := &Project{Model: "model.safetensors", BudgetBytes: 35_000_000, Plan: plan.Plan{
		Default: plan.FromScheme(&int2.Scheme{Bits: 2, Grid: int2.Half, Group: 64, Solver: int2.Search}),
		Rules:   []plan.Rule{rule(t, `re:head\d`, "bits=4")},
	}}
	p.Plan.Default.IntegerZero = nil
	p.Path = path
	saved := checkSaved(t, p, `# A project of mmtui: which model, how it is quantized, what it must keep to.
# Every key is explained in docs/projects.md of mmtui.
schema_version = 1

[model]
path = "model.safetensors" # relative to this file: a file, a folder, or a cache name owner/name@revision

# The scheme of every tensor. Rules change it for the tensors that they match:
# [[quantization.rule]] blocks, of which the last that matches wins.
[quantization]
bits = 2
grid = "half"
group = 64
solver = "search"

[[quantization.rule]]
match = 're:head\d'
bits = 4

# What the quantized model may take.
[budget]
size = "35MB"
`)
	if saved.Path != path || saved.Plan.Rules[0].Line == 0 {
		t.Errorf("saved as %+v", saved)
	}
	bare := &Project{Path: filepath.Join(filepath.Dir(path), "bare.toml")}
	checkSaved(t, bare, "# A project of mmtui: which model, how it is quantized, what it must keep to.\n"+
		"# Every key is explained in docs/projects.md of mmtui.\nschema_version = 1\n")
}

func TestSaveRefusesConflicts(t *testing.T) {
	p := opened(t, full)
	mine := p.WithBudget(1000)
	theirs := strings.Replace(full, "bits = 4", "bits = 3", 1)
	put(t, p.Path, theirs)
	var conflict *ConflictError
	if _, err := Save(p.Path, mine, false); !errors.As(err, &conflict) || conflict.Exists || conflict.Path != p.Path {
		t.Fatalf("their change was not seen: %v", err)
	}
	if got := get(t, p.Path); got != theirs {
		t.Fatalf("a refused save wrote\n%s", got)
	}
	if _, err := Save(p.Path, mine, true); err != nil {
		t.Fatal(err)
	}
	if got, want := get(t, p.Path), strings.Replace(full, `"35 MB"`, `"1kB"`, 1); got != want {
		t.Errorf("forced, the file is\n%s\nwant\n%s", got, want)
	}
}

func TestSaveKeepsTheirComments(t *testing.T) {
	p := opened(t, full)
	put(t, p.Path, full+"\n# they wrote this\n")
	checkSaved(t, p.WithBudget(1000), strings.Replace(full, `"35 MB"`, `"1kB"`, 1)+"\n# they wrote this\n")
}

func TestSaveOverOtherFiles(t *testing.T) {
	p := opened(t, full)
	other := filepath.Join(filepath.Dir(p.Path), "other.toml")
	put(t, other, "# precious\n[budget]\nsize = \"1kB\"\n")
	var conflict *ConflictError
	if _, err := Save(other, p, false); !errors.As(err, &conflict) || !conflict.Exists {
		t.Fatalf("a file that was not opened was overwritten: %v", err)
	}
	saved, err := Save(other, p, true)
	if err != nil {
		t.Fatal(err)
	}
	if !saved.Equal(p) || !strings.HasPrefix(get(t, other), "# precious\n") {
		t.Errorf("forced:\n%s", get(t, other))
	}
	put(t, other, "not TOML at all")
	if _, err := Save(other, p, false); !errors.As(err, &conflict) {
		t.Errorf("a file that cannot be read was overwritten: %v", err)
	}
	if saved, err = Save(other, p, true); err != nil || get(t, other) != full {
		t.Errorf("forced over a broken file: %v\n%s", err, get(t, other))
	}
	if !saved.Equal(p) {
		t.Error("the saved project is another")
	}
}

func TestSaveElsewhereKeepsWhatPathsMean(t *testing.T) {
	p := opened(t, full)
	sub := filepath.Join(filepath.Dir(p.Path), "sub")
	if err := os.Mkdir(sub, 0o755); err != nil {
		t.Fatal(err)
	}
	saved, err := Save(filepath.Join(sub, "copy.toml"), p, false)
	if err != nil {
		t.Fatal(err)
	}
	if saved.Model != "../weights/model.safetensors" || saved.Tasks[0].Data != "../data/captions.jsonl" {
		t.Errorf("model %q, data %q", saved.Model, saved.Tasks[0].Data)
	}
	if saved.ModelPath() != p.ModelPath() {
		t.Errorf("the copy opens %q, the original %q", saved.ModelPath(), p.ModelPath())
	}
	if got := get(t, saved.Path); !strings.Contains(got, `path = "../weights/model.safetensors" # float`) {
		t.Errorf("the copy lost its comments:\n%s", got)
	}
	if get(t, p.Path) != full {
		t.Error("the original changed")
	}
}

func TestSaveAfterTheFileWent(t *testing.T) {
	p := opened(t, full)
	if err := os.Remove(p.Path); err != nil {
		t.Fatal(err)
	}
	checkSaved(t, p.WithBudget(1000), strings.Replace(full, `"35 MB"`, `"1kB"`, 1))
}

func TestSaveRefusesWhatLoadWould(t *testing.T) {
	p := opened(t, full)
	bits := 5
	bad := p.WithPlan(plan.Plan{Default: plan.Choice{Bits: &bits}})
	if _, err := Save(p.Path, bad, false); err == nil || !strings.Contains(err.Error(), `bits "5" is not allowed`) {
		t.Errorf("5 bits: %v", err)
	}
	odd := p.WithBudget(1000)
	odd.Model = "caf\xe9"
	if _, err := Save(p.Path, odd, false); err == nil {
		t.Error("a name that TOML cannot say was written")
	}
	if get(t, p.Path) != full {
		t.Error("a refused save wrote the file")
	}
}

func TestSaveIntoNoFolder(t *testing.T) {
	path := filepath.Join(t.TempDir(), "none", FileName)
	if _, err := Save(path, &Project{Path: path}, false); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("error %v", err)
	}
}

func TestSaveThroughALink(t *testing.T) {
	p := opened(t, full)
	link := filepath.Join(t.TempDir(), "link.toml")
	if err := os.Symlink(p.Path, link); err != nil {
		t.Skipf("no symbolic links here: %v", err)
	}
	q, err := Load(link)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Save(link, q.WithBudget(1000), false); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link was replaced: %v %v", info, err)
	}
	if got := get(t, p.Path); !strings.Contains(got, `size = "1kB"`) {
		t.Errorf("the file behind the link is\n%s", got)
	}
}
