package nn

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"sync"

	"github.com/mmtui/mmtui/core/model"
	"github.com/mmtui/mmtui/core/safetensors"
	"github.com/mmtui/mmtui/internal/gemm"
	"github.com/mmtui/mmtui/internal/mapped"
)

// Source gives the weights of an open model to a network. Plain float32,
// bfloat16 and float16 matrices are used where the file is mapped; what is
// packed, or stored in another type, is turned into float32 in memory.
//
// Mapped weights are touched in chunks of a pool only, which turns the fault of
// a file that became shorter into an error.
type Source struct {
	model    *model.Model
	engine   *Engine
	regions  map[string]*mapped.Region // by file
	matrices map[string]gemm.Weights   // by tensor; a tied head shares its table
	bytes    int64

	runs   sync.RWMutex // held for reading by every run
	closed bool
}

// NewSource makes a source of m's weights; it maps files as they are needed.
func NewSource(m *model.Model, e *Engine) *Source {
	return &Source{model: m, engine: e, regions: map[string]*mapped.Region{}, matrices: map[string]gemm.Weights{}}
}

// Bytes is what the weights that were asked for take, in the map or in memory.
func (s *Source) Bytes() int64 { return s.bytes }

// Begin begins a run on the weights: they stay until its End. After Close it
// is an error that wraps fs.ErrClosed.
func (s *Source) Begin() error {
	s.runs.RLock()
	if s.closed {
		s.runs.RUnlock()
		return fmt.Errorf("%s: the weights were let go: %w; open the model again", safetensors.Printable(s.model.Path), fs.ErrClosed)
	}
	return nil
}

// End ends a run.
func (s *Source) End() { s.runs.RUnlock() }

// Explain says why a run failed: a file that changed under it is named in place
// of the fault that this caused.
func (s *Source) Explain(err error) error {
	if err == nil || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	if changed := s.model.Check(); changed != nil {
		return changed
	}
	return err
}

// Check returns the *safetensors.ChangedError of a file that was written to
// since the model was opened: what was computed may mix two checkpoints.
func (s *Source) Check() error { return s.model.Check() }

// Close unmaps the files. It waits for the runs under way.
func (s *Source) Close() error {
	s.runs.Lock()
	defer s.runs.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	var errs []error
	for _, r := range s.regions {
		errs = append(errs, r.Close())
	}
	return errors.Join(errs...)
}

// Vector is a tensor of any shape as float32, row-major, in memory.
func (s *Source) Vector(ctx context.Context, name string) ([]float32, error) {
	t, err := s.tensor(name)
	if err != nil {
		return nil, err
	}
	v := make([]float32, t.Parameters)
	if err := t.Values(ctx, 0, v); err != nil {
		return nil, err
	}
	s.bytes += 4 * t.Parameters
	return v, nil
}

// Matrix is a tensor in its matrix view [out, in].
func (s *Source) Matrix(ctx context.Context, name string) (gemm.Weights, error) {
	if w, ok := s.matrices[name]; ok {
		return w, nil
	}
	t, err := s.tensor(name)
	if err != nil {
		return gemm.Weights{}, err
	}
	rows, cols, ok, reason := t.Matrix()
	if !ok {
		return gemm.Weights{}, s.unfit(name, reason)
	}
	w, err := s.load(ctx, t, rows, cols)
	if err != nil {
		return gemm.Weights{}, err
	}
	s.matrices[name] = w
	s.bytes += int64(len(w.Data))
	return w, nil
}

func (s *Source) load(ctx context.Context, t *model.Tensor, rows, cols int) (gemm.Weights, error) {
	if kind, ok := direct(t); ok {
		data, err := s.mapped(t.Parts[0])
		return gemm.Weights{Data: data, Type: kind, Rows: rows, Cols: cols}, err
	}
	if !t.Readable() || !t.IsFloat() && t.Stored == nil {
		return gemm.Weights{}, s.unfit(t.Name, "type "+t.DType+" is not that of a weight")
	}
	data, err := floats(ctx, t, rows, cols)
	return gemm.Weights{Data: data, Type: gemm.F32, Rows: rows, Cols: cols}, err
}

// direct says whether a tensor can be used as it is stored.
func direct(t *model.Tensor) (gemm.Type, bool) {
	if t.Stored != nil || t.Transposed || len(t.Parts) != 1 {
		return 0, false
	}
	switch safetensors.DType(t.DType) {
	case safetensors.F32:
		return gemm.F32, true
	case safetensors.BF16:
		return gemm.BF16, true
	case safetensors.F16:
		return gemm.F16, true
	}
	return 0, false
}

func (s *Source) mapped(p model.Part) ([]byte, error) {
	region := s.regions[p.File]
	if region == nil {
		var err error
		if region, err = s.model.Map(p.File); err != nil {
			return nil, err
		}
		s.regions[p.File] = region
	}
	return region.Bytes(p.Begin, int(p.End-p.Begin))
}

// floats computes the values of a packed tensor, little-endian float32.
func floats(ctx context.Context, t *model.Tensor, rows, cols int) ([]byte, error) {
	r, err := t.Rows(ctx)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	const blockValues = 1 << 16
	step := max(1, blockValues/cols)
	block := make([]float32, min(step, rows)*cols)
	data := make([]byte, 4*rows*cols)
	at := data
	for lo := 0; lo < rows; lo += step {
		values := block[:(min(lo+step, rows)-lo)*cols]
		if err := r.ReadRows(ctx, lo, min(lo+step, rows), values); err != nil {
			return nil, err
		}
		for i, v := range values {
			binary.LittleEndian.PutUint32(at[4*i:], math.Float32bits(v))
		}
		at = at[4*len(values):]
	}
	return data, nil
}

// Linears makes float layers of the source's matrices. ctx ends the loading.
func (s *Source) Linears(ctx context.Context) Linears { return floatLinears{ctx, s} }

type floatLinears struct {
	ctx    context.Context // of one loading
	source *Source
}

func (f floatLinears) Linear(name string, bias []float32) (Linear, error) {
	w, err := f.source.Matrix(f.ctx, name)
	if err != nil {
		return nil, err
	}
	l, err := NewFloat(f.source.engine, w, bias)
	if err != nil {
		return nil, f.source.unfit(name, err.Error())
	}
	return l, nil
}

// Table is a matrix as it lies in the file.
func (f floatLinears) Table(name string) (Table, error) {
	w, err := f.source.Matrix(f.ctx, name)
	if err != nil {
		return nil, err
	}
	return w, nil
}

func (s *Source) tensor(name string) (*model.Tensor, error) {
	t, ok := s.model.Lookup(name)
	if !ok {
		return nil, s.unfit(name, "missing")
	}
	return t, nil
}

func (s *Source) unfit(name, what string) error {
	return &safetensors.Error{
		Path: s.model.Path, What: "tensor " + safetensors.Printable(name) + ": " + what,
		Do: "export the model again", Err: safetensors.ErrInvalid,
	}
}
