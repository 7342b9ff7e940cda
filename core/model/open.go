package model

import (
	"context"
	"path/filepath"

	"github.com/mmtui/mmtui/core/safetensors"
)

// Open opens what path names: a .safetensors file, a folder that holds a model,
// the index.json of a sharded one, or `owner/name[@revision]` in the local
// Hugging Face cache (never the network; an existing path wins over a name).
//
// It reads headers, config.json and the little that says how packed tensors are
// packed. Errors name the file, tensor or key and say what to do; a context
// that ends gives its error.
func Open(ctx context.Context, path string, opt Options) (*Model, error) {
	loc, err := locate(path, opt)
	if err != nil {
		return nil, err
	}
	files, all, warnings, err := openFiles(ctx, loc, opt.Limits)
	if err != nil {
		return nil, err
	}
	m := &Model{Path: path, Root: loc.root, Revision: loc.revision, Warnings: append(loc.warnings, warnings...), files: files, options: opt}
	if err := m.fill(ctx, all); err != nil {
		_ = m.Close() // the first error is the one to report
		return nil, err
	}
	return m, nil
}

// openFiles opens the headers of all files of a model.
func openFiles(ctx context.Context, loc location, lim safetensors.Limits) (files []*safetensors.File, all []stored, warnings []string, err error) {
	if loc.index != "" {
		shards, err := safetensors.OpenIndex(loc.index, lim)
		if err != nil {
			return nil, nil, nil, err
		}
		if err := ctx.Err(); err != nil {
			_ = shards.Close()
			return nil, nil, nil, err
		}
		return shards.Files, shards.Tensors, shards.Warnings, nil
	}
	for _, path := range loc.files {
		var f *safetensors.File
		if err = ctx.Err(); err == nil {
			f, err = safetensors.Open(path, lim)
		}
		if err != nil {
			for _, open := range files {
				_ = open.Close()
			}
			return nil, nil, nil, err
		}
		files = append(files, f)
		for _, info := range f.Tensors {
			all = append(all, stored{Info: info, File: f})
		}
	}
	return files, all, nil, nil
}

// fill takes everything that Model says from the open files.
func (m *Model) fill(ctx context.Context, all []stored) error {
	cfg := readConfig(m.Root)
	g, err := newGrouping(ctx, cfg, all)
	if err != nil {
		return err
	}
	if m.Tensors, err = g.tensors(); err != nil {
		return err
	}
	m.Architecture, m.ModelType, m.Quantization = cfg.architecture, cfg.modelType, g.method
	m.Warnings = append(append(m.Warnings, cfg.warnings...), g.warnings...)
	m.byName = make(map[string]*Tensor, len(m.Tensors))
	for _, t := range m.Tensors {
		m.byName[t.Name] = t
		m.Parameters += t.Parameters
	}
	for _, s := range all {
		m.SizeBytes += s.Size()
	}
	m.Metadata = map[string]string{}
	for _, f := range m.files {
		path, err := filepath.Abs(f.Path)
		if err != nil {
			return err
		}
		m.Files = append(m.Files, path)
		for k, v := range f.Metadata {
			if _, ok := m.Metadata[k]; !ok {
				m.Metadata[k] = v
			}
		}
	}
	return nil
}
