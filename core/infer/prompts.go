package infer

// The prompts of tasks that need none from the user. They are worded as the
// instruction sets that the published models were tuned on word theirs.
const (
	CaptionPrompt = "Describe this image briefly."
	OCRPrompt     = "Read the text in this image."
)

// defaultPrompts are the prompts of the tasks that have one.
func defaultPrompts() map[Task]string {
	return map[Task]string{Caption: CaptionPrompt, OCR: OCRPrompt}
}

// publishedTemplate is the chat template of the published SmolVLM and Idefics3
// folders, for a folder that has none.
const publishedTemplate = `<|im_start|>{% for message in messages %}{{message['role'] | capitalize}}` +
	`{% if message['content'][0]['type'] == 'image' %}{{':'}}{% else %}{{': '}}{% endif %}` +
	`{% for line in message['content'] %}{% if line['type'] == 'text' %}{{line['text']}}` +
	`{% elif line['type'] == 'image' %}{{ '<image>' }}{% endif %}{% endfor %}<end_of_utterance>
{% endfor %}{% if add_generation_prompt %}{{ 'Assistant:' }}{% endif %}`
