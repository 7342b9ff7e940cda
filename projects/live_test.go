package projects

import (
	"errors"
	"io/fs"
	"os"
	"strings"
	"sync"
	"testing"
)

// TestLiveKeepsTheLastGood edits the file and checks what Reload says of it.
func TestLiveKeepsTheLastGood(t *testing.T) {
	p := opened(t, full)
	l := NewLive(p)
	good := strings.Replace(full, "bits = 4", "bits = 3", 1)
	for _, step := range []struct {
		name, text string // "" removes the file
		changed    bool
		problem    string
		bits       int // of the head's rule afterwards
	}{
		{"nothing happened", full, false, "", 4},
		{"a comment", full + "# more\n", false, "", 4},
		{"a good edit", good, true, "", 3},
		{"the same again", good, false, "", 3},
		{"a bad edit", strings.Replace(full, "bits = 4", "bits = 5", 1), false, `bits "5"`, 3},
		{"still bad", strings.Replace(full, "bits = 4", "bits = 5", 1), false, `bits "5"`, 3},
		{"half written", full[:40], true, "", -1},
		{"broken TOML", "[[[", false, "not TOML", -1},
		{"gone", "", false, "no such file", -1},
		{"back", full, true, "", 4},
		{"bad then the last good", "[", false, "not TOML", 4},
		{"the last good", full, false, "", 4},
	} {
		if step.text == "" {
			if err := os.Remove(p.Path); err != nil {
				t.Fatal(err)
			}
		} else {
			put(t, p.Path, step.text)
		}
		got, changed, err := l.Reload()
		if changed != step.changed || (err == nil) != (step.problem == "") || err != nil && !strings.Contains(err.Error(), step.problem) {
			t.Errorf("%s: changed %v, error %v; want %v, %q", step.name, changed, err, step.changed, step.problem)
		}
		if got != l.Current() {
			t.Errorf("%s: Current is another project", step.name)
		}
		bits := -1
		if len(got.Plan.Rules) > 0 {
			bits = *got.Plan.Rules[0].Choice.Bits
		}
		if bits != step.bits {
			t.Errorf("%s: the head has %d bits, want %d", step.name, bits, step.bits)
		}
		if step.name == "gone" && !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("the error of a file that is gone is %v", err)
		}
	}
}

// TestLiveAndSave shows that the program's own save is no news, and that a
// comment written by hand meanwhile is no conflict.
func TestLiveAndSave(t *testing.T) {
	p := opened(t, full)
	l := NewLive(p)
	put(t, p.Path, full+"# by hand\n")
	if _, changed, err := l.Reload(); changed || err != nil {
		t.Fatal(changed, err)
	}
	saved, err := Save(p.Path, l.Current().WithBudget(1000), false)
	if err != nil {
		t.Fatal(err)
	}
	l.Saved(saved)
	got, changed, err := l.Reload()
	if changed || err != nil || got.BudgetBytes != 1000 {
		t.Errorf("after a save: changed %v, error %v, budget %d", changed, err, got.BudgetBytes)
	}
}

func TestLiveFromManySides(t *testing.T) {
	p := opened(t, full)
	l := NewLive(p)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 50 {
				if q, _, err := l.Reload(); err != nil || q == nil {
					t.Error(err)
				}
				l.Current()
			}
		})
	}
	wg.Wait()
}
