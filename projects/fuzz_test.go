package projects

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// FuzzLoad gives any bytes to the reader: it may refuse them, in one line a
// problem, and what it takes must survive being saved.
func FuzzLoad(f *testing.F) {
	for _, s := range []string{full, freshText, "", "[quantization]\nbitz=1", "quantization.rule=[{match='*',bits=4}]",
		"[[quantization.rule]]\nmatch='re:('\nbits=3", "budget={size='1e300GB'}", "[[gate]]\nmetric='x'\nmin=nan", "\xff\xfe[", "[model]\r\npath='a'\r\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if _, err := Parse("p.toml", data); err != nil {
			problems := ProblemsOf(err)
			if len(problems) == 0 || len(strings.Split(err.Error(), "\n")) != len(problems) {
				t.Fatalf("%d problems in\n%s", len(problems), err)
			}
			for _, problem := range problems {
				if problem.ExitCode != 2 || problem.File != "p.toml" {
					t.Fatalf("problem %+v", problem)
				}
			}
			return
		}
		path := filepath.Join(t.TempDir(), "p.toml")
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		p, err := Load(path)
		if err != nil {
			t.Fatal(err)
		}
		saved, err := Save(path, p, false)
		if err != nil || !saved.Equal(p) {
			t.Fatalf("saving %q: %v", data, err)
		}
		changed := p.WithBudget(12_345_678)
		if saved, err = Save(path, changed, false); err != nil || !saved.Equal(changed) {
			t.Fatalf("saving a change of %q: %v", data, err)
		}
		again, err := Load(path)
		if err != nil || !again.Equal(changed) {
			t.Fatalf("loading after saving %q: %v", data, err)
		}
	})
}
