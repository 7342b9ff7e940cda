package simd

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/mmcloughlin/avo/pass"
	"github.com/mmcloughlin/avo/printer"
)

// File is a machine whose kernels can be written.
type File interface {
	Machine
	// Write writes the assembly and the Go declarations of all kernels, and
	// names the command that did it in their first lines.
	Write(assembly, stubs, command, pkg string) error
}

// Write compiles and writes the kernels.
func (m *AVX) Write(assembly, stubs, command, pkg string) error {
	m.writeTable()
	f, err := m.ctx.Result()
	if err != nil {
		return err
	}
	if err := pass.Compile.Execute(f); err != nil {
		return err
	}
	cfg := printer.Config{Argv: strings.Fields(command), Pkg: pkg}
	for path, p := range map[string]printer.Printer{assembly: printer.NewGoAsm(cfg), stubs: printer.NewStubs(cfg)} {
		text, err := p.Print(f)
		if err != nil {
			return err
		}
		if err := os.WriteFile(path, text, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// Write describes the kernels to every machine and writes the files
// NAME_ARCH.s and NAME_stubs_ARCH.go into dir, where NAME is avx512, avx2 or neon.
func Write(dir, command, pkg string, describe func(Machine)) error {
	for _, f := range []File{NewAVX(16), NewAVX(8), NewNEON()} {
		describe(f)
		name, arch := filepath.Join(dir, strings.ToLower(f.Suffix())), "_amd64"
		if f.Suffix() == "NEON" {
			arch = "_arm64"
		}
		if err := f.Write(name+arch+".s", name+"_stubs"+arch+".go", command, pkg); err != nil {
			return err
		}
	}
	return nil
}
