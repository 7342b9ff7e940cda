// Package tokenizer turns text into the ids that a model was trained on, and
// ids back into text, as the published libraries do.
//
// It reads tokenizer.json (the pipeline of Hugging Face tokenizers: added
// tokens, normalizer, pre-tokenizer, model, post-processor, decoder), a
// sentencepiece model with SiglipTokenizer's rules, and the older pair
// vocab.json and merges.txt where the tokenizer's class says the rest. A
// component that is not implemented is refused by name when the file is
// opened; nothing is passed over in silence.
//
// Offsets are code points of the text as given. A byte that is not UTF-8 counts
// as one U+FFFD, as in a range loop.
//
// A Tokenizer does not change after it is opened and may be used by several
// goroutines at once.
package tokenizer
