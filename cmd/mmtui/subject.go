package main

import (
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mmtui/mmtui/core/model"
	"github.com/mmtui/mmtui/core/plan"
	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/core/scan"
	"github.com/mmtui/mmtui/int2"
	"github.com/mmtui/mmtui/projects"
)

// subject is what a command works on: a model under a plan.
type subject struct {
	path     string            // as given
	project  *projects.Project // nil when a model was named
	settings *projects.Settings
	model    *model.Model
	plan     plan.Plan
}

func (s *subject) session() scan.Options {
	return scan.Options{BudgetBytes: s.settings.BudgetBytes, Workers: s.settings.Workers}
}

// open opens a model or the model of a project. The caller closes it.
func (c *console) open(cmd *cobra.Command, path string, quant *quantFlags, limits *limitFlags) (*subject, error) {
	if !projects.IsProject(path) {
		return c.openModel(cmd, &subject{path: path}, path, quant, limits)
	}
	project, err := projects.Load(path)
	if err != nil {
		return nil, err
	}
	return c.openProject(cmd, project, "", quant, limits)
}

// openProject opens the model of a project, or weights in its place.
func (c *console) openProject(cmd *cobra.Command, project *projects.Project, weights string, quant *quantFlags, limits *limitFlags) (*subject, error) {
	if weights == "" {
		weights = project.ModelPath()
	}
	if weights == "" {
		return nil, noModel(project)
	}
	return c.openModel(cmd, &subject{path: project.Path, project: project}, weights, quant, limits)
}

func (c *console) openModel(cmd *cobra.Command, s *subject, weights string, quant *quantFlags, limits *limitFlags) (_ *subject, err error) {
	rules := s.project
	if quant.plan != "" {
		if rules, err = projects.Load(quant.plan); err != nil {
			return nil, err
		}
	}
	if s.settings, err = c.settings(cmd, rules); err != nil {
		return nil, err
	}
	if s.model, err = model.Open(cmd.Context(), weights, c.modelOptions(s.settings, limits)); err != nil {
		return nil, err
	}
	if s.plan, err = s.choose(quant, rules, given(cmd)); err != nil {
		_ = s.model.Close() // the first error is the one to report
		return nil, err
	}
	for _, w := range s.model.Warnings {
		c.say("%s", w)
	}
	c.warnUnmatched(s)
	return s, nil
}

func (c *console) modelOptions(s *projects.Settings, limits *limitFlags) model.Options {
	return model.Options{Limits: limits.Limits, CacheDir: s.HFCache}
}

// settings resolves flags, environment, project and user configuration.
func (c *console) settings(cmd *cobra.Command, project *projects.Project) (*projects.Settings, error) {
	flags := given(cmd)
	if _, ok := flags["calibration"]; ok {
		return nil, usage("--calibration is not there yet", "leave it out; this version has the solvers that need no data: rtn, search, ls, hqq, sinq and best")
	}
	user, err := c.userConfig()
	if err != nil {
		return nil, err
	}
	return projects.Resolve(flags, c.lookup, project, user)
}

// userConfig is the user's configuration; a missing file is an empty one.
func (c *console) userConfig() (*projects.UserConfig, error) {
	path, err := projects.UserConfigPath(c.lookup)
	if err != nil {
		return nil, nil // no home folder: there is no configuration to read
	}
	return projects.LoadUser(path)
}

// choose makes the plan. With --match only the tensors that match are
// quantized: by the scheme of the flags, or, where none was given and the
// project has rules, by those.
func (s *subject) choose(quant *quantFlags, rules *projects.Project, flags map[string]string) (plan.Plan, error) {
	p := s.settings.Plan(rules)
	patterns, err := quant.patterns()
	if err != nil || len(patterns) == 0 {
		return p, err
	}
	asked := slices.ContainsFunc(plan.Keys(), func(key string) bool { _, ok := flags[key]; return ok })
	if len(p.Rules) > 0 && !asked {
		return s.only(p, patterns), nil
	}
	return matching(p.Default, patterns), nil
}

// patterns are those of --match.
func (q *quantFlags) patterns() ([]plan.Pattern, error) {
	var all []plan.Pattern
	for _, text := range q.match {
		p, err := plan.ParsePattern(text)
		if err != nil {
			return nil, usageOf(fmt.Errorf("--match: %w", err))
		}
		all = append(all, p)
	}
	return all, nil
}

// matching quantizes what matches by one choice.
func matching(choice plan.Choice, patterns []plan.Pattern) plan.Plan {
	if choice.Bits == nil {
		bits := int2.DefaultScheme().Bits
		choice.Bits = &bits
	}
	p := plan.Plan{Default: plan.FromScheme(nil)}
	for _, pattern := range patterns {
		p.Rules = append(p.Rules, plan.Rule{Match: pattern, Choice: choice})
	}
	return p
}

// only leaves everything else in float.
func (s *subject) only(p plan.Plan, patterns []plan.Pattern) plan.Plan {
	var rest []plan.Rule
	for _, t := range s.model.Tensors {
		if !slices.ContainsFunc(patterns, func(m plan.Pattern) bool { return m.Match(t.Name) }) {
			rest = append(rest, plan.Rule{Match: plan.Exact(t.Name), Choice: plan.FromScheme(nil)})
		}
	}
	return p.WithRule(rest...)
}

// warnUnmatched tells of rules that match nothing: most often a slip.
func (c *console) warnUnmatched(s *subject) {
	names := make([]string, len(s.model.Tensors))
	for i, t := range s.model.Tensors {
		names[i] = t.Name
	}
	for _, r := range s.plan.Unmatched(names) {
		where := ""
		if s.project != nil && r.Line > 0 {
			where = s.project.Path + ":" + strconv.Itoa(r.Line) + ": "
		}
		near := plan.Nearest(r.Match, names, 3)
		if len(near) == 0 {
			c.say("%spattern %q matches no tensor", where, r.Match.String())
			continue
		}
		for i := range near {
			near[i] = report.Printable(near[i])
		}
		c.say("%spattern %q matches no tensor; near it are %s", where, r.Match.String(), strings.Join(near, ", "))
	}
}

// projectIn is the project that a command without a path means: project.toml here.
func projectIn(args []string) string {
	if len(args) > 0 {
		return args[0]
	}
	return filepath.Join(".", projects.FileName)
}
