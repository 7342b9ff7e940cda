// Package metrics scores answers as the published packages do, to the last
// bits of a float64: SQuAD's exact match and F1, word and character error rates
// (jiwer), VQA accuracy, ANLS, BLEU, ROUGE-L, CIDEr and CIDEr-D of captions
// (pycocoevalcap with its PTB tokenizer), BLEU and chrF of sacrebleu, retrieval
// (recall, MRR, average precision, nDCG), bootstrap intervals, and the
// divergences and errors of numbers.
//
// The functions are pure. Where packages disagree about a name, the name says
// whose rule it is.
package metrics
