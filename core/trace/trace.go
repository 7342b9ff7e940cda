// Package trace records a run: every named activation into a safetensors file,
// and what each layer took. A Recorder is the Observer of one run; memory stays
// bounded, for activations go to a temporary file as they come.
//
// The names are those that the reference recordings and docs/trace.py use:
// input_ids, pixel_values, vision.h0 after the embeddings, vision.hN after
// layer N, vision.post, connector, text.h0 …, text.norm, all_logits,
// greedy_ids; of CLIP and SigLIP also image_embeds, text_embeds,
// logits_per_image and their kin.
package trace

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path"
	"path/filepath"
	"slices"
	"time"

	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/core/safetensors"
)

// Kind is the metadata entry that tells a trace from a model: mmtui.kind = trace.
const (
	KindKey = "mmtui.kind"
	Kind    = "trace"
)

// The phases of a run, as core/infer names them: activations are kept of the
// first, times of both.
const (
	phasePrompt = "prompt"
	phaseToken  = "token"
)

// Options of a Recorder. The zero value keeps everything.
type Options struct {
	// Only keeps the activations whose name matches one of these patterns
	// (path.Match, such as vision.h*); none keeps all.
	Only []string
	// ProfileOnly keeps no values at all, only statistics and times.
	ProfileOnly bool
	// Folder is where values wait until Write; "" is the system's.
	Folder string
	// Now is the clock; nil is the system's.
	Now func() time.Time
}

// Recorder is the Observer of one run. It is used from one goroutine. An error
// of writing does not end the run; it comes back from Write.
type Recorder struct {
	opt    Options
	now    func() time.Time
	spill  *os.File
	folder string // of spill
	buffer *bufio.Writer
	used   int64
	err    error
	known  map[string]int
	kept   []tensor
	layers layers
	decode int // depth of PhaseToken
	scrap  []byte
}

// tensor is an activation, in as many parts as there were calls.
type tensor struct {
	name   string
	dtype  safetensors.DType
	shape  []int
	parts  []part
	stats  stats
	stored bool
}

type part struct{ offset, bytes int64 }

// New makes a recorder. Close removes its temporary file.
func New(opt Options) (*Recorder, error) {
	for _, p := range opt.Only {
		if _, err := path.Match(p, ""); err != nil {
			return nil, fmt.Errorf("pattern %q: %w; write it as in vision.h*", p, err)
		}
	}
	r := &Recorder{opt: opt, now: opt.Now, known: map[string]int{}}
	if r.now == nil {
		r.now = time.Now
	}
	r.layers.now = r.now
	if opt.ProfileOnly {
		return r, nil
	}
	folder := opt.Folder
	if folder == "" {
		folder = os.TempDir()
	}
	r.folder = folder
	f, err := os.CreateTemp(folder, ".mmtui-trace-*.tmp")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &folderError{report.Printable(folder) + ": there is no such folder; create it first", err}
	}
	if err != nil {
		return nil, r.inFolder("no temporary file can be made", err, "check who may write to the folder")
	}
	r.spill, r.buffer = f, bufio.NewWriterSize(f, 256<<10)
	return r, nil
}

// Activation takes an activation of the prompt: of several under one name (a
// tile each, a batch each) the first dimension is gathered.
func (r *Recorder) Activation(name string, shape []int, data []float32) {
	if r.decode > 0 || r.err != nil {
		return
	}
	r.layers.pause()
	defer r.layers.resume()
	t := r.gather(name, safetensors.F32, shape)
	if t == nil {
		return
	}
	t.stats.add(data)
	if r.Wants(name) {
		r.floats(t, data)
	}
}

// IDs takes token ids, which no network hands over.
func (r *Recorder) IDs(name string, shape []int, ids []int) {
	if r.err != nil {
		return
	}
	t := r.gather(name, safetensors.I64, shape)
	if t == nil || !r.Wants(name) {
		return
	}
	b := make([]byte, 0, 8*len(ids))
	for _, id := range ids {
		b = binary.LittleEndian.AppendUint64(b, uint64(id))
		t.stats.add([]float32{float32(id)})
	}
	r.write(t, b)
}

// Wants says whether the values of a name are kept.
func (r *Recorder) Wants(name string) bool {
	if r.spill == nil {
		return false
	}
	return len(r.opt.Only) == 0 || slices.ContainsFunc(r.opt.Only, func(p string) bool {
		ok, _ := path.Match(p, name) // New has tried the pattern
		return ok
	})
}

// gather finds the tensor of that name, or begins one.
func (r *Recorder) gather(name string, d safetensors.DType, shape []int) *tensor {
	i, known := r.known[name]
	if !known {
		r.known[name] = len(r.kept)
		r.kept = append(r.kept, tensor{name: name, dtype: d, shape: slices.Clone(shape)})
		return &r.kept[len(r.kept)-1]
	}
	t := &r.kept[i]
	if len(shape) == 0 || len(shape) != len(t.shape) || !slices.Equal(shape[1:], t.shape[1:]) || d != t.dtype {
		r.err = fmt.Errorf("activation %s came as %v and as %v: two tensors cannot have one name", name, t.shape, shape)
		return nil
	}
	t.shape[0] += shape[0]
	return t
}

// floats appends values as they lie in a file.
func (r *Recorder) floats(t *tensor, data []float32) {
	const step = 16 << 10
	if r.scrap == nil {
		r.scrap = make([]byte, 4*step)
	}
	first := r.used
	for len(data) > 0 && r.err == nil {
		n := min(step, len(data))
		for i, v := range data[:n] {
			binary.LittleEndian.PutUint32(r.scrap[4*i:], math.Float32bits(v))
		}
		r.append(r.scrap[:4*n])
		data = data[n:]
	}
	t.parts, t.stored = append(t.parts, part{first, r.used - first}), true
}

func (r *Recorder) write(t *tensor, b []byte) {
	t.parts, t.stored = append(t.parts, part{r.used, int64(len(b))}), true
	r.append(b)
}

func (r *Recorder) append(b []byte) {
	if _, err := r.buffer.Write(b); err != nil {
		r.err = r.inFolder("the activations cannot be kept", err, "free space, keep fewer activations, or name another folder")
		return
	}
	r.used += int64(len(b))
}

// Begin starts the clock of a layer.
func (r *Recorder) Begin(name string) {
	if name == phaseToken {
		r.decode++
	}
	r.layers.begin(name, r.decode > 0)
}

// End stops it.
func (r *Recorder) End(name string) {
	r.layers.end(name)
	if name == phaseToken && r.decode > 0 {
		r.decode--
	}
}

// Err is the first error of recording.
func (r *Recorder) Err() error { return r.err }

// Count is the number of activations whose values are kept.
func (r *Recorder) Count() int {
	n := 0
	for _, t := range r.kept {
		if t.stored {
			n++
		}
	}
	return n
}

// Write writes the kept values to a safetensors file in one step: path has the
// whole trace or is as it was. metadata say what was run.
func (r *Recorder) Write(ctx context.Context, to string, metadata map[string]string) error {
	if r.err != nil {
		return r.err
	}
	if r.spill == nil {
		return errors.New("the recorder keeps no values; make it without ProfileOnly")
	}
	if err := r.buffer.Flush(); err != nil {
		return r.inFolder("the activations cannot be kept", err, "free space or name another folder")
	}
	all := map[string]string{KindKey: Kind}
	for k, v := range metadata {
		all[k] = v
	}
	var entries []safetensors.Entry
	for i := range r.kept {
		if t := &r.kept[i]; t.stored {
			entries = append(entries, safetensors.Entry{Name: t.name, DType: t.dtype, Shape: t.shape, Write: r.copy(t)})
		}
	}
	if len(entries) == 0 {
		return fmt.Errorf("%s: no activation matches; the names are those of `mmtui trace` without --only", report.Printable(to))
	}
	return safetensors.Write(ctx, to, entries, all)
}

// copy streams the parts of a tensor.
func (r *Recorder) copy(t *tensor) func(context.Context, io.Writer) error {
	return func(ctx context.Context, w io.Writer) error {
		const step = 1 << 20
		for _, p := range t.parts {
			for at := int64(0); at < p.bytes; at += step {
				if err := ctx.Err(); err != nil {
					return err
				}
				if _, err := io.Copy(w, io.NewSectionReader(r.spill, p.offset+at, min(step, p.bytes-at))); err != nil {
					return r.hidden(err)
				}
			}
		}
		return nil
	}
}

// inFolder is an error with the temporary file, which has a name that nobody
// knows: the folder is named in its place.
func (r *Recorder) inFolder(what string, err error, do string) error {
	why := err
	if at, ok := errors.AsType[*fs.PathError](err); ok {
		why = at.Err
	}
	return &folderError{fmt.Sprintf("%s: %s: %v; %s", report.Printable(r.folder), what, why, do), err}
}

// hidden is inFolder for an error of reading back; others stay what they are.
func (r *Recorder) hidden(err error) error {
	if at, ok := errors.AsType[*fs.PathError](err); ok && at.Path == r.spill.Name() {
		return r.inFolder("the activations cannot be read back", err, "check the disk and try again")
	}
	return err
}

type folderError struct {
	text string
	err  error
}

func (e *folderError) Error() string { return e.text }
func (e *folderError) Unwrap() error { return e.err }

// Close removes the temporary file. Nothing can be written afterwards.
func (r *Recorder) Close() error {
	if r.spill == nil {
		return nil
	}
	name := r.spill.Name()
	err := errors.Join(r.spill.Close(), os.Remove(filepath.Clean(name)))
	r.spill = nil
	return err
}
