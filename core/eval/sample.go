package eval

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"

	"github.com/mmtui/mmtui/core/report"
)

// keys are those that a sample may have.
func keys() []string {
	return []string{"id", "task", "image", "images", "prompt", "answer", "answers", "texts", "positives", "candidates"}
}

// line reads one sample.
func (l *loader) line(number int, text []byte) {
	before := len(l.problems)
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(text, &raw); err != nil {
		l.problem(number, fmt.Sprintf("the line is no JSON object: %v", err), "write one JSON object a line")
		return
	}
	if raw == nil {
		l.problem(number, "the line is null", "write one JSON object a line")
		return
	}
	l.warn(number, raw)
	s := Sample{Line: number, Task: l.opt.Task}
	l.id(number, raw["id"], &s.ID)
	if value, ok := given(raw, "task"); ok {
		l.text(number, "task", value, &s.Task)
	}
	if value, ok := given(raw, "prompt"); ok {
		l.text(number, "prompt", value, &s.Prompt)
	}
	var names []string
	l.oneOrMore(number, raw, "image", "images", &names)
	l.oneOrMore(number, raw, "answer", "answers", &s.Answers)
	if value, ok := given(raw, "texts"); ok {
		l.texts(number, "texts", value, &s.Texts)
	}
	if len(l.problems) == before {
		l.check(number, names, raw, &s)
	}
	for _, name := range names {
		s.Images = append(s.Images, l.image(number, name))
	}
	if len(l.problems) == before {
		l.set.Samples = append(l.set.Samples, s)
	}
}

// given is the value of a key that is there and not null.
func given(raw map[string]json.RawMessage, key string) (json.RawMessage, bool) {
	value, ok := raw[key]
	return value, ok && string(value) != "null"
}

// warn notes keys that are not known, once each. One that is nearly a known key
// is a problem: it was meant to be that.
func (l *loader) warn(number int, raw map[string]json.RawMessage) {
	var names []string
	for key := range raw {
		if !slices.Contains(keys(), key) && !l.unknown[key] {
			names = append(names, key)
		}
	}
	slices.Sort(names)
	for _, key := range names {
		shown := report.Printable(key)
		if near := nearKey(key); near != "" {
			if _, both := raw[near]; !both {
				l.problem(number, fmt.Sprintf("the key %q is not known", shown), fmt.Sprintf("did you mean %q?", near))
				continue
			}
		}
		l.unknown[key] = true
		l.set.Warnings = append(l.set.Warnings, fmt.Sprintf("%s:%d: the key %q is not known and plays no part", report.Printable(l.set.Path), number, shown))
	}
}

func nearKey(key string) string {
	for _, known := range keys() {
		if d := levenshtein.ComputeDistance(strings.ToLower(key), known); d > 0 && d <= 2 && len(known) > 4 || d == 0 {
			return known
		}
	}
	return ""
}

func (l *loader) text(number int, key string, value json.RawMessage, to *string) {
	if err := json.Unmarshal(value, to); err != nil {
		l.problem(number, fmt.Sprintf("%s is no text", key), "write it in quotation marks")
	}
}

// id takes text or a number.
func (l *loader) id(number int, value json.RawMessage, to *string) {
	if len(value) == 0 || string(value) == "null" {
		return
	}
	var n json.Number
	if json.Unmarshal(value, &n) == nil {
		*to = n.String()
	}
	if json.Unmarshal(value, to) != nil && *to == "" {
		l.problem(number, "id is neither text nor a number", "write it in quotation marks")
	}
}

func (l *loader) texts(number int, key string, value json.RawMessage, to *[]string) {
	var items []*string // nil is a null, which would be read as an empty text
	if err := json.Unmarshal(value, &items); err != nil || slices.Contains(items, nil) {
		l.problem(number, fmt.Sprintf("%s is no list of texts", key), `write ["…", "…"]`)
	}
	*to = make([]string, 0, len(items))
	for _, item := range items {
		if item != nil {
			*to = append(*to, *item)
		}
	}
}

// oneOrMore takes a key for one text or its plural for a list; a list under the
// first is taken too.
func (l *loader) oneOrMore(number int, raw map[string]json.RawMessage, one, more string, to *[]string) {
	single, hasOne := given(raw, one)
	list, hasMore := given(raw, more)
	switch {
	case hasOne && hasMore:
		l.problem(number, fmt.Sprintf("both %s and %s are given", one, more), "give one of them")
	case hasMore:
		l.texts(number, more, list, to)
	case hasOne:
		var text string
		if json.Unmarshal(single, &text) == nil {
			*to = []string{text}
			return
		}
		if json.Unmarshal(single, to) != nil {
			l.problem(number, fmt.Sprintf("%s is no text", one), "write it in quotation marks")
		}
	}
}

// check says what a sample lacks for its task.
func (l *loader) check(number int, names []string, raw map[string]json.RawMessage, s *Sample) {
	if !slices.Contains(tasks(), s.Task) {
		what := fmt.Sprintf("the task %q is not known", report.Printable(s.Task))
		if s.Task == "" {
			what = "the task is missing"
		}
		l.problem(number, what, "use "+strings.Join(tasks(), ", "))
		return
	}
	if len(names) == 0 && s.Task != VQA {
		l.problem(number, fmt.Sprintf("%s needs a picture", s.Task), "name it under image or images")
	}
	if slices.Contains(names, "") {
		l.problem(number, "a picture has no name", "name the file")
	}
	positives, hasPositives := given(raw, "positives")
	switch s.Task {
	case Retrieval:
		l.candidates(number, raw, s)
		l.checkRetrieval(number, len(names), positives, hasPositives, s)
		return
	case VQA:
		if strings.TrimSpace(s.Prompt) == "" {
			l.problem(number, "vqa needs a question", "write it under prompt")
		}
	}
	if len(s.Answers) == 0 {
		l.problem(number, "there is no accepted answer", `write "answers": ["…"]`)
	}
	if _, hasCandidates := given(raw, "candidates"); hasCandidates || hasPositives || len(s.Texts) > 0 {
		l.problem(number, fmt.Sprintf("texts, positives and candidates are for retrieval, not for %s", s.Task), "leave them out, or change the task")
	}
}

// candidates reads which texts a line of retrieval is ranked against.
func (l *loader) candidates(number int, raw map[string]json.RawMessage, s *Sample) {
	value, ok := given(raw, "candidates")
	if !ok {
		return
	}
	var text string
	if json.Unmarshal(value, &text) != nil || text != candidatesOfSet && text != candidatesOfLine {
		l.problem(number, "candidates is neither set nor line", `write "set" for the texts of all lines, or "line" for those of this line alone`)
	}
	s.OwnTexts = text == candidatesOfLine
}

func (l *loader) checkRetrieval(number, images int, value json.RawMessage, has bool, s *Sample) {
	switch {
	case len(s.Texts) == 0:
		l.problem(number, "retrieval needs texts", `write "texts": ["…", "…"]`)
		return
	case slices.ContainsFunc(s.Texts, func(text string) bool { return strings.TrimSpace(text) == "" }):
		l.problem(number, "a text is empty", "leave it out")
		return
	case !has:
		l.problem(number, "retrieval needs positives", `write "positives": the texts that belong to the picture, by index from 0 or in full; a list a picture if there are several`)
		return
	case len(s.Answers) > 0 || s.Prompt != "":
		l.problem(number, "retrieval takes neither prompt nor answers", "leave them out, or change the task")
		return
	}
	var lists []json.RawMessage
	if json.Unmarshal(value, &lists) != nil {
		l.problem(number, "positives is no list", `write "positives": [0]`)
		return
	}
	if nested := len(lists) > 0 && len(lists[0]) > 0 && lists[0][0] == '['; !nested {
		if images > 1 {
			l.problem(number, "positives is one list for several pictures", `write a list a picture: "positives": [[0], [1]]`)
			return
		}
		lists = []json.RawMessage{value}
	}
	if len(lists) != images {
		l.problem(number, fmt.Sprintf("positives has %s for %s", counted(len(lists), "list"), counted(images, "picture")), "write a list a picture")
		return
	}
	for _, list := range lists {
		indexes, what := positivesOf(list, s.Texts)
		if what != "" {
			l.problem(number, what, "write the index from 0, or the text in full")
			return
		}
		s.Positives = append(s.Positives, indexes)
	}
}

// positivesOf reads indexes or texts.
func positivesOf(list json.RawMessage, texts []string) (indexes []int, what string) {
	var items []json.RawMessage
	if json.Unmarshal(list, &items) != nil {
		return nil, "positives is no list"
	}
	if len(items) == 0 {
		return nil, "positives is empty: no text would be right"
	}
	for _, item := range items {
		var i int
		var text string
		switch {
		case json.Unmarshal(item, &i) == nil && string(item) != "null":
			if i < 0 || i >= len(texts) {
				return nil, fmt.Sprintf("positives has the index %d, and the line has %s", i, counted(len(texts), "text"))
			}
		case json.Unmarshal(item, &text) == nil && string(item) != "null":
			if i = slices.Index(texts, text); i < 0 {
				return nil, fmt.Sprintf("positives has %q, which is none of the texts", report.Printable(text))
			}
		default:
			return nil, "positives holds what is neither an index nor a text"
		}
		if !slices.Contains(indexes, i) {
			indexes = append(indexes, i)
		}
	}
	return indexes, ""
}

// counted writes "1 text", "2 texts".
func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
