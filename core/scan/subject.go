package scan

import (
	"fmt"
	"strings"

	"github.com/mmtui/mmtui/core/model"
	"github.com/mmtui/mmtui/core/plan"
	"github.com/mmtui/mmtui/core/report"
)

// MinCols is the shortest row that is quantized without being asked for: below
// it the scales cost as much as the codes.
const MinCols = 16

// Subject is what a plan needs to know of a tensor. Everything that decides on
// schemes asks through it, so that a scan and a written file agree.
func Subject(t *model.Tensor) plan.Subject {
	s := plan.Subject{Name: t.Name, SizeBytes: t.SizeBytes}
	var ok bool
	s.Rows, s.Cols, ok, s.Reason = t.Matrix()
	switch {
	case t.Stored == nil && !t.IsFloat():
		s.Reason = fmt.Sprintf("not floating point: %s", t.DType)
		return s
	case t.Stored == nil && !t.Readable():
		s.Reason = fmt.Sprintf("values of %s cannot be read yet", t.DType)
		return s
	case !ok:
		return s
	}
	s.Quantizable = true
	if s.Cols < MinCols {
		s.Small = true
		s.SmallReason = fmt.Sprintf("%d columns a row, fewer than %d", s.Cols, MinCols)
		if s.Cols == 1 {
			s.SmallReason = fmt.Sprintf("1 column a row, fewer than %d", MinCols)
		}
	}
	if t.Stored != nil {
		s.AlreadyQuantized = true
		s.Reason = "already quantized: " + StoredString(t.Stored)
	}
	return s
}

// StoredString says in a few words how a tensor is quantized in its file, such
// as "gptq, 4 bits, group 128, act-order".
func StoredString(s *report.Stored) string {
	parts := []string{s.Method}
	if s.Bits.Valid() {
		parts = append(parts, report.FormatNumber(s.Bits, report.Plain)+" bits")
	}
	if s.Group > 0 {
		parts = append(parts, fmt.Sprintf("group %d", s.Group))
	}
	if s.Detail != "" {
		parts = append(parts, s.Detail)
	}
	return strings.Join(parts, ", ")
}
