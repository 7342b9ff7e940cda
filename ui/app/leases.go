package app

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"

	"github.com/mmtui/mmtui/core/model"
	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/core/scan"
	"github.com/mmtui/mmtui/int2"
)

// measured is a *scan.Session with the files of its model. A model that was
// replaced by what is on disk now is closed when the last call that may still
// read it has returned.
type measured struct {
	*scan.Session

	mu      sync.Mutex
	epoch   int           // counts replacements of the model
	calls   map[int]int   // calls under way, by the epoch they began in
	retired []retireModel // waiting for calls to end
}

type retireModel struct {
	epoch int // calls of this epoch and earlier ones may read it
	model *model.Model
}

func newMeasured(s *scan.Session) *measured { return &measured{Session: s, calls: map[int]int{}} }

func (m *measured) begin() (epoch int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.calls[m.epoch]++
	return m.epoch
}

func (m *measured) end(epoch int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.calls[epoch]--; m.calls[epoch] == 0 {
		delete(m.calls, epoch)
	}
	m.closeRetired()
}

// closeRetired closes the models that no call can read any more. The caller holds the lock.
func (m *measured) closeRetired() {
	kept := m.retired[:0]
	for _, r := range m.retired {
		busy := false
		for epoch := range m.calls {
			busy = busy || epoch <= r.epoch
		}
		if busy {
			kept = append(kept, r)
			continue
		}
		_ = r.model.Close() // it was only read; nothing can be lost
	}
	m.retired = kept
}

// Run scans; see scan.Session.
func (m *measured) Run(ctx context.Context, event func(scan.Event)) error {
	defer m.end(m.begin())
	return m.Session.Run(ctx, event)
}

// Try measures one tensor; see scan.Session.
func (m *measured) Try(ctx context.Context, name string, s *int2.Scheme) (report.Tensor, error) {
	defer m.end(m.begin())
	return m.Session.Try(ctx, name, s)
}

// Detail measures one tensor in depth; see scan.Session.
func (m *measured) Detail(ctx context.Context, name string, s *int2.Scheme) (*report.TensorDetail, error) {
	defer m.end(m.begin())
	return m.Session.Detail(ctx, name, s)
}

// GroupValues gives the values of one group; see scan.Session.
func (m *measured) GroupValues(ctx context.Context, name string, s *int2.Scheme, row, group int) (*report.GroupValues, error) {
	defer m.end(m.begin())
	return m.Session.GroupValues(ctx, name, s, row, group)
}

// Reopen reads the model again as it is on disk.
func (m *measured) Reopen(ctx context.Context) (changed []string, err error) {
	before := m.Model()
	now, err := before.Reopen(ctx)
	if err != nil {
		return nil, err
	}
	changed, err = m.SetModel(ctx, now)
	if err != nil {
		return nil, errors.Join(err, now.Close())
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.retired = append(m.retired, retireModel{m.epoch, before})
	m.epoch++
	m.closeRetired()
	return changed, nil
}

// Check returns an error when the files are no longer what was opened.
func (m *measured) Check() error { return m.Model().Check() }

// Files lists the files that say what the model is: its weights, and what
// names and describes them.
func (m *measured) Files() []string {
	one := m.Model()
	files := append([]string(nil), one.Files...)
	for _, name := range []string{"model.safetensors.index.json", "config.json"} {
		path := filepath.Join(one.Root, name)
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
			files = append(files, path)
		}
	}
	return files
}

// Close closes the model; no call may be under way.
func (m *measured) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, r := range m.retired {
		_ = r.model.Close()
	}
	m.retired = nil
	return m.Model().Close()
}
