package simd

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A value that was made before a loop and is read at its start must keep its
// register to the loop's end, where other values are made.
func TestRegistersLastToTheEndOfLoops(t *testing.T) {
	m := NewNEON()
	m.Begin("f", "is a kernel.", "p *float32", "n int")
	p := m.Arg("p")
	before := m.Load(p, 0)
	m.Loop(m.Arg("n"), func() {
		sum := m.Add(before, before)
		m.Store(m.Add(m.Load(p, 16), sum), p, 32)
		m.Loop(m.Copy(p), func() { m.Store(m.Load(p, 48), p, 64) })
	})
	last := m.Load(p, 80)
	m.Store(last, p, 96)
	given := m.kernel.allocate()
	for v, r := range given[1 : len(given)-1] {
		if r == given[0] {
			t.Errorf("value %d lies in register %d, which is taken until the loop ends: %v", v+1, r, given)
		}
	}
	if given[len(given)-1] != given[0] {
		t.Errorf("the register of a value that is no longer read is not used again: %v", given)
	}
}

func TestTooManyValuesPanic(t *testing.T) {
	defer func() {
		if s, _ := recover().(string); !strings.Contains(s, "32 vector registers") {
			t.Errorf("33 values at once: %q", s)
		}
	}()
	m := NewNEON()
	m.Begin("f", "is a kernel.", "p *float32")
	p := m.Arg("p")
	var all []Vec
	for i := range 33 {
		all = append(all, m.Load(p, 16*i))
	}
	for _, v := range all {
		m.Store(v, p, 0)
	}
	m.End()
}

// A constant is stored once, however many kernels use it.
func TestConstantsAreShared(t *testing.T) {
	dir := t.TempDir()
	describe := func(m Machine) {
		for _, name := range []string{"f", "g"} {
			m.Begin(name, "is a kernel.", "p *float32")
			p := m.Arg("p")
			m.Store(m.Add(m.Const(1.5), m.Load(p, 0)), p, 0)
			m.End()
		}
	}
	if err := Write(dir, "go run x", "x", describe); err != nil {
		t.Fatal(err)
	}
	for name, bytes := range map[string]string{"avx512_amd64.s": "$64", "avx2_amd64.s": "$32", "neon_arm64.s": "$16"} {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if want := "GLOBL constants<>(SB), RODATA|NOPTR, " + bytes + "\n"; !strings.Contains(string(text), want) {
			t.Errorf("%s has no %q:\n%s", name, want, text)
		}
	}
}
