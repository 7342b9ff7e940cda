package projects

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/mmtui/mmtui/core/gate"
	"github.com/mmtui/mmtui/core/plan"
	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/internal/tomltext"
)

// value is a scalar of the file. read takes what the TOML parser gives, and its
// error begins with the key and says what is allowed; literal is how it is written.
type value interface {
	read(key string, v any) error
	literal() string
}

type (
	versionValue int
	textValue    string
	patternValue string  // of plan.ParsePattern
	bitsValue    int     // 2, 3, 4, 8 or plan.Float
	gridValue    string  // of int2.Grid
	groupValue   int     // int2.PerChannel for "channel"
	solverValue  string  // of int2.Solver
	zeroValue    string  // float or integer
	sizeValue    int64   // bytes
	limitValue   float64 // of a gate
	scopeValue   string  // of gate.Scope
	taskValue    string
	deviceValue  string
)

// kindOf names a TOML type for a message.
func kindOf(v any) string {
	switch v.(type) {
	case string:
		return "text"
	case int64:
		return "a whole number"
	case float64:
		return "a number"
	case bool:
		return "true or false"
	case time.Time:
		return "a date"
	}
	return "something else"
}

func wrongKind(key, wanted string, v any) error {
	return fmt.Errorf("%s must be %s, not %s", key, wanted, kindOf(v))
}

func readText(key, wanted string, v any) (string, error) {
	s, ok := v.(string)
	if !ok {
		return "", wrongKind(key, wanted, v)
	}
	if strings.TrimSpace(s) == "" {
		return "", fmt.Errorf("%s is empty; use %s", key, wanted)
	}
	return s, nil
}

func (x *versionValue) read(key string, v any) error {
	n, ok := v.(int64)
	if !ok {
		return wrongKind(key, "a whole number", v)
	}
	if n != SchemaVersion {
		return fmt.Errorf("%s %d is not known; this version of mmtui reads %d", key, n, SchemaVersion)
	}
	*x = versionValue(n)
	return nil
}

func (x *textValue) read(key string, v any) error {
	s, err := readText(key, "text", v)
	*x = textValue(s)
	return err
}

func (x *patternValue) read(key string, v any) error {
	s, err := readText(key, `a pattern such as "*.head.*" or "re:layers\.[0-9]+\."`, v)
	if err != nil {
		return err
	}
	if _, err := plan.ParsePattern(s); err != nil {
		return fmt.Errorf("%s: %w", key, err)
	}
	*x = patternValue(s)
	return nil
}

// readChoice lets core/plan judge a field of a scheme.
func readChoice(key, text string) error {
	var c plan.Choice
	return c.Set(key, text)
}

func (x *bitsValue) read(key string, v any) error {
	n, ok := v.(int64)
	if !ok {
		return wrongKind(key, "2, 3, 4, 8 or 16 (16 keeps a tensor in float)", v)
	}
	*x = bitsValue(n)
	return readChoice(plan.KeyBits, strconv.FormatInt(n, 10))
}

func (x *groupValue) read(key string, v any) error {
	text := ""
	switch v := v.(type) {
	case int64:
		text = strconv.FormatInt(v, 10)
	case string:
		text = v
	default:
		return wrongKind(key, `a multiple of 16 from 16 to 256, or "channel"`, v)
	}
	var c plan.Choice
	if err := c.Set(plan.KeyGroup, text); err != nil {
		return err
	}
	*x = groupValue(*c.Group)
	return nil
}

func (x *gridValue) read(key string, v any) error {
	s, err := readText(key, "half, twos or affine", v)
	if err != nil {
		return err
	}
	*x = gridValue(s)
	return readChoice(plan.KeyGrid, s)
}

func (x *solverValue) read(key string, v any) error {
	s, err := readText(key, "rtn, search, ls, hqq, sinq or best", v)
	if err != nil {
		return err
	}
	*x = solverValue(s)
	return readChoice(plan.KeySolver, s)
}

func (x *zeroValue) read(key string, v any) error {
	s, err := readText(key, "float or integer", v)
	if err != nil {
		return err
	}
	*x = zeroValue(s)
	return readChoice(plan.KeyZero, s)
}

func (x *sizeValue) read(key string, v any) error {
	var n int64
	switch v := v.(type) {
	case int64:
		n = v
	case string:
		var err error
		if n, err = report.ParseBytes(v); err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
	default:
		return wrongKind(key, `a size such as "35MB", or a number of bytes`, v)
	}
	if n <= 0 {
		return fmt.Errorf(`%s must be more than zero; use a size such as "35MB"`, key)
	}
	*x = sizeValue(n)
	return nil
}

func readOneOf(key string, v any, allowed []string) (string, error) {
	list := orList(allowed)
	s, err := readText(key, list, v)
	if err != nil {
		return "", err
	}
	for _, a := range allowed {
		if s == a {
			return s, nil
		}
	}
	return "", fmt.Errorf("%s %q is not known; use %s", key, s, list)
}

func (x *taskValue) read(key string, v any) error {
	s, err := readOneOf(key, v, TaskKinds())
	*x = taskValue(s)
	return err
}

func (x *scopeValue) read(key string, v any) error {
	s, err := readOneOf(key, v, []string{string(gate.ScopeTensor), string(gate.ScopeTotal)})
	*x = scopeValue(s)
	return err
}

func (x *deviceValue) read(key string, v any) error {
	s, err := readOneOf(key, v, DeviceKinds())
	*x = deviceValue(s)
	return err
}

func (x *limitValue) read(key string, v any) error {
	switch v := v.(type) {
	case float64:
		*x = limitValue(v)
	case int64:
		*x = limitValue(v)
	default:
		return wrongKind(key, "a number", v)
	}
	if f := float64(*x); math.IsNaN(f) || math.IsInf(f, 0) {
		return errors.New(key + " must be a finite number; leave it out to set no limit")
	}
	return nil
}

func (x *versionValue) literal() string { return strconv.Itoa(int(*x)) }
func (x *textValue) literal() string    { return tomltext.Quote(string(*x)) }
func (x *patternValue) literal() string { return tomltext.Quote(string(*x)) }
func (x *bitsValue) literal() string    { return strconv.Itoa(int(*x)) }
func (x *gridValue) literal() string    { return tomltext.Quote(string(*x)) }
func (x *solverValue) literal() string  { return tomltext.Quote(string(*x)) }
func (x *zeroValue) literal() string    { return tomltext.Quote(string(*x)) }
func (x *scopeValue) literal() string   { return tomltext.Quote(string(*x)) }
func (x *taskValue) literal() string    { return tomltext.Quote(string(*x)) }
func (x *deviceValue) literal() string  { return tomltext.Quote(string(*x)) }
func (x *limitValue) literal() string   { return tomltext.Float(float64(*x)) }

func (x *groupValue) literal() string {
	if *x == 0 {
		return `"channel"`
	}
	return strconv.Itoa(int(*x))
}

// literal writes a size in the largest unit that says it exactly.
func (x *sizeValue) literal() string {
	n := int64(*x)
	for _, u := range []struct {
		name string
		size int64
	}{{"GB", 1e9}, {"MB", 1e6}, {"MiB", 1 << 20}, {"kB", 1e3}} {
		if n%u.size == 0 {
			return tomltext.Quote(strconv.FormatInt(n/u.size, 10) + u.name)
		}
	}
	return strconv.FormatInt(n, 10)
}
