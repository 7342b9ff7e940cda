package infer

import (
	"errors"

	"github.com/mmtui/mmtui/core/chat"
)

// conversation is one question to a folder's template.
type conversation struct{ template *chat.Template }

// openConversation reads a folder's template, or takes the published one where
// there is none.
func openConversation(dir string) (c conversation, warning string, err error) {
	t, err := chat.Open(dir)
	if errors.Is(err, chat.ErrNone) {
		warning = "the folder has no chat template: that of the published SmolVLM folders is used"
		t, err = chat.Parse("the published chat template", publishedTemplate)
	}
	return conversation{t}, warning, err
}

func (c conversation) render(images int, text string, textFirst bool) (string, error) {
	m := chat.User(images, text)
	if textFirst && text != "" {
		last := len(m.Content) - 1
		m.Content = append([]chat.Part{m.Content[last]}, m.Content[:last]...)
	}
	return c.template.Render([]chat.Message{m}, chat.Options{AddGenerationPrompt: true})
}
