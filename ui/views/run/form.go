package run

import (
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/mmtui/mmtui/core/infer"
)

// field is a line of the form.
type field int

// The fields. Texts follow one another, a line each.
const (
	fieldTask field = iota
	fieldPictures
	fieldPrompt
	fieldText
	fieldMaxTokens
	fieldTemperature
	fieldSeed
	fieldImageSize
	fieldSplit
)

// formRow is a line of the form; text is the index of fieldText.
type formRow struct {
	field field
	text  int
}

// form is the request as it is put together.
type form struct {
	cursor int // index in rows()

	task     infer.Task
	offered  []infer.Task
	prompts  map[infer.Task]string // defaults
	pictures []string
	picked   int // the picture in preview
	prompt   string
	texts    []string

	maxTokens   int
	temperature float64
	seed        uint64
	size        infer.ImageSize
	split       *bool
}

const (
	defaultMaxTokens = 64
	maxTexts         = 1000
)

func newForm() form { return form{task: infer.Caption, maxTokens: defaultMaxTokens} }

// allTasks are the tasks in the order of the chooser.
func allTasks() []infer.Task {
	return []infer.Task{infer.Caption, infer.OCR, infer.VQA, infer.Retrieval}
}

// offer takes over what a model can do.
func (f *form) offer(info infer.Info) {
	f.offered, f.prompts = info.Tasks, info.DefaultPrompts
	if len(f.offered) > 0 && !slices.Contains(f.offered, f.task) {
		f.task = f.offered[0]
	}
	f.clamp()
}

func (f *form) clamp() { f.cursor = min(max(f.cursor, 0), len(f.rows())-1) }

// rows lists the lines of the form for the task.
func (f *form) rows() []formRow {
	out := []formRow{{field: fieldTask}, {field: fieldPictures}}
	if f.task == infer.Retrieval {
		for i := range max(len(f.texts), 1) {
			out = append(out, formRow{fieldText, i})
		}
		return out
	}
	for _, one := range []field{fieldPrompt, fieldMaxTokens, fieldTemperature, fieldSeed, fieldImageSize, fieldSplit} {
		out = append(out, formRow{field: one})
	}
	return out
}

func (f *form) row() formRow { return f.rows()[f.cursor] }

// moveTo puts the cursor on the first line of a field.
func (f *form) moveTo(to field) {
	for i, r := range f.rows() {
		if r.field == to {
			f.cursor = i
			return
		}
	}
}

// nextTask chooses the next task that the model can do.
func (f *form) nextTask(by int) {
	tasks := f.offered
	if len(tasks) == 0 {
		return
	}
	i := max(slices.Index(tasks, f.task), 0)
	f.task = tasks[(i+by+len(tasks))%len(tasks)]
	f.clamp()
}

func (f *form) setPictures(paths []string) {
	f.pictures, f.picked = slices.Clone(paths), 0
}

// picture is the path of the picture in preview, "" for none.
func (f *form) picture() string {
	if f.picked < len(f.pictures) {
		return f.pictures[f.picked]
	}
	return ""
}

// removePicture takes the picture in preview away.
func (f *form) removePicture() {
	if f.picked < len(f.pictures) {
		f.pictures = slices.Delete(slices.Clone(f.pictures), f.picked, f.picked+1)
		f.picked = max(min(f.picked, len(f.pictures)-1), 0)
	}
}

// addText adds an empty text after the one under the cursor and moves there.
func (f *form) addText() {
	at := len(f.texts)
	if r := f.row(); r.field == fieldText && r.text < at {
		at = r.text + 1
	}
	f.texts = slices.Insert(slices.Clone(f.texts), at, "")
	for i, r := range f.rows() {
		if r.field == fieldText && r.text == at {
			f.cursor = i
		}
	}
}

// removeText takes the text under the cursor away.
func (f *form) removeText() {
	if r := f.row(); r.field == fieldText && r.text < len(f.texts) {
		f.texts = slices.Delete(slices.Clone(f.texts), r.text, r.text+1)
		f.clamp()
	}
}

// dropEmptyText takes texts away in which nothing was typed.
func (f *form) dropEmptyText() {
	f.texts = slices.DeleteFunc(slices.Clone(f.texts), func(s string) bool { return s == "" })
	f.clamp()
}

// editable is the text that typing starts with; ok is false where nothing is typed.
func (f *form) editable() (text string, ok bool) {
	switch r := f.row(); r.field {
	case fieldPrompt:
		return f.prompt, true
	case fieldText:
		if r.text < len(f.texts) {
			return f.texts[r.text], true
		}
		return "", true
	case fieldMaxTokens:
		return strconv.Itoa(f.maxTokens), true
	case fieldTemperature:
		return number(f.temperature), true
	case fieldSeed:
		return strconv.FormatUint(f.seed, 10), true
	case fieldImageSize:
		return sizeText(f.size), true
	}
	return "", false
}

// set takes what was typed for the field under the cursor; wrong says why it cannot.
func (f *form) set(text string) (wrong string) {
	switch r := f.row(); r.field {
	case fieldPrompt:
		f.prompt = text
	case fieldText:
		f.setText(r.text, text)
	case fieldMaxTokens:
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > 1<<20 {
			return "a whole number from 1 on"
		}
		f.maxTokens = n
	case fieldTemperature:
		t, err := strconv.ParseFloat(text, 64)
		if err != nil || !(t >= 0 && t <= 100) {
			return "a number from 0 (greedy) on"
		}
		f.temperature = t
	case fieldSeed:
		n, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			return "a whole number"
		}
		f.seed = n
	case fieldImageSize:
		size, ok := parseSize(text)
		if !ok {
			return "native, auto, or pixels of the longest edge"
		}
		f.size = size
	}
	return ""
}

func (f *form) setText(i int, text string) {
	f.texts = slices.Clone(f.texts)
	if i < len(f.texts) {
		f.texts[i] = text
	} else {
		f.texts = append(f.texts, text)
	}
	f.dropEmptyText()
}

// step takes the next or the previous value of the field under the cursor.
func (f *form) step(by int) {
	switch f.row().field {
	case fieldTask:
		f.nextTask(by)
	case fieldPictures:
		if n := len(f.pictures); n > 0 {
			f.picked = (f.picked + by + n) % n
		}
	case fieldMaxTokens:
		f.maxTokens = stepIn([]int{16, 32, 64, 128, 256, 512, 1024}, f.maxTokens, by)
	case fieldTemperature:
		f.temperature = math.Round(max(f.temperature+0.1*float64(by), 0)*10) / 10
	case fieldSeed:
		f.seed += uint64(by) // wraps around
	case fieldImageSize:
		f.stepSize(by)
	case fieldSplit:
		f.stepSplit(by)
	}
}

// stepIn is the neighbour of a value in an ascending list.
func stepIn(list []int, v, by int) int {
	if by > 0 {
		for _, one := range list {
			if one > v {
				return one
			}
		}
		return list[len(list)-1]
	}
	for i := len(list) - 1; i >= 0; i-- {
		if list[i] < v {
			return list[i]
		}
	}
	return list[0]
}

func (f *form) stepSize(by int) {
	sizes := []infer.ImageSize{{}, {Auto: true}, {LongestEdge: 512}, {LongestEdge: 1024}, {LongestEdge: 1536}, {LongestEdge: 2048}}
	i := slices.Index(sizes, f.size)
	if i < 0 {
		i = 0
	} else {
		i = (i + by + len(sizes)) % len(sizes)
	}
	f.size = sizes[i]
}

func (f *form) stepSplit(by int) {
	i := 0
	if f.split != nil {
		if i = 2; *f.split {
			i = 1
		}
	}
	f.split = nil
	if i = (i + by + 3) % 3; i > 0 {
		on := i == 1
		f.split = &on
	}
}

func sizeText(s infer.ImageSize) string {
	switch {
	case s.Auto:
		return "auto"
	case s.LongestEdge == 0:
		return "native"
	}
	return strconv.Itoa(s.LongestEdge)
}

func parseSize(text string) (infer.ImageSize, bool) {
	switch text {
	case "native", "":
		return infer.ImageSize{}, true
	case "auto":
		return infer.ImageSize{Auto: true}, true
	}
	n, err := strconv.Atoi(text)
	return infer.ImageSize{LongestEdge: n}, err == nil && n >= 1 && n <= 1<<16
}

func number(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

// request is the form as a question.
func (f *form) request() infer.Request {
	q := infer.Request{Task: f.task, Images: slices.Clone(f.pictures)}
	if f.task == infer.Retrieval {
		q.Texts = slices.Clone(f.texts)
		return q
	}
	q.Prompt, q.MaxNewTokens, q.Temperature, q.Seed = f.prompt, f.maxTokens, f.temperature, f.seed
	q.ImageSize, q.Split = f.size, f.split
	return q
}

// incomplete says what the request lacks, "" for nothing.
func (f *form) incomplete() string {
	switch {
	case len(f.offered) > 0 && !slices.Contains(f.offered, f.task):
		return "this model cannot do " + string(f.task)
	case f.task == infer.Retrieval && len(f.pictures) == 0:
		return "no pictures are chosen; p picks some, P a folder"
	case f.task == infer.Retrieval && len(f.texts) == 0:
		return "there is no text; + adds one"
	case (f.task == infer.Caption || f.task == infer.OCR) && len(f.pictures) == 0:
		return "no picture is chosen; p picks one"
	case f.task == infer.VQA && f.prompt == "":
		return "there is no question; i types one"
	}
	return ""
}

// taskOff says why a task cannot be chosen, "" when it can.
func (f *form) taskOff(t infer.Task) string {
	if len(f.offered) == 0 || slices.Contains(f.offered, t) {
		return ""
	}
	return fmt.Sprintf("this model does not do %s", t)
}

// names lists the files of paths without their folders.
func names(paths []string) []string {
	out := make([]string, len(paths))
	for i, p := range paths {
		out[i] = filepath.Base(filepath.ToSlash(p))
	}
	return out
}
