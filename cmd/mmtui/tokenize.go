package main

import (
	"bufio"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mmtui/mmtui/core/model"
	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/core/tokenizer"
	"github.com/mmtui/mmtui/projects"
)

// tokenizeOptions are the flags of tokenize.
type tokenizeOptions struct {
	model   string
	special bool
}

func newTokenize(con *console) *cobra.Command {
	var opt tokenizeOptions
	cmd := &cobra.Command{
		Use:   "tokenize --model MODEL [TEXT…]",
		Short: "Print the ids and pieces of texts",
		Long: `Print the token ids and pieces that a model sees of each TEXT, and the text that the
ids stand for. Without TEXT every line of standard input is one text; a line that
starts with a quotation mark is a JSON string. MODEL is a model folder (weights are
not needed), a tokenizer.json, a sentencepiece model (*.model), the name of a model in
the local Hugging Face cache, or a project.`,
		Example: `  mmtui tokenize --model model/ "A photo of a cat."
  mmtui tokenize --model tokenizer.json --format jsonl < texts.txt
  mmtui tokenize --model owner/name --special=false "A photo of a cat."`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			return runTokenize(cmd, con, args, opt)
		},
	}
	f := cmd.Flags()
	f.StringVar(&opt.model, "model", "", "model folder, tokenizer.json, sentencepiece model, cache name or project")
	f.BoolVar(&opt.special, "special", true, "add the special tokens that the model expects around a text")
	f.String("hf-cache", "", "folder of the Hugging Face cache (default as huggingface_hub has it)")
	return cmd
}

func runTokenize(cmd *cobra.Command, con *console, texts []string, opt tokenizeOptions) error {
	if err := con.printing(); err != nil {
		return err
	}
	if opt.model == "" {
		return usage("--model is missing", "name a model folder or a tokenizer.json with --model")
	}
	path, err := con.tokenizerPath(cmd, opt.model)
	if err != nil {
		return err
	}
	t, err := tokenizer.Open(path)
	if err != nil {
		return err
	}
	out := con.tokenWriter(path)
	each := func(text string) error {
		if err := cmd.Context().Err(); err != nil {
			return err
		}
		e, err := t.Encode(text, tokenizer.EncodeOptions{AddSpecial: opt.special})
		if err != nil {
			return err
		}
		return out.text(tokenized{Text: text, IDs: nonNil(e.IDs), Tokens: nonNil(e.Tokens), Decoded: t.DecodeText(e.IDs, false), offsets: e.Offsets})
	}
	if len(texts) == 0 {
		err = eachLine(cmd.Context(), con.in, each)
	}
	for _, text := range texts {
		if err == nil {
			err = each(text)
		}
	}
	return errors.Join(err, out.end())
}

// tokenized is one text as it is printed.
type tokenized struct {
	Text    string   `json:"text"`
	IDs     []int    `json:"ids"`
	Tokens  []string `json:"tokens"`
	Decoded string   `json:"decoded"` // of the ids, special tokens included

	offsets [][2]int // code points
}

// tokenizeReport is the object of --format json.
type tokenizeReport struct {
	SchemaVersion int         `json:"schema_version"`
	Model         string      `json:"model"`
	Texts         []tokenized `json:"texts"`
}

func nonNil[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}

// tokenWriter prints texts in the format of the command line.
type tokenWriter struct {
	text func(tokenized) error
	end  func() error
}

func (c *console) tokenWriter(path string) tokenWriter {
	n := 0
	switch c.format {
	case formatJSON:
		all := tokenizeReport{SchemaVersion: report.SchemaVersion, Model: path, Texts: []tokenized{}}
		return tokenWriter{
			text: func(t tokenized) error { all.Texts = append(all.Texts, t); return nil },
			end:  func() error { return report.WriteObject(c.out, all) },
		}
	case formatJSONL:
		enc := json.NewEncoder(c.out)
		enc.SetEscapeHTML(false)
		return tokenWriter{
			text: func(t tokenized) error { return errors.Join(enc.Encode(t), c.out.Flush()) },
			end:  func() error { return nil },
		}
	case formatCSV:
		w := csv.NewWriter(c.out)
		_ = w.Write([]string{"text", "position", "id", "token", "begin", "end"}) // kept until Error
		return tokenWriter{
			text: func(t tokenized) error {
				n++
				for i, id := range t.IDs {
					_ = w.Write([]string{strconv.Itoa(n), strconv.Itoa(i), strconv.Itoa(id), t.Tokens[i],
						strconv.Itoa(t.offsets[i][0]), strconv.Itoa(t.offsets[i][1])}) // kept until Error
				}
				return w.Error()
			},
			end: func() error { w.Flush(); return w.Error() },
		}
	}
	return tokenWriter{
		text: func(t tokenized) error {
			if n++; n > 1 {
				fmt.Fprintln(c.out)
			}
			return t.table(c.out)
		},
		end: func() error { return nil },
	}
}

// table prints a text and its tokens, one a line.
func (t tokenized) table(w io.Writer) error {
	fmt.Fprintf(w, "%s\n", report.Printable(t.Text))
	var table report.TextTable
	table.Add("ID", true)
	table.Add("PIECE", false)
	table.Add("BEGIN", true)
	table.Add("END", true)
	for i, id := range t.IDs {
		table.Row(strconv.Itoa(id), report.Printable(t.Tokens[i]), strconv.Itoa(t.offsets[i][0]), strconv.Itoa(t.offsets[i][1]))
	}
	return table.Write(w)
}

// eachLine calls f with every line of a file. Lines end in \n and nothing else,
// because texts may hold every other character that ends a line. The reading
// goroutine can be left behind in a read; it ends with the process.
func eachLine(ctx context.Context, in *os.File, f func(text string) error) error {
	type line struct {
		text string
		err  error
	}
	lines := make(chan line)
	done := make(chan struct{})
	defer close(done)
	go func() {
		defer close(lines)
		r := bufio.NewReader(in)
		for {
			text, err := r.ReadString('\n')
			if errors.Is(err, io.EOF) && text != "" {
				err = nil
			}
			select {
			case lines <- line{strings.TrimSuffix(text, "\n"), err}:
			case <-done:
				return
			}
			if err != nil {
				return
			}
		}
	}()
	for number := 1; ; number++ {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case l, ok := <-lines:
			if !ok || errors.Is(l.err, io.EOF) {
				return nil
			}
			if l.err != nil {
				return l.err
			}
			text, err := lineText(l.text, number)
			if err != nil {
				return err
			}
			if err := f(text); err != nil {
				return err
			}
		}
	}
}

// lineText is the text of a line: itself, or what it says as a JSON string.
func lineText(line string, number int) (string, error) {
	if !strings.HasPrefix(line, `"`) {
		return line, nil
	}
	var text string
	if err := json.Unmarshal([]byte(line), &text); err != nil {
		return "", &failure{err: err, problem: report.Problem{
			File: "standard input", Line: number, What: fmt.Sprintf("the line starts with a quotation mark and is no JSON string: %v", err),
			Do: "write the text as a JSON string", ExitCode: exitUsage,
		}}
	}
	return text, nil
}

// tokenizerPath is the folder or file that --model stands for.
func (c *console) tokenizerPath(cmd *cobra.Command, name string) (string, error) {
	if projects.IsProject(name) {
		project, err := projects.Load(name)
		if err != nil {
			return "", err
		}
		if name = project.ModelPath(); name == "" {
			return "", noModel(project)
		}
	}
	info, err := os.Stat(name)
	switch {
	case err == nil && !info.IsDir() && isWeights(name):
		return filepath.Dir(name), nil
	case err == nil:
		return name, nil
	case !errors.Is(err, fs.ErrNotExist):
		return "", err
	}
	settings, err := c.settings(cmd, nil)
	if err != nil {
		return "", err
	}
	entries, err := model.ListCache(model.Options{CacheDir: settings.HFCache})
	if err != nil {
		return "", err
	}
	repository, revision, _ := strings.Cut(name, "@")
	for _, e := range entries {
		if e.Name != repository {
			continue
		}
		if dir, ok := snapshotOf(e, revision); ok {
			return dir, nil
		}
		return "", &failure{problem: report.Problem{File: report.Printable(name), What: "the cache does not have this revision",
			Do: "leave it out, or download it", ExitCode: exitFailure}}
	}
	return "", &failure{err: fs.ErrNotExist, problem: report.Problem{File: report.Printable(name),
		What: "no such file or folder, and no model of the Hugging Face cache", Do: "check the path", ExitCode: exitFailure}}
}

func isWeights(name string) bool {
	return strings.HasSuffix(name, ".safetensors") || strings.HasSuffix(name, ".safetensors.index.json")
}

// snapshotOf is the folder of a revision: a ref, the start of a commit, or main
// (else the only one) where none is named.
func snapshotOf(e model.CacheEntry, revision string) (string, bool) {
	for _, r := range e.Revisions {
		switch {
		case revision == "" && (len(e.Revisions) == 1 || slices.Contains(r.Refs, "main")),
			revision != "" && (slices.Contains(r.Refs, revision) || strings.HasPrefix(r.Commit, revision)):
			return r.Path, true
		}
	}
	return "", false
}
