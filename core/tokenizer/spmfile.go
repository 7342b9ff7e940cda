package tokenizer

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"unicode/utf8"
)

// The protocol buffer of a sentencepiece model (sentencepiece_model.proto). Of
// its fields only those are read that encoding and decoding need.

// pieceType is SentencePiece.Type.
type pieceType int

const (
	pieceNormal      pieceType = 1
	pieceUnknown     pieceType = 2
	pieceControl     pieceType = 3
	pieceUserDefined pieceType = 4
	pieceUnused      pieceType = 5
	pieceByte        pieceType = 6
)

// spmPiece is one piece of the vocabulary; its place is its id.
type spmPiece struct {
	text  string
	score float32
	kind  pieceType
}

// spmModelType is TrainerSpec.ModelType.
type spmModelType int

const (
	spmUnigram spmModelType = 1
	spmBPE     spmModelType = 2
)

// spmFile is a ModelProto.
type spmFile struct {
	pieces         []spmPiece
	modelType      spmModelType
	byteFallback   bool
	spaceSuffix    bool // treat_whitespace_as_suffix
	unknownSurface string

	charsmap                          []byte
	dummyPrefix, removeExtra, escapes bool
}

var errNotSPM = errors.New("it is no sentencepiece model, or it is cut off")

// parseSPM reads a model.
func parseSPM(data []byte) (*spmFile, error) {
	f := &spmFile{
		modelType: spmUnigram, unknownSurface: " \u2047 ",
		dummyPrefix: true, removeExtra: true, escapes: true,
	}
	err := walkFields(data, func(field int, value uint64, bytes []byte) error {
		switch field {
		case 1:
			return f.readPiece(bytes)
		case 2:
			return walkFields(bytes, f.trainer)
		case 3:
			return walkFields(bytes, f.normalizer)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if len(f.pieces) == 0 {
		return nil, errNotSPM
	}
	return f, nil
}

func (f *spmFile) readPiece(data []byte) error {
	p := spmPiece{kind: pieceNormal}
	err := walkFields(data, func(field int, value uint64, bytes []byte) error {
		switch field {
		case 1:
			p.text = string(bytes)
		case 2:
			p.score = math.Float32frombits(uint32(value))
		case 3:
			p.kind = pieceType(value)
		}
		return nil
	})
	switch {
	case err != nil:
		return err
	case p.text == "" || !utf8.ValidString(p.text):
		return fmt.Errorf("piece %d is empty or no UTF-8", len(f.pieces))
	case p.kind < pieceNormal || p.kind > pieceByte:
		return fmt.Errorf("piece %d, %q, has type %d, which is not implemented", len(f.pieces), shorten(p.text), p.kind)
	case p.score != p.score:
		return fmt.Errorf("piece %d, %q, has a score that is no number", len(f.pieces), shorten(p.text))
	}
	f.pieces = append(f.pieces, p)
	return nil
}

func (f *spmFile) trainer(field int, value uint64, bytes []byte) error {
	switch field {
	case 3:
		f.modelType = spmModelType(value)
		if f.modelType != spmUnigram && f.modelType != spmBPE {
			return fmt.Errorf("model_type %d is not implemented; unigram (1) and BPE (2) are", value)
		}
	case 24:
		f.spaceSuffix = value != 0
	case 35:
		f.byteFallback = value != 0
	case 44:
		f.unknownSurface = string(bytes)
	}
	return nil
}

func (f *spmFile) normalizer(field int, value uint64, bytes []byte) error {
	switch field {
	case 2:
		f.charsmap = bytes
	case 3:
		f.dummyPrefix = value != 0
	case 4:
		f.removeExtra = value != 0
	case 5:
		f.escapes = value != 0
	}
	return nil
}

// walkFields calls f with every field of a message: its number, and its value as
// a number or as bytes.
func walkFields(data []byte, f func(field int, value uint64, bytes []byte) error) error {
	for len(data) > 0 {
		tag, n := binary.Uvarint(data)
		if n <= 0 || tag>>3 == 0 || tag>>3 > 1<<29 {
			return errNotSPM
		}
		data = data[n:]
		var value uint64
		var bytes []byte
		switch tag & 7 {
		case 0:
			if value, n = binary.Uvarint(data); n <= 0 {
				return errNotSPM
			}
		case 1:
			if n = 8; len(data) < n {
				return errNotSPM
			}
			value = binary.LittleEndian.Uint64(data)
		case 2:
			size, m := binary.Uvarint(data)
			if m <= 0 || size > uint64(len(data)-m) {
				return errNotSPM
			}
			n = m + int(size)
			bytes = data[m:n]
		case 5:
			if n = 4; len(data) < n {
				return errNotSPM
			}
			value = uint64(binary.LittleEndian.Uint32(data))
		default:
			return errNotSPM
		}
		if err := f(int(tag>>3), value, bytes); err != nil {
			return err
		}
		data = data[n:]
	}
	return nil
}
