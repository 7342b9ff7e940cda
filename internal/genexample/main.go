// Command genexample writes the bundled example: a small transformer-shaped
// vision-language model with random weights, its configuration and a project.
// It has what real models have that makes 2 bits hard, planted where the
// README says. The same program gives the same bytes on every machine.
//
// Run it by `go generate ./examples`.
package main

import (
	"context"
	"embed"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"github.com/mmtui/mmtui/core/safetensors"
	"github.com/mmtui/mmtui/internal/atomicfile"
)

// label is what the model says of itself wherever it can.
const label = "untrained: random weights for demonstration"

//go:embed files
var texts embed.FS // read-only

func main() {
	out := flag.String("o", "tiny-vlm", "folder to write")
	flag.Parse()
	if err := write(context.Background(), *out); err != nil {
		fmt.Fprintln(os.Stderr, "genexample:", err)
		os.Exit(1)
	}
}

// write makes the whole example in a folder.
func write(ctx context.Context, dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	metadata := map[string]string{"format": "pt", "note": label, "generator": "internal/genexample", "license": "Apache-2.0"}
	if err := safetensors.Write(ctx, filepath.Join(dir, "model.safetensors"), entries(), metadata); err != nil {
		return err
	}
	for name, made := range map[string]func() ([]byte, error){"config.json": config, "tokenizer.json": tokenizer, "house.png": picture} {
		data, err := made()
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if err := put(filepath.Join(dir, name), data); err != nil {
			return err
		}
	}
	return fs.WalkDir(texts, "files", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := texts.ReadFile(name)
		if err != nil {
			return err
		}
		return put(filepath.Join(dir, path.Base(name)), text)
	})
}

func put(path string, text []byte) error {
	return atomicfile.Write(path, 0o644, func(w io.Writer) error {
		_, err := w.Write(text)
		return err
	})
}
