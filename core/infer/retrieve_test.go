package infer

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
)

func TestRetrievalRanksBothWays(t *testing.T) {
	r := newFake(&fakeEmbedder{})
	// Pictures embed as their width, texts as the code of their first letter.
	q := Request{Task: Retrieval, Images: []string{"97x5", "100x5", "97x6"}, Texts: []string{"az", "d", "b"}}
	res, err := r.Run(t.Context(), q, nil)
	if err != nil {
		t.Fatal(err)
	}
	if want := [][]float64{{0, -9, -1}, {-9, 0, -4}, {0, -9, -1}}; !reflect.DeepEqual(res.Scores, want) {
		t.Errorf("scores %v", res.Scores)
	}
	if want := [][]int{{0, 2, 1}, {1, 2, 0}, {0, 2, 1}}; !reflect.DeepEqual(res.TextsByImage, want) {
		t.Errorf("texts by image %v", res.TextsByImage)
	}
	if want := [][]int{{0, 2, 1}, {1, 0, 2}, {0, 2, 1}}; !reflect.DeepEqual(res.ImagesByText, want) {
		t.Errorf("images by text %v", res.ImagesByText)
	}
	if want := [][]int{{'a', 'z'}, {'d', 0}, {'b', 0}}; !reflect.DeepEqual(res.TextTokenIDs, want) {
		t.Errorf("texts are padded to the longest: %v", res.TextTokenIDs)
	}
}

func TestTextsArePaddedToAllPositions(t *testing.T) {
	r := newFake(&fakeEmbedder{pads: true})
	res, err := r.Run(t.Context(), Request{Task: Retrieval, Images: []string{"9x9"}, Texts: []string{"ab", "abcdefghi"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if want := [][]int{{'a', 'b', 0, 0, 0, 0}, {'a', 'b', 'c', 'd', 'e', 'f'}}; !reflect.DeepEqual(res.TextTokenIDs, want) {
		t.Errorf("%v", res.TextTokenIDs)
	}
	if len(res.Warnings) != 1 || !strings.Contains(res.Warnings[0], "text 2 has 9 tokens") || !strings.Contains(res.Warnings[0], "cut to 6") {
		t.Errorf("warnings %q", res.Warnings)
	}
}

func TestPicturesComeInBatchesAndAreEmbeddedOnce(t *testing.T) {
	var batches []int
	var texts [][][]int
	loads := 0
	r := newFake(&fakeEmbedder{images: &batches, texts: &texts})
	r.pictures = fakePictures{loads: &loads}
	q := Request{Task: Retrieval, Texts: []string{"a"}}
	for i := range mostAtOnce + 3 {
		q.Images = append(q.Images, fmt.Sprintf("%dx5", 80+i))
	}
	first, err := r.Run(t.Context(), q, nil)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(batches, []int{mostAtOnce, 3}) || loads != len(q.Images) {
		t.Errorf("batches %v, %d loads", batches, loads)
	}
	q.Images = append(q.Images, "200x5")
	q.Texts = append(q.Texts, "b")
	again, err := r.Run(t.Context(), q, nil)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(batches, []int{mostAtOnce, 3, 1}) || loads != len(q.Images) || len(texts) != 2 || len(texts[1]) != 1 {
		t.Errorf("the second time: batches %v, %d loads, texts %v", batches, loads, texts)
	}
	for i := range first.Scores {
		if first.Scores[i][0] != again.Scores[i][0] {
			t.Errorf("picture %d: %g from the cache, %g before", i, again.Scores[i][0], first.Scores[i][0])
		}
	}
}

func TestTextsArePaddedOnTheTokenizersSide(t *testing.T) {
	r := newFake(&fakeEmbedder{})
	r.codec = fakeCodec{pad: true, left: true}
	res, err := r.Run(t.Context(), Request{Task: Retrieval, Images: []string{"9x9"}, Texts: []string{"ab", "c"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if want := [][]int{{'a', 'b'}, {0, 'c'}}; !reflect.DeepEqual(res.TextTokenIDs, want) {
		t.Errorf("%v", res.TextTokenIDs)
	}
	if _, err := r.Run(t.Context(), Request{Task: Retrieval, Images: []string{"9x9"}, Texts: []string{"é"}}, nil); err == nil || !strings.Contains(err.Error(), "the id 233") {
		t.Error(err)
	}
}

func TestRetrievalWithoutPad(t *testing.T) {
	r := newFake(&fakeEmbedder{})
	r.codec = fakeCodec{}
	q := Request{Task: Retrieval, Images: []string{"9x9"}, Texts: []string{"ab", "a"}}
	if _, err := r.Run(t.Context(), q, nil); err == nil || !strings.Contains(err.Error(), "pad_token") {
		t.Error(err)
	}
	q.Texts = q.Texts[:1]
	if _, err := r.Run(t.Context(), q, nil); err != nil {
		t.Error(err)
	}
}

func TestEmbeddingsKeepToTheirRoom(t *testing.T) {
	e := embeddings{room: 3000}
	big := make([]float32, 250)
	for i := range 5 {
		e.put(keyOfIDs([]int{i}), big)
	}
	if e.bytes > e.room || len(e.known) != len(e.order) || len(e.known) != 3 {
		t.Errorf("%d bytes in %d of %d", e.bytes, len(e.known), len(e.order))
	}
	if _, ok := e.get(keyOfIDs([]int{0})); ok {
		t.Error("the oldest stayed")
	}
	if _, ok := e.get(keyOfIDs([]int{4})); !ok {
		t.Error("the newest went")
	}
}
