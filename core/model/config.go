package model

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/mmtui/mmtui/core/safetensors"
)

// maxConfigBytes bounds config.json; the largest published ones are below 1 MB.
const maxConfigBytes = 16 << 20

// config is what config.json beside the weights says. A missing or broken one
// is no reason not to open a model.
type config struct {
	architecture string
	modelType    string
	families     []family
	quant        *quantConfig // nil when nothing says that the model is quantized
	warnings     []string
}

// family is a model type and the tensors that belong to it.
type family struct {
	prefix    string // of tensor names, "" for the whole model
	modelType string
}

// readConfig reads config.json of a folder and, where that is silent about
// quantization, the older quantize_config.json (AutoGPTQ) and
// quant_config.json (AutoAWQ).
func readConfig(root string) *config {
	c := &config{}
	path := filepath.Join(root, "config.json")
	top, err := readObject(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		c.warnings = append(c.warnings, fmt.Sprintf("%s: %v; architecture and quantization are unknown", safetensors.Printable(path), err))
	default:
		c.describe(top)
		c.quant = quantFrom(path, top)
	}
	if c.quant == nil {
		c.readOlderQuant(root)
	}
	return c
}

// describe takes architecture and families from the top level and, for models
// made of models (a vision encoder with a GPT-2 decoder), from the parts.
func (c *config) describe(top map[string]json.RawMessage) {
	var architectures []string
	if json.Unmarshal(top["architectures"], &architectures) == nil && len(architectures) > 0 {
		c.architecture = architectures[0]
	}
	c.modelType = text(top["model_type"])
	if c.architecture == "" {
		c.architecture = c.modelType
	}
	if c.architecture == "" {
		c.architecture = text(top["_class_name"]) // diffusers
	}
	if c.modelType != "" {
		c.families = append(c.families, family{modelType: c.modelType})
	}
	for key, raw := range top {
		var sub map[string]json.RawMessage
		if json.Unmarshal(raw, &sub) != nil {
			continue
		}
		if kind := text(sub["model_type"]); kind != "" {
			f := family{modelType: kind}
			if key == "encoder" || key == "decoder" {
				f.prefix = key + "."
			}
			c.families = append(c.families, f)
		}
	}
}

// text is a JSON string, "" for anything else.
func text(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) != nil {
		return ""
	}
	return s
}

// readObject reads a JSON object of bounded size. The error does not name the
// file unless it comes from the system.
func readObject(path string) (map[string]json.RawMessage, error) {
	path = throughLinkText(path)
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("not a regular file")
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxConfigBytes+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxConfigBytes {
		return nil, fmt.Errorf("larger than %d bytes", maxConfigBytes)
	}
	var object map[string]json.RawMessage
	if err := json.Unmarshal(data, &object); err != nil {
		return nil, fmt.Errorf("not a JSON object: %w", err)
	}
	return object, nil
}

// quantConfig is a quantization_config or a part of it. Errors name the key.
type quantConfig struct {
	path   string // of the file
	key    string // within the file, "" at its top
	fields map[string]json.RawMessage
	method string // quant_method in lower case; "" when the file does not say
	broken error  // the first key that cannot be read: an error only where a tensor needs it
}

// quantFrom finds the quantization_config of a config.json: at the top, under
// its older name, or in the language model of a multimodal one.
func quantFrom(path string, top map[string]json.RawMessage) *quantConfig {
	for _, key := range []string{"quantization_config", "compression_config"} {
		if raw := top[key]; !null(raw) {
			return newQuantConfig(path, key, raw)
		}
	}
	for _, part := range []string{"text_config", "llm_config", "language_config"} {
		var sub map[string]json.RawMessage
		if null(top[part]) || json.Unmarshal(top[part], &sub) != nil || null(sub["quantization_config"]) {
			continue
		}
		return newQuantConfig(path, part+".quantization_config", sub["quantization_config"])
	}
	return nil
}

func newQuantConfig(path, key string, raw json.RawMessage) *quantConfig {
	q := &quantConfig{path: path, key: key}
	if err := json.Unmarshal(raw, &q.fields); err != nil {
		q.broken = q.errorf("", "%s is not an object", excerpt(raw))
		return q
	}
	if raw := q.fields["quant_method"]; !null(raw) && text(raw) == "" {
		q.broken = q.errorf("quant_method", "%s is not a method's name", excerpt(raw))
	}
	q.method = strings.ToLower(text(q.fields["quant_method"]))
	if q.method == "" && (isTrue(q.fields["load_in_4bit"]) || isTrue(q.fields["load_in_8bit"])) {
		q.method = methodBNB
	}
	return q
}

// readOlderQuant takes the files that came before quantization_config.
func (c *config) readOlderQuant(root string) {
	for _, old := range []struct{ file, method, marker string }{
		{"quantize_config.json", methodGPTQ, "bits"},
		{"quant_config.json", methodAWQ, "w_bit"},
	} {
		path := filepath.Join(root, old.file)
		fields, err := readObject(path)
		if err != nil || null(fields[old.marker]) {
			continue
		}
		q := &quantConfig{path: path, fields: fields, method: strings.ToLower(text(fields["quant_method"]))}
		if q.method == "" {
			q.method = old.method
		}
		if old.method == methodAWQ {
			q.fields["bits"], q.fields["group_size"] = fields["w_bit"], fields["q_group_size"]
		}
		c.quant = q
		return
	}
}

func null(raw json.RawMessage) bool { return len(raw) == 0 || string(raw) == "null" }

func isTrue(raw json.RawMessage) bool { return string(raw) == "true" }

// errorf names the file and the key.
func (q *quantConfig) errorf(key, format string, args ...any) error {
	return &safetensors.Error{
		Path: q.path, What: q.name(key) + ": " + fmt.Sprintf(format, args...),
		Do: "correct the key", Err: safetensors.ErrInvalid,
	}
}

func (q *quantConfig) name(key string) string {
	return strings.Trim(q.key+"."+key, ".")
}

// has says whether a key is there and not null.
func (q *quantConfig) has(key string) bool { return !null(q.fields[key]) }

// integer is a whole number, or missing when the key is absent or null.
func (q *quantConfig) integer(key string, missing int) int {
	n := missing
	q.read(key, "a whole number", &n)
	return n
}

// boolean is true or false, or missing when the key is absent or null.
func (q *quantConfig) boolean(key string, missing bool) bool {
	b := missing
	q.read(key, "true or false", &b)
	return b
}

// str is a string in lower case, "" when the key is absent or null.
func (q *quantConfig) str(key string) string {
	var s string
	q.read(key, "a string", &s)
	return strings.ToLower(s)
}

// read decodes a key and keeps the first error for broken.
func (q *quantConfig) read(key, what string, into any) {
	raw := q.fields[key]
	if null(raw) || q.broken != nil {
		return
	}
	if err := json.Unmarshal(raw, into); err != nil {
		q.broken = q.errorf(key, "%s is not %s", excerpt(raw), what)
	}
}

// object is the part under a key, nil when it is absent or null.
func (q *quantConfig) object(key string) *quantConfig {
	if !q.has(key) {
		return nil
	}
	sub := &quantConfig{path: q.path, key: q.name(key), method: q.method}
	q.read(key, "an object", &sub.fields)
	sub.broken = q.broken
	return sub
}

// excerpt is JSON short enough for a line.
func excerpt(raw json.RawMessage) string {
	const most = 40
	s := string(raw)
	if len(s) > most {
		s = s[:most] + "…"
	}
	return safetensors.Printable(s)
}
