// Package model opens a safetensors file, a sharded or Hugging Face folder, or
// a name in the local Hugging Face cache, and presents its logical tensors:
// what the network computes with, however they are packed on disk.
//
// Checkpoints that other tools have quantized show their tensors with the
// values that those tools compute, to the last bit of the dtype they compute
// in; one file of this package holds one format. Opening reads headers and the
// few bytes that say how a tensor is packed; weights stay on disk.
package model

import (
	"context"
	"errors"

	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/core/safetensors"
)

// Model is an open model. Its tensors are in file order. It is safe for
// concurrent use; Close releases the files.
type Model struct {
	Path         string   // as the user gave it
	Root         string   // folder that holds the files
	Files        []string // weight files, absolute
	Architecture string   // config.json architectures[0], else model_type, else ""
	ModelType    string   // config.json model_type
	Quantization string   // report.ModelInfo.Quantization
	Metadata     map[string]string
	Tensors      []*Tensor
	SizeBytes    int64 // tensor data as stored
	Parameters   int64
	Revision     string   // commit of the Hugging Face cache that the files belong to, else ""
	Warnings     []string // lines for the user: what was tolerated, or could not be understood

	files   []*safetensors.File
	byName  map[string]*Tensor
	options Options
}

// Options of Open. The zero value is usable.
type Options struct {
	Limits   safetensors.Limits // what a header may ask for
	CacheDir string             // the Hugging Face cache; "" finds it as huggingface_hub does
}

// Tensor is a logical tensor.
type Tensor struct {
	Name       string
	DType      string // stored dtype of a plain tensor ("F32"), of the values for a packed one ("F16")
	Shape      []int  // logical; [out, in] for a packed linear, as stored for a plain one
	Parameters int64
	SizeBytes  int64          // all stored parts
	Stored     *report.Stored // nil for a plain tensor
	Recorded   *report.Tensor // figures that `mmtui quantize` wrote into the file, nil otherwise
	Parts      []Part         // stored tensors behind this one, for the curious
	Transposed bool           // Shape is [in, out], as GPT-2's Conv1D has it; the matrix view is [out, in]

	parts   []stored
	decoder decoder // nil for a plain tensor
}

// Part is one stored tensor.
type Part struct {
	Name, DType string
	Shape       []int
	File        string
	Begin, End  int64 // absolute byte range in File
}

// stored is a tensor as a file holds it.
type stored = safetensors.ShardTensor

// decoder gives the values of a packed tensor.
type decoder interface {
	// load reads what every row needs: scales, zero points and, where a row
	// is not contiguous on disk, the packed codes (never their float form).
	load(ctx context.Context) (rowDecoder, error)
	// scheme is everything beside the stored bytes that the values depend on.
	scheme() string
}

// rowDecoder computes rows lo up to hi of the matrix view. It allows concurrent calls.
type rowDecoder interface {
	decodeRows(ctx context.Context, lo, hi int, dst []float32) error
}

// Lookup finds a tensor by its exact logical name.
func (m *Model) Lookup(name string) (*Tensor, bool) {
	t, ok := m.byName[name]
	return t, ok
}

// Reopen opens the same path again, with the same options, as it is on disk
// now. The receiver stays open.
func (m *Model) Reopen(ctx context.Context) (*Model, error) {
	return Open(ctx, m.Path, m.options)
}

// Check returns the *safetensors.ChangedError of the first file that is no
// longer what was opened, nil when all are.
func (m *Model) Check() error {
	for _, f := range m.files {
		if err := f.Check(); err != nil {
			return err
		}
	}
	return nil
}

// Close releases the files. Rows and values cannot be read afterwards.
func (m *Model) Close() error {
	errs := make([]error, 0, len(m.files))
	for _, f := range m.files {
		errs = append(errs, f.Close())
	}
	return errors.Join(errs...)
}

// Info is the model as reports describe it.
func (m *Model) Info() report.ModelInfo {
	return report.ModelInfo{
		Path:         m.Path,
		Files:        append([]string(nil), m.Files...),
		TensorCount:  len(m.Tensors),
		Parameters:   m.Parameters,
		SizeBytes:    m.SizeBytes,
		Architecture: m.Architecture,
		Quantization: m.Quantization,
	}
}
