package safetensors

import (
	"context"
	"fmt"
	"io"
)

// BytesEntry is an entry whose data are at hand, as stored (little-endian, row-major).
func BytesEntry(name string, d DType, shape []int, data []byte) Entry {
	return Entry{Name: name, DType: d, Shape: shape, Write: func(_ context.Context, w io.Writer) error {
		_, err := w.Write(data)
		return err
	}}
}

// FloatsEntry is an entry that converts row-major values to F64, F32, F16 or
// BF16 (rounded half to even) as it writes; another type fails in Write.
func FloatsEntry(name string, d DType, shape []int, values []float32) Entry {
	return Entry{Name: name, DType: d, Shape: shape, Write: func(_ context.Context, w io.Writer) error {
		const step = 8 << 10
		buf := make([]byte, packedBytes(d, min(step, len(values))))
		for rest := values; len(rest) > 0; {
			n := min(step, len(rest))
			if err := Encode(d, rest[:n], buf); err != nil {
				return err
			}
			if _, err := w.Write(buf[:packedBytes(d, n)]); err != nil {
				return err
			}
			rest = rest[n:]
		}
		return nil
	}}
}

// CopyEntry streams a tensor of an open file, byte for byte, under its own
// name. A file that changes meanwhile makes Write fail with a *ChangedError.
func CopyEntry(f *File, info Info) Entry {
	return Entry{Name: info.Name, DType: info.DType, Shape: info.Shape, Write: func(ctx context.Context, w io.Writer) error {
		return f.stream(ctx, info, func(b []byte) error {
			if n, err := w.Write(b); err != nil {
				return fmt.Errorf("after %d bytes: %w", n, err)
			}
			return nil
		})
	}}
}
