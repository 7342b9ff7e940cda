package report

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
)

// predicate is the condition field<op>value.
func predicate(columns []Column, field, op, value string) (term, error) {
	column, ok := FindColumn(columns, field)
	if !ok {
		err := unknownColumn(columns, field)
		return nil, fmt.Errorf("%w (in double quotes it is looked for in the names)", err)
	}
	if value == "" {
		return nil, fmt.Errorf("nothing follows the %s", op)
	}
	if op == "==" {
		op = "="
	}
	if isMissing(value) {
		return missingPredicate(column, op)
	}
	if column.Numeric() {
		return numberPredicate(column, field, op, value)
	}
	return textPredicate(column, op, value)
}

func isMissing(value string) bool {
	switch strings.ToLower(value) {
	case "n/a", "na", "none", "null":
		return true
	}
	return false
}

// missingPredicate asks whether a row has the figure at all.
func missingPredicate(c Column, op string) (term, error) {
	missing := func(t *Tensor) bool {
		if c.Numeric() {
			return !c.number(t).Valid()
		}
		return c.text(t) == ""
	}
	switch op {
	case "=":
		return missing, nil
	case "!=":
		return func(t *Tensor) bool { return !missing(t) }, nil
	}
	return nil, fmt.Errorf("only = and != go with n/a")
}

func numberPredicate(c Column, field, op, value string) (term, error) {
	limit, tolerance, err := parseLimit(c, field, value)
	if err != nil {
		return nil, err
	}
	compare := map[string]func(v float64) bool{
		"<":  func(v float64) bool { return v < limit },
		"<=": func(v float64) bool { return v <= limit },
		">":  func(v float64) bool { return v > limit },
		">=": func(v float64) bool { return v >= limit },
		"=":  func(v float64) bool { return math.Abs(v-limit) <= tolerance },
		"!=": func(v float64) bool { return math.Abs(v-limit) > tolerance },
	}[op]
	return func(t *Tensor) bool {
		v := c.number(t)
		return v.Valid() && compare(float64(v))
	}, nil
}

// parseLimit reads the number that a column is compared with, and how far a
// value may be from it to be called equal: half of the last digit written, so
// that sqnr=8.91 finds the rows that show 8.91; whole counts must be exact.
func parseLimit(c Column, field, value string) (limit, tolerance float64, err error) {
	text := value
	if c.Unit != "" {
		if n := len(text) - len(c.Unit); n > 0 && strings.EqualFold(text[n:], c.Unit) {
			text = text[:n]
		}
	}
	limit, unit, err := parseQuantity(text)
	if err != nil {
		return 0, 0, fmt.Errorf("%s takes a number such as 8.5, 1e6, 10k, 35MB or 5%%, or n/a", c.Key)
	}
	factor, _, _ := unitFactor(unit)
	switch {
	case c.Kind == Share && strings.HasSuffix(field, "%") && unit == "":
		limit, factor = limit/100, 0.01
	case c.Kind == Share && unit == "" && math.Abs(limit) > 1:
		return 0, 0, fmt.Errorf("%s is a share from 0 to 1; write %s%%", c.Key, value)
	case c.Kind != Share && unit == "%":
		return 0, 0, fmt.Errorf("%s is not a share and takes no %%", c.Key)
	case c.Kind != Bytes && strings.HasSuffix(unit, "B"):
		return 0, 0, fmt.Errorf("%s is not a size and takes no %s", c.Key, unit)
	}
	number := text[:numberEnd(text)]
	mantissa, exponent, _ := strings.Cut(strings.ToLower(number), "e")
	_, fraction, _ := strings.Cut(mantissa, ".")
	if c.whole() && fraction == "" {
		return limit, 0, nil
	}
	power, _ := strconv.Atoi(exponent) // none is 0
	// A little more than half, for what the two roundings leave.
	tolerance = 0.5000001 * math.Pow(10, float64(power-len(fraction))) * factor
	return limit, tolerance, nil
}

// textPredicate compares texts without regard to case; * stands for any run of
// characters, x for × in a shape, and - or _ for a blank.
func textPredicate(c Column, op, value string) (term, error) {
	if op != "=" && op != "!=" {
		return nil, fmt.Errorf("%s is text; only = and != go with it", c.Key)
	}
	if c.Key == "shape" {
		value = strings.NewReplacer("x", "×", "X", "×", ",", "×", "[", "", "]", "").Replace(value)
	}
	var expr strings.Builder
	expr.WriteString(`(?is)\A`)
	for _, r := range value {
		switch r {
		case '*':
			expr.WriteString(`.*`)
		case '-', '_':
			expr.WriteString(`[-_ ]`)
		default:
			expr.WriteString(regexp.QuoteMeta(string(r)))
		}
	}
	expr.WriteString(`\z`)
	re, err := regexp.Compile(expr.String())
	if err != nil {
		return nil, fmt.Errorf("%q cannot be looked for: %s", value, strings.TrimPrefix(err.Error(), "error parsing regexp: "))
	}
	wanted := op == "="
	return func(t *Tensor) bool { return re.MatchString(c.text(t)) == wanted }, nil
}
