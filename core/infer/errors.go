package infer

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/mmtui/mmtui/core/vision"
)

// ErrNotRunnable is wrapped by the error of Open for a model of a family that
// cannot be run; the error says what is missing.
var ErrNotRunnable = errors.New("the model cannot be run")

// ErrClosed is the error of a run on a closed Runner.
var ErrClosed = errors.New("the model was closed; open it again")

// RequestError is a request that cannot be carried out as it stands.
type RequestError struct {
	What string
	Do   string
}

func (e *RequestError) Error() string { return e.What + "; " + e.Do }

// OutOfReachError is a request that this machine cannot carry out in the memory
// or time that there is.
type OutOfReachError struct {
	Estimate Estimate
	What     string
	Do       string
}

func (e *OutOfReachError) Error() string { return e.What + "; " + e.Do }

// refuse makes a RequestError.
func refuse(do, format string, args ...any) error {
	return &RequestError{What: fmt.Sprintf(format, args...), Do: do}
}

// check says what is wrong with a request, before any file is looked at.
func (r *Runner) check(q Request) error {
	if !slices.Contains(Tasks(), q.Task) {
		return refuse("ask for "+listed(Tasks()), "the task %q is not known", string(q.Task))
	}
	if !slices.Contains(r.info.Tasks, q.Task) {
		return refuse("ask for "+listed(r.info.Tasks)+", or open another model", "a model of the family %s cannot do %s", r.info.Family, q.Task)
	}
	switch {
	case q.MaxNewTokens < 0:
		return refuse("give a number from 1 up", "%d new tokens are asked for", q.MaxNewTokens)
	case !(q.Temperature >= 0) || q.Temperature > maxTemperature:
		return refuse(fmt.Sprintf("give a number from 0 (greedy) to %g", float64(maxTemperature)), "the temperature is %g", q.Temperature)
	case q.ImageSize.LongestEdge < 0 || q.ImageSize.LongestEdge > vision.MaxLongestEdge:
		return refuse(fmt.Sprintf("give a longest edge from 1 to %d pixels", vision.MaxLongestEdge), "the image size is %d", q.ImageSize.LongestEdge)
	}
	if q.Task == Retrieval {
		return r.checkRetrieval(q)
	}
	switch {
	case len(q.Texts) > 0:
		return refuse("give the question as the prompt", "texts are given, which %s does not take", q.Task)
	case len(q.Images) == 0 && q.Task != VQA:
		return refuse("give a picture", "%s needs a picture", q.Task)
	case q.Task == VQA && strings.TrimSpace(q.Prompt) == "":
		return refuse("ask a question", "the prompt is empty")
	}
	return nil
}

func (r *Runner) checkRetrieval(q Request) error {
	switch {
	case len(q.Images) == 0:
		return refuse("give a picture or a folder of pictures", "retrieval needs pictures")
	case len(q.Texts) == 0:
		return refuse("give a text", "retrieval needs texts")
	case q.Prompt != "":
		return refuse("give it as a text", "a prompt is given, which retrieval does not take")
	case q.Split != nil:
		return refuse("leave it out", "a model of the family %s does not split pictures", r.info.Family)
	case q.ImageSize.LongestEdge != 0 && q.ImageSize.LongestEdge != r.embed.ImageSize():
		return refuse("leave the image size out", "the family %s has pictures of %d pixels, not %d", r.info.Family, r.embed.ImageSize(), q.ImageSize.LongestEdge)
	}
	return nil
}

// maxTemperature is far beyond any that is used: an answer is even noise there.
const maxTemperature = 100

// listed names tasks.
func listed(tasks []Task) string {
	names := make([]string, len(tasks))
	for i, t := range tasks {
		names[i] = string(t)
	}
	return strings.Join(names, ", ")
}
