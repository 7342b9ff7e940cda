package projects

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/mmtui/mmtui/core/plan"
	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/int2"
)

// Resolve decides on every setting: flags, then MMTUI_* variables, then the
// project, then the user's configuration, then defaults. flags has the flags
// that were given, by name without dashes ("hf-cache" or "hf_cache"); names
// that are no setting are left alone. A variable that is set but empty counts
// as not set. project and user may be nil.
//
// A solver of a stronger layer that needs another grid than a weaker layer
// says brings its own grid along. The error is Problems, which name the flag,
// the variable, or file and line.
func Resolve(flags map[string]string, env func(string) (string, bool), project *Project, user *UserConfig) (*Settings, error) {
	r := &resolver{flags: flags, env: env, project: project, user: user, collector: &collector{}}
	s := &Settings{}
	for _, k := range settings() {
		s.All = append(s.All, r.value(k))
	}
	if len(r.problems) == 0 {
		r.scheme(s)
	}
	if len(r.problems) > 0 {
		return nil, r.problems
	}
	s.fill()
	return s, nil
}

type resolver struct {
	*collector
	flags   map[string]string
	env     Env
	project *Project
	user    *UserConfig
}

// value finds one setting in the strongest layer that has it.
func (r *resolver) value(k setting) Setting {
	for _, name := range []string{strings.ReplaceAll(k.key, "_", "-"), k.key} {
		if v, ok := r.flags[name]; ok {
			return r.checked(k, v, LayerFlag, flagName(k.key))
		}
	}
	if v := r.env.get(VariableName(k.key)); v != "" {
		return r.checked(k, v, LayerEnvironment, VariableName(k.key))
	}
	if r.project != nil && k.project != nil {
		if v, ok := k.project(r.project); ok {
			return Setting{k.key, v, LayerProject, place(r.project.Path, r.project.Line(k.line...))}
		}
	}
	if r.user != nil {
		if v, ok := r.user.values[k.key]; ok {
			return Setting{k.key, v, LayerUser, place(r.user.Path, r.user.lines[k.key])}
		}
	}
	if k.key == KeyHFCache {
		dir, source := defaultCache(r.env)
		return Setting{k.key, dir, LayerDefault, source}
	}
	return Setting{k.key, k.fallback, LayerDefault, ""}
}

func place(path string, line int) string {
	if line > 0 {
		return path + ":" + strconv.Itoa(line)
	}
	return path
}

// checked takes a text of the command line or the environment.
func (r *resolver) checked(k setting, text string, layer Layer, source string) Setting {
	v, err := k.parse(text)
	if err != nil {
		r.problems = append(r.problems, report.Problem{What: source + ": " + err.Error(), ExitCode: exitConfiguration})
	}
	return Setting{k.key, v, layer, source}
}

// scheme checks that the parts of the scheme go together, and lets a solver
// bring its grid.
func (r *resolver) scheme(s *Settings) {
	grid, solver, zero := s.at(plan.KeyGrid), s.at(plan.KeySolver), s.at(plan.KeyZero)
	needs := int2.Grid("")
	by := solver
	if int2.Solver(solver.Value).ImpliedGrid() == int2.Affine {
		needs = int2.Affine
	} else if zero.Value == zeroInteger {
		needs, by = int2.Affine, zero
	}
	if needs != "" && int2.Grid(grid.Value) != needs && by.Layer.strength() > grid.Layer.strength() {
		*grid = Setting{plan.KeyGrid, string(needs), by.Layer, "implied by " + by.Source}
	}
	choice := s.Choice()
	if _, err := choice.Scheme(); err != nil {
		var parts []string
		involved := []Setting{*grid, *solver, *zero}
		slices.SortStableFunc(involved, strongest)
		for _, e := range involved {
			if e.Layer != LayerDefault {
				parts = append(parts, fmt.Sprintf("%s from %s", e.Key, e.Source))
			}
		}
		r.problems = append(r.problems, report.Problem{
			What: fmt.Sprintf("%s (%s)", err, strings.Join(parts, ", ")), ExitCode: exitConfiguration})
	}
}

func (s *Settings) at(key string) *Setting {
	for i := range s.All {
		if s.All[i].Key == key {
			return &s.All[i]
		}
	}
	return nil
}

// fill sets the typed fields; every value was checked.
func (s *Settings) fill() {
	text := func(key string) string { return s.at(key).Value }
	s.BudgetBytes, _ = strconv.ParseInt(text(KeyBudget), 10, 64)
	s.Workers, _ = strconv.Atoi(text(KeyWorkers))
	s.Theme, s.Color, s.Graph, s.HFCache = text(KeyTheme), text(KeyColor), text(KeyGraph), text(KeyHFCache)
}
