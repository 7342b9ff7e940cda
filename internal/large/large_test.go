package large

import "testing"

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
