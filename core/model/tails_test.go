package model_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mmtui/mmtui/core/model"
	"github.com/mmtui/mmtui/core/safetensors"
)

// Where rules differ by module, the group size of the file still holds for the
// linears that it fits: 96 inputs in two groups are 64 and 32, not twice 48.
func TestGroupSizeBesideModuleRules(t *testing.T) {
	t.Parallel()
	f := newFolder(t).config(`{"quantization_config": {"quant_method": "gptq", "bits": 4, "group_size": 64, "dynamic": {"x": {"bits": 8}}}}`)
	f.words("l.qweight", []int{12, 8}, make([]uint32, 96)).words("l.qzeros", []int{2, 1}, make([]uint32, 2))
	f.floats("l.scales", safetensors.F16, []int{2, 8}, []float32{1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2})
	wantValues(t, f.open(), "l.weight", []int{8, 96}, func(_, i int) float32 {
		if i < 64 {
			return -1
		}
		return -2
	})
}

// compressed-tensors divides rows evenly; a group size that does not is
// refused rather than read as another one.
func TestCompressedUnevenGroups(t *testing.T) {
	t.Parallel()
	f := newFolder(t).config(`{"quantization_config": {"quant_method": "compressed-tensors", "format": "pack-quantized", "config_groups": {"g": {"weights": {"num_bits": 4, "group_size": 64}}}}}`)
	f.words("l.weight_packed", []int{2, 12}, make([]uint32, 24)).longs("l.weight_shape", 2, 96)
	f.floats("l.weight_scale", safetensors.BF16, []int{2, 2}, []float32{1, 2, 1, 2})
	if err := f.fails(); !strings.Contains(err.Error(), "96 inputs do not divide into groups of 64") {
		t.Errorf("%v", err)
	}
}

// Two words a row of 16 codes are 3 or 4 bits: only a configuration can tell.
func TestCompressedShortRows(t *testing.T) {
	t.Parallel()
	linear := func() *folder {
		f := newFolder(t).words("l.weight_packed", []int{2, 2}, make([]uint32, 4)).longs("l.weight_shape", 2, 16)
		return f.floats("l.weight_scale", safetensors.BF16, []int{2, 1}, []float32{1, 2})
	}
	if err := linear().fails(); !strings.Contains(err.Error(), "3 or of 4 bits") || !strings.Contains(err.Error(), "config.json") {
		t.Errorf("%v", err)
	}
	m := linear().config(`{"quantization_config": {"quant_method": "compressed-tensors", "config_groups": {"g": {"weights": {"num_bits": 4}}}}}`).open()
	wantValues(t, m, "l.weight", []int{2, 16}, func(o, _ int) float32 { return -8 * float32(o+1) })
}

// HQQ without a group size has one scale a row (axis 1) or a column (axis 0).
func TestHQQWithoutGroups(t *testing.T) {
	t.Parallel()
	const out, in = 4, 6
	for axis, side := range map[int32][]int{0: {1, in}, 1: {out, 1}} {
		f := newFolder(t).bytes("l.W_q", safetensors.U8, []int{out, in}, []byte{
			0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23,
		})
		scales := []float32{1, 2, 3, 4, 5, 6}[:side[0]*side[1]]
		f.floats("l.scale", safetensors.F32, side, scales).floats("l.zero", safetensors.F32, side, make([]float32, len(scales)))
		f.longs("l.shape", out, in).scalar("l.nbits", 8).scalar("l.axis", axis)
		f.bytes("l.packing", safetensors.U8, []int{7}, []byte("8bit_u8"))
		wantValues(t, f.open(), "l.weight", []int{out, in}, func(o, i int) float32 {
			if axis == 0 {
				return float32(o*in+i) * scales[i]
			}
			return float32(o*in+i) * scales[o]
		})
	}
}

// A quantization_config that cannot be read is said where scales lie beside codes.
func TestScaledBesideBrokenConfig(t *testing.T) {
	t.Parallel()
	p := readParts(t, "bitnet_bitlinear")
	p.config = `{"quantization_config": "bitnet"}`
	m := p.folder().open()
	if len(m.Warnings) != 1 || !strings.Contains(m.Warnings[0], `"bitnet" is not an object`) || !strings.Contains(m.Warnings[0], "up_proj.weight") {
		t.Errorf("warnings %q", m.Warnings)
	}
}

// Shards opened for a caller who has gone are closed again.
func TestCancelledShardsAreClosed(t *testing.T) {
	t.Parallel()
	const descriptors = "/proc/self/fd"
	if _, err := os.ReadDir(descriptors); err != nil {
		t.Skipf("open files cannot be listed here: %v", err)
	}
	f := small(newFolder(t), "x", 1).save("part.safetensors").file("model.safetensors.index.json", `{"weight_map": {"x": "part.safetensors"}}`)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := model.Open(ctx, f.dir, model.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	entries, err := os.ReadDir(descriptors)
	if err != nil {
		t.Fatal(err)
	}
	shard := filepath.Join(f.dir, "part.safetensors")
	for _, e := range entries {
		if target, err := os.Readlink(filepath.Join(descriptors, e.Name())); err == nil && target == shard {
			t.Error("the shard is still open")
		}
	}
}
