package export

import (
	"maps"
	"strings"

	"github.com/mmtui/mmtui/core/int2file"
	"github.com/mmtui/mmtui/core/model"
)

// described ends the metadata key that tells how a tensor NAME is packed in our
// own format (docs/format.md).
const described = ".int2"

// metadataOf is the source's metadata for a file whose tensors are stored in
// another way: without what says that the source, or a tensor of it that keeps
// does not name, is in our own format. A reader believes these keys, so one
// that is left behind makes the whole file unreadable.
func metadataOf(m *model.Model, keeps func(tensor string) bool) map[string]string {
	out := map[string]string{}
	maps.Copy(out, m.Metadata)
	if int2file.Is(out) {
		delete(out, int2file.FormatKey)
	}
	for key := range out {
		if name, ok := strings.CutSuffix(key, described); ok && !keeps(name) {
			delete(out, key)
		}
	}
	return out
}

// packedByUs reports whether the source holds a tensor of this name in our own format.
func packedByUs(m *model.Model) func(tensor string) bool {
	return func(name string) bool {
		t, ok := m.Lookup(name)
		return ok && t.Stored != nil && t.Stored.Method == "mmtui"
	}
}
