package app

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/muesli/termenv"

	"github.com/mmtui/mmtui/core/plan"
	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/core/safetensors"
	"github.com/mmtui/mmtui/core/scan"
	"github.com/mmtui/mmtui/projects"
	"github.com/mmtui/mmtui/ui/keys"
	"github.com/mmtui/mmtui/ui/msg"
	"github.com/mmtui/mmtui/ui/theme"
)

// writeModel writes a model of n matrices [64, 64]; the values of tensor i
// follow from i and seeds[i].
func writeModel(t *testing.T, path string, n int, seeds ...int) {
	t.Helper()
	var entries []safetensors.Entry
	for i := range n {
		seed := i
		if i < len(seeds) {
			seed += 1000 * seeds[i]
		}
		entries = append(entries, safetensors.Entry{
			Name: fmt.Sprintf("model.layers.%d.mlp.weight", i), DType: safetensors.F32, Shape: []int{64, 64},
			Write: func(_ context.Context, w io.Writer) error {
				buf := make([]byte, 4*64*64)
				for k := range 64 * 64 {
					v := math.Sin(float64(k*7919+seed*104729)) * math.Cos(float64(k)*0.37)
					binary.LittleEndian.PutUint32(buf[4*k:], math.Float32bits(float32(v)))
				}
				_, err := w.Write(buf)
				return err
			},
		})
	}
	if err := safetensors.Write(context.Background(), path, entries, nil); err != nil {
		t.Fatal(err)
	}
}

// realRig is a shell over real files.
func realRig(t *testing.T, path string) *rig {
	t.Helper()
	r := &rig{t: t, inbox: make(chan tea.Msg, 1024)}
	ctx, cancel := context.WithCancel(context.Background())
	w := world{settle: projectSettings, recent: projects.NewRecent(filepath.Join(t.TempDir(), "recent.json"))}
	w.model.CacheDir = t.TempDir()
	sv := w.services(func(string) error { return nil })
	r.shell = newShell(ctx, theme.New(theme.Dark, termenv.Ascii, theme.Braille), keys.Default(), path, sv)
	t.Cleanup(func() {
		cancel()
		r.shell.tasks.close()
		if r.shell.open != nil {
			r.shell.open.close()
		}
	})
	r.start(r.shell.Init())
	r.send(tea.WindowSizeMsg{Width: 160, Height: 45})
	return r
}

func TestOpenScanSaveAndOpenAgain(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "tiny.safetensors")
	writeModel(t, file, 4)
	r := realRig(t, file)
	r.until("the scan", func() bool { return r.shell.open != nil })
	r.settled()
	r.until("below_ideal_db", func() bool { return r.shell.report.Tensors[3].BelowIdealDB.Valid() })
	r.edit("model.layers.2.mlp.weight")
	project := filepath.Join(dir, "plan.toml")
	r.send(msg.Save{Path: project})
	r.untilSeen("saved ")
	want := r.shell.report

	again := realRig(t, project)
	again.until("the scan", func() bool { return again.shell.open != nil })
	again.settled()
	again.until("the ranks", func() bool { return again.shell.report.Tensors[0].Rank != nil })
	for i, row := range again.shell.report.Tensors {
		if !sameScheme(row.Scheme, want.Tensors[i].Scheme) || row.SQNRdB != want.Tensors[i].SQNRdB {
			t.Errorf("row %d is %v with %v dB, was %v with %v dB", i, row.Scheme, row.SQNRdB, want.Tensors[i].Scheme, want.Tensors[i].SQNRdB)
		}
	}
	if again.bitsOf(2) != 4 || again.shell.open.history.dirty() {
		t.Errorf("%d bits, dirty=%v", again.bitsOf(2), again.shell.open.history.dirty())
	}
}

// A training job overwrites its checkpoint: only what changed is measured again.
func TestLiveReloadOfTheModel(t *testing.T) {
	file := filepath.Join(t.TempDir(), "live.safetensors")
	writeModel(t, file, 4)
	r := realRig(t, file)
	r.until("the scan", func() bool { return r.shell.open != nil })
	r.settled()
	r.until("the ranks", func() bool { return r.shell.report.Tensors[0].Rank != nil && !r.shell.open.scanning })
	before := r.shell.report
	writeModel(t, file, 4, 0, 7)
	r.untilSeen("model.layers.1.mlp.weight measured anew")
	r.settled()
	for i, row := range r.shell.report.Tensors {
		if changed := row.SQNRdB != before.Tensors[i].SQNRdB; changed != (i == 1) {
			t.Errorf("row %d: %v dB, was %v dB", i, row.SQNRdB, before.Tensors[i].SQNRdB)
		}
	}
	if err := os.WriteFile(file, []byte("no longer a model"), 0o644); err != nil {
		t.Fatal(err)
	}
	r.untilSeen("cannot be read now")
	if len(r.shell.report.Tensors) != 4 {
		t.Error("the last good state is gone")
	}
	writeModel(t, file, 5)
	r.untilSeen("5 tensors")
}

// An edit of the project file takes effect; a bad one says where it is wrong
// and changes nothing.
func TestLiveReloadOfTheProject(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "m.safetensors")
	writeModel(t, file, 3)
	project := filepath.Join(dir, "project.toml")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(project, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	head := "schema_version = 1\n[model]\npath = \"m.safetensors\"\n[quantization]\n"
	write(head + "bits = 2\n")
	r := realRig(t, project)
	r.until("the scan", func() bool { return r.shell.open != nil })
	r.settled()
	write(head + "bits = 4\n[budget]\nsize = \"1MB\"\n")
	r.until("the edit", func() bool {
		return r.bitsOf(0) == 4 && !r.shell.open.scanning && r.shell.report.Total.BudgetBytes == 1_000_000
	})
	write(head + "bits = 4\nsolvr = \"rtn\"\n")
	r.untilSeen("project.toml:6")
	r.untilSeen("the last good state stays in use")
	if r.bitsOf(0) != 4 {
		t.Errorf("a bad edit changes the plan to %d bits", r.bitsOf(0))
	}
	r.settled()
	r.press("u")
	r.until("the undo", func() bool { return r.bitsOf(0) == 2 })
	write(head + "bits = 3\n")
	r.untilSeen("your unsaved changes stay")
	if r.bitsOf(0) != 2 {
		t.Errorf("an edit on disk overruns unsaved changes: %d bits", r.bitsOf(0))
	}
	r.press("ctrl+s")
	r.untilSeen("changed on disk since")
}

func TestOpenErrorsNameTheProblem(t *testing.T) {
	dir := t.TempDir()
	bad := filepath.Join(dir, "bad.toml")
	none := filepath.Join(dir, "none.toml")
	for path, text := range map[string]string{bad: "[model]\npth = \"x\"\n", none: "schema_version = 1\n"} {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	w := world{settle: projectSettings}
	w.model.CacheDir = dir
	for path, want := range map[string]string{
		bad:                              "bad.toml:2",
		none:                             "names no model",
		filepath.Join(dir, "gone.toml"):  "no such file",
		filepath.Join(dir, "no/folder"):  "no/folder",
		"nobody/nothing-has-this-name-1": "nobody/nothing-has-this-name-1",
	} {
		_, err := w.open(context.Background(), path)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %q in it", path, err, want)
		}
	}
}

func TestRuleThatMatchesNothingIsNoted(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "m.safetensors")
	writeModel(t, file, 2)
	pattern, err := plan.ParsePattern("model.layers.*.mpl.weight")
	if err != nil {
		t.Fatal(err)
	}
	w := world{settle: func(*projects.Project) (plan.Plan, int64) {
		return plan.Plan{Rules: []plan.Rule{{Match: pattern}}}, 1
	}}
	got, err := w.open(context.Background(), file)
	if err != nil {
		t.Fatal(err)
	}
	defer got.session.Close()
	if len(got.notes) != 1 || !strings.Contains(got.notes[0], "matches no tensor") || got.report.Total.BudgetBytes != 1 {
		t.Errorf("notes %q, budget %d", got.notes, got.report.Total.BudgetBytes)
	}
}

// The model that was replaced must stay readable while something still reads it.
func TestReplacedModelIsClosedAfterItsLastReader(t *testing.T) {
	file := filepath.Join(t.TempDir(), "m.safetensors")
	writeModel(t, file, 2)
	w := world{settle: projectSettings}
	got, err := w.open(context.Background(), file)
	if err != nil {
		t.Fatal(err)
	}
	m := got.session.(*measured)
	defer m.Close()
	first := m.Model()
	readable := func() error {
		rows, err := first.Tensors[0].Rows(context.Background())
		if err != nil {
			return err
		}
		defer rows.Close()
		return rows.ReadRows(context.Background(), 0, 1, make([]float32, 64))
	}
	entered, leave := make(chan struct{}), make(chan struct{})
	done := make(chan error, 1)
	go func() {
		once := true
		done <- m.Run(context.Background(), func(scan.Event) {
			if once {
				once = false
				close(entered)
				<-leave
			}
		})
	}()
	<-entered
	if _, err := m.Reopen(context.Background()); err != nil {
		t.Fatal(err)
	}
	if m.Model() == first {
		t.Fatal("the model was not replaced")
	}
	if err := readable(); err != nil {
		t.Errorf("the first model was closed while a scan may read it: %v", err)
	}
	close(leave)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if err := readable(); err == nil {
		t.Error("the first model is still open after its last reader")
	}
}

func TestWriteRows(t *testing.T) {
	dir := t.TempDir()
	row := report.Unmeasured()
	row.Name, row.Shape = "a", []int{2}
	m := report.Model{SchemaVersion: report.SchemaVersion, Tensors: []report.Tensor{row}}
	for name, want := range map[string]string{"r.csv": "name,", "r.json": `"schema_version": 1`, "r.JSONL": `{"name":"a"`} {
		path := filepath.Join(dir, name)
		if err := writeRows(path, m, false); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		data, err := os.ReadFile(path)
		if err != nil || !strings.Contains(string(data), want) {
			t.Errorf("%s holds %q, %v", name, data, err)
		}
		if err := writeRows(path, m, false); !errors.Is(err, errExists) {
			t.Errorf("%s a second time: %v", name, err)
		}
		if err := writeRows(path, m, true); err != nil {
			t.Errorf("%s replaced: %v", name, err)
		}
	}
	if err := writeRows(filepath.Join(dir, "r.xlsx"), m, false); err == nil || !strings.Contains(err.Error(), ".csv") {
		t.Errorf("an unknown ending: %v", err)
	}
	if err := writeRows(filepath.Join(dir, "no", "r.csv"), m, false); err == nil {
		t.Error("a folder that does not exist is no error")
	}
}

func TestListFolder(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"b.safetensors", "a10.safetensors", "a9.safetensors", "notes.txt", "p.toml", ".hidden.safetensors",
		"m/model.safetensors", "shards/x.bin", "proj/project.toml", "s.safetensors.index.json"} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(filepath.Join(dir, "nowhere"), filepath.Join(dir, "dangling.safetensors")); err != nil {
		t.Skip("no symbolic links here: ", err)
	}
	labels := func(hidden bool) (out []string) {
		for _, e := range listFolder(dir, hidden).Entries {
			out = append(out, e.Label)
		}
		return out
	}
	want := []string{"m", "proj", "shards", "a9.safetensors", "a10.safetensors", "b.safetensors", "p.toml", "s.safetensors.index.json"}
	if got := labels(false); !slices.Equal(got, want) {
		t.Errorf("listed %q, want %q", got, want)
	}
	if got := labels(true); !slices.Contains(got, ".hidden.safetensors") {
		t.Errorf("with hidden files: %q", got)
	}
	for _, e := range listFolder(dir, false).Entries {
		if e.Folder != (e.Label == "shards") {
			t.Errorf("%s opens as a folder: %v", e.Label, e.Folder)
		}
	}
	if got := listFolder(filepath.Join(dir, "nowhere"), false); got.Err == nil {
		t.Error("a folder that does not exist is no error")
	}
}

func TestHomeLists(t *testing.T) {
	dir := t.TempDir()
	w := world{settle: projectSettings, recent: projects.NewRecent(filepath.Join(dir, "state", "recent.json"))}
	w.model.CacheDir = filepath.Join(dir, "hub")
	snapshot := filepath.Join(w.model.CacheDir, "models--own--tiny", "snapshots", strings.Repeat("a", 40))
	if err := os.MkdirAll(snapshot, 0o755); err != nil {
		t.Fatal(err)
	}
	writeModel(t, filepath.Join(snapshot, "model.safetensors"), 1)
	if err := w.remember(filepath.Join(snapshot, "model.safetensors"), "", false); err != nil {
		t.Fatal(err)
	}
	got := w.home(context.Background())
	if len(got.Cache) != 1 || got.Cache[0].Path != "own/tiny" || len(got.Recent) != 1 || got.CacheProblem+got.RecentProblem != "" {
		t.Errorf("listed %+v", got)
	}
}

func TestSuggestedName(t *testing.T) {
	for path, want := range map[string]string{
		"/m/retsim.safetensors": "retsim", "owner/model@v2": "model", "/m/folder": "folder", "/": "project", "": "project",
		"a/x.safetensors.index.json": "x", `we"ird:*.safetensors`: "we-ird--",
	} {
		if got := suggestedName(path); got != want {
			t.Errorf("suggestedName(%q) = %q, want %q", path, got, want)
		}
	}
}

func TestRememberTakesTheTime(t *testing.T) {
	w := world{recent: projects.NewRecent(filepath.Join(t.TempDir(), "r.json"))}
	file := filepath.Join(t.TempDir(), "p.toml")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	before := time.Now().Add(-time.Second)
	if err := w.remember(file, "", true); err != nil {
		t.Fatal(err)
	}
	entries, err := w.recent.List()
	if err != nil || len(entries) != 1 || entries[0].Kind != projects.RecentProject || entries[0].Opened.Before(before) {
		t.Errorf("entries %+v, %v", entries, err)
	}
	if err := (world{}).remember(file, "", true); err != nil {
		t.Errorf("without a list: %v", err)
	}
}
