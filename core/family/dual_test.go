package family

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mmtui/mmtui/core/safetensors"
	"github.com/mmtui/mmtui/internal/sharedtest"
)

func TestEmbedder(t *testing.T) {
	f := openFixture(t, filepath.Join("testdata", "clip-tiny"))
	checkEmbedder(t, f.network().(Embedder), f)
}

func TestEmbedders(t *testing.T) {
	root := filepath.Join(sharedtest.Dir(t), "fixtures", "models")
	for _, folder := range []string{"clip-tiny", "siglip-tiny", "siglip2-tiny"} {
		t.Run(folder, func(t *testing.T) {
			f := openFixture(t, filepath.Join(root, folder))
			checkEmbedder(t, f.network().(Embedder), f)
			checkEmbedder(t, f.kernelNetwork().(Embedder), f)
		})
	}
}

// rows cuts recorded ids [n, tokens] into texts.
func rows(ids []int, n int) [][]int {
	var out [][]int
	for i := range n {
		out = append(out, ids[i*len(ids)/n:(i+1)*len(ids)/n])
	}
	return out
}

func checkEmbedder(t *testing.T, e Embedder, f *fixture) {
	r := newRecorder()
	images, err := e.EmbedImages(t.Context(), f.floats("pixel_values"), f.shape("pixel_values")[0], r)
	if err != nil {
		t.Fatal(err)
	}
	texts, err := e.EmbedTexts(t.Context(), rows(f.ints("input_ids"), f.shape("input_ids")[0]), r)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "image_embeds", images, f.floats("image_embeds"), 1e-5)
	near(t, "text_embeds", texts, f.floats("text_embeds"), 1e-5)
	logits := e.Logits(images, texts)
	n := len(texts) / e.Dim()
	transposed := make([]float32, len(logits))
	for i, v := range logits {
		transposed[i%n*(len(logits)/n)+i/n] = v
	}
	r.data["logits_per_image"], r.data["logits_per_text"], r.data["probs"] = logits, transposed, e.Probabilities(logits, n)
	compareAll(t, r, f, "")
}

// CLIP's pooled token depends on the config's end id, not on the vocabulary.
func TestCLIPPooling(t *testing.T) {
	f := openFixture(t, filepath.Join("testdata", "clip-tiny"))
	n := f.network().(*clip)
	ids := rows(f.ints("pool/input_ids"), 3)
	for _, c := range []struct {
		want string
		eos  int
	}{{"pooled_by_config", n.config.eos}, {"pooled_eos2_argmax", 2}, {"pooled_first_eos", 600}} {
		n.config.eos = c.eos
		r := newRecorder()
		if _, err := n.EmbedTexts(t.Context(), ids, r); err != nil {
			t.Fatal(err)
		}
		near(t, c.want, r.data["text_pooled"], f.floats("pool/"+c.want), tolerance)
	}
}

// Pictures and texts that go in groups come out as those that go alone.
func TestGroups(t *testing.T) {
	for _, kind := range []string{"clip", "siglip"} {
		m := smallDual(kind)
		e := openNetwork(t, writeFolder(t, m.Folder(), safetensors.F32)).(Embedder)
		const n = 215 // of 10 or 9 tokens: two or three groups
		picture := 3 * m.Image * m.Image
		pixels := make([]float32, n*picture)
		for i := range pixels {
			pixels[i] = float32(i*37%1009)/500 - 1
		}
		var ids [][]int
		for i := range n {
			row := make([]int, m.Positions)
			for j := range row {
				row[j] = (i*31 + j*7) % m.Vocabulary
			}
			ids = append(ids, row)
		}
		r := newRecorder()
		images, err := e.EmbedImages(t.Context(), pixels, n, r)
		if err != nil {
			t.Fatal(err)
		}
		texts, err := e.EmbedTexts(t.Context(), ids, r)
		if err != nil {
			t.Fatal(err)
		}
		near(t, "image_embeds in groups", r.data["image_embeds"], images, 0)
		near(t, "text_embeds in groups", r.data["text_embeds"], texts, 0)
		for _, i := range []int{0, 101, 102, 113, 214} {
			one, err := e.EmbedImages(t.Context(), pixels[i*picture:(i+1)*picture], 1, nil)
			if err != nil {
				t.Fatal(err)
			}
			near(t, kind+" picture alone", one, images[i*e.Dim():(i+1)*e.Dim()], 1e-5)
			if one, err = e.EmbedTexts(t.Context(), ids[i:i+1], nil); err != nil {
				t.Fatal(err)
			}
			near(t, kind+" text alone", one, texts[i*e.Dim():(i+1)*e.Dim()], 1e-5)
		}
	}
}

func TestEmbedderRefuses(t *testing.T) {
	m := smallDual("siglip")
	e := openNetwork(t, writeFolder(t, m.Folder(), safetensors.F32)).(Embedder)
	for want, ids := range map[string][][]int{
		"an empty text":                           {{}},
		"a text of 10 tokens":                     {make([]int, 10)},
		"text 1 has 3 tokens, the first 2":        {{1, 2}, {1, 2, 3}},
		"id 50 is not below the vocabulary of 50": {{50}},
		"id -1 is not below":                      {{-1}},
	} {
		if _, err := e.EmbedTexts(t.Context(), ids, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: error %v, want %q", ids, err, want)
		}
	}
	for _, n := range []int{-1, 1, 3} {
		if _, err := e.EmbedImages(t.Context(), make([]float32, 2*3*20*20), n, nil); err == nil || !strings.Contains(err.Error(), "pixel values") {
			t.Errorf("%d pictures: %v", n, err)
		}
	}
	images, err := e.EmbedImages(t.Context(), nil, 0, nil)
	texts, err2 := e.EmbedTexts(t.Context(), nil, nil)
	if err != nil || err2 != nil || len(images)+len(texts) != 0 {
		t.Errorf("nothing: %v, %v, %v, %v", images, texts, err, err2)
	}
	if got := e.Probabilities(e.Logits(nil, nil), 0); len(got) != 0 {
		t.Errorf("probabilities of nothing: %v", got)
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := e.EmbedTexts(cancelled, [][]int{{1}}, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}
