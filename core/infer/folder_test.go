package infer

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// files writes small files into a new folder.
func files(t *testing.T, contents map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range contents {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestEndIDs(t *testing.T) {
	const generation, config = "generation_config.json", "config.json"
	for _, c := range []struct {
		name  string
		files map[string]string
		want  []int
		fails string
	}{
		{"a list", map[string]string{generation: `{"eos_token_id":[607,2]}`, config: `{}`}, []int{607, 2}, ""},
		{"one", map[string]string{generation: `{"eos_token_id":49279}`, config: `{"eos_token_id":1}`}, []int{49279}, ""},
		{"none in the file", map[string]string{generation: `{"eos_token_id":null}`, config: `{"eos_token_id":[1,2]}`}, []int{1, 2}, ""},
		{"no file", map[string]string{config: `{"eos_token_id":null,"text_config":{"eos_token_id":7}}`}, []int{7}, ""},
		{"an empty list", map[string]string{generation: `{"eos_token_id":[]}`, config: `{"text_config":{"eos_token_id":7}}`}, []int{7}, ""},
		{"nothing anywhere", map[string]string{config: `{"text_config":{}}`}, []int{2}, ""},
		{"text_config is null", map[string]string{config: `{"text_config":null}`}, []int{2}, ""},
		{"a word", map[string]string{generation: `{"eos_token_id":"</s>"}`}, nil, "generation_config.json: eos_token_id is neither"},
		{"negative", map[string]string{generation: `{"eos_token_id":[1,-1]}`}, nil, "holds -1"},
		{"a fraction", map[string]string{generation: `{"eos_token_id":1.5}`}, nil, "is neither"},
		{"damaged", map[string]string{generation: `{"eos`}, nil, "not a JSON object"},
		{"text_config is a list", map[string]string{config: `{"text_config":[]}`}, nil, "text_config"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, _, err := endIDs(files(t, c.files))
			if c.fails != "" {
				if err == nil || !strings.Contains(err.Error(), c.fails) {
					t.Errorf("%v, want an error with %q", err, c.fails)
				}
				return
			}
			if err != nil || !slices.Equal(got, c.want) {
				t.Errorf("%v %v, want %v", got, err, c.want)
			}
		})
	}
}

func TestSettingsThatAreNotAppliedAreSaid(t *testing.T) {
	_, warnings, err := endIDs(files(t, map[string]string{"generation_config.json": `{"eos_token_id":1,"repetition_penalty":1.2,"num_beams":1,"no_repeat_ngram_size":0,"suppress_tokens":[3],"do_sample":true}`}))
	if err != nil || len(warnings) != 2 || !strings.Contains(warnings[0], "repetition_penalty 1.2") || !strings.Contains(warnings[1], "suppress_tokens [3]") {
		t.Errorf("%q %v", warnings, err)
	}
}

func TestMarksAreTheFolders(t *testing.T) {
	usual := marks{image: "<image>", fake: "<fake_token_around_image>", global: "<global-img>"}
	own := marks{image: "<i>", fake: "<f>", global: "<g>"}
	for _, c := range []struct {
		name, config string
		want         marks
	}{
		{"absent", "", usual},
		{"no keys", `{"extra_special_tokens":["<i>"]}`, usual},
		{"5.x", `{"image_token":"<i>","fake_image_token":"<f>","global_image_token":"<g>","extra_special_tokens":[]}`, own},
		{"4.x", `{"extra_special_tokens":{"image_token":"<i>","fake_image_token":"<f>","global_image_token":"<g>"}}`, own},
		{"objects", `{"image_token":{"content":"<i>","special":true},"fake_image_token":{"content":"<f>"},"global_image_token":{"content":"<g>"}}`, own},
	} {
		dir := t.TempDir()
		if c.config != "" {
			dir = files(t, map[string]string{"tokenizer_config.json": c.config})
		}
		if got, err := readMarks(dir); err != nil || got != c.want {
			t.Errorf("%s: %+v %v", c.name, got, err)
		}
	}
	if _, err := readMarks(files(t, map[string]string{"tokenizer_config.json": "["})); err == nil {
		t.Error("a damaged file is accepted")
	}
}

func TestMemoryFiles(t *testing.T) {
	const status = "Name:\tx\nVmPeak:\t  200 kB\nVmHWM:\t  1234 kB\nVmRSS:\t  12 kB\n"
	if n, ok := statusKB(status, "VmHWM"); !ok || n != 1234<<10 {
		t.Errorf("VmHWM %d %v", n, ok)
	}
	for _, bad := range []string{"", "VmHWM: x kB\n", "VmHWM: -1 kB\n", "VmHWM: 99999999999999999 kB\n"} {
		if _, ok := statusKB(bad, "VmHWM"); ok {
			t.Errorf("%q is taken for a number", bad)
		}
	}
	if path, ok := controlGroupPath("12:cpu:/x\n0::/user.slice/a\n"); !ok || path != "/user.slice/a" {
		t.Errorf("group %q %v", path, ok)
	}
	for _, c := range []struct {
		limit, usage, stat string
		want               int64
		ok                 bool
	}{
		{"1000\n", "300\n", "anon 5\ninactive_file 100\n", 800, true},
		{"1000\n", "300\n", "", 700, true},
		{"1000\n", "3000\n", "", 0, true},
		{"1000\n", "300\n", "inactive_file 900\n", 1000, true},
		{"max\n", "300\n", "", 0, false},
		{"9223372036854771712\n", "300\n", "", 0, false},
		{"", "", "", 0, false},
	} {
		if got, ok := groupRoom(c.limit, c.usage, c.stat, "inactive_file"); got != c.want || ok != c.ok {
			t.Errorf("limit %q, usage %q: %d %v", c.limit, c.usage, got, ok)
		}
	}
}

// Small files of a folder are read whatever they hold, and ids are never negative.
func FuzzFolderFiles(f *testing.F) {
	f.Add(`{"eos_token_id":[607,2],"repetition_penalty":1.2}`, `{"image_token":{"content":"<i>"},"extra_special_tokens":{"fake_image_token":"<f>"}}`)
	f.Add(`{"eos_token_id":-1}`, `{"extra_special_tokens":["<i>"]}`)
	f.Add(`[`, `{"image_token":[1]}`)
	f.Add(`{"eos_token_id":1e400}`, `null`)
	f.Fuzz(func(t *testing.T, generation, tokenizer string) {
		dir := files(t, map[string]string{"generation_config.json": generation, "config.json": `{}`, "tokenizer_config.json": tokenizer})
		ids, _, err := endIDs(dir)
		if err == nil && len(ids) == 0 || slices.ContainsFunc(ids, func(id int) bool { return id < 0 }) {
			t.Errorf("end ids %v, %v", ids, err)
		}
		if m, err := readMarks(dir); err == nil && (m.image == "" || m.fake == "" || m.global == "") {
			t.Errorf("marks %+v", m)
		}
	})
}
