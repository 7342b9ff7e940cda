package safetensors

import (
	"bytes"
	"context"
	"path/filepath"
	"testing"
)

// BenchmarkDecode counts the bytes of float32 that come out.
func BenchmarkDecode(b *testing.B) {
	const n = 1 << 16
	dst := make([]float32, n)
	for _, d := range []DType{F32, BF16, F16, F64, I8, F8E4M3, F4, BOOL, U64} {
		b.Run(string(d), func(b *testing.B) {
			src := make([]byte, packedBytes(d, n))
			for i := range src {
				src[i] = byte(i * 31 >> 3)
			}
			b.SetBytes(4 * n)
			for b.Loop() {
				if err := Decode(d, src, dst); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkReadValues reads 16 MiB of float32 values from the page cache.
func BenchmarkReadValues(b *testing.B) {
	const n = 4 << 20
	values := make([]float32, n)
	for _, d := range []DType{F32, BF16, F16} {
		b.Run(string(d), func(b *testing.B) {
			path := filepath.Join(b.TempDir(), "m")
			if err := Write(context.Background(), path, []Entry{FloatsEntry("w", d, []int{n}, values)}, nil); err != nil {
				b.Fatal(err)
			}
			f, err := Open(path, Limits{})
			if err != nil {
				b.Fatal(err)
			}
			defer func() { _ = f.Close() }()
			b.SetBytes(4 * n)
			for b.Loop() {
				if err := f.ReadValues(context.Background(), f.Tensors[0], 0, values); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkParseHeader is a header of 100,000 tensors, 7.6 MB.
func BenchmarkParseHeader(b *testing.B) {
	file := withHeader(manyTensors(100_000), 100_000)
	b.SetBytes(int64(len(file)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ParseHeader(bytes.NewReader(file), int64(len(file)), Limits{}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkOpenLargeFile opens a sparse file of 10 GB.
func BenchmarkOpenLargeFile(b *testing.B) {
	path := sparse(b)
	b.ReportAllocs()
	for b.Loop() {
		f, err := Open(path, Limits{})
		if err != nil {
			b.Fatal(err)
		}
		_ = f.Close()
	}
}
