package report

import (
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/mmtui/mmtui/int2"
)

// sample is a report with every kind of row.
func sample() Model {
	scheme := int2.DefaultScheme()
	wide := int2.Scheme{Bits: 4, Grid: int2.Affine, Group: int2.PerChannel, Solver: int2.RTN, IntegerZero: true}
	cause, degenerate := "outlier channel", "degenerate tensor"

	mlp := Unmeasured()
	mlp.Name, mlp.DType, mlp.Shape = "model.layers.2.mlp.down_proj.weight", "F32", []int{640, 256}
	mlp.Parameters, mlp.SizeBytes, mlp.QuantizedSizeBytes = 163840, 655360, 46080
	mlp.Scheme, mlp.Rule, mlp.State, mlp.Cause = &scheme, "*.mlp.*", Done, &cause
	mlp.BitsPerWeight, mlp.SQNRdB, mlp.RelativeRMSE, mlp.Cosine = 2.25, 7.912345, 0.358, 0.934
	mlp.MaxAbsError, mlp.BelowIdealDB, mlp.ClippedRatio = 1.25, 0.004, 0.012
	mlp.CodeOccupancy, mlp.CodeEntropyBits = []Number{0.1, 0.4, 0.4, 0.1}, 1.72
	mlp.Kurtosis, mlp.ScaleSpread, mlp.SignalEnergy, mlp.ErrorEnergy = 9, 14, 1000, Number(1000/math.Pow(10, 0.7912345))

	attn := mlp
	attn.Name, attn.DType, attn.Scheme, attn.Rule, attn.Cause = "model.layers.10.attn.q_proj.weight", "BF16", &wide, "", nil
	attn.Parameters, attn.SizeBytes, attn.QuantizedSizeBytes = 2_000_000, 4_000_000, 1_010_000
	attn.SQNRdB, attn.BelowIdealDB, attn.ClippedRatio = 21.5, NA(), 0
	attn.SignalEnergy, attn.ErrorEnergy, attn.SolverUsed, attn.FallbackRows = 500, 3, "rtn", 2
	attn.State, attn.IdealPending = Done, true

	norm := Unmeasured()
	norm.Name, norm.DType, norm.Shape, norm.State = "model.norm.weight", "F32", []int{256}, Kept
	norm.Parameters, norm.SizeBytes, norm.QuantizedSizeBytes = 256, 1024, 1024
	norm.Reason, norm.BitsPerWeight = "rank 1: not a matrix", 32

	bad := Unmeasured()
	bad.Name, bad.DType, bad.Shape, bad.State = "bad <&>\u202e\nname", "F16", nil, Kept
	bad.Parameters, bad.SizeBytes, bad.QuantizedSizeBytes = 1, 2, 2
	bad.Reason, bad.Cause, bad.BitsPerWeight = "holds 3 NaN and 1 Inf", &degenerate, 16

	pending := Unmeasured()
	pending.Name, pending.DType, pending.Shape, pending.State = "lm_head.weight", "F16", []int{10, 64}, Pending
	pending.Parameters, pending.SizeBytes, pending.QuantizedSizeBytes = 640, 1280, 210
	pending.Scheme, pending.BitsPerWeight = &scheme, 2.625
	pending.Stored = &Stored{Method: "gptq", Bits: 4, Group: 128, Symmetric: true, Detail: "act-order"}

	m := Model{SchemaVersion: SchemaVersion, Tensors: []Tensor{mlp, attn, norm, bad, pending}}
	m.Model = ModelInfo{Path: "m.safetensors", TensorCount: 5, Parameters: 2_164_737, SizeBytes: 4_657_666, Architecture: "X"}
	SetRanks(m.Tensors)
	m.Total = Totals(m.Tensors, 1_000_000)
	return m
}

func TestTotals(t *testing.T) {
	m := sample()
	if want := int64(46080 + 1_010_000 + 1024 + 2 + 210); m.Total.SizeBytes != want || m.Total.OverBudgetBytes != want-1_000_000 {
		t.Errorf("size %d, over %d, want %d", m.Total.SizeBytes, m.Total.OverBudgetBytes, want)
	}
	want := 10 * math.Log10(1500/(1000/math.Pow(10, 0.7912345)+3))
	if got := float64(m.Total.SQNRdB); math.Abs(got-want) > 1e-12 {
		t.Errorf("SQNR %v, want %v", got, want)
	}
	if got := float64(m.Total.BitsPerWeight); math.Abs(got-8*float64(m.Total.SizeBytes)/2_164_737) > 1e-12 {
		t.Errorf("bits per weight %v", got)
	}
	if got := Totals(m.Tensors, 35_000_000).OverBudgetBytes; got != 0 {
		t.Errorf("over a budget that it keeps: %d", got)
	}
	empty := Totals(nil, 10)
	if empty.SizeBytes != 0 || empty.BitsPerWeight.Valid() || empty.SQNRdB.Valid() {
		t.Errorf("empty: %+v", empty)
	}
	for _, e := range [][2]float64{{1, 0}, {0, 0}, {0, 1}, {math.NaN(), 1}} {
		if n := PooledSQNR(e[0], e[1]); n.Valid() {
			t.Errorf("PooledSQNR(%v) = %v", e, n)
		}
	}
}

// A total must not depend on the order of the rows: a file that was written has
// them in another one.
func TestTotalsInAnyOrder(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	rows := make([]Tensor, 500)
	for i := range rows {
		rows[i].SignalEnergy = Number(math.Exp(20 * rng.NormFloat64()))
		rows[i].ErrorEnergy = rows[i].SignalEnergy * Number(rng.Float64())
	}
	want := Totals(rows, 0)
	plain, again := 0.0, 0.0
	for i := range rows {
		plain += float64(rows[i].SignalEnergy)
	}
	for range 50 {
		rng.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
		if got := Totals(rows, 0); got.SQNRdB != want.SQNRdB {
			t.Fatalf("%v in one order, %v in another", want.SQNRdB, got.SQNRdB)
		}
		again = 0
		for i := range rows {
			again += float64(rows[i].SignalEnergy)
		}
		if again != plain {
			plain = math.NaN()
		}
	}
	if !math.IsNaN(plain) {
		t.Error("these rows would not tell: a plain sum does not depend on their order either")
	}
}

func TestRanks(t *testing.T) {
	m := sample()
	var got []any
	for _, r := range m.Tensors {
		if r.Rank == nil {
			got = append(got, nil)
		} else {
			got = append(got, *r.Rank)
		}
	}
	if want := []any{1, 2, nil, nil, nil}; !reflect.DeepEqual(got, want) {
		t.Errorf("ranks %v, want %v", got, want)
	}
}

func TestCloneSharesNothing(t *testing.T) {
	m := sample()
	m.Model.Files = []string{"a"}
	c := m.Clone()
	c.Model.Files[0] = "b"
	for i := range c.Tensors {
		r := &c.Tensors[i]
		r.Name = "x"
		if r.Shape != nil {
			r.Shape[0] = -1
		}
		if r.CodeOccupancy != nil {
			r.CodeOccupancy[0] = -1
		}
		if r.Scheme != nil {
			r.Scheme.Bits = 8
		}
		if r.Cause != nil {
			*r.Cause = "x"
		}
		if r.Rank != nil {
			*r.Rank = -1
		}
		if r.Stored != nil {
			r.Stored.Method = "x"
		}
	}
	want := sample()
	want.Model.Files = []string{"a"}
	// NaN is unequal to itself, so compare what is written.
	var a, b strings.Builder
	if err := WriteJSON(&a, m); err != nil {
		t.Fatal(err)
	}
	if err := WriteJSON(&b, want); err != nil {
		t.Fatal(err)
	}
	if a.String() != b.String() {
		t.Error("changing a clone changed the original")
	}
}

// Every pointer and slice of Tensor must be in Clone; this fails when one is added.
func TestCloneKnowsEveryReference(t *testing.T) {
	known := map[string]bool{"Shape": true, "CodeOccupancy": true, "Stored": true, "Scheme": true, "Rank": true, "Cause": true}
	typ := reflect.TypeFor[Tensor]()
	for i := range typ.NumField() {
		f := typ.Field(i)
		switch f.Type.Kind() {
		case reflect.Pointer, reflect.Slice, reflect.Map, reflect.Interface:
			if !known[f.Name] {
				t.Errorf("Clone does not copy %s", f.Name)
			}
		}
	}
}

func TestUnmeasured(t *testing.T) {
	u := Unmeasured()
	v := reflect.ValueOf(u)
	for i := range v.NumField() {
		if n, ok := v.Field(i).Interface().(Number); ok && n.Valid() {
			t.Errorf("%s is %v", v.Type().Field(i).Name, n)
		}
	}
}

func TestQuantities(t *testing.T) {
	for n, want := range map[int64]string{
		0: "0 B", 999: "999 B", 1000: "1.00 kB", 1024: "1.02 kB", 170_000: "170 kB", 2_127_000: "2.13 MB",
		35_000_000: "35.0 MB", 999_499: "999 kB", 999_500: "1.00 MB", 9_994_999: "9.99 MB", 9_996_000: "10.0 MB",
		99_960_000: "100 MB", math.MaxInt64: "9.22 EB", math.MinInt64: "-9.22 EB", -1500: "-1.50 kB",
	} {
		if got := HumanBytes(n); got != want {
			t.Errorf("HumanBytes(%d) = %q, want %q", n, got, want)
		}
	}
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1.0k", 163_840: "163.8k", 531_456: "531.5k", 999_950: "1.0M", 999_949: "999.9k", 1_234_567: "1.2M", 7e9: "7.0G"} {
		if got := HumanCount(n); got != want {
			t.Errorf("HumanCount(%d) = %q, want %q", n, got, want)
		}
	}
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", 531456: "531,456", -1234567: "-1,234,567", -100: "-100"} {
		if got := GroupDigits(n); got != want {
			t.Errorf("GroupDigits(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestParseBytes(t *testing.T) {
	for text, want := range map[string]int64{
		"35MB": 35_000_000, "35 MB": 35_000_000, "35mb": 35_000_000, "35000000": 35_000_000, "35MiB": 35 << 20, "35M": 35_000_000,
		"1.5GB": 1_500_000_000, "2KiB": 2048, "2kB": 2000, "0": 0, " 7 B ": 7, "1e6": 1_000_000, "1.5e3kB": 1_500_000, "2TiB": 2 << 40,
	} {
		if got, err := ParseBytes(text); err != nil || got != want {
			t.Errorf("ParseBytes(%q) = %d, %v, want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"", "MB", "-1", "-1MB", "35XB", "35 M B", "1e400", "1e30", "NaN", "inf", "0x10", "1_000", "5%", "35Mi", "9223372036854775807EB", "1..5MB", "3,5MB"} {
		if got, err := ParseBytes(text); err == nil || !strings.Contains(err.Error(), "such as 35MB") {
			t.Errorf("ParseBytes(%q) = %d, %v, want an error that shows how", text, got, err)
		}
	}
}

func TestFormatNumber(t *testing.T) {
	tests := []struct {
		n    float64
		kind Kind
		want string
	}{
		{7.912345, Decibel, "7.91"}, {-0.001, Decibel, "0.00"}, {-0.006, Decibel, "-0.01"}, {0.93412, Ratio, "0.9341"},
		{0.0123, Share, "1.23%"}, {2.25, Bits, "2.250"}, {163840, Count, "163.8k"}, {46080, Bytes, "46.1 kB"},
		{12345, Ordinal, "12345"}, {0.000123456, Plain, "0.0001235"}, {math.NaN(), Plain, "n/a"}, {math.Inf(1), Decibel, "n/a"},
	}
	for _, tt := range tests {
		if got := FormatNumber(Number(tt.n), tt.kind); got != tt.want {
			t.Errorf("FormatNumber(%v, %d) = %q, want %q", tt.n, tt.kind, got, tt.want)
		}
	}
}

func TestColumns(t *testing.T) {
	columns := Columns()
	seen := map[string]string{}
	for _, c := range columns {
		for _, name := range append([]string{c.Key}, c.Aliases...) {
			if name != strings.ToLower(name) {
				t.Errorf("%s: %q is not lower case, so it is never found", c.Key, name)
			}
			if other, taken := seen[name]; taken && other != c.Key {
				t.Errorf("%q is a name of %s and of %s", name, other, c.Key)
			}
			seen[name] = c.Key
		}
		if c.Title == "" || c.Definition == "" || strings.Contains(c.Definition, "\n") {
			t.Errorf("%s: title %q, definition %q", c.Key, c.Title, c.Definition)
		}
		if (c.number == nil) == (c.text == nil) {
			t.Errorf("%s: exactly one accessor is wanted", c.Key)
		}
	}
	for _, keys := range [][]string{TableColumns(), ListColumns()} {
		for _, key := range keys {
			if _, ok := FindColumn(columns, key); !ok {
				t.Errorf("%q is no column", key)
			}
		}
	}
	for alias, key := range map[string]string{"sqnr": "sqnr_db", "RMSE": "relative_rmse", "cos": "cosine", "params": "parameters",
		"size": "quantized_size_bytes", "bpw": "bits_per_weight", "clip": "clipped_ratio", "entropy": "code_entropy_bits",
		"rank": "rank", "dtype": "dtype", "cause": "cause", "ideal": "below_ideal_db", "bits": "scheme.bits"} {
		if c, ok := FindColumn(columns, alias); !ok || c.Key != key {
			t.Errorf("FindColumn(%q) = %q, want %q", alias, c.Key, key)
		}
	}
}

// Every field of the JSON row has a column, and every column is a field.
func TestColumnsCoverTheRow(t *testing.T) {
	fields := map[string]bool{}
	typ := reflect.TypeFor[Tensor]()
	for i := range typ.NumField() {
		name, _, _ := strings.Cut(typ.Field(i).Tag.Get("json"), ",")
		if name != "-" {
			fields[name] = true
		}
	}
	covered := map[string]bool{}
	for _, c := range Columns() {
		top, _, _ := strings.Cut(c.Key, ".")
		covered[top] = true
		if !fields[top] {
			t.Errorf("column %s is no field of the row", c.Key)
		}
	}
	for f := range fields {
		if !covered[f] {
			t.Errorf("field %s has no column", f)
		}
	}
}

func TestFormatMissing(t *testing.T) {
	m := sample()
	column := func(key string) Column { c, _ := FindColumn(Columns(), key); return c }
	if got := column("sqnr_db").Format(&m.Tensors[4]); got != "…" {
		t.Errorf("pending: %q", got)
	}
	if got := column("below_ideal_db").Format(&m.Tensors[1]); got != "…" {
		t.Errorf("ideal pending: %q", got)
	}
	if got := column("sqnr_db").Format(&m.Tensors[2]); got != "n/a" {
		t.Errorf("kept: %q", got)
	}
	if got := column("bits_per_weight").Format(&m.Tensors[4]); got != "2.625" {
		t.Errorf("known though pending: %q", got)
	}
	if got := column("name").Format(&m.Tensors[3]); got != `bad <&>\u202e\nname` {
		t.Errorf("name: %q", got)
	}
	if got := column("sqnr_db").FormatUnit(7.912345); got != "7.91 dB" {
		t.Errorf("FormatUnit: %q", got)
	}
	if got := column("size").FormatUnit(46080); got != "46.1 kB" {
		t.Errorf("FormatUnit of bytes: %q", got)
	}
}

func TestDefinitions(t *testing.T) {
	seen := map[string]bool{}
	for _, d := range Definitions() {
		if d.Text == "" || strings.Contains(d.Text, "\n") || seen[d.Key] {
			t.Errorf("definition %+v (seen before: %v)", d, seen[d.Key])
		}
		seen[d.Key] = true
	}
	for _, key := range []string{"sqnr_db", "clip_low", "total.sqnr_db", "outliers.error_share"} {
		if _, ok := Define(key); !ok {
			t.Errorf("no definition of %s", key)
		}
	}
	if _, ok := Define("no such thing"); ok {
		t.Error("a definition of nothing")
	}
}
