package projects

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/mmtui/mmtui/core/gate"
	"github.com/mmtui/mmtui/core/plan"
	"github.com/mmtui/mmtui/internal/tomltext"
)

// FileName is what a project file in a folder is called.
const FileName = "project.toml"

// maxFileBytes bounds a project file and the user's configuration.
const maxFileBytes = 1 << 20

// Project is what a project file says. Load and Parse make one; so does a
// literal, which Save can write. Values are not to be changed once shared:
// WithPlan and its like return a changed copy.
type Project struct {
	Path        string    // of the file; "" for a project that has none yet
	Model       string    // as written: a path relative to the file, or a cache name; "" for none
	Plan        plan.Plan // the default scheme and the rules
	BudgetBytes int64     // 0: the file sets none
	Gates       []gate.Gate
	Tasks       []Task
	Devices     []Device

	source *source
}

// source is the text that a project was read from.
type source struct {
	path string
	hash [sha256.Size]byte
	doc  *tomltext.Doc
	file *projectFile // what it said then
}

// Task is a job that the model is judged by. This version checks and keeps
// tasks; it does not run them.
type Task struct {
	Name string
	Kind string // one of TaskKinds
	Data string // JSONL, a path relative to the project file
	Line int    // where the file has it, from 1; 0 when it came from elsewhere
}

// TaskKinds lists the kinds of a task.
func TaskKinds() []string { return []string{"caption", "ocr", "vqa", "retrieval"} }

// Device is something that the model runs on. This version checks and keeps it.
type Device struct {
	Name   string
	Kind   string // one of DeviceKinds
	Serial string // of a hexagon device, as adb lists it; "" for the only one
	Line   int    // where the file has it, from 1; 0 when it came from elsewhere
}

// DeviceKinds lists the kinds of a device.
func DeviceKinds() []string { return []string{"cpu", "hexagon"} }

// IsProject tells whether a path names a project file: it ends in .toml, or is
// a folder that has one and no model.
func IsProject(path string) bool {
	if strings.EqualFold(filepath.Ext(path), ".toml") {
		return true
	}
	if info, err := os.Stat(filepath.Join(path, FileName)); err != nil || info.IsDir() {
		return false
	}
	models, err := filepath.Glob(filepath.Join(globQuote(path), "*.safetensors*"))
	return err == nil && len(models) == 0
}

// globQuote makes a path stand for itself in a glob.
func globQuote(path string) string {
	if filepath.Separator == '\\' {
		return path // has no escapes; such a folder is then looked for in vain
	}
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`).Replace(path)
}

// Load reads and checks a project file, or project.toml of a folder. It does
// not look at the model. The error is Problems, each naming file, line, key and
// what is allowed, or of the file system.
func Load(path string) (*Project, error) {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		path = filepath.Join(path, FileName)
	}
	data, err := readFile(path)
	if err != nil {
		return nil, err
	}
	return Parse(path, data)
}

// readFile reads a configuration file of bounded size.
func readFile(path string) ([]byte, error) {
	// Asked before opening: to open a pipe would wait for its writer. A device
	// such as /dev/null is as good as a file.
	if info, err := os.Stat(path); err == nil && info.Mode()&(fs.ModeNamedPipe|fs.ModeSocket) != 0 {
		c := &collector{file: path}
		c.add(0, "is a pipe or socket, not a file", "write the text to a file and give that")
		return nil, c.err()
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fileProblem(path, err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFileBytes+1))
	if err != nil {
		return nil, fileProblem(path, err)
	}
	if len(data) > maxFileBytes {
		c := &collector{file: path}
		c.add(0, fmt.Sprintf("is larger than %d bytes", maxFileBytes), "a project file is a small TOML text")
		return nil, c.err()
	}
	return data, nil
}

// fileProblem words an error of the file system; errors.Is still finds it.
func fileProblem(path string, err error) error {
	c := &collector{file: path}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		c.add(0, "no such file", "check the path")
	case errors.Is(err, fs.ErrPermission):
		c.add(0, "may not be read", "check its permissions")
	default:
		var p *fs.PathError
		if errors.As(err, &p) {
			err = p.Err
		}
		c.add(0, "cannot be read: "+err.Error(), "")
	}
	return &fileError{problems: c.problems, cause: err}
}

// fileError is Problems that came from the file system.
type fileError struct {
	problems Problems
	cause    error
}

func (e *fileError) Error() string { return e.problems.Error() }
func (e *fileError) Unwrap() error { return e.cause }

// As lets errors.As find the Problems.
func (e *fileError) As(target any) bool {
	p, ok := target.(*Problems)
	if ok {
		*p = e.problems
	}
	return ok
}

// Parse is Load for a text at hand; path names it in messages and is what the
// paths in it are relative to.
func Parse(path string, data []byte) (*Project, error) {
	doc, err := parseText(path, data)
	if err != nil {
		return nil, err
	}
	c := &collector{file: path}
	file := &projectFile{}
	r := &reader{collector: c, elsewhere: projectHint}
	r.table(doc.Root, nil, false, reflect.ValueOf(file).Elem())
	p := c.project(path, file)
	if err := c.err(); err != nil {
		return nil, err
	}
	said := fileOf(p)
	said.SchemaVersion = file.SchemaVersion
	p.source = &source{path: path, hash: sha256.Sum256(data), doc: doc, file: said}
	return p, nil
}

// parseText reads TOML.
func parseText(path string, data []byte) (*tomltext.Doc, error) {
	c := &collector{file: path}
	if len(data) > maxFileBytes {
		c.add(0, fmt.Sprintf("is larger than %d bytes", maxFileBytes), "")
		return nil, c.err()
	}
	if !utf8.Valid(data) {
		c.add(1+strings.Count(string(data[:invalidAt(data)]), "\n"), "is not UTF-8", "save it as UTF-8 text")
		return nil, c.err()
	}
	doc, err := tomltext.Parse(string(data))
	var syntax *tomltext.SyntaxError
	if errors.As(err, &syntax) {
		c.add(syntax.Line, "not TOML: "+syntax.Text, "")
		return nil, c.err()
	}
	return doc, err
}

func invalidAt(data []byte) int {
	for i := 0; i < len(data); {
		r, size := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return len(data)
}

// projectHint tells where a key belongs that stands in the wrong table.
func projectHint(key string) string {
	switch key {
	case "path":
		return "it belongs in [model]"
	case "size":
		return "it belongs in [budget]"
	case "bits", "grid", "group", "solver", "zero":
		return "it belongs in [quantization] or a [[quantization.rule]]"
	case "rule":
		return "write [[quantization.rule]]"
	case "ui", "theme", "color", "graph", "workers", "hf_cache":
		return "this is a setting of the person, not of the project: put it in the user configuration, which `mmtui config show --origin` names"
	}
	return ""
}

var cacheName = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9._-]*/[A-Za-z0-9_][A-Za-z0-9._-]*(@[A-Za-z0-9_][A-Za-z0-9._/+-]*)?$`)

// isCacheName tells whether a text may be owner/name[@revision] of a model in
// the local Hugging Face cache.
func isCacheName(s string) bool {
	return cacheName.MatchString(s) && !strings.Contains(s, "..") && !strings.Contains(s, "--") &&
		!strings.EqualFold(filepath.Ext(s), ".safetensors")
}

// ModelPath is what to open: the model's path made independent of the working
// folder's relation to the file, or a cache name as it is. A name that could be
// either is a path when something is there. "" when the project names no model.
func (p *Project) ModelPath() string {
	m := filepath.FromSlash(p.Model)
	if p.Model == "" || filepath.IsAbs(m) {
		return m
	}
	joined := filepath.Join(filepath.Dir(p.Path), m)
	if isCacheName(p.Model) {
		if _, err := os.Stat(joined); err != nil {
			return p.Model
		}
	}
	return joined
}

// Line is where the file has a key, such as "quantization", "bits"; 0 when it
// does not, or there is no file.
func (p *Project) Line(keys ...string) int {
	if p.source == nil {
		return 0
	}
	if n := p.source.doc.Root.At(keys...); n != nil {
		return n.Line
	}
	return 0
}

// WithPlan is a copy of the project with another plan; Save writes it.
func (p *Project) WithPlan(pl plan.Plan) *Project {
	q := *p
	q.Plan = pl
	return &q
}

// WithBudget is a copy of the project with another budget; 0 removes it.
func (p *Project) WithBudget(bytes int64) *Project {
	q := *p
	q.BudgetBytes = bytes
	return &q
}

// Equal tells whether two projects say the same, wherever their files are.
func (p *Project) Equal(o *Project) bool { return fileOf(p).same(fileOf(o)) }
