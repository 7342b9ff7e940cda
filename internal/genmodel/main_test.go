package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mmtui/mmtui/core/family/familytest"
)

func TestRefuses(t *testing.T) {
	out := t.TempDir()
	for want, args := range map[string][3]string{
		"-shape smolvlm-9b is not known": {"smolvlm-9b", "bf16", out},
		"-dtype int8 is not known":       {"clip-b32", "int8", out},
		"give -o DIR":                    {"clip-b32", "f16", ""},
	} {
		if err := generate(t.Context(), args[0], args[1], args[2], "", 1); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: error %v, want %q", args, err, want)
		}
	}
}

// A borrowed tokenizer brings its image token.
func TestBorrow(t *testing.T) {
	from, out := t.TempDir(), filepath.Join(t.TempDir(), "model")
	for name, content := range map[string]string{"config.json": `{"image_token_id": 598}`, "tokenizer.json": `{"version": "1.0"}`} {
		if err := os.WriteFile(filepath.Join(from, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	folder := familytest.SmolVLM256M().Folder()
	if err := borrow(folder, from, out); err != nil {
		t.Fatal(err)
	}
	if got := folder.Config["image_token_id"]; got != 598 {
		t.Errorf("image token %v", got)
	}
	if data, err := os.ReadFile(filepath.Join(out, "tokenizer.json")); err != nil || string(data) != `{"version": "1.0"}` {
		t.Errorf("tokenizer %q, %v", data, err)
	}
}
