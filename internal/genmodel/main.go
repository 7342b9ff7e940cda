// Command genmodel writes a model folder with random weights in the shape of a
// published model, to measure with.
//
//	go run ./internal/genmodel -shape smolvlm-256m -dtype bf16 -o DIR
//
// With -tokenizer FOLDER it copies the tokenizer, the chat template and the
// generation settings of another folder, so that the model can be asked; its
// image token then is that folder's.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"

	"github.com/mmtui/mmtui/core/family/familytest"
	"github.com/mmtui/mmtui/core/safetensors"
)

func main() {
	shape := flag.String("shape", "smolvlm-256m", "one of "+strings.Join(slices.Sorted(maps.Keys(shapes())), ", "))
	dtype := flag.String("dtype", "bf16", "bf16, f16 or f32")
	out := flag.String("o", "", "folder to write")
	tokenizer := flag.String("tokenizer", "", "folder whose tokenizer to copy")
	seed := flag.Uint64("seed", 1, "of the weights")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := generate(ctx, *shape, *dtype, *out, *tokenizer, *seed); err != nil {
		fmt.Fprintln(os.Stderr, "genmodel:", err)
		stop()
		os.Exit(1)
	}
}

// shapes are the models that can be written.
func shapes() map[string]*familytest.Folder {
	return map[string]*familytest.Folder{
		"smolvlm-256m": familytest.SmolVLM256M().Folder(),
		"smolvlm-500m": familytest.SmolVLM500M().Folder(),
		"clip-b32":     familytest.CLIPB32().Folder(),
		"siglip-b16":   familytest.SigLIPB16().Folder(),
	}
}

func generate(ctx context.Context, shape, dtype, out, tokenizer string, seed uint64) error {
	folder, ok := shapes()[shape]
	if !ok {
		return fmt.Errorf("-shape %s is not known; choose one of %s", shape, strings.Join(slices.Sorted(maps.Keys(shapes())), ", "))
	}
	kind := safetensors.DType(strings.ToUpper(dtype))
	if !slices.Contains([]safetensors.DType{safetensors.F32, safetensors.BF16, safetensors.F16}, kind) {
		return fmt.Errorf("-dtype %s is not known; choose bf16, f16 or f32", dtype)
	}
	if out == "" {
		return errors.New("no folder to write; give -o DIR")
	}
	if tokenizer != "" {
		if err := borrow(folder, tokenizer, out); err != nil {
			return err
		}
	}
	return folder.Write(ctx, out, kind, seed)
}

// borrow copies a tokenizer into the folder and takes its image token over.
func borrow(folder *familytest.Folder, from, out string) error {
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	for _, name := range []string{"tokenizer.json", "tokenizer_config.json", "spiece.model", "chat_template.jinja", "generation_config.json"} {
		data, err := os.ReadFile(filepath.Join(from, name))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err == nil {
			err = os.WriteFile(filepath.Join(out, name), data, 0o644)
		}
		if err != nil {
			return err
		}
	}
	data, err := os.ReadFile(filepath.Join(from, "config.json"))
	if err != nil {
		return err
	}
	var config struct {
		Image *int `json:"image_token_id"`
	}
	if err := json.Unmarshal(data, &config); err != nil {
		return fmt.Errorf("%s: %w", filepath.Join(from, "config.json"), err)
	}
	if config.Image != nil {
		folder.Config["image_token_id"] = *config.Image
	}
	return nil
}
