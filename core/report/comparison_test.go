package report_test

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/mmtui/mmtui/core/report"
)

// An answer inside a comparison is described as an answer by itself.
func TestComparisonHasTheAnswerOfRun(t *testing.T) {
	read := func(name string) map[string]any {
		text, err := report.Schema(name)
		if err != nil {
			t.Fatal(err)
		}
		var out map[string]any
		if err := json.Unmarshal(text, &out); err != nil {
			t.Fatal(err)
		}
		return out
	}
	run := read("run")
	answer := read("comparison")["$defs"].(map[string]any)["answer"].(map[string]any)
	for _, key := range []string{"type", "required", "properties"} {
		if !reflect.DeepEqual(run[key], answer[key]) {
			t.Errorf("%s of an answer is not that of schema run", key)
		}
	}
}
