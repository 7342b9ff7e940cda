package export

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/mmtui/mmtui/core/model"
	"github.com/mmtui/mmtui/core/safetensors"
)

// folder is a model folder that is written beside its place and moved there
// when it is whole.
type folder struct {
	temp, out string
	exists    bool // out is there already: its other files stay
}

// newFolder makes the temporary folder. An out that holds something is refused
// unless replace is set; then the new files take the place of those of the
// same name.
func newFolder(out string, replace bool) (*folder, error) {
	out = filepath.Clean(out)
	f := &folder{out: out}
	entries, err := os.ReadDir(out)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return nil, fmt.Errorf("%s: the output is a folder, and this cannot be one (%w); give another name with -o", out, plain(err))
	case len(entries) > 0 && !replace:
		return nil, fmt.Errorf("%s: the folder is not empty; give another name with -o, or --force to replace the files in it", out)
	default:
		f.exists = true
	}
	f.temp, err = makeTemp(out)
	if err != nil {
		return nil, fmt.Errorf("%s: the folder cannot be made (%w); give -o a place that exists and can be written", out, plain(err))
	}
	return f, nil
}

// makeTemp makes `.NAME.RANDOM.tmp` beside out. os.MkdirTemp would make it
// private; a model folder is as open as the umask lets any other be.
func makeTemp(out string) (string, error) {
	name := filepath.Base(out)
	if len(name) > 200 { // leave room under the 255 bytes of most file systems
		name = name[:200]
	}
	for {
		temp := filepath.Join(filepath.Dir(out), "."+name+"."+rand.Text()[:12]+".tmp")
		if err := os.Mkdir(temp, 0o777); !errors.Is(err, fs.ErrExist) {
			return temp, err
		}
	}
}

func (f *folder) path(name string) string { return filepath.Join(f.temp, name) }

// publish moves the folder to its place and lists the files in it.
func (f *folder) publish() ([]string, error) {
	entries, err := os.ReadDir(f.temp)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.temp, plain(err))
	}
	files := make([]string, len(entries))
	for i, e := range entries {
		files[i] = filepath.Join(f.out, e.Name())
	}
	if !f.exists {
		if err := os.Rename(f.temp, f.out); err != nil {
			return nil, fmt.Errorf("%s: %w", f.out, plain(err))
		}
		return files, nil
	}
	// Weights first: a configuration never describes weights that are not there.
	for _, weights := range []bool{true, false} {
		for i, e := range entries {
			if strings.HasSuffix(e.Name(), ".safetensors") != weights {
				continue
			}
			if err := os.Rename(f.path(e.Name()), files[i]); err != nil {
				return nil, fmt.Errorf("%s: %w", files[i], plain(err))
			}
		}
	}
	// An index of older shards would send readers to them.
	if err := os.Remove(filepath.Join(f.out, safetensors.IndexName)); err != nil && !os.IsNotExist(err) {
		return nil, plain(err)
	}
	return files, os.Remove(f.temp)
}

// discard removes what publish has not moved.
func (f *folder) discard() { _ = os.RemoveAll(f.temp) }

// companions are the endings of the small files beside the weights that a
// model needs to run: tokenizer, processor, generation settings, templates.
func companions() []string { return []string{".json", ".txt", ".model", ".jinja"} }

// maxCompanion is the largest file that is copied along, in bytes: the largest
// published tokenizers are below 40 MB.
const maxCompanion = 64 << 20

// copyCompanions copies tokenizer, processor and other small files of the
// source. A source without config.json is a bare weight file, whose
// neighbours belong to something else.
func copyCompanions(m *model.Model, to string) error {
	if _, err := os.Stat(filepath.Join(m.Root, "config.json")); err != nil {
		return nil
	}
	entries, err := os.ReadDir(m.Root)
	if err != nil {
		return fmt.Errorf("%s: %w", m.Root, plain(err))
	}
	for _, e := range entries {
		if !isCompanion(e.Name()) {
			continue
		}
		from := filepath.Join(m.Root, e.Name())
		info, err := os.Stat(from) // the Hugging Face cache has links here
		if err != nil || !info.Mode().IsRegular() || info.Size() > maxCompanion {
			continue
		}
		data, err := os.ReadFile(from)
		if err != nil {
			return fmt.Errorf("%s: %w", from, plain(err))
		}
		if err := writeFile(filepath.Join(to, e.Name()), data); err != nil {
			return err
		}
	}
	return nil
}

// writeFile writes a file of a folder that is not in place yet.
func writeFile(path string, data []byte) error {
	if err := os.WriteFile(path, data, 0o666); err != nil {
		return fmt.Errorf("%s: %w", path, plain(err))
	}
	return nil
}

// isCompanion leaves out what describes the source's own weights.
func isCompanion(name string) bool {
	switch {
	case strings.HasPrefix(name, "."), name == "config.json", strings.HasSuffix(name, ".index.json"),
		name == "quantize_config.json", name == "quant_config.json":
		return false
	}
	for _, end := range companions() {
		if strings.HasSuffix(name, end) {
			return true
		}
	}
	return false
}

// sourceConfig is the source's config.json, or a minimal one.
func sourceConfig(m *model.Model) (*object, error) {
	path := filepath.Join(m.Root, "config.json")
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		o := &object{values: map[string]rawJSON{}}
		if m.Architecture != "" {
			o.mustSet("architectures", []string{m.Architecture})
		}
		if m.ModelType != "" {
			o.mustSet("model_type", m.ModelType)
		}
		return o, nil
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, plain(err))
	}
	o, err := parseObject(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w; repair or remove it", path, err)
	}
	return o, nil
}

// protect refuses an output that is, or lies in the place of, the input.
func protect(m *model.Model, out string) error {
	target, err := os.Stat(out)
	if err != nil {
		return nil // nothing there yet
	}
	inputs := append([]string{m.Root}, m.Files...)
	for _, in := range inputs {
		if info, err := os.Stat(in); err == nil && os.SameFile(info, target) {
			return fmt.Errorf("%s: this is the model that is read; give another name with -o", out)
		}
	}
	return nil
}

// plain is an error without the path that *fs.PathError repeats.
func plain(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	var l *os.LinkError
	if errors.As(err, &l) {
		return l.Err
	}
	return err
}
