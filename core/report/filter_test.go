package report

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// filtered lists the short names of the sample's rows that a filter takes.
func filtered(t *testing.T, text string) []string {
	t.Helper()
	f, err := ParseFilter(text)
	if err != nil {
		t.Errorf("ParseFilter(%q): %v", text, err)
		return nil
	}
	short := []string{"mlp", "attn", "norm", "bad", "head"}
	m := sample()
	out := []string{}
	for i := range m.Tensors {
		if f.Match(&m.Tensors[i]) {
			out = append(out, short[i])
		}
	}
	return out
}

func TestFilter(t *testing.T) {
	all := []string{"mlp", "attn", "norm", "bad", "head"}
	tests := []struct {
		text string
		want []string
	}{
		{"", all},
		{"   ", all},
		{"mlp", []string{"mlp"}},
		{"MLP", []string{"mlp"}},
		{"layers.*weight$", []string{"mlp", "attn"}},
		{"layers !mlp", []string{"attn"}},
		{"!layers", []string{"norm", "bad", "head"}},
		{"!!layers", []string{"mlp", "attn"}},
		{"~mdown", []string{"mlp"}},
		{"!~mdown", []string{"attn", "norm", "bad", "head"}},
		{`"<&>"`, []string{"bad"}},
		{`"model.norm"`, []string{"norm"}},
		{`"model.*norm"`, []string{}},
		{"sqnr<8", []string{"mlp"}},
		{"sqnr<8 params>1e5", []string{"mlp"}},
		{"sqnr<8 params>1e6", []string{}},
		{"SQNR_DB>=7.9", []string{"mlp", "attn"}},
		{"sqnr>8dB", []string{"attn"}},
		{"sqnr=7.91", []string{"mlp"}},
		{"sqnr==7.912345", []string{"mlp"}},
		{"sqnr!=7.91", []string{"attn"}},
		{"!sqnr<8", []string{"attn", "norm", "bad", "head"}},
		{"sqnr=n/a", []string{"norm", "bad", "head"}},
		{"sqnr!=n/a", []string{"mlp", "attn"}},
		{"params=163840", []string{"mlp"}},
		{"params=163.8k", []string{"mlp"}},
		{"params=164k", []string{}},
		{"params=2M", []string{"attn"}},
		{"size>1MB", []string{"attn"}},
		{"size<=1KiB", []string{"norm", "bad", "head"}},
		{"size_bytes>3.9MiB", []string{}},
		{"size_bytes>3.8MiB", []string{"attn"}},
		{"dtype=bf16", []string{"attn"}},
		{"dtype=*16", []string{"attn", "bad", "head"}},
		{"dtype!=F32", []string{"attn", "bad", "head"}},
		{`cause="outlier channel"`, []string{"mlp"}},
		{"cause=outlier-channel", []string{"mlp"}},
		{"cause=outlier*", []string{"mlp"}},
		{"cause=none", []string{"attn", "norm", "head"}},
		{"cause!=none", []string{"mlp", "bad"}},
		{"clip>1%", []string{"mlp"}},
		{"clip%>1", []string{"mlp"}},
		{"clip>0.01", []string{"mlp"}},
		{"clip>=0", []string{"mlp", "attn"}},
		{"rank=1", []string{"mlp"}},
		{"rank<=2", []string{"mlp", "attn"}},
		{"bits=4", []string{"attn"}},
		{"group=channel", []string{"attn"}},
		{"zero=integer", []string{"attn"}},
		{"scheme=n/a", []string{"norm", "bad"}},
		{"method=gptq", []string{"head"}},
		{"shape=640x256", []string{"mlp", "attn"}},
		{"shape=[10,64]", []string{"head"}},
		{"state=pending", []string{"head"}},
		{"bpw<3", []string{"mlp", "attn", "head"}},
		{"ideal<0.1", []string{"mlp"}},
		{"name=model.norm*", []string{"norm"}},
		{`reason="holds 3 nan*"`, []string{"bad"}},
		{"a.*=b", []string{}}, // no field name: a regular expression
	}
	for _, tt := range tests {
		if got := filtered(t, tt.text); !slices.Equal(got, tt.want) {
			t.Errorf("%q takes %q, want %q", tt.text, got, tt.want)
		}
	}
}

func TestFilterErrors(t *testing.T) {
	tests := []struct{ text, want string }{
		{"sqrn<8", `term "sqrn<8": column "sqrn" is not known; did you mean sqnr?`},
		{"mlp sqnr<", `term "sqnr<": nothing follows the <`},
		{"sqnr<x", "sqnr_db takes a number"},
		{"sqnr<5%", "takes no %"},
		{"sqnr<5MB", "takes no MB"},
		{"clip>5", "clipped_ratio is a share from 0 to 1; write 5%"},
		{"dtype<F32", "dtype is text"},
		{"sqnr<n/a", "only = and !="},
		{"zzzzzzzz=1", "the columns are name, dtype"},
		{"(", "not a regular expression"},
		{"!(", `term "!("`},
		{"!", `nothing follows "!"`},
		{"~", "nothing follows the ~"},
		{`cause="x`, "quote is not closed"},
	}
	for _, tt := range tests {
		if _, err := ParseFilter(tt.text); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("ParseFilter(%q) = %v, want an error with %q", tt.text, err, tt.want)
		}
	}
}

// Every column can be filtered by its key: a numeric one by number, a text by text.
func TestFilterKnowsEveryColumn(t *testing.T) {
	for _, c := range Columns() {
		for _, name := range append([]string{c.Key}, c.Aliases...) {
			value := "abc"
			if c.Numeric() {
				value = "0.5"
			}
			if _, err := ParseFilter(name + "=" + value); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

func FuzzParseFilter(f *testing.F) {
	for _, s := range []string{"sqnr<8 params>1e6", "!mlp ~dn", `cause="outlier channel"`, "clip>1%", "size>35MiB", "(", "!!", `"`, "dtype=*[", "shape=1x2",
		"sqnr=1e999", "rank=1e-300", "params=.e5", "\xff<1", "x\x00=1", "sqnr!=n/a", "a==b"} {
		f.Add(s)
	}
	m := sample()
	f.Fuzz(func(t *testing.T, text string) {
		filter, err := ParseFilter(text)
		if err != nil {
			if !filter.Empty() {
				t.Errorf("ParseFilter(%q) fails and still has terms", text)
			}
			if strings.TrimSpace(err.Error()) == "" {
				t.Errorf("ParseFilter(%q): an error without text", text)
			}
			return
		}
		if filter.String() != text {
			t.Errorf("String() = %q, want %q", filter.String(), text)
		}
		negatable := !strings.ContainsAny(text, " \t\r\n") && text != ""
		var inverse Filter
		if negatable {
			if inverse, err = ParseFilter("!" + text); err != nil {
				t.Fatalf("ParseFilter(%q): %v, though without the ! it is fine", "!"+text, err)
			}
		}
		for i := range m.Tensors {
			if got := filter.Match(&m.Tensors[i]); negatable && inverse.Match(&m.Tensors[i]) == got {
				t.Errorf("%q and its inverse agree on row %d", text, i)
			}
		}
	})
}

func TestSort(t *testing.T) {
	m := sample()
	tests := []struct {
		sort    string
		reverse bool
		want    string
	}{
		{"", false, "[0 1 2 3 4]"},
		{"", true, "[4 3 2 1 0]"},
		{"sqnr", false, "[0 1 2 3 4]"},
		{"sqnr", true, "[1 0 2 3 4]"},
		{"params", true, "[1 0 4 2 3]"},
		{"name", false, "[3 4 0 1 2]"},
		{"cause", false, "[3 0 1 2 4]"},
		{"cause", true, "[0 3 1 2 4]"},
		{"bpw", false, "[0 1 4 3 2]"},
	}
	for _, tt := range tests {
		order, err := View{Sort: tt.sort, Reverse: tt.reverse}.Indices(m.Tensors)
		if got := fmt.Sprint(order); err != nil || got != tt.want {
			t.Errorf("sort by %q, reverse %v: %s, %v, want %s", tt.sort, tt.reverse, got, err, tt.want)
		}
	}
	if _, err := (View{Sort: "bites"}).Indices(m.Tensors); err == nil || !strings.Contains(err.Error(), "did you mean bits?") {
		t.Errorf("unknown column: %v", err)
	}
	f, err := ParseFilter("layers")
	if err != nil {
		t.Fatal(err)
	}
	got, err := View{Filter: f, Sort: "sqnr", Reverse: true}.Apply(m)
	if err != nil || len(got.Tensors) != 2 || got.Tensors[0].Name != m.Tensors[1].Name || got.Total != m.Total {
		t.Errorf("Apply: %d rows, %v", len(got.Tensors), err)
	}
	if len(m.Tensors) != 5 {
		t.Error("Apply changed its argument")
	}
}

func TestCompareNames(t *testing.T) {
	names := []string{"", "a", "a.0.w", "a.1.w", "a.2.w", "a.02.x", "a.10.w", "a.99999999999999999999.w", "a.100000000000000000000.w", "b", "b0", "b00", "é"}
	shuffled := slices.Clone(names)
	slices.Reverse(shuffled)
	slices.SortFunc(shuffled, CompareNames)
	if !slices.Equal(shuffled, names) {
		t.Errorf("order %q, want %q", shuffled, names)
	}
	for _, a := range names {
		for _, b := range names {
			if CompareNames(a, b) != -CompareNames(b, a) || (CompareNames(a, b) == 0) != (a == b) {
				t.Errorf("CompareNames(%q, %q) = %d, the other way %d", a, b, CompareNames(a, b), CompareNames(b, a))
			}
		}
	}
}

func BenchmarkFilterAndSort(b *testing.B) {
	m := sample()
	rows := make([]Tensor, 10_000)
	for i := range rows {
		rows[i] = m.Tensors[i%5]
		rows[i].Name = fmt.Sprintf("model.layers.%d.part%d.weight", i/7, i%7)
	}
	f, err := ParseFilter("layers !part3 sqnr<30")
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := (View{Filter: f, Sort: "name"}).Indices(rows); err != nil {
			b.Fatal(err)
		}
	}
}
