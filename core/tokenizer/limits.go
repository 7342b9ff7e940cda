package tokenizer

import (
	"encoding/json"
	"fmt"
)

// fileTruncation and filePadding are what tokenizer.json asks for itself.
// transformers sets them anew with every call, so that they count only on
// request.
type fileTruncation struct {
	Direction string `json:"direction"`
	MaxLength int    `json:"max_length"`
	Strategy  string `json:"strategy"`
	Stride    int    `json:"stride"`
}

type filePadding struct {
	Strategy  json.RawMessage `json:"strategy"`
	Direction string          `json:"direction"`
	Multiple  int             `json:"pad_to_multiple_of"`
	PadID     int             `json:"pad_id"`
	PadTypeID int             `json:"pad_type_id"`
	PadToken  string          `json:"pad_token"`

	fixed int // length; 0 for the longest of a batch
}

// limits reads both.
func (f *file) limits() error {
	if raw := f.components["truncation"]; raw != "" && raw != "null" {
		f.truncation = &fileTruncation{}
		if err := json.Unmarshal([]byte(raw), f.truncation); err != nil || f.truncation.MaxLength < 0 || f.truncation.Stride < 0 {
			return fmt.Errorf("truncation is not valid: %s", shorten(raw))
		}
	}
	raw := f.components["padding"]
	if raw == "" || raw == "null" {
		return nil
	}
	f.padding = &filePadding{}
	p := f.padding
	if err := json.Unmarshal([]byte(raw), p); err != nil || !validID(p.PadID) {
		return fmt.Errorf("padding is not valid: %s", shorten(raw))
	}
	var fixed struct{ Fixed *int }
	if string(p.Strategy) == `"BatchLongest"` {
		return nil
	}
	if json.Unmarshal(p.Strategy, &fixed) != nil || fixed.Fixed == nil || *fixed.Fixed < 0 || *fixed.Fixed > maxPadding {
		return fmt.Errorf("padding has the strategy %s, which is not implemented", shorten(string(p.Strategy)))
	}
	p.fixed = *fixed.Fixed
	return nil
}

// fromFile replaces an option set by what the file asks for.
func (o EncodeOptions) fromFile(t *fileTruncation, p *filePadding) EncodeOptions {
	o.Truncation, o.Padding = NoTruncation, NoPadding
	if t != nil {
		o.Truncation = Truncation(map[string]Truncation{"OnlyFirst": OnlyFirst, "OnlySecond": OnlySecond}[t.Strategy])
		if o.Truncation == NoTruncation {
			o.Truncation = LongestFirst
		}
		o.MaxLength, o.Stride, o.TruncationSide = t.MaxLength, t.Stride, Right
		if t.Direction == "Left" {
			o.TruncationSide = Left
		}
	}
	if p != nil {
		o.Padding, o.PadToMultipleOf, o.PaddingSide = Longest, p.Multiple, Right
		if p.Direction == "Left" {
			o.PaddingSide = Left
		}
		if p.fixed > 0 {
			o.Padding, o.PadLength = FixedLength, p.fixed
		}
	}
	return o
}
