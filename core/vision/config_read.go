package vision

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// maxConfigBytes is far above any published file.
const maxConfigBytes = 1 << 20

// OpenConfig reads the image processor of a model folder: the key
// image_processor of processor_config.json, or preprocessor_config.json (also
// CLIP's first one, with integers for the sizes). A key that is absent or null
// has its class's default. An error names the file and the key; a class that
// is not implemented is refused by its name.
func OpenConfig(dir string) (*Config, error) {
	processor, processorFile, err := readObject(dir, "processor_config.json")
	if err != nil {
		return nil, err
	}
	old, oldFile, err := readObject(dir, "preprocessor_config.json")
	if err != nil {
		return nil, err
	}
	params, file := old, oldFile
	if nested, ok := processor.fields["image_processor"]; ok && !isNull(nested) {
		params, file = object{}, processorFile
		if err := json.Unmarshal(nested, &params.fields); err != nil || params.fields == nil {
			return nil, fmt.Errorf("%s: image_processor is not an object; take the file from the model's page again", processorFile)
		}
		params.file = processorFile
	} else if old.fields == nil {
		return nil, fmt.Errorf("%s: no preprocessor_config.json, and no image_processor in a processor_config.json; add the file from the model's page, pictures cannot be prepared without it", dir)
	}
	class, err := className(params, dir)
	if err != nil {
		return nil, err
	}
	c, err := parseConfig(class, params, processor)
	if err != nil {
		return nil, err
	}
	c.File = file
	if err := c.check(); err != nil {
		return nil, err
	}
	return c, nil
}

// object is a JSON object and the file that it came from.
type object struct {
	file   string
	fields map[string]json.RawMessage
}

// readObject reads a file that may be absent.
func readObject(dir, name string) (object, string, error) {
	path := filepath.Join(dir, name)
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return object{file: path}, path, nil
	}
	if err != nil {
		return object{}, path, err
	}
	// Asked before opening: to open a pipe would wait for its writer.
	if !info.Mode().IsRegular() {
		return object{}, path, fmt.Errorf("%s: is not a file; take the file from the model's page again", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return object{}, path, err
	}
	b, err := io.ReadAll(io.LimitReader(f, maxConfigBytes+1))
	if err := errors.Join(err, f.Close()); err != nil {
		return object{}, path, fmt.Errorf("%s: %w", path, err)
	}
	o, err := parseObject(path, b)
	return o, path, err
}

func parseObject(path string, b []byte) (object, error) {
	if len(b) > maxConfigBytes {
		return object{}, fmt.Errorf("%s: is larger than %d bytes, which no image processor's file is; take the file from the model's page again", path, maxConfigBytes)
	}
	o := object{file: path}
	if err := json.Unmarshal(b, &o.fields); err != nil || o.fields == nil {
		if err == nil {
			err = errors.New("null")
		}
		return object{}, fmt.Errorf("%s: is not a JSON object (%w); take the file from the model's page again", path, err)
	}
	return o, nil
}

// className finds the class as AutoImageProcessor does: image_processor_type,
// the older feature_extractor_type, or the model's type.
func className(params object, dir string) (string, error) {
	for _, key := range []string{"image_processor_type", "feature_extractor_type"} {
		name, ok, err := params.text(key)
		if err != nil {
			return "", err
		}
		if ok {
			return implemented(params.file, name)
		}
	}
	config, _, err := readObject(dir, "config.json")
	if err != nil {
		return "", err
	}
	kind, ok, err := config.text("model_type")
	if err != nil {
		return "", err
	}
	if !ok {
		return "", fmt.Errorf("%s: has no image_processor_type, and no config.json with a model_type stands beside it; add one of them", params.file)
	}
	switch kind {
	case "idefics3":
		return "Idefics3ImageProcessor", nil
	case "smolvlm":
		return "SmolVLMImageProcessor", nil
	case "clip":
		return "CLIPImageProcessor", nil
	case "siglip":
		return "SiglipImageProcessor", nil
	}
	return "", fmt.Errorf("%s: has no image_processor_type, and model_type %q has no image processor that is implemented (%s)", params.file, safe(kind), implementedNames)
}

const implementedNames = "implemented: CLIPImageProcessor, Idefics3ImageProcessor, SiglipImageProcessor, SmolVLMImageProcessor"

// implemented is the class without the suffix of a backend, if it is known.
func implemented(file, name string) (string, error) {
	class := strings.TrimSuffix(strings.TrimSuffix(name, "Fast"), "Pil")
	if stem, ok := strings.CutSuffix(class, "FeatureExtractor"); ok {
		class = stem + "ImageProcessor"
	}
	if _, ok := classDefaults(class); ok {
		return class, nil
	}
	if class == "Siglip2ImageProcessor" {
		return "", fmt.Errorf("%s: image processor %s gives pictures of variable resolution (NaFlex), which is not implemented; use a SigLIP2 model of fixed resolution (%s)", file, name, implementedNames)
	}
	return "", fmt.Errorf("%s: image processor %q is not implemented (%s)", file, safe(name), implementedNames)
}

// safe makes a text from a file fit for a message: short, and without control
// characters.
func safe(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == '\uFFFD' {
			return '?'
		}
		return r
	}, s)
	if len(s) > 80 {
		s = strings.ToValidUTF8(s[:80], "") + "…"
	}
	return s
}
