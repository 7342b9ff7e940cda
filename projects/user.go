package projects

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"reflect"
	"strings"

	"github.com/mmtui/mmtui/core/plan"
	"github.com/mmtui/mmtui/internal/tomltext"
)

// configFile is the user's config.toml as it is written. Its keys are those of
// Settings; a toml tag is a key, as in projectFile.
type configFile struct {
	SchemaVersion *versionValue `toml:"schema_version"`
	Budget        *settingValue `toml:"budget"`
	Bits          *settingValue `toml:"bits"`
	Grid          *settingValue `toml:"grid"`
	Group         *settingValue `toml:"group"`
	Solver        *settingValue `toml:"solver"`
	Zero          *settingValue `toml:"zero"`
	Theme         *settingValue `toml:"theme"`
	Color         *settingValue `toml:"color"`
	Graph         *settingValue `toml:"graph"`
	Workers       *settingValue `toml:"workers"`
	HFCache       *settingValue `toml:"hf_cache"`
}

// settingValue is a setting in the canonical text of Settings.
type settingValue string

func (x *settingValue) read(key string, v any) error {
	s, _ := findSetting(key)
	var text string
	switch v := v.(type) {
	case string:
		if s.number {
			return wrongKind(key, "a whole number", v)
		}
		text = v
	case int64:
		if !s.number && !s.mixed {
			return wrongKind(key, "text", v)
		}
		text = fmt.Sprint(v)
	default:
		return wrongKind(key, s.wanted, v)
	}
	canonical, err := s.parse(text)
	*x = settingValue(canonical)
	return err
}

func (x *settingValue) literal() string { return tomltext.Quote(string(*x)) }

// UserConfig is what a user's configuration sets, by the keys of Settings.
type UserConfig struct {
	Path   string
	values map[string]string
	lines  map[string]int
}

// LoadUser reads a user's configuration. A file that does not exist sets
// nothing; every other trouble is Problems, as for Load.
func LoadUser(path string) (*UserConfig, error) {
	data, err := readFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return &UserConfig{Path: path}, nil
	}
	if err != nil {
		return nil, err
	}
	return ParseUser(path, data)
}

// ParseUser is LoadUser for a text at hand.
func ParseUser(path string, data []byte) (*UserConfig, error) {
	doc, err := parseText(path, data)
	if err != nil {
		return nil, err
	}
	c := &collector{file: path}
	file := reflect.New(reflect.TypeFor[configFile]()).Elem()
	r := &reader{collector: c, elsewhere: configHint}
	r.table(doc.Root, nil, false, file)
	if err := c.err(); err != nil {
		return nil, err
	}
	u := &UserConfig{Path: path, values: map[string]string{}, lines: map[string]int{}}
	for i := range file.NumField() {
		key := tag(file.Type().Field(i))
		if v, ok := file.Field(i).Interface().(*settingValue); ok && v != nil {
			u.values[key] = string(*v)
			u.lines[key] = doc.Root.Get(key).Line
		}
	}
	if dir, ok := u.values[KeyHFCache]; ok {
		dir = expandHome(dir)
		if !filepath.IsAbs(dir) {
			dir = filepath.Join(filepath.Dir(path), filepath.FromSlash(dir))
		}
		u.values[KeyHFCache] = dir
	}
	return u, nil
}

// configHint answers keys of the project file.
func configHint(key string) string {
	switch key {
	case "quantization", "ui":
		return "the user configuration has no tables: write its keys at the top, such as bits = 2"
	case "size":
		return `write budget = "35MB"`
	case "model", "gate", "task", "device", "rule", "match":
		return "this belongs in a project file, " + FileName
	}
	return ""
}

// choice is the scheme fields among settings.
func choice(get func(key string) (string, bool)) (plan.Choice, error) {
	var c plan.Choice
	var problems []error
	for _, key := range plan.Keys() {
		if v, ok := get(key); ok {
			problems = append(problems, c.Set(key, v))
		}
	}
	return c, errors.Join(problems...)
}

func words(list []string) func(key, v string) (string, error) {
	return func(key, v string) (string, error) {
		for _, w := range list {
			if strings.EqualFold(v, w) {
				return w, nil
			}
		}
		return "", fmt.Errorf("%s %q is not known; use %s", key, v, orList(list))
	}
}
