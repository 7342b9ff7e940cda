// Package diverge shows where inside a network a quantized run leaves the float
// run: one request through both networks in lockstep, compared layer by layer.
//
// What it reports describes that one request. Local and cumulative errors do
// not predict which layer hurts the task, nor which one repairs it.
package diverge

import (
	"github.com/mmtui/mmtui/core/plan"
	"github.com/mmtui/mmtui/core/report"
)

// Part is the piece of a model that a layer belongs to.
type Part string

// The parts: the first three of a Generator, the others of an Embedder.
const (
	Encoder   Part = "encoder"
	Connector Part = "connector"
	Decoder   Part = "decoder"

	ImageTower Part = "image_tower"
	TextTower  Part = "text_tower"
	Projection Part = "projection" // what brings the towers into one space
)

// Kind is what a row is.
type Kind string

// The kinds.
const (
	Linear    Kind = "linear"    // a linear layer's output
	Embedding Kind = "embedding" // rows looked up in a table
	Stage     Kind = "stage"     // an activation between layers: vision.h0, connector, text.norm …
)

// Basis is said wherever layers are put in an order.
const Basis = "description, not a prediction: local and cumulative errors do not tell which layer hurts the task or repairs it"

// DefaultBreakDB is where a layer breaks: the error is half as large as the
// signal. One layer at the ideal 2 bits (9.3 dB) stays above it on exact inputs.
const DefaultBreakDB = 6

// Report is `mmtui diverge TASK --format json`. Figures of the rows are over
// the prompt, those of KL over the answer of the float run, teacher-forced.
type Report struct {
	SchemaVersion int      `json:"schema_version"`
	Task          string   `json:"task"`
	Model         string   `json:"model"`
	Family        string   `json:"family"`
	Variant       string   `json:"variant"` // what is compared with float: "int2", a plan's name, a file
	Images        []string `json:"images"`
	Prompt        string   `json:"prompt"`
	Texts         []string `json:"texts,omitempty"` // of retrieval
	Tiles         int      `json:"tiles"`           // of retrieval: pictures
	PromptTokens  int      `json:"prompt_tokens"`   // of retrieval: of all texts
	Lifts         []Lift   `json:"lifts"`           // applied to the variant
	Basis         string   `json:"basis"`           // what an order of these figures is worth

	BreakDB        report.Number `json:"break_db"`
	Exact          bool          `json:"exact"`           // no value differs anywhere
	FirstBreak     *Finding      `json:"first_break"`     // the first layer in the order of execution whose cumulative SQNR is below BreakDB, or whose values are no numbers; null when none is
	MostAmplifying *Finding      `json:"most_amplifying"` // the largest amplification above 0 dB; null when nothing is amplified
	WorstLocal     *Finding      `json:"worst_local"`     // the smallest local SQNR; null when no layer differs
	Rows           []Row         `json:"rows"`            // in the order of execution

	KL            KL            `json:"kl"`
	Positions     []Position    `json:"positions"`
	Answer        string        `json:"answer"`         // of the float run; "" of retrieval
	VariantAnswer string        `json:"variant_answer"` // of the variant alone; "" of retrieval
	Combinations  []Combination `json:"combinations"`   // null where they were not asked for
	Warnings      []string      `json:"warnings,omitempty"`

	// Plan is the variant's, lifts included, as a project keeps it. What a file
	// of weights holds is not in it.
	Plan plan.Plan `json:"-"`
}

// Row is a layer or an activation. Its figures compare the variant with float:
// with x the exact input, x′ that of the quantized run, F the float layer and Q
// the variant's, local is Q(x) against F(x) and cumulative Q(x′) against F(x).
type Row struct {
	Order     int           `json:"order"` // of execution, from 0
	Name      string        `json:"name"`  // of the weight's tensor, or of the activation
	Part      Part          `json:"part"`
	Kind      Kind          `json:"kind"`
	Quantized bool          `json:"quantized"` // the weight is not as the folder stores it
	Scheme    string        `json:"scheme"`    // "2b half g64 search"; "float"; "" of a stage
	Bits      report.Number `json:"bits_per_weight"`
	Rows      int           `json:"rows"` // of the weight: outputs; of a stage: 0
	Cols      int           `json:"cols"` // of the weight: inputs; of a stage: its width
	Samples   int64         `json:"samples"`
	// InputSQNRdB is x′ against x: the inherited error. null: exact, or none.
	InputSQNRdB      report.Number `json:"input_sqnr_db"`
	LocalSQNRdB      report.Number `json:"local_sqnr_db"`      // null: exact, or a stage
	CumulativeSQNRdB report.Number `json:"cumulative_sqnr_db"` // null: exact, or not finite
	Cosine           report.Number `json:"cosine"`             // cumulative
	RelativeRMSE     report.Number `json:"relative_rmse"`      // cumulative
	// LocalShare is the energy of the local error over that of the cumulative
	// one; above 1 inherited and local errors cancel.
	LocalShare report.Number `json:"local_share"`
	// AmplificationDB is how far the cumulative error is above what inherited
	// and local error give together when they are independent and the layer
	// passes errors on as it passes the signal: 10·log10(c² / (i² + l²)) of the
	// relative errors.
	AmplificationDB report.Number `json:"amplification_db"`
	Exact           bool          `json:"exact"`       // cumulative: no value differs
	LocalExact      bool          `json:"local_exact"` // the layer by itself changes nothing; of a stage true
	NotFinite       NotFinite     `json:"not_finite"`
}

// NotFinite counts outputs that are NaN or infinite; figures leave none out:
// where there are any, they are null.
type NotFinite struct {
	Float   int64 `json:"float"`
	Local   int64 `json:"local"`
	Variant int64 `json:"variant"`
}

// Any says whether there is one.
func (n NotFinite) Any() bool { return n.Float+n.Local+n.Variant > 0 }

// Finding is a row that stands out.
type Finding struct {
	Name             string        `json:"name"`
	Part             Part          `json:"part"`
	Order            int           `json:"order"`
	LocalSQNRdB      report.Number `json:"local_sqnr_db"`
	CumulativeSQNRdB report.Number `json:"cumulative_sqnr_db"`
	AmplificationDB  report.Number `json:"amplification_db"`
	Words            string        `json:"words"` // the finding in a sentence
}

// KL sums up how far the distributions of the two runs are apart, in nats:
// KL(float ‖ variant), of a generation over the vocabulary at every token of
// the float answer, of retrieval over the texts for every picture.
type KL struct {
	Mean        report.Number `json:"mean"`
	TrimmedMean report.Number `json:"trimmed_mean"` // without the 5% of positions at either end
	Max         report.Number `json:"max"`
	MaxAt       int           `json:"max_at"` // index into Positions; −1 where there is no maximum
	// Agreement is the share of positions at which both runs put the same id
	// (of retrieval: text) first.
	Agreement report.Number `json:"token_agreement"`
	Count     int           `json:"count"`
	NotFinite int           `json:"not_finite"` // positions without a figure: logits that are no numbers
}

// Position is one token of the float answer, or one picture of retrieval.
type Position struct {
	Index       int           `json:"index"`
	ID          int           `json:"id"` // that came next in the float answer; of retrieval the float run's best text
	Text        string        `json:"text"`
	VariantID   int           `json:"variant_id"` // what the variant puts first here; −1 where its logits are no numbers
	VariantText string        `json:"variant_text"`
	KL          report.Number `json:"kl"`
	Logprob     report.Number `json:"logprob"`         // of ID in the float run; natural
	VariantLog  report.Number `json:"variant_logprob"` // of ID in the variant
}

// Lift is a layer that a variant keeps better than its plan says.
type Lift struct {
	Name string `json:"name"` // of the weight's tensor
	Bits int    `json:"bits"` // 8, another width, or plan.Float
}

// Combination is a run with some parts quantized and the others in float.
type Combination struct {
	Quantized []Part `json:"quantized"` // none: the float run
	KL        KL     `json:"kl"`
	Answer    string `json:"answer"` // "" of retrieval
}
