package int2

import (
	"context"
	"math/rand/v2"
	"strings"
	"testing"
)

// verdictOf quantizes m with everything a diagnosis needs.
func verdictOf(t *testing.T, m *Dense, s Scheme) (Verdict, Metrics) {
	t.Helper()
	res, err := Quantize(context.Background(), m, s, Options{Detail: true})
	if err != nil {
		t.Fatal(err)
	}
	// A row of a report and the tensor view must name the same cause.
	lean, err := Quantize(context.Background(), m, s, Options{Ideal: true})
	if err != nil {
		t.Fatal(err)
	}
	if lean.Metrics.Cause != res.Detail.Verdict.Cause || res.Metrics.Cause != res.Detail.Verdict.Cause {
		t.Errorf("causes differ: %q, %q, %q", lean.Metrics.Cause, res.Metrics.Cause, res.Detail.Verdict.Cause)
	}
	return res.Detail.Verdict, res.Metrics
}

func TestPlantedCauses(t *testing.T) {
	t.Parallel()
	rtn, search := Scheme{2, Half, 64, RTN, false}, Scheme{2, Half, 64, Search, false}
	twos := Scheme{2, Twos, 64, RTN, false}
	affine := Scheme{2, Affine, 64, RTN, false}
	// plant changes a Gaussian matrix.
	plant := func(change func(m *Dense, rng *rand.Rand)) *Dense {
		m := draw(21, 96, 256, gauss)
		change(m, rand.New(rand.NewPCG(21, 2)))
		return m
	}
	scattered := func(every int, factor float32) func(m *Dense, rng *rand.Rand) {
		return func(m *Dense, rng *rand.Rand) {
			for i := range m.Data {
				if rng.IntN(every) == 0 {
					m.Data[i] *= factor
				}
			}
		}
	}
	outlier := plant(func(m *Dense, _ *rand.Rand) {
		for r := range m.Rows {
			m.Data[r*m.Cols+17] *= 8
			m.Data[r*m.Cols+140] *= 8
		}
	})
	uneven := plant(func(m *Dense, _ *rand.Rand) {
		for i := range m.Data {
			if i%m.Cols < 64 {
				m.Data[i] *= 1000 // the other groups of the row fall below half a multiplier
			}
		}
	})
	for name, c := range map[string]struct {
		m      *Dense
		scheme Scheme
		want   Cause
	}{
		"gauss rtn":                        {plant(func(*Dense, *rand.Rand) {}), rtn, CauseNone},
		"gauss search":                     {plant(func(*Dense, *rand.Rand) {}), search, CauseNone},
		"gauss twos":                       {plant(func(*Dense, *rand.Rand) {}), twos, CauseNone},
		"gauss min-max affine":             {plant(func(*Dense, *rand.Rand) {}), affine, CauseBadScale}, // 3 dB below least squares
		"gauss affine":                     {plant(func(*Dense, *rand.Rand) {}), Scheme{2, Affine, 64, LS, false}, CauseNone},
		"gauss channel rtn":                {plant(func(*Dense, *rand.Rand) {}), Scheme{2, Half, PerChannel, RTN, false}, CauseNone},
		"gauss 4 bits":                     {plant(func(*Dense, *rand.Rand) {}), Scheme{4, Half, 64, Search, false}, CauseNone},
		"gauss 8 bits":                     {plant(func(*Dense, *rand.Rand) {}), Scheme{8, Half, 64, RTN, false}, CauseNone},
		"outlier input channel":            {outlier, rtn, CauseOutlierChannel},
		"outlier input channel, search":    {outlier, search, CauseOutlierChannel},
		"outlier input channel, affine":    {outlier, affine, CauseOutlierChannel},
		"scattered large weights, search":  {plant(scattered(40, 8)), search, CauseClipping},
		"scattered large weights, twos":    {plant(scattered(40, 8)), Scheme{2, Twos, 64, Search, false}, CauseDeadZone},
		"scattered large weights, rtn":     {plant(scattered(16, 12)), rtn, CauseDeadZone},
		"scattered large weights, min-max": {plant(scattered(16, 12)), twos, CauseDeadZone},
		"groups a thousand times apart":    {uneven, search, CauseBadScale},
		"groups a thousand times apart, r": {uneven, rtn, CauseBadScale},
		"all zero":                         {&Dense{Rows: 4, Cols: 64, Data: make([]float32, 256)}, search, CauseDegenerate},
		"constant":                         {plant(func(m *Dense, _ *rand.Rand) { fill(m.Data, 0.5) }), search, CauseDegenerate},
		"denormal":                         {plant(func(m *Dense, _ *rand.Rand) { scale(m.Data, 1e-41) }), search, CauseDegenerate},
		"output channel: harmless":         {plant(func(m *Dense, _ *rand.Rand) { scale(m.Data[5*256:6*256], 8) }), search, CauseNone},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v, m := verdictOf(t, c.m, c.scheme)
			t.Logf("%.2f dB, %.2f below: %s | %s | %s", m.SQNRdB, m.BelowIdealDB, v.Summary, strings.Join(v.Why, "; "), strings.Join(v.Try, "; "))
			if v.Cause != c.want {
				t.Errorf("cause %q, want %q", v.Cause, c.want)
			}
			if v.Summary == "" || v.Cause != CauseNone && len(v.Try) == 0 {
				t.Errorf("verdict says too little: %+v", v)
			}
		})
	}
}

func scale(w []float32, by float32) {
	for i := range w {
		w[i] *= by
	}
}
