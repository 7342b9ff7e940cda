package large

import (
	"testing"
	"unsafe"
)

// Pieces of one block do not share a byte, and begin at a cache line.
func TestPiecesAreApart(t *testing.T) {
	var all [][]byte
	for i := range 400 {
		b := Bytes(i * 997 % (block / 3))
		if len(b) > 0 && uintptr(unsafe.Pointer(&b[0]))%line != 0 {
			t.Fatalf("a piece of %d bytes is not at the beginning of a cache line", len(b))
		}
		for k := range b {
			if b[k] != 0 {
				t.Fatal("a piece is not zero")
			}
			b[k] = byte(i + 1)
		}
		all = append(all, b)
	}
	for i, b := range all {
		for k := range b {
			if b[k] != byte(i+1) {
				t.Fatalf("piece %d was written by another", i)
			}
		}
	}
	if cap(all[5]) != len(all[5]) {
		t.Error("to append to a piece writes into the next one")
	}
}

// Whatever the size and where the memory lies, it is there, whole and zero, and
// what was written stays.
func TestMemoryIsPlain(t *testing.T) {
	for _, n := range []int{0, 1, 1000, page/4 - 1, page / 4, page/4 + 1, 3*page + 5} {
		f, i := Floats(n), Int8s(n)
		if len(f) != n || len(i) != n {
			t.Fatalf("%d elements became %d and %d", n, len(f), len(i))
		}
		for k := range f {
			if f[k] != 0 || i[k] != 0 {
				t.Fatalf("element %d of %d is not zero", k, n)
			}
			f[k], i[k] = float32(k), int8(k)
		}
		for k := range f {
			if f[k] != float32(k) || i[k] != int8(k) {
				t.Fatalf("element %d of %d was lost", k, n)
			}
		}
	}
}
