package infer

import (
	"testing"
)

// The bundled example answers something: a newcomer's first run works.
func TestBundledExampleRuns(t *testing.T) {
	const dir = "../../examples/tiny-vlm"
	r, err := Open(t.Context(), dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	streamed := ""
	got, err := r.Run(t.Context(), Request{Task: Caption, Images: []string{dir + "/house.png"}, MaxNewTokens: 12}, func(e Event) {
		streamed += e.Text
	})
	if err != nil {
		t.Fatal(err)
	}
	if got.Tiles != 7 || len(got.TokenIDs) != 12 || streamed == "" || streamed != got.Text {
		t.Errorf("%d tiles, %d tokens, streamed %q, text %q", got.Tiles, len(got.TokenIDs), streamed, got.Text)
	}
}
