package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/mmtui/mmtui/core/infer"
	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/core/vision"
)

// questionFlags are what is asked: pictures and words.
type questionFlags struct {
	images    []string
	imagesDir string
	prompt    string
	textFirst bool
	texts     []string
	textsFile string
}

func (o *questionFlags) add(f *pflag.FlagSet) {
	f.StringArrayVar(&o.images, "image", nil, "picture `file`; may be repeated")
	f.StringVar(&o.imagesDir, "images-dir", "", "every picture of this folder, in the order of names")
	f.StringVar(&o.prompt, "prompt", "", "question, or another wording of the task")
	f.BoolVar(&o.textFirst, "text-first", false, "put the prompt before the pictures")
	f.StringArrayVar(&o.texts, "text", nil, "text of retrieval; may be repeated")
	f.StringVar(&o.textsFile, "texts-file", "", "texts of retrieval, a line each (a line that starts with \" is a JSON string)")
}

// fill puts the question into a request.
func (o *questionFlags) fill(con *console, task string, q *infer.Request) error {
	q.Task, q.Prompt, q.TextFirst = infer.Task(task), o.prompt, o.textFirst
	q.Images, q.Texts = append([]string(nil), o.images...), append([]string(nil), o.texts...)
	if slices.Contains(q.Images, "") {
		return usage("an --image is empty", "name a picture file")
	}
	if slices.ContainsFunc(q.Texts, func(s string) bool { return strings.TrimSpace(s) == "" }) {
		return usage("a --text is empty", "give a text that has words")
	}
	if o.imagesDir != "" {
		found, err := picturesIn(con, o.imagesDir)
		if err != nil {
			return err
		}
		q.Images = append(q.Images, found...)
	}
	if o.textsFile != "" {
		lines, err := textsOf(o.textsFile)
		if err != nil {
			return err
		}
		q.Texts = append(q.Texts, lines...)
	}
	return nil
}

// picturesIn lists the pictures of a folder: what has a picture's header,
// whatever its name.
func picturesIn(con *console, dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var found []string
	others := 0
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		info, err := os.Stat(path) // through links
		if err != nil || !info.Mode().IsRegular() || strings.HasPrefix(e.Name(), ".") {
			continue
		}
		if _, err := vision.Probe(path); err != nil {
			others++
			continue
		}
		found = append(found, path)
	}
	if len(found) == 0 {
		return nil, &failure{problem: report.Problem{File: report.Printable(dir), What: "no pictures here", Do: "name a folder that holds some", ExitCode: exitUsage}}
	}
	switch {
	case others == 1:
		con.say("%s: 1 file that is no picture was left out", report.Printable(dir))
	case others > 1:
		con.say("%s: %d files that are no pictures were left out", report.Printable(dir), others)
	}
	return found, nil
}

// mostTextBytes bounds a file of texts.
const mostTextBytes = 64 << 20

// textsOf reads a text a line; empty lines are none.
func textsOf(path string) ([]string, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close() // read only
	in := bufio.NewReader(io.LimitReader(f, mostTextBytes+1))
	var out []string
	left := mostTextBytes
	for number := 1; ; number++ {
		line, err := in.ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		if left -= len(line); left < 0 {
			return nil, &failure{problem: report.Problem{File: report.Printable(path), Line: number,
				What: fmt.Sprintf("more than %s of texts", report.HumanBytes(mostTextBytes)), Do: "split the file", ExitCode: exitUsage}}
		}
		text := strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r")
		if strings.HasPrefix(text, `"`) {
			var s string
			if err := json.Unmarshal([]byte(text), &s); err != nil {
				return nil, &failure{err: err, problem: report.Problem{File: report.Printable(path), Line: number,
					What: fmt.Sprintf("the line starts with a quotation mark and is no JSON string: %v", err), Do: "close the string", ExitCode: exitUsage}}
			}
			text = s
		}
		if text != "" {
			out = append(out, text)
		}
		if err != nil {
			return out, nil
		}
	}
}
