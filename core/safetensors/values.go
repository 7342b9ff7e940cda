package safetensors

import (
	"context"
	"encoding/binary"
	"fmt"
	"unsafe"

	"github.com/cespare/xxhash/v2"
)

// chunkBytes is how much is read between two looks at the context; with the
// values that come of it, it stays in a core's cache.
const chunkBytes = 256 << 10

// nativeLittle says whether numbers lie in memory as in the file.
var nativeLittle = binary.NativeEndian.Uint16([]byte{1, 0}) == 1

// ReadValues fills dst with the elements first, first+1, … of a tensor of this
// file, row-major, as float32 (see Decode for what each type becomes). The file
// is checked once, at the end. Types that are not Readable are an error.
func (f *File) ReadValues(ctx context.Context, info Info, first int64, dst []float32) error {
	if !info.DType.Readable() {
		return f.misread(info, unreadable(info.DType))
	}
	if err := f.owns(info); err != nil {
		return err
	}
	if first < 0 || first > info.Parameters()-int64(len(dst)) {
		return f.misread(info, fmt.Errorf("elements %d to %d of %d were asked for", first, first+int64(len(dst)), info.Parameters()))
	}
	var err error
	if info.DType == F32 && nativeLittle {
		err = f.readInPlace(ctx, info, first, dst)
	} else {
		err = f.readConverted(ctx, info, first, dst)
	}
	if err != nil {
		return err
	}
	return f.Check()
}

// readInPlace reads F32 straight into dst.
func (f *File) readInPlace(ctx context.Context, info Info, first int64, dst []float32) error {
	const step = 4 * chunkBytes
	raw := unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(dst))), 4*len(dst))
	for off := 4 * first; len(raw) > 0; off += step {
		if err := ctx.Err(); err != nil {
			return at(f.Path, err)
		}
		n := min(step, len(raw))
		if err := f.pread(info, off, raw[:n]); err != nil {
			return err
		}
		raw = raw[n:]
	}
	return nil
}

func (f *File) readConverted(ctx context.Context, info Info, first int64, dst []float32) error {
	bits := info.DType.Bits()
	perChunk := chunkBytes * 8 / bits
	buf := make([]byte, packedBytes(info.DType, min(perChunk, len(dst)+1)))
	for len(dst) > 0 {
		if err := ctx.Err(); err != nil {
			return at(f.Path, err)
		}
		// An odd element of F4 starts inside a byte: it is read alone, with
		// the one before it in front.
		skip := 0
		n := min(perChunk, len(dst))
		if bits == 4 && first&1 == 1 {
			skip, n = 1, 1
		}
		raw := buf[:packedBytes(info.DType, skip+n)]
		if err := f.pread(info, (first-int64(skip))*int64(bits)/8, raw); err != nil {
			return err
		}
		if skip == 1 {
			dst[0] = tableF4[raw[0]>>4]
		} else if err := Decode(info.DType, raw, dst[:n]); err != nil {
			return f.misread(info, err)
		}
		dst = dst[n:]
		first += int64(n)
	}
	return nil
}

// Fingerprint is the xxhash64 (seed 0) of a tensor's bytes, read in chunks. It
// tells whether bytes are the same as before; it is no protection against
// somebody who means to deceive.
func (f *File) Fingerprint(ctx context.Context, info Info) (uint64, error) {
	digest := xxhash.New()
	err := f.stream(ctx, info, func(b []byte) error {
		_, err := digest.Write(b)
		return err
	})
	if err != nil {
		return 0, err
	}
	return digest.Sum64(), nil
}

// stream gives all bytes of a tensor to fn, a chunk at a time, and checks the file.
func (f *File) stream(ctx context.Context, info Info, fn func(b []byte) error) error {
	buf := make([]byte, min(chunkBytes, max(info.Size(), 0)))
	for off := int64(0); off < info.Size(); off += int64(len(buf)) {
		if err := ctx.Err(); err != nil {
			return at(f.Path, err)
		}
		b := buf[:min(int64(len(buf)), info.Size()-off)]
		if err := f.pread(info, off, b); err != nil {
			return err
		}
		if err := fn(b); err != nil {
			return err
		}
	}
	return f.Check()
}
