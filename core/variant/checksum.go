package variant

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/cespare/xxhash/v2"

	"github.com/mmtui/mmtui/int2"
)

// checksum is xxhash64 over all arrays of a matrix: a bit that a disk turned
// over is found, which the checks of the format cannot see in a code.
func checksum(p *int2.Packed) string {
	h := xxhash.New()
	_, _ = h.Write(p.Codes) // never fails, here and below
	_, _ = h.Write(p.Mult)
	var b []byte
	for _, v := range p.Offset {
		b = binary.LittleEndian.AppendUint16(b, uint16(v))
	}
	for _, list := range [][]float32{p.RowScale, p.Col} {
		for _, v := range list {
			b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
		}
	}
	_, _ = h.Write(b)
	return fmt.Sprintf("%016x", h.Sum64())
}
