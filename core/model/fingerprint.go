package model

import (
	"context"
	"encoding/binary"

	"github.com/cespare/xxhash/v2"
)

// Fingerprint identifies the tensor's values: xxhash64 over the stored bytes of
// all parts, their dtypes and shapes, and how they are decoded. Two tensors with
// the same fingerprint have the same values, whatever their names. It reads the
// tensor once, in bounded memory; it is no protection against forgery.
func (t *Tensor) Fingerprint(ctx context.Context) (uint64, error) {
	h := xxhash.New()
	word := func(v uint64) {
		var b [8]byte
		binary.LittleEndian.PutUint64(b[:], v)
		_, _ = h.Write(b[:]) // never fails
	}
	str := func(s string) {
		word(uint64(len(s)))
		_, _ = h.WriteString(s)
	}
	shape := func(dims []int) {
		word(uint64(len(dims)))
		for _, d := range dims {
			word(uint64(d))
		}
	}
	str(t.DType)
	shape(t.Shape)
	if t.Transposed {
		str("transposed")
	}
	if t.decoder != nil {
		str(t.decoder.scheme())
	}
	for _, s := range t.parts {
		sum, err := s.File.Fingerprint(ctx, s.Info)
		if err != nil {
			return 0, err
		}
		str(string(s.DType))
		shape(s.Shape)
		word(sum)
	}
	return h.Sum64(), nil
}
