package model

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/mmtui/mmtui/core/safetensors"
	"github.com/mmtui/mmtui/internal/mapped"
)

// Map maps one of the model's files, by the name that a Part gives. The caller
// closes the region; it outlives the model's own Close.
func (m *Model) Map(file string) (*mapped.Region, error) {
	for _, f := range m.files {
		if f.Path == file {
			return f.Map()
		}
	}
	return nil, &safetensors.Error{Path: file, What: "not a file of this model", Do: "use the name that a tensor's part gives", Err: fs.ErrNotExist}
}

// ReadBeside reads a JSON or text file that lies beside the weights (config.json,
// generation_config.json …), at most 16 MiB of it, and returns its path as well.
// A file that is not there is an error that wraps fs.ErrNotExist.
func ReadBeside(root, name string) (path string, data []byte, err error) {
	path = filepath.Join(root, name)
	real := throughLinkText(path)
	info, err := os.Stat(real)
	if err != nil {
		return path, nil, err
	}
	if !info.Mode().IsRegular() {
		return path, nil, besideError(path, errors.New("not a regular file"))
	}
	f, err := os.Open(real)
	if err != nil {
		return path, nil, err
	}
	defer f.Close()
	data, err = io.ReadAll(io.LimitReader(f, maxConfigBytes+1))
	if err != nil {
		return path, nil, err
	}
	if len(data) > maxConfigBytes {
		return path, nil, besideError(path, fmt.Errorf("larger than %d bytes", maxConfigBytes))
	}
	return path, data, nil
}

func besideError(path string, err error) error {
	return &safetensors.Error{Path: path, What: err.Error(), Do: "download the file again", Err: safetensors.ErrInvalid}
}
