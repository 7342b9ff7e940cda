// Package infer runs tasks on an opened model folder: it prepares pictures and
// prompt as the published processor does, runs the network, and streams the answer.
//
// What a folder's own files say decides: the template, the strings of the image
// tokens, the picture processor, the ids that end an answer. The class defaults
// of the published library stand in for keys that a file leaves out.
package infer

import (
	"time"

	"github.com/mmtui/mmtui/core/nn"
	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/core/variant"
)

// Task is what a model is asked to do.
type Task string

// The tasks.
const (
	Caption   Task = "caption"
	OCR       Task = "ocr"
	VQA       Task = "vqa"
	Retrieval Task = "retrieval"
)

// Tasks lists all tasks.
func Tasks() []Task { return []Task{Caption, OCR, VQA, Retrieval} }

// ImageSize says how large a picture is made before it is cut into tiles.
type ImageSize struct {
	Auto        bool // one tile where the wait would be long
	LongestEdge int  // pixels; 0 with Auto false is the processor's own setting ("native")
}

// Request is one question.
type Request struct {
	Task         Task
	Images       []string // paths
	Prompt       string   // "" is the task's default; of vqa it must not be empty
	TextFirst    bool     // the prompt stands before the pictures, not after them
	Texts        []string // of retrieval
	MaxNewTokens int      // 0 is DefaultMaxNewTokens
	Temperature  float64  // 0 is greedy
	Seed         uint64
	EndIDs       []int // ids that end the answer; nil: those of the folder
	ImageSize    ImageSize
	Split        *bool       // nil is the processor's own setting
	Observer     nn.Observer // nil watches nothing
	// TeacherForced feeds every variant of Compare the reference's tokens, so
	// that KL exists at every place of its answer. Run takes no notice.
	TeacherForced bool
	// LongestWait refuses a request whose estimated time is longer: 0 is
	// DefaultLongestWait, less than 0 waits for anything.
	LongestWait time.Duration
}

// DefaultMaxNewTokens is the length of an answer that Request leaves open.
const DefaultMaxNewTokens = 64

// DefaultLongestWait is the longest estimated time of a request that is run unasked.
const DefaultLongestWait = time.Hour

// Estimate is what a request will cost, from sizes alone.
type Estimate struct {
	Tiles          int     `json:"tiles"` // of all pictures
	Rows           []int   `json:"rows"`  // of tiles, a picture each; 0 where unsplit
	Cols           []int   `json:"cols"`
	PromptTokens   int     `json:"prompt_tokens"`          // 0 where only a run can tell
	FLOP           float64 `json:"flop"`                   // up to the first token; retrieval: all
	FLOPPerToken   float64 `json:"flop_per_token"`         // of one more token after the prompt
	MemoryBytes    int64   `json:"memory_bytes"`           // weights, cache, activations and pictures
	FirstTokenMS   float64 `json:"time_to_first_token_ms"` // pictures included; retrieval: all
	TotalMS        float64 `json:"total_ms"`               // with MaxNewTokens
	AvailableBytes int64   `json:"available_bytes"`        // to this process; 0 where the system does not tell
	Reduced        bool    `json:"reduced"`                // ImageSize auto took fewer tiles than the processor's own setting
}

// EventKind tells what an Event says.
type EventKind string

// The kinds of events, in the order of a run.
const (
	Started  EventKind = "started"  // Estimate is set
	Progress EventKind = "progress" // Stage, Done and Of: pictures, tiles, prompt
	Token    EventKind = "token"    // the next piece of the answer
)

// The stages of Progress.
const (
	StagePictures = "pictures" // decoded, resized and cut
	StageEncoder  = "encoder"  // tiles through the vision tower
	StagePrompt   = "prompt"   // the text model over the prompt; of retrieval, texts embedded
)

// Event is something that happened in a run.
type Event struct {
	Kind     EventKind
	Estimate *Estimate
	Stage    string // StagePictures, StageEncoder, StagePrompt
	Done, Of int
	ID       int
	Text     string // what the answer grew by; may be empty while a word is held back
	Logprob  float64
	Top      []Choice // the most probable ids of this step, best first

	// Of a token in Compare: KL(reference ‖ variant) at its position in nats, of
	// the models before temperature; n/a of Run, of the reference and after the
	// first token that differs, and then NoKL says why.
	KL      report.Number
	NoKL    string
	Differs bool // the first token of this variant that is not the reference's
}

// Choice is a token that could have come next.
type Choice struct {
	ID      int     `json:"id"`
	Text    string  `json:"text"`
	Logprob float64 `json:"logprob"`
}

// The reasons why an answer ends.
const (
	StopEnd       = "end_of_text"
	StopLength    = "max_new_tokens"
	StopContext   = "context_full"
	StopCancelled = "cancelled"
)

// Result is the whole answer. It is what `mmtui run --format json` prints.
type Result struct {
	SchemaVersion    int           `json:"schema_version"`
	Task             Task          `json:"task"`
	Model            string        `json:"model"`
	Variant          string        `json:"variant"` // how the layers ran: "float", "int2" …
	Family           string        `json:"family"`
	Backend          string        `json:"backend"` // "cpu float32 (avx512)" …
	Images           []string      `json:"images"`
	Prompt           string        `json:"prompt"`
	Temperature      float64       `json:"temperature"`
	Seed             uint64        `json:"seed"`
	Text             string        `json:"text"`
	TokenIDs         []int         `json:"token_ids"` // the end id included
	Logprobs         []float64     `json:"logprobs"`  // natural, of the model before temperature
	PromptTokenIDs   []int         `json:"prompt_token_ids"`
	StopReason       string        `json:"stop_reason"` // "end_of_text", "max_new_tokens", "context_full", "cancelled"; "" of retrieval
	Rows             []int         `json:"rows"`
	Cols             []int         `json:"cols"`
	Tiles            int           `json:"tiles"`
	ImageSize        string        `json:"image_size"` // "native", "auto (one tile)", "512"
	Texts            []string      `json:"texts,omitempty"`
	TextTokenIDs     [][]int       `json:"text_token_ids,omitempty"` // of retrieval, padded
	Scores           [][]float64   `json:"scores,omitempty"`         // [images × texts], logits
	Probabilities    [][]float64   `json:"probabilities,omitempty"`
	TextsByImage     [][]int       `json:"texts_by_image,omitempty"` // indexes, best first
	ImagesByText     [][]int       `json:"images_by_text,omitempty"`
	PreprocessMS     report.Number `json:"preprocess_ms"`
	EncoderMS        report.Number `json:"encoder_ms"`
	TimeToFirstToken report.Number `json:"time_to_first_token_ms"`
	TokensPerSecond  report.Number `json:"tokens_per_second"` // of decoding, the first token left out
	TotalMS          report.Number `json:"total_ms"`
	PeakMemoryBytes  report.Number `json:"peak_memory_bytes"` // of the process; null where the system does not tell
	WeightBytes      int64         `json:"weight_bytes"`
	ActivationBytes  int64         `json:"activation_bytes"`   // cache and scratch of this run
	Warnings         []string      `json:"warnings,omitempty"` // what differs from what was asked, or from the library
}

// Options of Open. The zero value is usable.
type Options struct {
	CacheDir string // the Hugging Face cache; "" finds it as huggingface_hub does
	Workers  int    // threads; 0: GOMAXPROCS
	// Variant says how the layers run; the zero value is the folder as it is.
	Variant variant.Spec
	PackDir string // of packed tensors; "" is the user's cache folder
	// Packing, when set, is told of every tensor that is quantized or read from there.
	Packing func(done, of int, name string)
}

// Info describes an opened runner.
type Info struct {
	Path, Family, Backend string
	Tasks                 []Task
	DefaultPrompts        map[Task]string
	WeightBytes           int64
	Positions             int    // of the text model
	Variant               string // what the variant is called: "float", "int2" …
	Quantized             []variant.Layer
	Warnings              []string // what the folder asks for and a run does not do
}
