package projects

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/mmtui/mmtui/internal/atomicfile"
	"github.com/mmtui/mmtui/internal/tomltext"
)

// ConflictError is a save that would overwrite what someone else wrote.
type ConflictError struct {
	Path   string
	Exists bool // the file was not opened before; else it changed since
}

func (e *ConflictError) Error() string {
	if e.Exists {
		return e.Path + ": exists already; save under another name, open it first, or force the save to overwrite it"
	}
	return e.Path + ": changed on disk since it was opened; reload it, or force the save to overwrite the change"
}

// Save writes a project to path and returns it as a later Load would. A file
// that exists is changed in place: comments, order and spelling of what stays
// the same are kept. A file that does not is written with short comments, or,
// under a new name, as a copy of the file the project came from. The file is
// replaced in one step.
//
// A file that says something else than when the project was loaded, or that
// the project was not loaded from, is a *ConflictError unless force is set. A
// project that Parse would refuse is not written; the error is Problems then.
func Save(path string, p *Project, force bool) (*Project, error) {
	p = p.moved(path)
	now, err := readFile(path)
	exists := err == nil
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	base, err := p.base(path, now, exists, force)
	if err != nil {
		return nil, err
	}
	text, err := base.update(path, p)
	if err != nil {
		return nil, err
	}
	saved, err := Parse(path, []byte(text))
	if err != nil {
		return nil, err
	}
	if !saved.Equal(p) {
		return nil, fmt.Errorf("%s: this layout cannot be changed in place; write it as plain [table] blocks, or save under another name", path)
	}
	if exists && text == string(now) {
		return saved, nil
	}
	if err := atomicfile.Write(path, 0o644, func(w io.Writer) error {
		_, err := io.WriteString(w, text)
		return err
	}); err != nil {
		return nil, fmt.Errorf("%s: cannot be written: %w", path, err)
	}
	return saved, nil
}

// moved is the project with its relative paths seen from another file.
func (p *Project) moved(path string) *Project {
	q := *p
	q.Path = path
	if p.Path == "" || samePlace(filepath.Dir(p.Path), filepath.Dir(path)) {
		return &q
	}
	if m := p.ModelPath(); m != p.Model { // a relative path, not a cache name
		q.Model = relativeTo(path, m)
	}
	q.Tasks = nil
	for _, t := range p.Tasks {
		if t.Data != "" && !filepath.IsAbs(filepath.FromSlash(t.Data)) {
			t.Data = relativeTo(path, filepath.Join(filepath.Dir(p.Path), filepath.FromSlash(t.Data)))
		}
		q.Tasks = append(q.Tasks, t)
	}
	return &q
}

// relativeTo is how a project file names another file: with slashes, relative
// where there is a way.
func relativeTo(projectPath, target string) string {
	dir, err := filepath.Abs(filepath.Dir(projectPath))
	if err != nil {
		return target
	}
	abs, err := filepath.Abs(target)
	if err != nil {
		return target
	}
	rel, err := filepath.Rel(dir, abs)
	if err != nil { // another drive
		return filepath.ToSlash(abs)
	}
	return filepath.ToSlash(rel)
}

// ModelFor is what a project file at path writes in [model] for a model that
// was opened as name: a relative path, or a cache name as it is.
func ModelFor(path, name string) string {
	if isCacheName(name) {
		if _, err := os.Stat(filepath.FromSlash(name)); err != nil {
			return name
		}
	}
	return relativeTo(path, name)
}

// samePlace tells whether two paths are one file or folder.
func samePlace(a, b string) bool {
	infoA, errA := os.Stat(a)
	infoB, errB := os.Stat(b)
	if errA == nil && errB == nil {
		return os.SameFile(infoA, infoB)
	}
	absA, errA := filepath.Abs(a)
	absB, errB := filepath.Abs(b)
	return errA == nil && errB == nil && absA == absB
}

// base picks the text that is changed, and refuses when that would lose
// something.
func (p *Project) base(path string, now []byte, exists, force bool) (*source, error) {
	s := p.source
	if !exists {
		if s == nil {
			return freshSource()
		}
		return s, nil
	}
	mine := s != nil && samePlace(s.path, path)
	if mine && s.hash == sha256.Sum256(now) {
		return s, nil
	}
	disk, err := Parse(path, now)
	switch {
	case err == nil && (force || disk.Equal(p) || mine && disk.source.file.same(s.file)):
		// Somebody only touched comments, or wants what we want: theirs is kept.
		return disk.source, nil
	case !force:
		return nil, &ConflictError{Path: path, Exists: !mine}
	case s != nil:
		return s, nil
	}
	return freshSource()
}

// update is the text of a source changed to say what a project does.
func (s *source) update(path string, p *Project) (string, error) {
	file := fileOf(p)
	file.SchemaVersion = s.file.SchemaVersion
	text, err := s.doc.Update(file.want())
	var layout *tomltext.SyntaxError
	if errors.As(err, &layout) {
		c := &collector{file: path}
		c.add(layout.Line, layout.Text, "write it as plain [table] blocks, or save under another name")
		return "", c.err()
	}
	return text, err
}

// freshSource is what a new file starts from; Update puts the values in and
// takes out what the project does not have.
func freshSource() (*source, error) {
	version := versionValue(SchemaVersion)
	doc, err := tomltext.Parse(freshText)
	return &source{doc: doc, file: &projectFile{SchemaVersion: &version}}, err
}

const freshText = `# A project of mmtui: which model, how it is quantized, what it must keep to.
# Every key is explained in docs/projects.md of mmtui.
schema_version = 1

[model]
path = "" # relative to this file: a file, a folder, or a cache name owner/name@revision

# The scheme of every tensor. Rules change it for the tensors that they match:
# [[quantization.rule]] blocks, of which the last that matches wins.
[quantization]
bits = 0
grid = ""
group = 0
solver = ""
zero = ""

# What the quantized model may take.
[budget]
size = 0
`
