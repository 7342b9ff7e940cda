package infer

import (
	"errors"
	"fmt"

	"github.com/mmtui/mmtui/core/chat"
	"github.com/mmtui/mmtui/core/safetensors"
	"github.com/mmtui/mmtui/internal/jinja"
)

// conversation is one question to a folder's template.
type conversation struct{ template *chat.Template }

// openConversation reads a folder's template, or takes the published one where
// there is none.
func openConversation(dir string) (c conversation, warning string, err error) {
	t, err := chat.Open(dir)
	if errors.Is(err, chat.ErrNone) {
		warning = "the folder has no chat template: that of the published SmolVLM folders is used"
		t, err = chat.Parse(publishedName, publishedTemplate)
	}
	return conversation{t}, warning, err
}

// publishedName stands for the file of publishedTemplate.
const publishedName = "the published chat template"

func (c conversation) source() string {
	if c.template.Path == "" {
		return publishedName
	}
	return c.template.Path
}

func (c conversation) render(images int, text string, textFirst bool) (string, error) {
	if images > 0 && c.template.PlainText() {
		return "", templateFault(c.source(), "the template takes text only, and has no place for a picture")
	}
	m := chat.User(images, text)
	if textFirst && text != "" {
		last := len(m.Content) - 1
		m.Content = append([]chat.Part{m.Content[last]}, m.Content[:last]...)
	}
	out, err := c.template.Render([]chat.Message{m}, chat.Options{AddGenerationPrompt: true})
	var fault *jinja.Error
	if !errors.As(err, &fault) {
		return out, err
	}
	path := c.source()
	if fault.Line > 0 {
		path = fmt.Sprintf("%s:%d", path, fault.Line)
	}
	if fault.Raised {
		return "", &safetensors.Error{Path: path, What: "the template refuses the request: " + fault.What, Do: "ask as it demands", Err: err}
	}
	return "", templateFault(path, "%s", fault.What)
}

// templateFault is an error of a template, whoever asks what.
func templateFault(path, format string, args ...any) error {
	return &safetensors.Error{Path: path, What: fmt.Sprintf(format, args...), Do: "take the chat template from the model's page again"}
}
