package infer

import "github.com/mmtui/mmtui/core/report"

// Comparison is one request answered by several variants. It is what
// `mmtui run --compare … --format json` prints.
//
// Every figure describes this request; none predicts the score of a task.
type Comparison struct {
	SchemaVersion int    `json:"schema_version"`
	Task          Task   `json:"task"`
	Reference     string `json:"reference"`      // the variant that the others are held against: the first
	TeacherForced bool   `json:"teacher_forced"` // every variant was fed the reference's tokens
	// Variants has one column a runner, in their order.
	Variants        []Column      `json:"variants"`
	PeakMemoryBytes report.Number `json:"peak_memory_bytes"` // of the process, all variants together
	Notes           []string      `json:"notes,omitempty"`   // what a reader of the figures must know
}

// Column is one variant of a Comparison. Figures against the reference are n/a
// of the reference itself.
type Column struct {
	Variant string `json:"variant"`
	// Result is the variant's own answer, its times those of its own steps. With
	// teacher forcing its tokens are what the variant would have said at each
	// place of the reference's answer.
	Result *Result `json:"result,omitempty"`
	Error  string  `json:"error,omitempty"` // why the answer broke off
	// KL is KL(reference ‖ variant) in nats, a token of this variant's answer
	// each; of retrieval a picture each, over its texts.
	KL            []report.Number `json:"kl"`
	NoKL          string          `json:"kl_reason,omitempty"` // why KL ends or is n/a
	MeanKL        report.Number   `json:"mean_kl"`
	TrimmedMeanKL report.Number   `json:"trimmed_mean_kl"` // without the largest and the smallest twentieth
	// Agreement is the share of Compared places at which the most probable token
	// is the reference's; of retrieval the share of pictures whose best text is.
	Agreement report.Number `json:"agreement"`
	Compared  int           `json:"compared"`
	// TextAgreement is, of retrieval, the share of texts whose best picture is
	// the reference's.
	TextAgreement   report.Number   `json:"text_agreement"`
	Spearman        []report.Number `json:"spearman,omitempty"` // of retrieval, a picture each: of its scores with the reference's
	FirstDifference *Difference     `json:"first_difference"`   // nil: none
	WeightBytes     int64           `json:"weight_bytes"`       // the model's size as it runs
	MemoryBytes     int64           `json:"memory_bytes"`       // weights, cache and scratch, by estimate
}

// Difference is the first place where a variant leaves the reference. Of
// retrieval it is in the first picture whose texts come in another order.
type Difference struct {
	Index int `json:"index"` // of the token; of retrieval, of the picture; from 0
	// ID and Text are the variant's token, ReferenceID and ReferenceText the
	// reference's at the same place; of retrieval the texts at that rank.
	ID            int    `json:"id"`
	Text          string `json:"text"`
	ReferenceID   int    `json:"reference_id"`
	ReferenceText string `json:"reference_text"`
	// At is where the token begins in the variant's text, in bytes; of
	// retrieval the rank, from 0.
	At int `json:"at"`
}
