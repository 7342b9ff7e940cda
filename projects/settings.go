package projects

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"github.com/mmtui/mmtui/core/plan"
	"github.com/mmtui/mmtui/core/report"
)

// Keys of the settings that are not of a scheme (those are plan.Keys). A key is
// the name of the flag (with - for _), of the variable (MMTUI_ and the key in
// capitals), and in the user's configuration.
const (
	KeyBudget  = "budget"
	KeyTheme   = "theme"
	KeyColor   = "color"
	KeyGraph   = "graph"
	KeyWorkers = "workers"
	KeyHFCache = "hf_cache"
)

// Themes lists the values of the setting theme.
func Themes() []string {
	return []string{"auto", "dark", "light", "high-contrast", "colour-blind", "mono"}
}

// Colors lists the values of the setting color.
func Colors() []string { return []string{"auto", "always", "never"} }

// Graphs lists the values of the setting graph.
func Graphs() []string { return []string{"auto", "braille", "block", "ascii"} }

// maxWorkers is above any machine this runs on.
const maxWorkers = 4096

// defaultBudgetBytes is the size that a model on a phone is held to: 35 MB.
const defaultBudgetBytes = 35_000_000

// setting is one key of Settings.
type setting struct {
	key, fallback string
	wanted        string                          // for a message
	parse         func(v string) (string, error)  // checks and makes canonical
	number        bool                            // a number in TOML
	mixed         bool                            // a number or a text in TOML
	project       func(p *Project) (string, bool) // what a project sets, nil: nothing
	line          []string                        // where a project has it
}

// settings lists the keys in the order in which they are shown.
func settings() []setting {
	list := []setting{{
		key: KeyBudget, fallback: strconv.Itoa(defaultBudgetBytes), mixed: true, wanted: `a size such as "35MB"`,
		parse: parseBudget, line: []string{"budget", "size"},
		project: func(p *Project) (string, bool) { return strconv.FormatInt(p.BudgetBytes, 10), p.BudgetBytes != 0 },
	}}
	defaults := map[string]string{plan.KeyBits: "2", plan.KeyGrid: "half", plan.KeyGroup: "64", plan.KeySolver: "search", plan.KeyZero: zeroFloat}
	wanted := map[string]string{plan.KeyBits: "2, 3, 4, 8 or 16", plan.KeyGrid: "half, twos or affine",
		plan.KeyGroup: `a multiple of 16 from 16 to 256, or "channel"`, plan.KeySolver: "rtn, search, ls, hqq, sinq or best", plan.KeyZero: "float or integer"}
	for _, key := range plan.Keys() {
		list = append(list, setting{
			key: key, fallback: defaults[key], wanted: wanted[key],
			number: key == plan.KeyBits, mixed: key == plan.KeyGroup,
			parse:   func(v string) (string, error) { return v, readChoice(key, v) },
			project: func(p *Project) (string, bool) { return p.Plan.Default.Get(key) },
			line:    []string{"quantization", key},
		})
	}
	oneOf := func(key string, list []string) setting {
		check := words(list)
		return setting{key: key, fallback: list[0], wanted: orList(list),
			parse: func(v string) (string, error) { return check(key, v) }}
	}
	return append(list, oneOf(KeyTheme, Themes()), oneOf(KeyColor, Colors()), oneOf(KeyGraph, Graphs()),
		setting{key: KeyWorkers, fallback: "0", number: true, wanted: "a whole number", parse: parseWorkers},
		setting{key: KeyHFCache, wanted: "a folder", parse: parseFolder})
}

func findSetting(key string) (setting, bool) {
	for _, s := range settings() {
		if s.key == key {
			return s, true
		}
	}
	return setting{}, false
}

func parseBudget(v string) (string, error) {
	n, err := report.ParseBytes(v)
	if err != nil {
		return "", fmt.Errorf("budget: %w", err)
	}
	if n <= 0 {
		return "", fmt.Errorf(`budget %q is not more than zero; use a size such as "35MB"`, v)
	}
	return strconv.FormatInt(n, 10), nil
}

func parseWorkers(v string) (string, error) {
	n, err := strconv.Atoi(v)
	if err != nil || n < 0 || n > maxWorkers {
		return "", fmt.Errorf("workers %q is not a number of cores; use 1 to %d, or 0 for all", v, maxWorkers)
	}
	return strconv.Itoa(n), nil
}

func parseFolder(v string) (string, error) {
	if strings.TrimSpace(v) == "" {
		return "", fmt.Errorf("hf_cache is empty; use the folder of the Hugging Face cache")
	}
	return v, nil
}

// Layer is where the value of a setting came from.
type Layer string

// The layers, strongest first.
const (
	LayerFlag        Layer = "flag"
	LayerEnvironment Layer = "environment"
	LayerProject     Layer = "project"
	LayerUser        Layer = "user"
	LayerDefault     Layer = "default"
)

// strength orders layers; more is stronger.
func (l Layer) strength() int {
	switch l {
	case LayerFlag:
		return 4
	case LayerEnvironment:
		return 3
	case LayerProject:
		return 2
	case LayerUser:
		return 1
	}
	return 0
}

// Setting is the value of one key and where it came from.
type Setting struct {
	Key    string `json:"key"`
	Value  string `json:"value"`            // as it would be written; bytes for budget
	Layer  Layer  `json:"layer"`            //
	Source string `json:"source,omitempty"` // "--bits", "MMTUI_BITS", "project.toml:4", "implied by --solver"; "" for a plain default
}

// Origin is layer and source in one: "flag --bits", "project project.toml:4", "default".
func (s Setting) Origin() string {
	return strings.TrimSuffix(string(s.Layer)+" "+s.Source, " ")
}

// Settings are the values in use.
type Settings struct {
	All []Setting // in the order in which they are shown

	BudgetBytes int64
	Theme       string // one of Themes
	Color       string // one of Colors
	Graph       string // one of Graphs
	Workers     int    // 0: all cores
	HFCache     string // folder of the Hugging Face cache
}

// Get is one setting by its key.
func (s *Settings) Get(key string) (Setting, bool) {
	for _, e := range s.All {
		if e.Key == key {
			return e, true
		}
	}
	return Setting{}, false
}

// Choice is the default scheme that flags, environment, project and user
// configuration ask for together. What nobody asked for is left out.
func (s *Settings) Choice() plan.Choice {
	c, _ := choice(func(key string) (string, bool) { // every value was checked
		e, _ := s.Get(key)
		return e.Value, e.Layer != LayerDefault
	})
	return c
}

// Plan is the plan in use: Choice, and the project's rules. project may be nil.
func (s *Settings) Plan(project *Project) plan.Plan {
	p := plan.Plan{Default: s.Choice()}
	if project != nil {
		p.Rules = project.Plan.Rules
	}
	return p
}

// flagName is the flag of a key.
func flagName(key string) string { return "--" + strings.ReplaceAll(key, "_", "-") }

// VariableName is the environment variable of a key.
func VariableName(key string) string { return "MMTUI_" + strings.ToUpper(key) }

// strongest orders settings of which several take part in a trouble.
func strongest(a, b Setting) int { return cmp.Compare(b.Layer.strength(), a.Layer.strength()) }
