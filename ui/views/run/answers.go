package run

import (
	"math"
	"slices"
	"strings"

	"github.com/mmtui/mmtui/core/infer"
	"github.com/mmtui/mmtui/ui/msg"
)

// answers is one run: what was asked, and what every column answers.
type answers struct {
	id       int
	request  infer.Request
	prompt   string // as it is shown, the default too
	columns  []*column
	stopping bool // Esc was pressed
	last     bool // the run has ended
	row, col int  // cursor on the scores of retrieval: picture, text
}

// column is the answer of one model.
type column struct {
	label    string
	key      string // of what it asks
	began    bool
	stage    string
	done, of int
	tokens   []token
	told     int    // tokens that have their text
	rest     string // text that is not given to a token yet
	clock    msg.RunClock
	estimate *infer.Estimate
	result   *infer.Result
	ended    bool
	err      error
	trace    string
	compared *infer.Column // figures against the first column, nil without

	cursor int // token under the cursor
	follow bool
	scroll int      // first line shown
	wrap   *wrapper // the answer in lines, as far as it was drawn
}

// token is a piece of the answer.
type token struct {
	id      int
	text    string
	logprob float64
	top     []infer.Choice
	kl      float64 // from the first column, in nats; NaN where it is not known
	noKL    string  // why not
}

// probability is e^logprob, NaN where it is not known.
func (t token) probability() float64 { return math.Exp(t.logprob) }

func newAnswers(id int, q infer.Request, f form, models []model) *answers {
	one := &answers{id: id, request: q, prompt: q.Prompt}
	if one.prompt == "" {
		one.prompt = f.prompts[q.Task]
	}
	for i, name := range columnNames(models) {
		one.columns = append(one.columns, &column{label: name, key: models[i].from.Key(), follow: true})
	}
	return one
}

// take adds what has happened since the last frame.
func (a *answers) take(m msg.RunProgress) {
	for _, p := range m.Parts {
		if p.Column >= 0 && p.Column < len(a.columns) {
			a.columns[p.Column].take(p)
		}
	}
	a.last = a.last || m.Last
}

func (c *column) take(p msg.RunPart) {
	c.began = true
	if p.Clock != (msg.RunClock{}) {
		c.clock = p.Clock
	}
	for _, e := range p.Events {
		switch e.Kind {
		case infer.Started:
			c.estimate = e.Estimate
		case infer.Progress:
			c.stage, c.done, c.of = e.Stage, e.Done, e.Of
		case infer.Token:
			c.tokens = append(c.tokens, token{id: e.ID, logprob: e.Logprob, top: e.Top, kl: float64(e.KL), noKL: e.NoKL})
			c.tell(e.Text, false)
			if c.follow {
				c.cursor = len(c.tokens) - 1
			}
		}
	}
	if !p.Ended {
		return
	}
	c.ended, c.result, c.err, c.trace, c.compared = true, p.Result, p.Err, p.Trace, p.Compared
	c.complete()
}

// tell gives text to the tokens that have none yet.
func (c *column) tell(text string, end bool) {
	told, rest := attribute(c.tokens[c.told:], c.rest+text, end)
	c.told, c.rest = c.told+told, rest
}

// text is the answer so far.
func (c *column) text() string {
	var b strings.Builder
	for _, t := range c.tokens {
		b.WriteString(t.text)
	}
	return b.String() + c.rest
}

// complete adds to the tokens what only the whole answer tells: text that was
// held back for a word's end.
func (c *column) complete() {
	if len(c.tokens) == 0 {
		return
	}
	tail := ""
	if c.result != nil {
		if said := c.text(); strings.HasPrefix(c.result.Text, said) {
			tail = c.result.Text[len(said):]
		}
	}
	if c.tell(tail, true); c.rest != "" {
		c.tokens[len(c.tokens)-1].text += c.rest
		c.rest, c.wrap = "", nil
	}
}

// differs is the index of the first token that is another one than in the first
// column, -1 while there is none. An answer that is shorter, and has ended,
// differs where it ends.
func (a *answers) differs(i int) int {
	if i == 0 || i >= len(a.columns) {
		return -1
	}
	first, one := a.columns[0], a.columns[i]
	for k := range min(len(first.tokens), len(one.tokens)) {
		if first.tokens[k].id != one.tokens[k].id {
			return k
		}
	}
	switch {
	case first.ended && len(one.tokens) > len(first.tokens):
		return len(first.tokens)
	case one.ended && first.ended && len(one.tokens) < len(first.tokens):
		return max(len(one.tokens)-1, 0)
	}
	return -1
}

// marked is the token of a column that is marked: the first that differs from
// the first column, and of that column the first that another one differs from; -1
// for none.
func (a *answers) marked(i int) int {
	if i > 0 {
		return a.differs(i)
	}
	first := -1
	for k := 1; k < len(a.columns); k++ {
		if d := a.differs(k); d >= 0 && (first < 0 || d < first) {
			first = d
		}
	}
	return min(first, len(a.columns[0].tokens)-1)
}

// hasKL reports whether any token has a divergence from the first column.
func (a *answers) hasKL() bool {
	return slices.ContainsFunc(a.columns[1:], func(c *column) bool {
		return slices.ContainsFunc(c.tokens, func(t token) bool { return t.kl == t.kl })
	})
}

// klSums are the sum and the mean of the divergences of a column in nats, and of how many.
func (c *column) klSums() (sum, mean float64, n int) {
	for _, t := range c.tokens {
		if t.kl == t.kl {
			sum += t.kl
			n++
		}
	}
	return sum, sum / float64(n), n
}
