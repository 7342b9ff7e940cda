package projects

import (
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/mmtui/mmtui/core/plan"
	"github.com/mmtui/mmtui/core/scan"
	"github.com/mmtui/mmtui/int2"
)

func environment(pairs ...string) Env {
	return func(key string) (string, bool) {
		for _, p := range pairs {
			if k, v, _ := strings.Cut(p, "="); k == key {
				return v, true
			}
		}
		return "", false
	}
}

func user(t *testing.T, text string) *UserConfig {
	t.Helper()
	u, err := ParseUser(filepath.FromSlash("/home/u/config.toml"), []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// TestPrecedence takes the layers away one by one.
func TestPrecedence(t *testing.T) {
	flags := map[string]string{"bits": "8", "format": "json"}
	env := environment("MMTUI_BITS=4", "MMTUI_THEME=mono", "MMTUI_GRID=")
	project := parse(t, "[quantization]\nbits = 3\n")
	config := user(t, "theme = \"light\"\nbits = 2\nworkers = 3\n")
	for _, c := range []struct {
		name    string
		flags   map[string]string
		env     Env
		project *Project
		user    *UserConfig
		want    string
	}{
		{"all", flags, env, project, config, "8 flag --bits"},
		{"no flag", nil, env, project, config, "4 environment MMTUI_BITS"},
		{"no variable", nil, nil, project, config, "3 project project.toml:2"},
		{"no project", nil, nil, nil, config, "2 user " + filepath.FromSlash("/home/u/config.toml:2")},
		{"nothing", nil, nil, nil, nil, "2 default"},
	} {
		s, err := Resolve(c.flags, c.env, c.project, c.user)
		if err != nil {
			t.Fatal(err)
		}
		bits, _ := s.Get("bits")
		if got := bits.Value + " " + bits.Origin(); got != c.want {
			t.Errorf("%s: bits %s, want %s", c.name, got, c.want)
		}
	}
	s, err := Resolve(flags, env, project, config)
	if err != nil {
		t.Fatal(err)
	}
	if s.Theme != "mono" || s.Workers != 3 || s.BudgetBytes != 35_000_000 || s.Color != "auto" || s.Graph != "auto" {
		t.Errorf("settings %+v", s)
	}
	if grid, _ := s.Get("grid"); grid.Layer != LayerDefault {
		t.Errorf("an empty variable counts: %+v", grid)
	}
	if got := s.Choice(); got.Grid != nil || got.Group != nil || got.Bits == nil || *got.Bits != 8 {
		t.Errorf("the choice is %v: it must leave out what nobody asked for", got)
	}
	if _, ok := s.Get("format"); ok {
		t.Error("a flag that is no setting became one")
	}
}

func TestDefaultsAreTheDefaultScheme(t *testing.T) {
	s, err := Resolve(nil, nil, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	var c plan.Choice
	for _, key := range plan.Keys() {
		v, _ := s.Get(key)
		if err := c.Set(key, v.Value); err != nil {
			t.Error(err)
		}
	}
	scheme, err := c.Scheme()
	if err != nil || *scheme != int2.DefaultScheme() {
		t.Errorf("defaults make %v, %v; want %v", scheme, err, int2.DefaultScheme())
	}
	if s.BudgetBytes != scan.DefaultBudgetBytes {
		t.Errorf("budget %d, a scan's is %d", s.BudgetBytes, scan.DefaultBudgetBytes)
	}
	if !s.Choice().Empty() {
		t.Errorf("defaults are asked for: %v", s.Choice())
	}
}

func TestSolverBringsItsGrid(t *testing.T) {
	half := parse(t, "[quantization]\ngrid = \"half\"\n")
	hqq := parse(t, "[quantization]\nsolver = \"hqq\"\n")
	for _, c := range []struct {
		name    string
		flags   map[string]string
		project *Project
		want    string // the grid and its origin, or the problem
	}{
		{"over the default", map[string]string{"solver": "hqq"}, nil, "affine flag implied by --solver"},
		{"over a weaker layer", map[string]string{"solver": "sinq"}, half, "affine flag implied by --solver"},
		{"a project's own", nil, hqq, "affine project implied by project.toml:2"},
		{"an integer zero", map[string]string{"zero": "integer", "solver": "rtn"}, half, "affine flag implied by --zero"},
		{"not over a stronger layer", map[string]string{"grid": "half"}, hqq,
			`solver "hqq" works on the affine grid only, not on "half"; set grid = "affine" or another solver (grid from --grid, solver from project.toml:2)`},
		{"not over the same layer", map[string]string{"grid": "twos", "solver": "ls"}, nil,
			`solver "ls" works on the affine grid only, not on "twos"; set grid = "affine" or another solver (grid from --grid, solver from --solver)`},
		{"grid that fits", map[string]string{"solver": "search"}, half, "half project project.toml:2"},
	} {
		s, err := Resolve(c.flags, nil, c.project, nil)
		got := fmt.Sprint(err)
		if err == nil {
			grid, _ := s.Get("grid")
			got = grid.Value + " " + grid.Origin()
			if _, err := s.Choice().Scheme(); err != nil {
				t.Errorf("%s: %v", c.name, err)
			}
		}
		if got != c.want {
			t.Errorf("%s: %s\nwant %s", c.name, got, c.want)
		}
	}
}

func TestSettingProblems(t *testing.T) {
	_, err := Resolve(map[string]string{"bits": "5", "hf-cache": " "}, environment("MMTUI_THEME=pink", "MMTUI_WORKERS=many", "MMTUI_BUDGET=-1MB"), nil, nil)
	want := `MMTUI_BUDGET: budget: size "-1MB" is not understood; write bytes, or a number with kB, MB, GB, KiB, MiB or GiB, such as 35MB
--bits: bits "5" is not allowed; use 2, 3, 4 or 8 (16 keeps a tensor in float)
MMTUI_THEME: theme "pink" is not known; use auto, dark, light, high-contrast, colour-blind or mono
MMTUI_WORKERS: workers "many" is not a number of cores; use 1 to 4096, or 0 for all
--hf-cache: hf_cache is empty; use the folder of the Hugging Face cache`
	if err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
}

func TestHuggingFaceCache(t *testing.T) {
	for _, c := range []struct {
		env  Env
		want string
	}{
		{environment("HF_HUB_CACHE=/a", "HF_HOME=/b"), "/a default HF_HUB_CACHE"},
		{environment("HF_HOME=/b", "XDG_CACHE_HOME=/c"), filepath.FromSlash("/b/hub") + " default HF_HOME"},
		{environment("XDG_CACHE_HOME=/c"), filepath.FromSlash("/c/huggingface/hub") + " default XDG_CACHE_HOME"},
		{environment("MMTUI_HF_CACHE=/m", "HF_HOME=/b"), "/m environment MMTUI_HF_CACHE"},
	} {
		s, err := Resolve(nil, c.env, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		cache, _ := s.Get(KeyHFCache)
		if got := cache.Value + " " + cache.Origin(); got != filepath.FromSlash(c.want) || s.HFCache != cache.Value {
			t.Errorf("cache %s, want %s", got, c.want)
		}
	}
}

func TestUserConfig(t *testing.T) {
	u := user(t, "budget = \"20MB\"\ngroup = \"channel\"\ncolor = \"NEVER\"\nhf_cache = \"models\"\n")
	s, err := Resolve(nil, nil, nil, u)
	if err != nil {
		t.Fatal(err)
	}
	if s.BudgetBytes != 20_000_000 || s.Color != "never" || s.HFCache != filepath.FromSlash("/home/u/models") {
		t.Errorf("settings %+v", s)
	}
	if c := s.Choice(); c.Group == nil || *c.Group != int2.PerChannel {
		t.Errorf("choice %v", c)
	}
	p := s.Plan(parse(t, full))
	if len(p.Rules) != 2 || !p.Default.Equal(s.Choice()) {
		t.Errorf("plan %+v", p)
	}
	if none, err := LoadUser(filepath.Join(t.TempDir(), "none.toml")); err != nil || none == nil {
		t.Errorf("no configuration: %v", err)
	}
	for _, c := range []struct{ text, want string }{
		{"themes = 1\n", `c.toml:1: unknown key "themes"; did you mean "theme"?`},
		{"\ntheme = \"pink\"\n", `c.toml:2: theme "pink" is not known; use auto, dark, light, high-contrast, colour-blind or mono`},
		{"theme = 3\nworkers = \"3\"\n", "c.toml:1: theme must be text, not a whole number\nc.toml:2: workers must be a whole number, not text"},
		{"workers = -1\n", `c.toml:1: workers "-1" is not a number of cores; use 1 to 4096, or 0 for all`},
		{"[quantization]\nbits = 2\n", `c.toml:1: unknown key "quantization"; the user configuration has no tables: write its keys at the top, such as bits = 2`},
		{"bits = true\n", `c.toml:1: bits must be 2, 3, 4, 8 or 16, not true or false`},
		{"budget = 1.5\n", `c.toml:1: budget must be a size such as "35MB", not a number`},
	} {
		if _, err := ParseUser("c.toml", []byte(c.text)); err == nil || err.Error() != c.want {
			t.Errorf("got\n%v\nwant\n%s", err, c.want)
		}
	}
}

func TestPlaces(t *testing.T) {
	dir := t.TempDir()
	env := environment("XDG_CONFIG_HOME="+dir, "XDG_STATE_HOME="+dir)
	if got, err := UserConfigPath(env); err != nil || got != filepath.Join(dir, "mmtui", "config.toml") {
		t.Errorf("configuration at %q, %v", got, err)
	}
	if got, err := RecentPath(env); err != nil || got != filepath.Join(dir, "mmtui", "recent.json") {
		t.Errorf("recent files at %q, %v", got, err)
	}
	if runtime.GOOS == "windows" {
		t.Skip("the folders below are of Unix")
	}
	t.Setenv("HOME", dir)
	t.Setenv("XDG_CONFIG_HOME", "")
	relative := environment("XDG_CONFIG_HOME=relative", "XDG_STATE_HOME=relative")
	for _, f := range []func(Env) (string, error){UserConfigPath, RecentPath} {
		if got, err := f(relative); err != nil || !filepath.IsAbs(got) || strings.Contains(got, "relative") {
			t.Errorf("with a relative folder: %q, %v", got, err)
		}
	}
	if got, err := stateDir("linux"); err != nil || got != filepath.Join(dir, ".local", "state") {
		t.Errorf("state on Linux in %q, %v", got, err)
	}
}

func TestSettingsAreInOrder(t *testing.T) {
	s, err := Resolve(nil, nil, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	var keys []string
	for _, e := range s.All {
		keys = append(keys, e.Key)
	}
	want := []string{"budget", "bits", "grid", "group", "solver", "zero", "theme", "color", "graph", "workers", "hf_cache"}
	if !slices.Equal(keys, want) {
		t.Errorf("keys %v", keys)
	}
	if VariableName(KeyHFCache) != "MMTUI_HF_CACHE" || flagName(KeyHFCache) != "--hf-cache" {
		t.Error("names of hf_cache")
	}
}
