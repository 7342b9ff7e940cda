package chat

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mmtui/mmtui/internal/sharedtest"
)

// recorded is a case of io.json: what the published library rendered.
type recorded struct {
	Messages []struct {
		Role    string `json:"role"`
		Content []Part `json:"content"`
	} `json:"messages"`
	Chat string `json:"chat"`
}

func (r recorded) messages() []Message {
	var all []Message
	for _, m := range r.Messages {
		all = append(all, Message{Role: m.Role, Content: m.Content})
	}
	return all
}

// Every recorded conversation of the model folders, in both layouts.
func TestRecordedConversations(t *testing.T) {
	root := filepath.Join(sharedtest.Dir(t), "fixtures", "models")
	paths, err := filepath.Glob(filepath.Join(root, "*", "io.json"))
	if err != nil || len(paths) == 0 {
		t.Fatal("no io.json is there")
	}
	rendered := 0
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var io struct {
			Cases map[string]recorded `json:"cases"`
		}
		if err := json.Unmarshal(data, &io); err != nil {
			t.Fatal(err)
		}
		for _, dir := range []string{filepath.Dir(path), filepath.Join(filepath.Dir(path), "hub4")} {
			for name, c := range io.Cases {
				if c.Chat == "" {
					continue
				}
				tmpl, err := Open(dir)
				if err != nil {
					t.Fatal(err)
				}
				got, err := tmpl.Render(c.messages(), Options{AddGenerationPrompt: true})
				if err != nil || got != c.Chat {
					t.Errorf("%s %s: got %q, %v; want %q", dir, name, got, err, c.Chat)
				}
				rendered++
			}
		}
	}
	if rendered < 28 {
		t.Errorf("only %d conversations were compared", rendered)
	}
}

// smolVLM is the template of the SmolVLM and Idefics3 folders.
const smolVLM = "<|im_start|>{% for message in messages %}{{message['role'] | capitalize}}{% if message['content'][0]['type'] == 'image' %}{{':'}}{% else %}{{': '}}{% endif %}{% for line in message['content'] %}{% if line['type'] == 'text' %}{{line['text']}}{% elif line['type'] == 'image' %}{{ '<image>' }}{% endif %}{% endfor %}<end_of_utterance>\n{% endfor %}{% if add_generation_prompt %}{{ 'Assistant:' }}{% endif %}"

func TestSmolVLM(t *testing.T) {
	tmpl, err := Parse("chat_template.jinja", smolVLM)
	if err != nil {
		t.Fatal(err)
	}
	image, text := Part{Type: PartImage}, func(s string) Part { return Part{Type: PartText, Text: s} }
	for _, c := range []struct {
		messages []Message
		open     bool
		want     string
	}{
		{[]Message{User(1, "What is it?")}, true, "<|im_start|>User:<image>What is it?<end_of_utterance>\nAssistant:"},
		{[]Message{User(0, "Count.")}, true, "<|im_start|>User: Count.<end_of_utterance>\nAssistant:"},
		{[]Message{{"user", []Part{text("Say"), image}}}, false, "<|im_start|>User: Say<image><end_of_utterance>\n"},
		{[]Message{User(2, "Which?"), {"assistant", []Part{text("The 1st.")}}, User(0, "Why?")}, true,
			"<|im_start|>User:<image><image>Which?<end_of_utterance>\nAssistant: The 1st.<end_of_utterance>\nUser: Why?<end_of_utterance>\nAssistant:"},
		{[]Message{{"SYSTEM", []Part{text("{{ messages }} {% raw %}")}}}, false, "<|im_start|>System: {{ messages }} {% raw %}<end_of_utterance>\n"},
	} {
		got, err := tmpl.Render(c.messages, Options{AddGenerationPrompt: c.open})
		if err != nil || got != c.want {
			t.Errorf("got %q, %v; want %q", got, err, c.want)
		}
	}
	// A message without parts has no first part to look at.
	if got, err := tmpl.Render([]Message{{Role: "user"}}, Options{}); err == nil {
		t.Errorf("an empty message gave %q", got)
	}
	if _, err := tmpl.Render(nil, Options{}); err == nil {
		t.Error("no messages gave no error")
	}
	if _, err := tmpl.Render([]Message{{"user", []Part{{Type: "video"}}}}, Options{}); err == nil {
		t.Error("a video gave no error")
	}
}

const chatML = "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"

const llama2 = "{% if messages[0]['role'] == 'system' %}{% set loop_messages = messages[1:] %}{% set system_message = messages[0]['content'] %}{% else %}{% set loop_messages = messages %}{% set system_message = false %}{% endif %}{% for message in loop_messages %}{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('Conversation roles must alternate user/assistant/user/assistant/...') }}{% endif %}{% if loop.index0 == 0 and system_message != false %}{% set content = '<<SYS>>\\n' + system_message + '\\n<</SYS>>\\n\\n' + message['content'] %}{% else %}{% set content = message['content'] %}{% endif %}{% if message['role'] == 'user' %}{{ bos_token + '[INST] ' + content.strip() + ' [/INST]' }}{% elif message['role'] == 'assistant' %}{{ ' '  + content.strip() + ' ' + eos_token }}{% endif %}{% endfor %}"

const zephyr = "{% for message in messages %}\n{% if message['role'] == 'user' %}\n{{ '<|user|>\n' + message['content'] + eos_token }}\n{% elif message['role'] == 'assistant' %}\n{{ '<|assistant|>\n'  + message['content'] + eos_token }}\n{% endif %}\n{% if loop.last and add_generation_prompt %}\n{{ '<|assistant|>' }}\n{% endif %}\n{% endfor %}"

// Templates for text take the text of a message, and refuse an image.
func TestPlainTextTemplates(t *testing.T) {
	say := func(role, text string) Message {
		return Message{Role: role, Content: []Part{{Type: PartText, Text: text}}}
	}
	opt := Options{AddGenerationPrompt: true, BOS: "<s>", EOS: "</s>"}
	for source, want := range map[string]string{
		chatML: "<|im_start|>user\n hi <|im_end|>\n<|im_start|>assistant\nho<|im_end|>\n<|im_start|>user\nhe<|im_end|>\n<|im_start|>assistant\n",
		llama2: "<s>[INST] hi [/INST] ho </s><s>[INST] he [/INST]",
		zephyr: "<|user|>\n hi </s>\n<|assistant|>\nho</s>\n<|user|>\nhe</s>\n<|assistant|>\n",
	} {
		tmpl, err := Parse("t", source)
		if err != nil {
			t.Fatal(err)
		}
		got, err := tmpl.Render([]Message{say("user", " hi "), say("assistant", "ho"), say("user", "he")}, opt)
		if err != nil || got != want || !tmpl.PlainText() {
			t.Errorf("got %q, %v, plain %v; want %q", got, err, tmpl.PlainText(), want)
		}
		if _, err := tmpl.Render([]Message{User(1, "x")}, opt); err == nil || !strings.Contains(err.Error(), "image") {
			t.Errorf("an image in a text template: %v", err)
		}
	}
	tmpl, err := Parse("t", llama2)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tmpl.Render([]Message{say("assistant", "x")}, opt); err == nil || !strings.Contains(err.Error(), "must alternate") {
		t.Errorf("the template's own refusal: %v", err)
	}
}

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func quoted(s string) string {
	b, _ := json.Marshal(s)
	return string(b)
}

// A template is found in each of its places, and the file wins over the keys.
func TestOpenFindsTheTemplate(t *testing.T) {
	const own = "{{ bos_token }}{% for m in messages %}{% for p in m.content %}{{ p.text }}{% endfor %}{% endfor %}{{ eos_token }}"
	for name, files := range map[string]map[string]string{
		"jinja":            {"chat_template.jinja": own, "tokenizer_config.json": `{"chat_template": "no"}`},
		"json":             {"chat_template.json": `{"chat_template": ` + quoted(own) + `}`, "processor_config.json": `{"chat_template": "no"}`},
		"processor":        {"processor_config.json": `{"chat_template": ` + quoted(own) + `}`, "tokenizer_config.json": `{"chat_template": null}`},
		"tokenizer":        {"tokenizer_config.json": `{"chat_template": ` + quoted(own) + `}`},
		"list":             {"tokenizer_config.json": `{"chat_template": [{"name": "tool_use", "template": "no"}, {"name": "default", "template": ` + quoted(own) + `}]}`},
		"object":           {"tokenizer_config.json": `{"chat_template": {"default": ` + quoted(own) + `, "x": "no"}}`},
		"list of one":      {"tokenizer_config.json": `{"chat_template": [{"name": "only", "template": ` + quoted(own) + `}]}`},
		"byte order mark":  {"tokenizer_config.json": "\ufeff" + `{"chat_template": ` + quoted(own) + `}`},
		"own tokens":       {"chat_template.jinja": own, "special_tokens_map.json": `{"bos_token": "<b>", "eos_token": {"content": "<e>"}, "x": [1]}`},
		"tokens of config": {"chat_template.jinja": own, "tokenizer_config.json": `{"bos_token": {"content": "<b>", "lstrip": false}, "eos_token": "<e>", "unk_token": null, "add_bos_token": true}`},
	} {
		dir := t.TempDir()
		for file, text := range files {
			write(t, dir, file, text)
		}
		tmpl, err := Open(dir)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		want := "hi"
		if strings.Contains(name, "tokens") {
			want = "<b>hi<e>"
		}
		if got, err := tmpl.Render([]Message{User(0, "hi")}, Options{}); err != nil || got != want {
			t.Errorf("%s: got %q, %v; want %q", name, got, err, want)
		}
		if got, err := tmpl.Render([]Message{User(0, "hi")}, Options{BOS: "B", EOS: "E"}); err != nil || got != "BhiE" {
			t.Errorf("%s: got %q, %v", name, got, err)
		}
	}
}

// What cannot be used says which file and why.
func TestOpenRefuses(t *testing.T) {
	for name, c := range map[string]struct{ file, text, want string }{
		"nothing":       {"config.json", "{}", "no chat template"},
		"bad JSON":      {"tokenizer_config.json", "{", "tokenizer_config.json: unexpected end of JSON input; mend the JSON"},
		"bad template":  {"chat_template.jinja", "{% for %}", "chat_template.jinja:1: "},
		"no default":    {"tokenizer_config.json", `{"chat_template": [{"name": "a", "template": "x"}, {"name": "b", "template": "y"}]}`, "none of the 2 chat templates is called default"},
		"a number":      {"tokenizer_config.json", `{"chat_template": 3}`, "chat_template is neither text nor a list"},
		"not UTF-8":     {"chat_template.jinja", "\xff", "not UTF-8"},
		"file access":   {"chat_template.jinja", "{% include '/etc/passwd' %}", "not supported in chat templates"},
		"far too large": {"chat_template.jinja", strings.Repeat("x", 2<<20), "larger than"},
	} {
		dir := t.TempDir()
		write(t, dir, c.file, c.text)
		_, err := Open(dir)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %s", name, err, c.want)
		}
		if none := errors.Is(err, ErrNone); none != (name == "nothing") {
			t.Errorf("%s: ErrNone is %v", name, none)
		}
	}
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "chat_template.jinja"), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir); err == nil || errors.Is(err, ErrNone) {
		t.Errorf("a folder in the place of the template: %v", err)
	}
}

func ExampleTemplate_Render() {
	t, err := Parse("chat_template.jinja", smolVLM)
	if err != nil {
		panic(err)
	}
	text, err := t.Render([]Message{User(1, "Read the sign.")}, Options{AddGenerationPrompt: true})
	fmt.Println(text, err)
	// Output:
	// <|im_start|>User:<image>Read the sign.<end_of_utterance>
	// Assistant: <nil>
}
