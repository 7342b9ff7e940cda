package infer

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// changed copies a bundled folder, with some files put in the place of its own;
// "" removes one.
func changed(t *testing.T, name string, replace map[string]string) string {
	t.Helper()
	from := filepath.Join("..", "..", "cmd", "mmtui", "testdata", "models", name)
	to := t.TempDir()
	entries, err := os.ReadDir(from)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if _, other := replace[e.Name()]; other || e.IsDir() {
			continue
		}
		data, err := os.ReadFile(filepath.Join(from, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(to, e.Name()), data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range replace {
		if text == "" {
			continue
		}
		if err := os.WriteFile(filepath.Join(to, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return to
}

// edited is a file of a bundled folder after a replacement.
func edited(t *testing.T, name, file, old, with string) map[string]string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "cmd", "mmtui", "testdata", "models", name, file))
	if err != nil {
		t.Fatal(err)
	}
	out := strings.ReplaceAll(string(text), old, with)
	if out == string(text) {
		t.Fatalf("%s has no %s", file, old)
	}
	return map[string]string{file: out}
}

func TestFoldersThatCannotRun(t *testing.T) {
	const vlm, pair = "smolvlm-tiny", "clip-tiny"
	for _, c := range []struct {
		name, of string
		replace  map[string]string
		want     []string
	}{
		{"several files missing at once", vlm, map[string]string{"tokenizer.json": "", "processor_config.json": ""}, []string{"tokenizer", "preprocessor_config.json"}},
		{"damaged template", vlm, map[string]string{"chat_template.jinja": "{% for %}"}, []string{"chat_template.jinja"}},
		{"damaged end ids", vlm, map[string]string{"generation_config.json": `{"eos_token_id":"x"}`}, []string{"generation_config.json", "eos_token_id"}},
		{"tiles of another model", vlm, edited(t, vlm, "processor_config.json", `"longest_edge": 64`, `"longest_edge": 32`), []string{"tiles of 32 pixels", "made for 64"}},
		{"processor of another family", vlm, edited(t, vlm, "processor_config.json", "SmolVLMImageProcessor", "SiglipImageProcessor"), []string{"processor_config.json"}},
		{"missing and other tensors", vlm, edited(t, vlm, "config.json", `"num_hidden_layers": 3`, `"num_hidden_layers": 4`), []string{"vision_model.encoder.layers.3.", "text_model.layers.3."}},
		{"pictures of another model", pair, edited(t, pair, "processor_config.json", `"width": 32`, `"width": 40`), []string{"32×32"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := Open(t.Context(), changed(t, c.of, c.replace), Options{})
			if err == nil {
				_ = r.Close()
				t.Fatal("opened")
			}
			if errors.Is(err, ErrNotRunnable) {
				t.Error("the family is not to blame")
			}
			for _, want := range c.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q lacks %q", err, want)
				}
			}
		})
	}
}

func TestUnknownArchitecture(t *testing.T) {
	_, err := Open(t.Context(), changed(t, "smolvlm-tiny", edited(t, "smolvlm-tiny", "config.json", `"model_type": "smolvlm",`, `"model_type": "florence2",`)), Options{})
	if !errors.Is(err, ErrNotRunnable) || !strings.Contains(err.Error(), "florence2") || !strings.Contains(err.Error(), "smolvlm") {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Open(ctx, changed(t, "clip-tiny", nil), Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("a context that has ended: %v", err)
	}
}

// A prompt whose image tokens have another id than config.json says is no prompt.
func TestTokenizerOfAnotherModel(t *testing.T) {
	dir := changed(t, "smolvlm-tiny", edited(t, "smolvlm-tiny", "config.json", `"image_token_id": 598`, `"image_token_id": 500`))
	r, err := Open(t.Context(), dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	f, _ := bundled(t, "smolvlm-tiny")
	_, err = r.Run(t.Context(), Request{Task: Caption, Images: f.images([]string{"small.png"})}, nil)
	if err == nil || !strings.Contains(err.Error(), "image_token_id") {
		t.Error(err)
	}
}

// A folder without a template is asked with the published one, and says so.
func TestFolderWithoutTemplate(t *testing.T) {
	r, err := Open(t.Context(), changed(t, "smolvlm-tiny", map[string]string{"chat_template.jinja": ""}), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	f, _ := bundled(t, "smolvlm-tiny")
	c := f.Cases["text"]
	res, err := r.Run(t.Context(), Request{Task: VQA, Prompt: c.Text, MaxNewTokens: 3}, nil)
	if err != nil || len(res.Warnings) != 1 || !strings.Contains(res.Warnings[0], "no chat template") || res.TokenIDs[0] != c.GreedyIDs[0] {
		t.Errorf("%+v %v", res, err)
	}
}

func TestInfo(t *testing.T) {
	for name, want := range map[string]string{"smolvlm-tiny": "caption, ocr, vqa", "clip-tiny": "retrieval"} {
		f, _ := bundled(t, name)
		info := f.open(t).Info()
		if listed(info.Tasks) != want || info.WeightBytes <= 0 || info.Positions <= 0 || !strings.HasPrefix(info.Backend, "cpu float32 (") || info.Path != f.layout {
			t.Errorf("%s: %+v", name, info)
		}
	}
}

// Pictures of extreme shapes give an answer or a refusal with the numbers.
func TestPicturesOfExtremeShapes(t *testing.T) {
	f, _ := bundled(t, "smolvlm-tiny")
	r := f.open(t)
	for _, c := range []struct {
		width, height int
		fails         string
	}{
		{1, 1, ""}, {1, 5000, ""}, {5000, 1, ""}, {30000, 30000, "30000×30000"},
	} {
		path := filepath.Join(t.TempDir(), "extreme.pgm")
		header := fmt.Sprintf("P5 %d %d 255\n", c.width, c.height)
		body := ""
		if c.fails == "" {
			body = strings.Repeat("\x80", c.width*c.height)
		}
		if err := os.WriteFile(path, []byte(header+body), 0o666); err != nil {
			t.Fatal(err)
		}
		res, err := r.Run(t.Context(), Request{Task: Caption, Images: []string{path}, MaxNewTokens: 1}, nil)
		if c.fails == "" && err != nil && !strings.Contains(err.Error(), "pixels") && !strings.Contains(err.Error(), "positions") {
			t.Errorf("%d×%d: %+v %v", c.width, c.height, res, err)
		}
		if c.fails != "" && (err == nil || !strings.Contains(err.Error(), c.fails)) {
			t.Errorf("%d×%d: %v", c.width, c.height, err)
		}
	}
}

// A name of the Hugging Face cache is run as a folder is.
func TestNameInTheCache(t *testing.T) {
	cache := t.TempDir()
	repository := filepath.Join(cache, "models--owner--tiny")
	const commit = "0123456789abcdef0123456789abcdef01234567"
	for _, dir := range []string{"refs", "snapshots"} {
		if err := os.MkdirAll(filepath.Join(repository, dir), 0o777); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Rename(changed(t, "clip-tiny", nil), filepath.Join(repository, "snapshots", commit)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(repository, "refs", "main"), []byte(commit), 0o666); err != nil {
		t.Fatal(err)
	}
	r, err := Open(t.Context(), "owner/tiny", Options{CacheDir: cache})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
}

// The screen asks for estimates while a run is under way.
func TestEstimateBesideARun(t *testing.T) {
	f, _ := bundled(t, "smolvlm-tiny")
	r := f.open(t)
	q := Request{Task: VQA, Prompt: "What is it?", Images: f.images([]string{"land.png"}), MaxNewTokens: 30}
	done := make(chan error)
	go func() {
		_, err := r.Run(t.Context(), q, nil)
		done <- err
	}()
	for range 3 {
		if e, err := r.Estimate(t.Context(), q); err != nil || e.Tiles != 7 {
			t.Errorf("%+v %v", e, err)
		}
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// A template that has no place for a picture, or too many, or that fails, is
// the folder's fault and not that of the question.
func TestTemplatesThatAreToBlame(t *testing.T) {
	f, _ := bundled(t, "smolvlm-tiny")
	for name, c := range map[string]struct{ template, want string }{
		"empty":      {"{# nothing #}", "chat_template.jinja: the template gives no text; "},
		"no mark":    {"User: {{ messages[0].content[-1].text }}", "chat_template.jinja: the template gives 0 image tokens <image> for 1 picture; "},
		"two marks":  {"<image><image>{{ messages[0].content[-1].text }}", "gives 2 image tokens <image> for 1 picture; "},
		"text only":  {"{% for m in messages %}{{ m.content + '.' }}{% endfor %}", "takes text only, and has no place for a picture; "},
		"refuses":    {"{% for m in messages %}{% for p in m.content %}{{ p.text }}{% if p.type == 'image' %}{{ raise_exception('no pictures today') }}{% endif %}{% endfor %}{% endfor %}", "chat_template.jinja:1: the template refuses the request: no pictures today; "},
		"never ends": {"{% for i in range(90000) %}{% for j in range(90000) %}{% endfor %}{% endfor %}", "; take the chat template"},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := Open(t.Context(), changed(t, "smolvlm-tiny", map[string]string{"chat_template.jinja": c.template}), Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			_, err = r.Run(t.Context(), Request{Task: VQA, Prompt: "What?", Images: f.images([]string{"small.png"}), Split: new(bool)}, nil)
			if err == nil || errors.As(err, new(*RequestError)) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
}

// What a large picture takes is decoding, whatever becomes of it.
func TestEstimateCountsDecoding(t *testing.T) {
	f, _ := bundled(t, "smolvlm-tiny")
	r := f.open(t)
	path := filepath.Join(t.TempDir(), "large.pgm")
	if err := os.WriteFile(path, []byte("P5 9000 9000 255\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	e, err := r.Estimate(t.Context(), Request{Task: Caption, Images: []string{path}, Split: new(bool)})
	if err != nil || e.MemoryBytes < 880e6 || e.MemoryBytes > 1200e6 || e.FirstTokenMS < 1000 || e.TotalMS < e.FirstTokenMS {
		t.Errorf("%+v %v", e, err)
	}
}
