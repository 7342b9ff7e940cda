package variant

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/mmtui/mmtui/core/model"
	"github.com/mmtui/mmtui/core/plan"
	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/core/safetensors"
	"github.com/mmtui/mmtui/int2"
)

// weightsFile is a file that `mmtui quantize` wrote, beside a model. A nil one
// holds nothing.
type weightsFile struct {
	path    string
	tensors map[string]bool // packed ones that the model has
	open    *model.Model    // nil after close
}

// openWeights opens a file and compares it with the model that it is for.
func openWeights(ctx context.Context, path string, m *model.Model) (_ *weightsFile, warnings []string, err error) {
	f, err := model.Open(ctx, path, model.Options{})
	if err != nil {
		return nil, nil, err
	}
	w := &weightsFile{path: path, tensors: map[string]bool{}, open: f}
	defer func() {
		if err != nil {
			w.close()
		}
	}()
	if err := w.match(m); err != nil {
		return nil, nil, err
	}
	warnings, err = w.differences(ctx, m)
	return w, warnings, err
}

// match finds the packed tensors that the model has, in the same shapes.
func (w *weightsFile) match(m *model.Model) error {
	var strange, unfit []string
	packed := 0
	for _, t := range w.open.Tensors {
		if t.Stored == nil || t.Stored.Method != ownMethod {
			continue
		}
		packed++
		own, ok := m.Lookup(t.Name)
		switch {
		case !ok:
			strange = append(strange, t.Name)
		case !slices.Equal(own.Shape, t.Shape) || own.Transposed != t.Transposed:
			unfit = append(unfit, fmt.Sprintf("%s is %v, the model's is %v", safetensors.Printable(t.Name), t.Shape, own.Shape))
		default:
			w.tensors[t.Name] = true
		}
	}
	switch {
	case packed == 0:
		return w.refuse("it holds no tensor in mmtui's format", "give a file that `mmtui quantize` wrote")
	case len(unfit) > 0:
		return w.refuse(strings.Join(unfit, ", "), "give the file that was made of this model")
	case len(w.tensors) == 0:
		near := plan.Nearest(plan.Exact(strange[0]), namesOf(m), nearMost)
		return w.refuse(fmt.Sprintf("none of its %d packed tensors is in %s, such as %s", packed, safetensors.Printable(m.Path), safetensors.Printable(strange[0])), advice(near))
	}
	return nil
}

func (w *weightsFile) refuse(what, do string) error {
	return &safetensors.Error{Path: w.path, What: what, Do: do, Err: safetensors.ErrInvalid}
}

// compareMost is the largest tensor, in stored bytes, that is compared: gains
// and biases tell one model from another.
const compareMost = 1 << 20

// differences tells of tensors that the file has and that are not used: plain
// ones, which come from the folder, where their bytes are others.
func (w *weightsFile) differences(ctx context.Context, m *model.Model) ([]string, error) {
	var others, extra []string
	for _, t := range w.open.Tensors {
		own, ok := m.Lookup(t.Name)
		if !ok {
			extra = append(extra, t.Name)
			continue
		}
		if t.Stored != nil || own.Stored != nil || t.SizeBytes > compareMost || own.SizeBytes > compareMost || t.DType != own.DType {
			continue
		}
		a, err := t.Fingerprint(ctx)
		if err != nil {
			return nil, err
		}
		b, err := own.Fingerprint(ctx)
		if err != nil {
			return nil, err
		}
		if a != b {
			others = append(others, t.Name)
		}
	}
	var out []string
	tell := func(names []string, what string) {
		if len(names) > 0 {
			out = append(out, fmt.Sprintf("%s: %s (%d tensors, such as %s)", safetensors.Printable(w.path), what, len(names), safetensors.Printable(names[0])))
		}
	}
	tell(others, "is of another checkpoint: what it does not pack differs from the folder's, which is used")
	tell(extra, "holds tensors that the model lacks")
	return out, nil
}

// has says whether the file holds a tensor of the model.
func (w *weightsFile) has(name string) bool { return w != nil && w.tensors[name] }

// packed reads a tensor, and the SQNR that was measured when it was written.
func (w *weightsFile) packed(ctx context.Context, name string) (*int2.Packed, report.Number, error) {
	f := w.open
	if f == nil { // asked for after Open
		var err error
		if f, err = model.Open(ctx, w.path, model.Options{}); err != nil {
			return nil, 0, err
		}
		defer f.Close()
	}
	t, ok := f.Lookup(name)
	if !ok {
		return nil, 0, w.refuse("tensor "+safetensors.Printable(name)+" is no longer there", "the file changed: open the model again")
	}
	p, err := t.Packed(ctx)
	return p, recorded(t), err
}

func (w *weightsFile) close() {
	_ = w.open.Close() // it was read only
	w.open = nil
}
