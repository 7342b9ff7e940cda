package safetensors

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

const (
	adviceConvert = "convert it to safetensors first (in Python: safetensors.torch.save_file)"
	adviceExport  = "export the weights as safetensors from the framework that made it"
)

// foreign are the first bytes of files that people take for safetensors.
var foreign = [...]struct {
	at    int
	magic string
	kind  string
	do    string
}{
	{0, "PK\x03\x04", "a ZIP archive, as PyTorch .pt and .bin checkpoints and NumPy .npz files are", adviceConvert},
	{0, "GGUF", "a GGUF file of llama.cpp", "give the safetensors checkpoint that it was made from"},
	{0, "ggjt", "an old GGML file", "give the safetensors checkpoint that it was made from"},
	{0, "tjgg", "an old GGML file", "give the safetensors checkpoint that it was made from"},
	{0, "lmgg", "an old GGML file", "give the safetensors checkpoint that it was made from"},
	{0, "\x89HDF\r\n\x1a\n", "an HDF5 file, as Keras .h5 weights are", adviceExport},
	{0, "\x93NUMPY", "a NumPy .npy file", "convert it to safetensors first (in Python: safetensors.numpy.save_file)"},
	{4, "TFL3", "a TensorFlow Lite model", adviceExport},
	{0, "version https://git-lfs.github.com/spec/", "a Git LFS pointer, not the file itself", "run `git lfs pull` in its repository"},
	{257, "ustar", "a tar archive, as old PyTorch checkpoints are", adviceConvert},
	{0, "\x1f\x8b\x08", "a gzip-compressed file", "decompress it first"},
	{0, "\x28\xb5\x2f\xfd", "a zstd-compressed file", "decompress it first"},
	{0, "age-encryption.org/", "a file encrypted with age", "decrypt it first"},
	{0, "-----BEGIN AGE ENCRYPTED FILE-----", "a file encrypted with age", "decrypt it first"},
	{0, "\x7fELF", "a program or library", "give a .safetensors file"},
}

// sniff names the kind of a file by its first bytes, nil when it is none that
// is known. It is asked only about files that failed to parse.
func sniff(start []byte) *Error {
	if looksNative(start) {
		return nil
	}
	other := func(kind, do string) *Error {
		return &Error{What: "this is " + kind + ", not a safetensors file", Do: do, Err: ErrNotSafetensors}
	}
	if len(start) == 0 {
		return &Error{What: "the file is empty", Do: "download or copy it again", Err: ErrNotSafetensors}
	}
	for _, f := range foreign {
		if len(start) > f.at && bytes.HasPrefix(start[f.at:], []byte(f.magic)) {
			return other(f.kind, f.do)
		}
	}
	switch {
	case isPickle(start):
		return other("a Python pickle, as PyTorch .bin and .pt checkpoints are", adviceConvert)
	case isONNX(start):
		return other("an ONNX model", adviceExport)
	}
	text := bytes.TrimLeft(bytes.TrimPrefix(start, []byte("\ufeff")), " \t\r\n")
	lower := bytes.ToLower(text)
	switch {
	case bytes.HasPrefix(lower, []byte("<!doctype html")), bytes.HasPrefix(lower, []byte("<html")):
		return other("an HTML page, probably the error page of a download", "download the file again")
	case isText(text) && (text[0] == '{' || text[0] == '['):
		return other("JSON text", "if it is the index of a sharded model, open its folder")
	case isText(start) && bytes.HasPrefix(start, []byte("../")) && !bytes.ContainsAny(start, "\n"):
		return other("the text of a symbolic link, left by a copy that does not know links", "copy it again with links, or use the file it names")
	case isText(start):
		return other("a text file", "give a .safetensors file")
	}
	return nil
}

// looksNative says whether a file begins as safetensors do, a small length and
// then JSON: its error is about safetensors, whatever its first bytes resemble.
func looksNative(start []byte) bool {
	return len(start) > 8 && bytes.Equal(start[4:8], make([]byte, 4)) &&
		strings.IndexByte("{ \t\r\n", start[8]) >= 0
}

// isPickle: PROTO, a version from 2 to 5, and one of the opcodes that pickles of
// PyTorch and NumPy go on with (FRAME, EMPTY_DICT, EMPTY_LIST, GLOBAL, MARK, LONG1).
func isPickle(start []byte) bool {
	return len(start) > 2 && start[0] == 0x80 && start[1] >= 2 && start[1] <= 5 &&
		strings.IndexByte("\x95}]c(\x8a", start[2]) >= 0
}

// isONNX: field 1 of ModelProto, ir_version, a small number, then field 2
// (producer_name), 7 (graph) or 8 (opset_import), which are length-delimited.
func isONNX(start []byte) bool {
	return len(start) > 3 && start[0] == 0x08 && start[1] > 0 && start[1] < 32 &&
		(start[2] == 0x12 || start[2] == 0x3a || start[2] == 0x42)
}

// isText says whether b is UTF-8 text without control characters, but for a
// last rune that the end of b cuts.
func isText(b []byte) bool {
	if len(b) == 0 {
		return false
	}
	for len(b) > 0 {
		r, size := utf8.DecodeRune(b)
		if r == utf8.RuneError && size == 1 {
			return len(b) < utf8.UTFMax && !utf8.FullRune(b)
		}
		if r < ' ' && r != '\t' && r != '\n' && r != '\r' {
			return false
		}
		b = b[size:]
	}
	return true
}
