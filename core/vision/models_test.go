package vision

import (
	"path/filepath"
	"testing"
)

type modelCases struct {
	Images []string // CLIP and SigLIP: one tensor for all of them
	Cases  map[string]struct {
		Images []string
		Split  bool `json:"do_image_splitting"`
		Rows   [][]int
		Cols   [][]int
	}
}

// TestModelFolders compares the tiles of every recorded run of the small model
// folders, from both layouts of their metadata.
func TestModelFolders(t *testing.T) {
	root := shared(t, "fixtures/models")
	for _, name := range []string{"clip-tiny", "siglip-tiny", "siglip2-tiny", "idefics3-tiny", "smolvlm-tiny", "smolvlm-tiny-sharded-bf16"} {
		dir := filepath.Join(root, name)
		var cases modelCases
		readJSON(t, filepath.Join(dir, "io.json"), &cases)
		data := openTensors(t, filepath.Join(dir, "io.safetensors"))
		for _, layout := range []string{dir, filepath.Join(dir, "hub4")} {
			c, err := OpenConfig(layout)
			if err != nil {
				t.Error(err)
				continue
			}
			if len(cases.Images) > 0 {
				checkValues(t, c, dir, cases.Images, data)
			}
			checkTiles(t, c, dir, cases, data)
		}
	}
}

func checkValues(t *testing.T, c *Config, dir string, images []string, data tensors) {
	t.Helper()
	var got []byte
	for _, name := range images {
		img, err := Open(filepath.Join(dir, "images", name), Limits{})
		if err != nil {
			t.Fatal(err)
		}
		p, err := c.Process(t.Context(), img, Options{})
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, floatBytes(c.Normalise(p))...)
	}
	if want, _ := data.bytes("pixel_values"); string(got) != string(want) {
		t.Errorf("%s: pixel values differ", c.File)
	}
}

func checkTiles(t *testing.T, c *Config, dir string, cases modelCases, data tensors) {
	t.Helper()
	for name, k := range cases.Cases {
		var got []byte
		var rows, cols []int
		for _, file := range k.Images {
			img, err := Open(filepath.Join(dir, "images", file), Limits{})
			if err != nil {
				t.Fatal(err)
			}
			p, err := c.Process(t.Context(), img, Options{Split: &k.Split})
			if err != nil {
				t.Fatal(err)
			}
			got, rows, cols = append(got, p.U8...), append(rows, p.Rows), append(cols, p.Cols)
		}
		for i := range rows {
			if rows[i] != k.Rows[0][i] || cols[i] != k.Cols[0][i] {
				t.Errorf("%s %s: %v rows and %v columns, want %v and %v", c.File, name, rows, cols, k.Rows, k.Cols)
			}
		}
		if _, ok := data.file.Lookup(name + "/tiles_u8"); !ok {
			continue
		}
		if want, _ := data.bytes(name + "/tiles_u8"); string(got) != string(want) {
			t.Errorf("%s %s: tiles differ", c.File, name)
		}
	}
}
