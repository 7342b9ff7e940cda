// Package safetensors reads and writes the safetensors format of
// huggingface/safetensors (0.8): 8 bytes of little-endian header length N, N
// bytes of JSON that map tensor names to dtype, shape and byte range, then the
// data of all tensors without a hole.
//
// The reader takes what the reference reader takes, with these differences,
// all on the strict side, because a file comes from anywhere:
//   - the header has at most 16 MiB (the reference: 100,000,000 bytes), rank is
//     at most 64, at most 100,000 tensors, names of at most 512 bytes, JSON
//     nested at most 4 deep. Limits raises each of them;
//   - a key that occurs twice in one object is refused, also when one of the two
//     is spelled with escapes. The reference lets the last one win in the tensor
//     map and in the metadata;
//   - a tensor given as an array ["U8",[4],[0,4]] instead of an object is refused.
//
// Control characters in names are accepted, as the reference and its writers
// do: a name is data, and to rename or hide a tensor would be a wrong answer.
// They never reach a screen as they are: whatever shows a name, a metadata
// text or a path passes it through Printable, and all errors of this package do.
//
// Tensor names are arbitrary text ("", "../../etc/passwd"), so no path may be
// made from one. Two names that differ only in Unicode normal form are two tensors.
package safetensors
