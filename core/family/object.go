package family

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/mmtui/mmtui/core/model"
	"github.com/mmtui/mmtui/core/nn"
	"github.com/mmtui/mmtui/core/safetensors"
)

// object reads the keys of config.json. A key that is absent or null takes the
// default of the published class; what is wrong is gathered, so that one error
// names every key.
type object struct {
	file   string
	key    string // of the object within the file, "" at its top
	fields map[string]json.RawMessage
	wrong  *[]string
}

// readConfig reads config.json of a folder.
func readConfig(dir string) (object, error) {
	path, data, err := model.ReadBeside(dir, "config.json")
	if err != nil {
		return object{}, &safetensors.Error{Path: path, What: "cannot be read: " + err.Error(), Do: "put the model's config.json beside its weights", Err: err}
	}
	return parseConfig(path, data)
}

func parseConfig(path string, data []byte) (object, error) {
	o := object{file: path, wrong: new([]string)}
	if err := json.Unmarshal(data, &o.fields); err != nil {
		return object{}, &safetensors.Error{Path: path, What: "not a JSON object: " + safetensors.Printable(err.Error()), Do: "download the file again", Err: ErrConfig}
	}
	if o.fields == nil {
		return object{}, &safetensors.Error{Path: path, What: "null in place of an object", Do: "download the file again", Err: ErrConfig}
	}
	return o, nil
}

// err is one error for everything that was wrong, nil when nothing was.
func (o object) err() error {
	if len(*o.wrong) == 0 {
		return nil
	}
	return &safetensors.Error{Path: o.file, What: strings.Join(*o.wrong, "; "), Do: "correct these keys", Err: ErrConfig}
}

func (o object) name(key string) string {
	if o.key == "" {
		return key
	}
	return o.key + "." + key
}

// fail notes that a key is wrong.
func (o object) fail(key, format string, args ...any) {
	const most = 20
	if len(*o.wrong) < most {
		*o.wrong = append(*o.wrong, o.name(key)+": "+fmt.Sprintf(format, args...))
	}
}

func (o object) has(key string) bool {
	raw := o.fields[key]
	return len(raw) > 0 && string(raw) != "null"
}

// count is a whole number from 1 to most.
func (o object) count(key string, missing, most int) int {
	n := o.integer(key, missing)
	if n < 1 || n > most {
		o.fail(key, "%d is not between 1 and %d", n, most)
		return 1 // so that nothing that follows divides by zero
	}
	return n
}

// integer is a whole number.
func (o object) integer(key string, missing int) int {
	if !o.has(key) {
		return missing
	}
	n, err := strconv.Atoi(string(o.fields[key]))
	if err != nil {
		o.fail(key, "%s is not a whole number", excerpt(o.fields[key]))
		return missing
	}
	return n
}

// number is a finite number above zero.
func (o object) number(key string, missing float64) float64 {
	if !o.has(key) {
		return missing
	}
	var v float64
	if err := json.Unmarshal(o.fields[key], &v); err != nil || !(v > 0) || math.IsInf(v, 0) {
		o.fail(key, "%s is not a number above zero", excerpt(o.fields[key]))
		return missing
	}
	return v
}

func (o object) flag(key string, missing bool) bool {
	if !o.has(key) {
		return missing
	}
	var v bool
	if err := json.Unmarshal(o.fields[key], &v); err != nil {
		o.fail(key, "%s is neither true nor false", excerpt(o.fields[key]))
		return missing
	}
	return v
}

func (o object) text(key, missing string) string {
	if !o.has(key) {
		return missing
	}
	var v string
	if err := json.Unmarshal(o.fields[key], &v); err != nil {
		o.fail(key, "%s is not a string", excerpt(o.fields[key]))
		return missing
	}
	return v
}

// object is the object under a key; one without keys, and false, when it is absent.
func (o object) object(key string) (object, bool) {
	sub := object{file: o.file, key: o.name(key), wrong: o.wrong}
	if !o.has(key) {
		return sub, false
	}
	if err := json.Unmarshal(o.fields[key], &sub.fields); err != nil {
		o.fail(key, "%s is not an object", excerpt(o.fields[key]))
	}
	return sub, true
}

func (o object) activation(key, missing string) nn.Activation {
	a, err := nn.ParseActivation(o.text(key, missing))
	if err != nil {
		o.fail(key, "%v", err)
	}
	return a
}

// heads is the number of attention heads, which must divide the width.
func (o object) heads(missing, hidden int) int {
	n := o.count("num_attention_heads", missing, mostHeads)
	if hidden%n != 0 {
		o.fail("num_attention_heads", "hidden_size %d is not a multiple of %d heads", hidden, n)
	}
	return n
}

// excerpt is JSON short enough for a line.
func excerpt(raw json.RawMessage) string {
	const most = 40
	s := string(raw)
	if len(s) > most {
		s = s[:most] + "…"
	}
	return safetensors.Printable(s)
}

// What a config may ask for at most: far above every model that a machine runs
// on a CPU, and low enough that no product of them overflows.
const (
	mostWidth     = 1 << 17
	mostLayers    = 1 << 10
	mostHeads     = 1 << 12
	mostPixels    = 1 << 14
	mostPositions = 1 << 24
	mostIDs       = 1 << 24
)
