package model_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/mmtui/mmtui/core/model"
	"github.com/mmtui/mmtui/core/safetensors"
)

// Spellings of the same thing decode to the same values.
func TestVariantsOfFixtures(t *testing.T) {
	t.Parallel()
	for what, c := range map[string]struct {
		fixture string
		change  func(*parts) *parts
	}{
		"bits by module": {"gptq_3bit_g128_asym", func(p *parts) *parts {
			return p.quant("dynamic", map[string]any{"x": 1}).quant("bits", 8).quant("group_size", 32)
		}},
		"no bits at all":             {"gptq_4bit_g128_sym", func(p *parts) *parts { return p.quant("bits", nil).quant("group_size", nil) }},
		"no g_idx":                   {"gptq_4bit_g128_sym", func(p *parts) *parts { return p.drop("g_idx") }},
		"method in capitals":         {"gptq_4bit_g128_sym", func(p *parts) *parts { return p.quant("quant_method", "GPTQ") }},
		"awq without sizes":          {"awq_4bit_g128_gemm", func(p *parts) *parts { return p.quant("bits", nil).quant("group_size", nil) }},
		"awq by checkpoint_format":   {"awq_4bit_g128_gemm", func(p *parts) *parts { return p.quant("version", nil).quant("checkpoint_format", "gemm") }},
		"hqq without packing":        {"hqq_2bit_g16_axis0", func(p *parts) *parts { return p.drop("packing") }},
		"hqq without compute dtype":  {"hqq_4bit_g64_axis1", func(p *parts) *parts { return p.drop("compute_dtype") }},
		"bitsandbytes by its flag":   {"bnb_int8", func(p *parts) *parts { return p.quant("quant_method", nil) }},
		"int8 without weight_format": {"bnb_int8", func(p *parts) *parts { return p.drop("weight_format") }},
		"bitlinear by name":          {"bitnet_bitlinear", func(p *parts) *parts { return p.quant("linear_class", "bitlinear") }},
		"ct with a leftover g_idx": {"ct_4bit_g128_sym", func(p *parts) *parts {
			return p.set("weight_g_idx", safetensors.I32, []int{256}, bytes.Repeat([]byte{0xff}, 1024))
		}},
		"under the older key": {"ct_2bit_g32_asym", func(p *parts) *parts {
			p.config = strings.Replace(p.config, "quantization_config", "compression_config", 1)
			return p
		}},
		"in the language model's part": {"gptq_4bit_g128_sym", func(p *parts) *parts {
			p.config = `{"text_config": ` + p.config + `, "model_type": "llava"}`
			return p
		}},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			m := c.change(readParts(t, c.fixture)).folder().open()
			want := open(t, "testdata/quantized/"+c.fixture)
			if len(m.Tensors) != 1 || len(m.Warnings) != 0 {
				t.Fatalf("tensors %v, warnings %q", names(m), m.Warnings)
			}
			if !bytes.Equal(encoded(t, m.Tensors[0]), encoded(t, want.Tensors[0])) {
				t.Error("other values")
			}
		})
	}
}

// A group size of −1 is one group a row.
func TestOneGroupPerRow(t *testing.T) {
	t.Parallel()
	f := newFolder(t).config(`{"quantization_config": {"quant_method": "awq", "bits": 4, "group_size": -1, "version": "gemm"}}`)
	f.words("l.qweight", []int{24, 1}, make([]uint32, 24)).words("l.qzeros", []int{1, 1}, []uint32{0x11111111})
	m := f.floats("l.scales", safetensors.F16, []int{1, 8}, []float32{1, 1, 1, 1, 1, 1, 1, 2}).open()
	wantValues(t, m, "l.weight", []int{8, 24}, func(o, _ int) float32 {
		if o == 7 {
			return -2
		}
		return -1
	})
	if m.Tensors[0].Stored.Group != 0 {
		t.Errorf("group %d, want 0: per channel", m.Tensors[0].Stored.Group)
	}
}

// A quantization_config that cannot be read at all is an error where a packed
// tensor needs it, and none where nothing does.
func TestBrokenQuantizationConfig(t *testing.T) {
	t.Parallel()
	p := readParts(t, "gptq_4bit_g128_sym")
	p.config = `{"quantization_config": "gptq"}`
	err := p.folder().fails()
	for _, w := range []string{"config.json", "quantization_config", `"gptq" is not an object`, "up_proj.qweight"} {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("%q does not say %q", err, w)
		}
	}
	if m := small(newFolder(t), "x", 1).config(p.config).open(); len(m.Tensors) != 1 {
		t.Errorf("tensors %v", names(m))
	}
}

// The flags alone name bitsandbytes.
func TestBitsandbytesByItsFlags(t *testing.T) {
	t.Parallel()
	m := small(newFolder(t), "l.weight", 1).config(`{"quantization_config": {"load_in_4bit": true}}`).open()
	if len(m.Warnings) != 1 || !strings.Contains(m.Warnings[0], "says bitsandbytes") {
		t.Errorf("warnings %q", m.Warnings)
	}
}

// Packed parts that belong to another method than the configured one are said.
func TestConfiguredForAnother(t *testing.T) {
	t.Parallel()
	m := readParts(t, "gptq_4bit_g128_sym").quant("quant_method", "hqq").folder().open()
	if len(m.Tensors) != 4 || len(m.Warnings) != 1 || !strings.Contains(m.Warnings[0], "are not packed as hqq") {
		t.Errorf("tensors %v, warnings %q", names(m), m.Warnings)
	}
}

func TestPlainTensorFacts(t *testing.T) {
	t.Parallel()
	f := newFolder(t).config(`{"architectures": ["CLIPModel"]}`)
	f.floats("w", safetensors.BF16, []int{2, 2}, []float32{1, 2, 3, 4}).longs("ids", 1, 2).bytes("z", safetensors.C64, []int{1}, make([]byte, 8))
	m := f.open()
	for name, want := range map[string][2]bool{"w": {true, true}, "ids": {false, true}, "z": {false, false}} {
		tensor, ok := m.Lookup(name)
		if !ok || tensor.IsFloat() != want[0] || tensor.Readable() != want[1] || tensor.Stored != nil {
			t.Errorf("%s: float %v, readable %v", name, tensor.IsFloat(), tensor.Readable())
		}
	}
	if _, ok := m.Lookup("W"); ok {
		t.Error("names are matched without regard to case")
	}
	info := m.Info()
	if info.TensorCount != 3 || info.Parameters != 7 || info.SizeBytes != 32 || info.Architecture != "CLIPModel" || len(info.Files) != 1 || info.Path != f.dir {
		t.Errorf("%+v", info)
	}
	ids, _ := m.Lookup("ids")
	if _, err := ids.Rows(context.Background()); err == nil || !strings.Contains(err.Error(), "rank 1") {
		t.Errorf("rows of a vector: %v", err)
	}
	// Everything copied byte for byte is the same model again.
	again := newFolder(t)
	for _, tensor := range m.Tensors {
		again.entries = append(again.entries, tensor.CopyEntries()...)
	}
	other := again.open()
	for _, tensor := range m.Tensors {
		if fingerprint(t, m, tensor.Name) != fingerprint(t, other, tensor.Name) {
			t.Errorf("%s differs after a copy", tensor.Name)
		}
	}
	if !slices.Equal(names(m), names(other)) {
		t.Errorf("%v became %v", names(m), names(other))
	}
}

// Tensors are in file order: a packed one where its first part lies.
func TestFileOrder(t *testing.T) {
	t.Parallel()
	p := readParts(t, "gptq_4bit_g128_sym")
	// The writer puts F32 before the I32 parts, and BF16 between them and the F16 scales.
	p.zeros("norm", safetensors.F32, 2).zeros("between", safetensors.BF16, 2).zeros("zz", safetensors.U8, 2)
	want := []string{fixturePrefix + "norm", fixtureName, fixturePrefix + "between", fixturePrefix + "zz"}
	if m := p.folder().open(); !slices.Equal(names(m), want) {
		t.Errorf("%v, want %v", names(m), want)
	}
}

// Parts of one linear may lie in different shards.
func TestPartsAcrossShards(t *testing.T) {
	t.Parallel()
	p := readParts(t, "gptq_4bit_g64_actorder")
	f := newFolder(t).config(p.config)
	index := ""
	for i, key := range []string{"scales", "qweight", "g_idx", "qzeros"} {
		r := p.tensors[key]
		shard := "part" + string(rune('a'+i)) + ".safetensors"
		f.bytes(fixturePrefix+key, r.dtype, r.shape, r.data).save(shard)
		index += `, "` + fixturePrefix + key + `": "` + shard + `"`
	}
	f.file("model.safetensors.index.json", `{"weight_map": {`+index[2:]+`}}`)
	m := open(t, f.dir)
	want := open(t, "testdata/quantized/gptq_4bit_g64_actorder")
	if len(m.Tensors) != 1 || !bytes.Equal(encoded(t, m.Tensors[0]), encoded(t, want.Tensors[0])) {
		t.Errorf("tensors %v, or other values", names(m))
	}
}

// What is not a regular file is refused without opening it: a pipe would block.
func TestNotARegularFile(t *testing.T) {
	t.Parallel()
	if _, err := model.Open(context.Background(), os.DevNull, model.Options{}); err == nil || !strings.Contains(err.Error(), "not a regular file") {
		t.Errorf("%v", err)
	}
	// config.json as a folder: the model still opens.
	f := small(newFolder(t), "x", 1)
	if err := os.Mkdir(filepath.Join(f.dir, "config.json"), 0o755); err != nil {
		t.Fatal(err)
	}
	if m := f.open(); len(m.Warnings) != 1 || !strings.Contains(m.Warnings[0], "not a regular file") {
		t.Errorf("warnings %q", m.Warnings)
	}
}
