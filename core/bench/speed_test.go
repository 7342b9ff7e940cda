package bench

import (
	"strings"
	"testing"

	"github.com/mmtui/mmtui/core/family/familytest"
	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/core/safetensors"
)

// BenchmarkModels is the published shapes with random weights, in float and
// quantized: what docs/performance.md states of them.
func BenchmarkModels(b *testing.B) {
	for _, one := range []struct {
		name   string
		folder *familytest.Folder
		dtype  safetensors.DType
	}{
		{"SmolVLM-256M", familytest.SmolVLM256M().Folder(), safetensors.BF16},
		{"CLIP-B32", familytest.CLIPB32().Folder(), safetensors.F32},
	} {
		b.Run(one.name, func(b *testing.B) {
			dir := b.TempDir()
			if err := one.folder.Write(b.Context(), dir, one.dtype, 1); err != nil {
				b.Fatal(err)
			}
			got, err := MeasureModel(b.Context(), dir, ModelOptions{PackDir: b.TempDir(), Pictures: 20})
			if err != nil {
				b.Fatal(err)
			}
			b.Log(got.Machine.Line() + "; " + got.Peak.Line())
			for _, v := range got.Variants {
				for _, p := range v.Phases {
					b.Run(v.Name+"/"+strings.ReplaceAll(p.Name, " ", "-"), func(b *testing.B) { reportPhase(b, v, p) })
				}
			}
		})
	}
}

// reportPhase states what was measured before; there is nothing to repeat.
func reportPhase(b *testing.B, v Variant, p Phase) {
	b.ReportMetric(0, "ns/op")
	for _, m := range []struct {
		value report.Number
		unit  string
	}{
		{p.MS, "ms/" + p.Unit}, {p.PerSecond, p.Unit + "s/s"}, {p.ShareOfPeak, "of-peaks"}, {p.ShareOfRead, "of-read-bandwidth"},
		{p.WeightBytes / 1e6, "MB/" + p.Unit}, {report.Number(v.WeightBytes) / 1e6, "MB-weights"}, {p.Allocations, "allocs/" + p.Unit},
	} {
		if m.value.Valid() {
			b.ReportMetric(float64(m.value), m.unit)
		}
	}
}
