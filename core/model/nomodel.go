package model

import (
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"github.com/mmtui/mmtui/core/safetensors"
)

// foreignKind is a kind of weights that is not safetensors, by file name.
type foreignKind struct {
	suffix, what, do string
}

func foreignKinds() []foreignKind {
	const convert = "convert it first: load it where it came from and save with safetensors (transformers: model.save_pretrained(folder)); mmtui never runs a pickle"
	const export = "export the weights as safetensors from the framework that made it"
	return []foreignKind{
		{".gguf", "a GGUF file of llama.cpp", "give the safetensors checkpoint that it was made from"},
		{".bin", "a PyTorch pickle", convert},
		{".pt", "a PyTorch pickle", convert},
		{".pth", "a PyTorch pickle", convert},
		{".ckpt", "a PyTorch pickle", convert},
		{".pkl", "a Python pickle", convert},
		{".onnx", "an ONNX model", export},
		{".h5", "Keras weights", export},
		{".keras", "a Keras model", export},
		{".msgpack", "Flax weights", export},
		{".tflite", "a TensorFlow Lite model", export},
		{".pb", "a TensorFlow graph", export},
		{".npz", "a NumPy archive", "convert it first (in Python: safetensors.numpy.save_file)"},
		{".mlmodel", "a Core ML model", export},
		{".mlpackage", "a Core ML model", export},
	}
}

// noModel says what a folder holds instead of a model, and what to do.
func noModel(dir string, entries []fs.DirEntry) error {
	what, do := "no model here", "give a folder with *.safetensors"
	if len(entries) == 0 {
		return fileError(dir, safetensors.ErrNotSafetensors, "the folder is empty", do)
	}
	var below []string
	for _, e := range entries {
		if hasWeights(filepath.Join(dir, e.Name())) {
			below = append(below, e.Name()+string(filepath.Separator))
		}
	}
	if len(below) > 0 {
		sort.Strings(below)
		return fileError(dir, safetensors.ErrNotSafetensors, "no *.safetensors here, but in "+listed(below), "give one of these folders")
	}
	for _, k := range foreignKinds() {
		for _, e := range entries {
			if strings.HasSuffix(strings.ToLower(e.Name()), k.suffix) {
				what = "no *.safetensors here; " + safetensors.Printable(e.Name()) + " is " + k.what
				return fileError(dir, safetensors.ErrNotSafetensors, what, k.do)
			}
		}
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return fileError(dir, safetensors.ErrNotSafetensors, "no *.safetensors here, only "+listed(names), do)
}

// hasWeights says whether a subfolder holds weights; it looks one level deep.
func hasWeights(dir string) bool {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return false
	}
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), weightsExt) || strings.HasSuffix(e.Name(), indexExt) {
			return true
		}
	}
	return false
}
