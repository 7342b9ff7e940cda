package infer

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/mmtui/mmtui/core/report"
)

// autoWait is the time to the first token beyond which ImageSize auto takes one
// tile a picture.
const autoWait = 5 * time.Second

// prepared is a request with everything that sizes alone tell.
type prepared struct {
	exact    bool   // the times of estimate are wanted
	prompt   string // of the task's default where none was given
	chat     string // the template rendered
	expanded string // with the tokens of the pictures
	ids      []int
	grid     []layout // a picture each
	option   pictureOptions
	size     string // Result.ImageSize
	most     int    // new tokens
	ends     []int
	texts    [][]int // of retrieval, padded
	estimate Estimate
	// measuring is what it took to measure the machine, 0 where it is known.
	measuring time.Duration
	weights   int64 // of estimate.MemoryBytes
	warnings  []string
}

// Estimate tells what a request costs, without decoding a picture. Its errors
// are those of a request that cannot be carried out; a request that is only
// out of reach has an Estimate.
func (r *Runner) Estimate(ctx context.Context, q Request) (Estimate, error) {
	r.life.RLock()
	defer r.life.RUnlock()
	if r.closed {
		return Estimate{}, ErrClosed
	}
	p, err := r.prepare(ctx, q, true)
	if err != nil {
		return Estimate{}, err
	}
	return p.estimate, nil
}

// prepare checks a request and lays it out. exact asks for times that hold.
func (r *Runner) prepare(ctx context.Context, q Request, exact bool) (*prepared, error) {
	if err := r.check(q); err != nil {
		return nil, err
	}
	p := &prepared{exact: exact, prompt: q.Prompt, most: q.MaxNewTokens, ends: r.ends, size: "native"}
	if p.prompt == "" {
		p.prompt = r.info.DefaultPrompts[q.Task]
	}
	if p.most == 0 {
		p.most = DefaultMaxNewTokens
	}
	if q.EndIDs != nil {
		p.ends = q.EndIDs
	}
	p.option = pictureOptions{longestEdge: q.ImageSize.LongestEdge, split: q.Split}
	if q.ImageSize.LongestEdge > 0 {
		p.size = fmt.Sprint(q.ImageSize.LongestEdge)
	}
	if r.gen != nil {
		p.most = min(p.most, r.gen.Context()+1) // more have no room
	}
	sizes, err := r.sizes(ctx, q.Images)
	if err != nil {
		return nil, err
	}
	if r.embed != nil {
		return p, r.layRetrieval(ctx, q, p, sizes)
	}
	return p, r.layGeneration(ctx, q, p, sizes)
}

// sizes reads the headers of all pictures; every one that cannot be read is named.
func (r *Runner) sizes(ctx context.Context, paths []string) ([][2]int, error) {
	out := make([][2]int, len(paths))
	var all []error
	for i, path := range paths {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		w, h, err := r.pictures.size(path)
		if err != nil {
			all = append(all, err)
		}
		out[i] = [2]int{w, h}
	}
	return out, errors.Join(all...)
}

// layOut lays all pictures out under one setting.
func (r *Runner) layOut(q Request, sizes [][2]int, opt pictureOptions) ([]layout, error) {
	out := make([]layout, len(sizes))
	var all []error
	for i, s := range sizes {
		var err error
		if out[i], err = r.pictures.layout(s[0], s[1], opt); err != nil {
			all = append(all, fmt.Errorf("%s: %w", report.Printable(q.Images[i]), err))
		}
	}
	return out, errors.Join(all...)
}

// layGeneration lays out a prompt. Where auto finds the wait long, it does so
// again with one tile a picture.
func (r *Runner) layGeneration(ctx context.Context, q Request, p *prepared, sizes [][2]int) error {
	lay := func() (err error) {
		if p.grid, err = r.layOut(q, sizes, p.option); err != nil {
			return err
		}
		if err := r.layPrompt(q, p); err != nil {
			return err
		}
		return r.costGeneration(ctx, p)
	}
	err := lay()
	var refused *RequestError
	if err != nil && !(q.ImageSize.Auto && errors.As(err, &refused)) {
		return err
	}
	if q.ImageSize.Auto {
		p.size = "auto (native)"
		// Fewer tiles do not make decoding faster.
		long := err != nil || p.estimate.FirstTokenMS-picturesMS(p.grid) > float64(autoWait.Milliseconds())
		if long && q.Split == nil && len(p.grid) > 0 && tiles(p.grid) > len(p.grid) {
			one := false
			p.option.split = &one
			if err := lay(); err != nil {
				return err
			}
			p.size, p.estimate.Reduced = "auto (one tile)", true
			return nil
		}
	}
	return err
}

func tiles(grid []layout) int {
	n := 0
	for _, g := range grid {
		n += g.tiles
	}
	return n
}

// layPrompt words, expands and tokenises the prompt and checks it against the
// network.
func (r *Runner) layPrompt(q Request, p *prepared) error {
	var err error
	if p.chat, err = r.template.render(len(p.grid), p.prompt, q.TextFirst); err != nil {
		return err
	}
	if p.expanded, err = r.marks.expand(p.chat, p.prompt, r.template.source(), p.grid); err != nil {
		return err
	}
	// As apply_chat_template(tokenize=True) does: a template that begins with
	// the first token's text is not given it once more.
	special := r.codec.bos() == "" || !hasPrefix(p.chat, r.codec.bos())
	if p.ids, err = r.codec.encode(p.expanded, special); err != nil {
		return err
	}
	if len(p.ids) == 0 {
		return refuse("ask a question", "the prompt has no tokens")
	}
	return r.checkIDs(p)
}

func (r *Runner) checkIDs(p *prepared) error {
	found := 0
	for _, id := range p.ids {
		if id < 0 || id >= r.gen.Vocabulary() {
			return r.beyondVocabulary(id, r.gen.Vocabulary())
		}
		if id == r.gen.ImageTokenID() {
			found++
		}
	}
	if want := tiles(p.grid) * r.gen.FeaturesPerTile(); found != want {
		return fmt.Errorf("%s: the prompt holds the image token %d (image_token_id of config.json) %s, and %s should give %d; take tokenizer and config.json from one model",
			report.Printable(r.info.Path), r.gen.ImageTokenID(), report.Plural(int64(found), "time"), report.Plural(int64(tiles(p.grid)), "tile"), want)
	}
	if len(p.ids) > r.gen.Context() {
		do := "ask a shorter question"
		if tiles(p.grid) > len(p.grid) {
			do = "take a smaller image size, or one tile a picture (--split=false)"
		} else if len(p.grid) > 1 {
			do = "give fewer pictures"
		}
		return refuse(do, "the prompt has %s, and the text model has %s", report.Plural(int64(len(p.ids)), "token"), report.Plural(int64(r.gen.Context()), "position"))
	}
	return nil
}

// beyondVocabulary is an id that the network has no embedding for.
func (r *Runner) beyondVocabulary(id, vocabulary int) error {
	return fmt.Errorf("%s: the tokenizer gives the id %d, and the network knows ids below %d; take tokenizer and weights from one model",
		report.Printable(r.info.Path), id, vocabulary)
}

// costGeneration fills in the estimate.
func (r *Runner) costGeneration(ctx context.Context, p *prepared) error {
	n := tiles(p.grid)
	prompt := r.gen.Prefill(n, len(p.ids))
	steps := min(p.most, r.gen.Context()-len(p.ids)+1) - 1
	step := r.gen.Decode(len(p.ids) + steps/2)
	last := r.gen.Decode(len(p.ids) + steps)
	s, err := r.speedFor(ctx, p, prompt.FLOP+float64(steps)*step.FLOP, float64(steps)*step.FLOP/2*r.bytesPerWeight)
	if err != nil {
		return err
	}
	e := Estimate{Tiles: n, PromptTokens: len(p.ids), FLOP: prompt.FLOP, FLOPPerToken: step.FLOP}
	e.Rows, e.Cols = grid(p.grid)
	e.FirstTokenMS = picturesMS(p.grid) + 1000*prompt.FLOP/(share*s.flops)
	// One more token reads the weights that it multiplies with: two operations each.
	perToken := max(step.FLOP/(share*s.flops), step.FLOP/2*r.bytesPerWeight/(share*s.bytes))
	e.TotalMS = e.FirstTokenMS + 1000*float64(steps)*perToken
	p.weights = r.net.WeightBytes()
	e.MemoryBytes = p.weights + max(prompt.MemoryBytes, last.MemoryBytes) + r.pictureBytes(p.grid)
	r.available(&e)
	p.estimate = e
	return nil
}

// speedFor gives the speed of the machine for a request of so many operations
// and bytes of weights, and notes what it took to measure it.
func (r *Runner) speedFor(ctx context.Context, p *prepared, flop, bytes float64) (speed, error) {
	begun := r.now()
	s, measured, err := r.speed.measure(ctx, flop, bytes, p.exact)
	if measured {
		p.measuring += r.now().Sub(begun)
	}
	return s, err
}

// pictureBytes is the memory of the pixels of all tiles and of the largest
// picture while it is prepared.
func (r *Runner) pictureBytes(grid []layout) int64 {
	var pixels, largest int64
	for _, g := range grid {
		pixels += 4 * 3 * int64(g.tiles) * int64(g.height) * int64(g.width)
		largest = max(largest, g.bytes)
	}
	return pixels + largest
}

// picturesMS is the time that decoding and resizing take.
func picturesMS(grid []layout) float64 {
	sum := 0.0
	for _, g := range grid {
		sum += g.seconds
	}
	return 1000 * sum
}

func (r *Runner) available(e *Estimate) {
	if bytes, ok := r.machine.available(); ok {
		e.AvailableBytes = max(bytes, 1) // 0 says that it is not known
	}
}

// grid is rows and columns of every picture, never nil.
func grid(pictures []layout) (rows, cols []int) {
	rows, cols = make([]int, len(pictures)), make([]int, len(pictures))
	for i, g := range pictures {
		rows[i], cols[i] = g.rows, g.cols
	}
	return rows, cols
}

// reach refuses what this machine cannot do, with the numbers.
func (p *prepared) reach(q Request) error {
	e := p.estimate
	if e.AvailableBytes > 0 && e.MemoryBytes > e.AvailableBytes {
		return &OutOfReachError{e, fmt.Sprintf("the run would take %s of memory (%s of weights), and %s is available",
			report.HumanBytes(e.MemoryBytes), report.HumanBytes(p.weights), report.HumanBytes(e.AvailableBytes)),
			"give fewer or smaller pictures, or free memory"}
	}
	wait := q.LongestWait
	if wait == 0 {
		wait = DefaultLongestWait
	}
	if wait > 0 && e.TotalMS > 1000*wait.Seconds() {
		return &OutOfReachError{e, fmt.Sprintf("the run would take about %s, and the longest wait is %s",
			shown(e.TotalMS), wait),
			"give fewer pictures, one tile a picture, fewer tokens, or a longer wait"}
	}
	return nil
}

// shown is an estimated time for people: no finer than an estimate is.
func shown(ms float64) string {
	const longest = 1e12 // over thirty years
	d := time.Duration(min(ms, longest) * float64(time.Millisecond))
	switch {
	case d < time.Millisecond:
		return "1ms"
	case d < time.Second:
		return d.Round(time.Millisecond).String()
	case d < time.Minute:
		return d.Round(100 * time.Millisecond).String()
	}
	return d.Round(time.Second).String()
}
