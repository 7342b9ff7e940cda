package vision

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// folder writes files into a new folder.
func folder(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

const preprocessor = "preprocessor_config.json"

// TestConfigDefaults: a file that states its class only has the class's
// defaults, whichever suffix the class has.
func TestConfigDefaults(t *testing.T) {
	for name, class := range map[string]string{
		"CLIPImageProcessor": "CLIPImageProcessor", "CLIPImageProcessorFast": "CLIPImageProcessor", "CLIPImageProcessorPil": "CLIPImageProcessor", "CLIPFeatureExtractor": "CLIPImageProcessor",
		"SiglipImageProcessor": "SiglipImageProcessor", "SiglipImageProcessorFast": "SiglipImageProcessor",
		"Idefics3ImageProcessor": "Idefics3ImageProcessor", "Idefics3ImageProcessorFast": "Idefics3ImageProcessor", "SmolVLMImageProcessorFast": "SmolVLMImageProcessor",
	} {
		dir := folder(t, map[string]string{preprocessor: `{"image_processor_type": "` + name + `", "do_resize": null, "size": null}`})
		got, err := OpenConfig(dir)
		if err != nil {
			t.Error(err)
			continue
		}
		want, _ := classDefaults(class)
		want.File = filepath.Join(dir, preprocessor)
		if *got != want {
			t.Errorf("%s: %+v, want %+v", name, *got, want)
		}
	}
}

// TestConfigOfModelType: a file without a class follows config.json.
func TestConfigOfModelType(t *testing.T) {
	for kind, class := range map[string]string{"clip": "CLIPImageProcessor", "siglip": "SiglipImageProcessor", "idefics3": "Idefics3ImageProcessor", "smolvlm": "SmolVLMImageProcessor"} {
		c, err := OpenConfig(folder(t, map[string]string{preprocessor: `{}`, "config.json": `{"model_type": "` + kind + `"}`}))
		if err != nil || c.Class != class {
			t.Errorf("%s: %+v, %v", kind, c, err)
		}
	}
}

// TestConfigSizes reads every form of a size.
func TestConfigSizes(t *testing.T) {
	for _, c := range []struct {
		class, size string
		want        Size
	}{
		{"CLIPImageProcessor", `224`, Size{ShortestEdge: 224}},
		{"SiglipImageProcessor", `384`, Size{Height: 384, Width: 384}},
		{"SiglipImageProcessor", `[256, 384]`, Size{Height: 256, Width: 384}},
		{"CLIPImageProcessor", `{"shortest_edge": 336, "longest_edge": 1333}`, Size{ShortestEdge: 336, LongestEdge: 1333}},
		{"CLIPImageProcessor", `{"max_height": 10, "max_width": 20, "height": null}`, Size{MaxHeight: 10, MaxWidth: 20}},
		{"SmolVLMImageProcessor", `{"longest_edge": 2048}`, Size{LongestEdge: 2048}},
	} {
		got, err := OpenConfig(folder(t, map[string]string{preprocessor: `{"image_processor_type": "` + c.class + `", "size": ` + c.size + `}`}))
		if err != nil || got.Size != c.want {
			t.Errorf("%s %s: %+v, %v", c.class, c.size, got, err)
		}
	}
}

// TestConfigNestedWins: image_processor in processor_config.json is read, not
// the file beside it; without it, the other file is.
func TestConfigNestedWins(t *testing.T) {
	files := map[string]string{
		"processor_config.json": `{"image_seq_len": 64, "image_processor": {"image_processor_type": "SmolVLMImageProcessor", "max_image_size": {"longest_edge": 512}}}`,
		preprocessor:            `{"image_processor_type": "SiglipImageProcessor", "rescale_factor": 0.5, "image_mean": 0.25, "image_std": [1, 2, 3]}`,
	}
	c, err := OpenConfig(folder(t, files))
	if err != nil || c.Class != "SmolVLMImageProcessor" || c.TileEdge != 512 || c.ImageSeqLen != 64 || filepath.Base(c.File) != "processor_config.json" {
		t.Errorf("nested: %+v, %v", c, err)
	}
	files["processor_config.json"] = `{"image_seq_len": 64}`
	c, err = OpenConfig(folder(t, files))
	if err != nil || c.Class != "SiglipImageProcessor" || c.RescaleFactor != 0.5 || c.Mean != [3]float64{0.25, 0.25, 0.25} || c.Std != [3]float64{1, 2, 3} {
		t.Errorf("beside: %+v, %v", c, err)
	}
}

// TestConfigRefuses: each error names the file, and the key or class.
func TestConfigRefuses(t *testing.T) {
	clip := func(rest string) string { return `{"image_processor_type": "CLIPImageProcessor", ` + rest + `}` }
	smol := func(rest string) string { return `{"image_processor_type": "SmolVLMImageProcessor", ` + rest + `}` }
	for text, says := range map[string]string{
		``:     "not a JSON object",
		`null`: "not a JSON object",
		`[1]`:  "not a JSON object",
		`{"image_processor_type": "ViTImageProcessor"}`:     "ViTImageProcessor",
		`{"image_processor_type": "Siglip2ImageProcessor"}`: "NaFlex",
		`{"image_processor_type": 3}`:                       "image_processor_type",
		`{}`:                                                "image_processor_type",
		clip(`"size": 0`):                                   "size",
		clip(`"size": 1e9`):                                 "size",
		clip(`"size": {"shortest_edge": "x"}`):              "shortest_edge",
		clip(`"size": {"shortest_edge": -4}`):               "shortest_edge",
		clip(`"size": {"longest_edge": 224}`):               "shortest_edge",
		clip(`"size": [1, null]`):                           "size",
		clip(`"crop_size": {"height": 224}`):                "crop_size",
		clip(`"resample": 6`):                               "resample",
		clip(`"resample": 1.5`):                             "resample",
		clip(`"resample": -1`):                              "resample",
		clip(`"rescale_factor": 0`):                         "rescale_factor",
		clip(`"rescale_factor": "1/255"`):                   "rescale_factor",
		clip(`"image_mean": [1, 2]`):                        "image_mean",
		clip(`"image_mean": [1, null, 2]`):                  "image_mean",
		clip(`"image_std": [1, 0, 1]`):                      "image_std",
		clip(`"image_std": [1, 1e-60, 1]`):                  "image_std",
		clip(`"do_resize": "yes"`):                          "do_resize",
		clip(`"do_pad": true, "pad_size": 256`):             "pad_size",
		smol(`"max_image_size": {"height": 512}`):           "max_image_size",
		smol(`"size": {"shortest_edge": 512}`):              "longest_edge",
	} {
		dir := folder(t, map[string]string{preprocessor: text})
		c, err := OpenConfig(dir)
		switch {
		case err == nil:
			t.Errorf("%s: accepted as %+v", text, c)
		case !strings.Contains(err.Error(), filepath.Join(dir, preprocessor)) || !strings.Contains(err.Error(), says):
			t.Errorf("%s: %v; must name the file and %s", text, err, says)
		}
	}
	if _, err := OpenConfig(t.TempDir()); err == nil || !strings.Contains(err.Error(), preprocessor) {
		t.Errorf("an empty folder: %v", err)
	}
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, preprocessor), 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenConfig(dir); err == nil {
		t.Error("accepted a folder as a file")
	}
	large := folder(t, map[string]string{preprocessor: `{"image_processor_type": "` + strings.Repeat("x", maxConfigBytes) + `"}`})
	if _, err := OpenConfig(large); err == nil || len(err.Error()) > 1000 {
		t.Errorf("a file of a megabyte: %.200v", err)
	}
}

// FuzzOpenConfig: any text is a configuration that can lay out and process a
// small picture within its bound, or an error.
func FuzzOpenConfig(f *testing.F) {
	f.Add([]byte(`{"image_processor_type": "CLIPImageProcessor", "size": 8, "crop_size": [9, 3]}`), false)
	f.Add([]byte(`{"image_processor_type": "SmolVLMImageProcessor", "size": {"longest_edge": 40}, "max_image_size": {"longest_edge": 13}}`), false)
	f.Add([]byte(`{"image_seq_len": 4, "image_processor": {"image_processor_type": "SiglipImageProcessor", "resample": 0, "size": {"height": 2, "width": 90}}}`), true)
	img := synth(9, 14, 1)
	f.Fuzz(func(t *testing.T, text []byte, nested bool) {
		files := map[string]string{preprocessor: string(text)}
		if nested {
			files = map[string]string{"processor_config.json": string(text)}
		}
		c, err := OpenConfig(folder(t, files))
		if err != nil {
			return
		}
		p, err := c.Process(t.Context(), img, Options{MaxBytes: 1 << 22})
		if err != nil {
			return
		}
		if v := c.Normalise(p); len(v) != p.Tiles*3*p.Height*p.Width || p.Rows*p.Cols+1 != p.Tiles {
			t.Errorf("%+v gives %d values for %+v", c, len(v), p)
		}
	})
}
