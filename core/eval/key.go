package eval

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/cespare/xxhash/v2"
)

// keyOf names an answer by all that it depends on: the model, the settings, and
// of the sample the task, the prompt, the texts and the contents of the
// pictures. The texts of retrieval are all candidates: another line of the set
// can change the texts of each. Answers and positives are not in it: corrected ones need no new run.
func keyOf(ctx context.Context, fingerprint string, s Sample, sums map[string]string) (string, error) {
	images := make([]string, len(s.Images))
	for i, path := range s.Images {
		if sums[path] == "" {
			sum, err := fileSum(ctx, path)
			if err != nil {
				return "", err
			}
			sums[path] = sum
		}
		images[i] = sums[path]
	}
	texts := any(s.Texts)
	if s.textsSum != "" {
		texts = s.textsSum
	}
	text, err := json.Marshal([]any{recordVersion, fingerprint, s.Task, s.Prompt, texts, images})
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:16]), nil
}

// fileSum is the length and the xxhash64 of a file's bytes.
func fileSum(ctx context.Context, path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close() // read only
	h := xxhash.New()
	n, err := io.Copy(h, cancellable{ctx, f})
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%d:%016x", n, h.Sum64()), nil
}

// cancellable is a reader that ends with its context.
type cancellable struct {
	ctx context.Context
	io.Reader
}

func (c cancellable) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.Reader.Read(p)
}

// ModelFingerprint names the contents of a model folder (or of the folder of a
// file): all files that decide an answer, by name and bytes. It reads the
// weights once.
func ModelFingerprint(ctx context.Context, path string) (string, error) {
	if info, err := os.Stat(path); err != nil {
		return "", err
	} else if !info.IsDir() {
		path = filepath.Dir(path)
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return "", err
	}
	var parts []string
	for _, e := range entries {
		switch filepath.Ext(e.Name()) {
		case ".safetensors", ".json", ".jinja", ".model", ".txt":
		default:
			continue
		}
		file := filepath.Join(path, e.Name())
		if info, err := os.Stat(file); err != nil || !info.Mode().IsRegular() {
			continue // a link to nothing decides nothing
		}
		sum, err := fileSum(ctx, file)
		if err != nil {
			return "", err
		}
		parts = append(parts, e.Name()+"="+sum)
	}
	slices.Sort(parts)
	sum := sha256.Sum256([]byte(strings.Join(parts, "\n")))
	return hex.EncodeToString(sum[:16]), nil
}
