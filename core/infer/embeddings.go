package infer

import (
	"crypto/sha256"
	"encoding/binary"
	"slices"
)

// cacheBytes bounds the embeddings that a Runner keeps.
const cacheBytes = 64 << 20

// embeddings keeps embeddings by the content that they are of. The oldest go
// when there is no room.
type embeddings struct {
	room  int // bytes; 0 is cacheBytes
	known map[contentKey][]float32
	order []contentKey
	bytes int
}

func (e *embeddings) get(k contentKey) ([]float32, bool) {
	v, ok := e.known[k]
	return v, ok
}

func (e *embeddings) put(k contentKey, v []float32) {
	if _, ok := e.known[k]; ok {
		return
	}
	if e.known == nil {
		e.known = map[contentKey][]float32{}
	}
	e.known[k] = slices.Clone(v)
	e.order = append(e.order, k)
	e.bytes += 4 * len(v)
	room := e.room
	if room == 0 {
		room = cacheBytes
	}
	for e.bytes > room && len(e.order) > 1 {
		e.bytes -= 4 * len(e.known[e.order[0]])
		delete(e.known, e.order[0])
		e.order = e.order[1:]
	}
}

// keyOfIDs is the key of a text's ids. Pictures have keys of their bytes, after
// another first byte.
func keyOfIDs(ids []int) contentKey {
	b := make([]byte, 1, 1+8*len(ids))
	b[0] = 't'
	for _, id := range ids {
		b = binary.LittleEndian.AppendUint64(b, uint64(id))
	}
	return sha256.Sum256(b)
}
