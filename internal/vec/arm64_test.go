package vec

import (
	"testing"

	"github.com/mmtui/mmtui/internal/qemutest"
)

func TestNEON(t *testing.T) {
	t.Parallel()
	qemutest.Run(t, "^(TestTiersGiveTheBitsOfTheTwin|TestTiersAgreeOverAllFloats|TestSpecialValues|TestInPlace)$")
}
