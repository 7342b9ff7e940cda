package eval

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strings"

	"github.com/mmtui/mmtui/core/report"
)

// recordVersion is that of a line of the answers file.
const recordVersion = 1

// record is a line of the answers file: one answer, or why there is none.
// answer.json describes it.
type record struct {
	Version            int           `json:"eval_record_version"`
	Key                string        `json:"key"` // of model, settings and sample (see keyOf)
	Line               int           `json:"line"`
	ID                 string        `json:"id,omitempty"`
	Task               string        `json:"task"`
	Images             []string      `json:"images"`
	Prompt             string        `json:"prompt,omitempty"`
	Answers            []string      `json:"answers,omitempty"`
	Text               string        `json:"text"`
	Scores             [][]float32   `json:"scores,omitempty"`
	TokenCount         int           `json:"token_count"`
	TimeToFirstTokenMS report.Number `json:"time_to_first_token_ms"`
	TokensPerSecond    report.Number `json:"tokens_per_second"`
	Error              string        `json:"error,omitempty"`
}

func newRecord(key string, s Sample, a Answer, failure error) record {
	if failure != nil {
		a = Answer{TimeToFirstTokenMS: math.NaN(), TokensPerSecond: math.NaN()}
	}
	r := record{
		Version: recordVersion, Key: key, Line: s.Line, ID: s.ID, Task: s.Task, Images: append([]string{}, s.Images...), Prompt: s.Prompt,
		Answers: s.Answers, Text: a.Text, Scores: a.Scores, TokenCount: a.TokenCount,
		TimeToFirstTokenMS: report.Number(a.TimeToFirstTokenMS), TokensPerSecond: report.Number(a.TokensPerSecond),
	}
	if failure != nil {
		r.Error = failure.Error()
	}
	return r
}

func (r record) answer() Answer {
	return Answer{Text: r.Text, Scores: r.Scores, TokenCount: r.TokenCount,
		TimeToFirstTokenMS: float64(r.TimeToFirstTokenMS), TokensPerSecond: float64(r.TokensPerSecond)}
}

// answers is the file that answers are appended to, a line each. What it held
// before is in done.
type answers struct {
	path string
	file *os.File
	done map[string]record // by key; failures are not in it, they are tried again
}

// openAnswers opens the file, makes it if it is not there, and reads it. A last
// line that was cut off is taken away. A file that holds anything else is left
// alone.
func openAnswers(path string, resume bool) (*answers, error) {
	// Appending keeps the lines of two runs on one file whole.
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o644)
	if err != nil {
		return nil, err
	}
	a := &answers{path: path, file: f, done: map[string]record{}}
	if err := a.read(resume); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return a, nil
}

func (a *answers) read(resume bool) error {
	in := bufio.NewReaderSize(a.file, 1<<20)
	kept := int64(0)
	for number := 1; ; number++ {
		line, err := readLine(in, maxRecordBytes)
		if err != nil && err != io.EOF {
			return fmt.Errorf("%s:%d: %w; name another file for the answers", report.Printable(a.path), number, err)
		}
		if err == io.EOF && len(line) == 0 {
			break
		}
		if !resume {
			return fmt.Errorf("%s: the file holds answers already; name another file, or let the run go on from it", report.Printable(a.path))
		}
		var r record
		if bad := json.Unmarshal(bytes.TrimSpace(line), &r); bad != nil || r.Version != recordVersion || r.Key == "" {
			const begin = `{"eval_record_version":`
			if err == io.EOF && (number > 1 || strings.HasPrefix(string(line), begin) || strings.HasPrefix(begin, string(line))) {
				break // cut off: cut it away
			}
			return fmt.Errorf("%s:%d: the line is no answer of an evaluation; name another file, or take the line away", report.Printable(a.path), number)
		}
		if r.Error == "" {
			a.done[r.Key] = r
		} else {
			delete(a.done, r.Key)
		}
		kept += int64(len(line)) + 1
		if err == io.EOF { // whole but for its line end
			_, err := a.file.Write([]byte("\n"))
			return err
		}
	}
	if info, err := a.file.Stat(); err != nil || info.Size() == kept {
		return err
	}
	return os.Truncate(a.path, kept) // a file that is appended to cannot be cut everywhere
}

// add appends a record in one write, so that only the very last line can be torn.
func (a *answers) add(r record) error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(r); err != nil {
		return err
	}
	_, err := a.file.Write(b.Bytes())
	return err
}

func (a *answers) close() error { return errors.Join(a.file.Sync(), a.file.Close()) }
