package infer

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"

	"github.com/mmtui/mmtui/core/model"
	"github.com/mmtui/mmtui/core/safetensors"
)

// defaultEndID is eos_token_id of the text model's configuration class.
const defaultEndID = 2

// readObject reads a JSON object that lies beside the weights. A missing file
// wraps fs.ErrNotExist; every error names the file and says what to do.
func readObject(dir, name string) (path string, object map[string]json.RawMessage, err error) {
	path, data, err := model.ReadBeside(dir, name)
	var told *safetensors.Error
	switch {
	case errors.As(err, &told):
		return path, nil, err
	case err != nil:
		return path, nil, &safetensors.Error{Path: path, What: "cannot be read: " + err.Error(), Do: "check the folder", Err: err}
	}
	if err := json.Unmarshal(data, &object); err != nil {
		return path, nil, &safetensors.Error{Path: path, What: "not a JSON object: " + err.Error(), Do: "download the file again", Err: err}
	}
	return path, object, nil
}

// endIDs are the ids that end an answer, and what else generation_config.json
// asks for that is not done here: generation_config.json's eos_token_id, else
// that of config.json, of its text_config, of the class.
func endIDs(dir string) (ids []int, warnings []string, err error) {
	path, object, err := readObject(dir, "generation_config.json")
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return nil, nil, err
	default:
		warnings = ignoredSettings(object)
		if ids, err = readIDs(path, object["eos_token_id"]); err != nil || len(ids) > 0 {
			return ids, warnings, err
		}
	}
	if path, object, err = readObject(dir, "config.json"); err != nil {
		return nil, warnings, err
	}
	if ids, err = readIDs(path, object["eos_token_id"]); err != nil || len(ids) > 0 {
		return ids, warnings, err
	}
	var text struct {
		End json.RawMessage `json:"eos_token_id"`
	}
	if raw := object["text_config"]; len(raw) > 0 {
		if err := json.Unmarshal(raw, &text); err != nil {
			return nil, warnings, &safetensors.Error{Path: path, What: "text_config: " + err.Error(), Do: "correct the key", Err: err}
		}
	}
	if ids, err = readIDs(path, text.End); err != nil || len(ids) > 0 {
		return ids, warnings, err
	}
	return []int{defaultEndID}, warnings, nil
}

// readIDs reads an id or a list of ids; nothing for null or an absent key.
func readIDs(path string, raw json.RawMessage) ([]int, error) {
	if len(raw) == 0 || string(raw) == "null" {
		return nil, nil
	}
	var one int
	var many []int
	if err := json.Unmarshal(raw, &one); err == nil {
		many = []int{one}
	} else if err := json.Unmarshal(raw, &many); err != nil {
		return nil, &safetensors.Error{Path: path, What: "eos_token_id is neither an id nor a list of ids", Do: "correct the key", Err: err}
	}
	for _, id := range many {
		if id < 0 {
			return nil, &safetensors.Error{Path: path, What: fmt.Sprintf("eos_token_id holds %d", id), Do: "correct the key: ids are not negative"}
		}
	}
	return many, nil
}

// ignoredSettings names the settings of a generation_config.json that change a
// greedy answer in the published library and that a run here does not apply.
func ignoredSettings(object map[string]json.RawMessage) []string {
	neutral := map[string]string{
		"repetition_penalty": "1.0", "no_repeat_ngram_size": "0", "num_beams": "1", "encoder_repetition_penalty": "1.0",
		"suppress_tokens": "null", "begin_suppress_tokens": "null", "bad_words_ids": "null", "forced_bos_token_id": "null",
		"forced_eos_token_id": "null", "min_length": "0", "min_new_tokens": "null", "sequence_bias": "null",
	}
	var out []string
	for _, key := range slices.Sorted(maps.Keys(neutral)) {
		raw := string(object[key])
		if raw == "" || raw == "null" || raw == neutral[key] || raw+".0" == neutral[key] {
			continue
		}
		out = append(out, fmt.Sprintf("generation_config.json asks for %s %s, which is not applied", key, safetensors.Printable(raw)))
	}
	return out
}
