package diverge

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/mmtui/mmtui/core/infer"
	"github.com/mmtui/mmtui/core/model"
	"github.com/mmtui/mmtui/core/plan"
	"github.com/mmtui/mmtui/core/safetensors"
	"github.com/mmtui/mmtui/int2"
)

// liftBits is the width of a lift that names none.
const liftBits = 8

// ParseLift reads NAME or NAME:BITS, BITS being 2, 3, 4, 8 or float (16).
func ParseLift(text string) (Lift, error) {
	name, width, given := text, "", false
	if i := strings.LastIndexByte(text, ':'); i >= 0 {
		name, width, given = text[:i], text[i+1:], true
	}
	if name == "" {
		return Lift{}, fmt.Errorf("the lift %q names no layer; write NAME or NAME:BITS", text)
	}
	switch {
	case !given:
		return Lift{name, liftBits}, nil
	case width == "float" || width == strconv.Itoa(plan.Float):
		return Lift{name, plan.Float}, nil
	}
	bits, err := int2.ParseBits(width)
	if err != nil {
		return Lift{}, fmt.Errorf("the lift %q: %w, or float", text, err)
	}
	return Lift{name, bits}, nil
}

// resolve completes the names of lifts: the layer's name in the module tree
// stands for its weight.
func resolve(m *model.Model, lifts []Lift) ([]Lift, error) {
	var out []Lift
	for _, l := range lifts {
		name := l.Name
		if _, ok := m.Lookup(name); !ok {
			name += ".weight"
		}
		if _, ok := m.Lookup(name); !ok {
			return nil, &infer.RequestError{What: fmt.Sprintf("%s: there is no tensor %s to lift", safetensors.Printable(m.Path), safetensors.Printable(l.Name)), Do: nearest(m, l.Name)}
		}
		out = append(out, Lift{name, l.Bits})
	}
	return out, nil
}

// nearest says which names are most like one that is not there.
func nearest(m *model.Model, name string) string {
	var names []string
	for _, t := range m.Tensors {
		names = append(names, t.Name)
	}
	const most = 3
	found := plan.Nearest(plan.Exact(name), names, most)
	if len(found) == 0 {
		return "name one that `mmtui inspect` lists"
	}
	for i, n := range found {
		found[i] = safetensors.Printable(n)
	}
	return "did you mean " + strings.Join(found, ", ") + "?"
}
