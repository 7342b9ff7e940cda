package model_test

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/mmtui/mmtui/core/model"
	"github.com/mmtui/mmtui/core/safetensors"
)

func TestMatrix(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		shape      []int
		transposed bool
		rows, cols int
		reason     string
	}{
		{nil, false, 0, 0, "rank 0"},
		{[]int{7}, false, 0, 0, "rank 1"},
		{[]int{3, 5}, false, 3, 5, ""},
		{[]int{3, 5}, true, 5, 3, ""},
		{[]int{3, 0}, false, 0, 0, "empty"},
		{[]int{0, 4, 40}, false, 0, 0, "empty"},
		{[]int{8, 4, 3}, false, 8, 12, ""},      // a 1-D convolution
		{[]int{8, 4, 31}, false, 8, 124, ""},    // still one
		{[]int{1, 197, 32}, false, 197, 32, ""}, // a position table
		{[]int{4, 64, 96}, false, 256, 96, ""},  // fused experts
		{[]int{16, 3, 14, 14}, false, 16, 588, ""},
		{[]int{2, 3, 4, 5, 64}, false, 2, 3840, ""},
	} {
		tensor := &model.Tensor{Shape: c.shape, Transposed: c.transposed}
		rows, cols, ok, reason := tensor.Matrix()
		if rows != c.rows || cols != c.cols || ok != (c.reason == "") || !strings.Contains(reason, c.reason) || ok && reason != "" {
			t.Errorf("%v: [%d, %d] %v %q, want [%d, %d] %q", c.shape, rows, cols, ok, reason, c.rows, c.cols, c.reason)
		}
	}
}

func TestConv1DByFamily(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		config, name string
		shape        []int
		want         bool
	}{
		{`{"model_type": "gpt2"}`, "transformer.h.0.attn.c_attn.weight", []int{2, 6}, true},
		{`{"model_type": "gpt2"}`, "h.0.mlp.c_fc.weight", []int{2, 6}, true},
		{`{"model_type": "gpt2"}`, "h.0.crossattention.q_attn.weight", []int{2, 6}, true},
		{`{"model_type": "gpt2"}`, "h.0.attn.c_attn.bias", []int{2, 6}, false},
		{`{"model_type": "gpt2"}`, "wte.weight", []int{2, 6}, false},
		{`{"model_type": "gpt2"}`, "h.0.my_c_fc.weight", []int{2, 6}, false},
		{`{"model_type": "gpt2"}`, "h.0.conv.c_proj.weight", []int{2, 6, 3}, false},
		{`{"model_type": "imagegpt"}`, "h.0.attn.c_proj.weight", []int{2, 6}, true},
		{`{"model_type": "gpt_bigcode"}`, "h.0.attn.c_attn.weight", []int{2, 6}, false},
		{`{"model_type": "gpt_neo"}`, "h.0.mlp.c_fc.weight", []int{2, 6}, false},
		{`{}`, "h.0.attn.c_attn.weight", []int{2, 6}, false},
		// A captioner made of a vision encoder and GPT-2.
		{`{"model_type": "vision-encoder-decoder", "decoder": {"model_type": "gpt2"}}`, "decoder.transformer.h.0.mlp.c_proj.weight", []int{2, 6}, true},
		{`{"model_type": "vision-encoder-decoder", "decoder": {"model_type": "gpt2"}}`, "encoder.layer.0.c_proj.weight", []int{2, 6}, false},
	} {
		f := newFolder(t).config(c.config)
		n := 1
		for _, d := range c.shape {
			n *= d
		}
		m := f.floats(c.name, safetensors.F32, c.shape, make([]float32, n)).open()
		if got := m.Tensors[0].Transposed; got != c.want {
			t.Errorf("%s %s %v: transposed %v, want %v", c.config, c.name, c.shape, got, c.want)
		}
	}
}

func TestTransposedRows(t *testing.T) {
	t.Parallel()
	const in, out = 5, 7 // stored [in, out]
	values := make([]float32, in*out)
	for i := range values {
		values[i] = float32(i)
	}
	for _, d := range []safetensors.DType{safetensors.F32, safetensors.BF16, safetensors.F64} {
		m := newFolder(t).config(`{"model_type": "gpt2"}`).floats("h.0.mlp.c_fc.weight", d, []int{in, out}, values).open()
		tensor := m.Tensors[0]
		if !slices.Equal(tensor.Shape, []int{in, out}) {
			t.Errorf("shape %v, want it as stored", tensor.Shape)
		}
		wantValues(t, m, tensor.Name, []int{out, in}, func(o, i int) float32 { return values[i*out+o] })
		r, err := tensor.Rows(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		some := make([]float32, 2*in)
		if err := r.ReadRows(context.Background(), 3, 5, some); err != nil || some[in] != 4 {
			t.Errorf("rows 3 and 4 are %v, %v", some, err)
		}
		flat := make([]float32, 6)
		if err := tensor.Values(context.Background(), 4, flat); err != nil || !slices.Equal(flat, values[4:10]) {
			t.Errorf("values from 4 on are %v, %v; want them in stored order", flat, err)
		}
		var raw bytes.Buffer
		if err := tensor.CopyTo(context.Background(), &raw); err != nil || !bytes.Equal(raw.Bytes(), encode(t, d, values)) {
			t.Errorf("copied %d bytes, %v", raw.Len(), err)
		}
	}
}

// Elements narrower than a byte are read column by column from the file.
func TestTransposedNibbles(t *testing.T) {
	t.Parallel()
	const in, out = 3, 4
	data := []byte{0x10, 0x32, 0x54, 0x76, 0x10, 0x32} // low nibble first: codes 0, 1, 2, …
	levels := []float32{0, 0.5, 1, 1.5, 2, 3, 4, 6}
	m := newFolder(t).config(`{"model_type": "gpt2"}`).bytes("h.c_fc.weight", safetensors.F4, []int{in, out}, data).open()
	wantValues(t, m, "h.c_fc.weight", []int{out, in}, func(o, i int) float32 { return levels[(i*out+o)%8] })
}

func TestReadRowsChecksItsRange(t *testing.T) {
	t.Parallel()
	m := newFolder(t).floats("w", safetensors.F32, []int{4, 3}, make([]float32, 12)).open()
	r, err := m.Tensors[0].Rows(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	for _, c := range []struct{ lo, hi, n int }{{-1, 1, 6}, {0, 5, 15}, {2, 1, 0}, {0, 2, 5}, {0, 2, 7}} {
		if err := r.ReadRows(ctx, c.lo, c.hi, make([]float32, c.n)); err == nil {
			t.Errorf("rows %d to %d into %d values: no error", c.lo, c.hi, c.n)
		}
	}
	if err := r.ReadRows(ctx, 4, 4, nil); err != nil {
		t.Errorf("no rows: %v", err)
	}
	for _, first := range []int64{-1, 11, 1 << 62} {
		if err := m.Tensors[0].Values(ctx, first, make([]float32, 2)); err == nil {
			t.Errorf("values from %d on: no error", first)
		}
	}
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	if err := r.ReadRows(cancelled, 0, 1, make([]float32, 3)); err == nil {
		t.Error("read under a context that ended")
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	if err := r.ReadRows(ctx, 0, 1, make([]float32, 3)); err == nil {
		t.Error("read after Close")
	}
}

// Concurrent readers of every kind of rows see what one reader sees.
func TestConcurrentRows(t *testing.T) {
	t.Parallel()
	for name := range storedAs() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tensor := open(t, "testdata/quantized/"+name).Tensors[0]
			rows, err := tensor.Rows(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			n, cols := rows.Dims()
			want, got := make([]float32, n*cols), make([]float32, n*cols)
			if err := rows.ReadRows(context.Background(), 0, n, want); err != nil {
				t.Fatal(err)
			}
			var wait sync.WaitGroup
			for w := range 4 {
				wait.Go(func() {
					for r := w; r < n; r += 4 {
						if err := rows.ReadRows(context.Background(), r, r+1, got[r*cols:(r+1)*cols]); err != nil {
							t.Error(err)
							return
						}
					}
				})
			}
			wait.Wait()
			if !slices.Equal(got, want) {
				t.Error("readers disagree")
			}
		})
	}
}

func TestFingerprint(t *testing.T) {
	t.Parallel()
	print := func(m *model.Model, name string) uint64 {
		t.Helper()
		tensor, ok := m.Lookup(name)
		if !ok {
			t.Fatalf("no %s", name)
		}
		h, err := tensor.Fingerprint(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	values := []float32{1, 2, 3, 4, 5, 6}
	of := func(config, name string, d safetensors.DType, shape []int, v []float32) uint64 {
		t.Helper()
		return print(newFolder(t).config(config).floats(name, d, shape, v).open(), name)
	}
	base := of(`{}`, "h.c_fc.weight", safetensors.F32, []int{2, 3}, values)
	if same := of(`{}`, "other", safetensors.F32, []int{2, 3}, values); same != base {
		t.Error("the name changes the fingerprint")
	}
	for what, other := range map[string]uint64{
		"shape":     of(`{}`, "h.c_fc.weight", safetensors.F32, []int{3, 2}, values),
		"dtype":     of(`{}`, "h.c_fc.weight", safetensors.F16, []int{2, 3}, values),
		"values":    of(`{}`, "h.c_fc.weight", safetensors.F32, []int{2, 3}, []float32{1, 2, 3, 4, 5, 7}),
		"transpose": of(`{"model_type": "gpt2"}`, "h.c_fc.weight", safetensors.F32, []int{2, 3}, values),
	} {
		if other == base {
			t.Errorf("another %s has the same fingerprint", what)
		}
	}
	// The same packed bytes under version 1 and 2 of GPTQ are other values.
	gptq := func(version string) *folder {
		f := newFolder(t).config(`{"quantization_config": {"quant_method": "gptq", "bits": 4, "group_size": 32, "checkpoint_format": "` + version + `"}}`)
		f.words("l.qweight", []int{4, 8}, make([]uint32, 32)).words("l.qzeros", []int{1, 1}, []uint32{7})
		return f.floats("l.scales", safetensors.F16, []int{1, 8}, make([]float32, 8))
	}
	if print(gptq("gptq").open(), "l.weight") == print(gptq("gptq_v2").open(), "l.weight") {
		t.Error("GPTQ versions have the same fingerprint")
	}
	// Any part counts.
	for i, change := range []func(f *folder) *folder{
		func(f *folder) *folder {
			f.entries[0] = safetensors.BytesEntry("l.qweight", safetensors.I32, []int{4, 8}, bytes.Repeat([]byte{1}, 128))
			return f
		},
		func(f *folder) *folder {
			f.entries[1] = safetensors.BytesEntry("l.qzeros", safetensors.I32, []int{1, 1}, []byte{1, 2, 3, 4})
			return f
		},
		func(f *folder) *folder {
			f.entries[2] = safetensors.FloatsEntry("l.scales", safetensors.F16, []int{1, 8}, []float32{0, 0, 0, 0, 0, 0, 0, 1})
			return f
		},
	} {
		if print(change(gptq("gptq")).open(), "l.weight") == print(gptq("gptq").open(), "l.weight") {
			t.Errorf("part %d does not count", i)
		}
	}
}

func TestCopyToRefusesPackedTensors(t *testing.T) {
	t.Parallel()
	tensor := open(t, "testdata/quantized/gptq_4bit_g128_sym").Tensors[0]
	if err := tensor.CopyTo(context.Background(), &bytes.Buffer{}); err == nil {
		t.Error("copied a packed tensor as if it were plain")
	}
}
