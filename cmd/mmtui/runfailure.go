package main

import (
	"errors"

	"github.com/mmtui/mmtui/core/infer"
	"github.com/mmtui/mmtui/core/report"
)

// runFailure gives the errors of a run their exit codes: a request that cannot
// be carried out as it stands is the command line's fault, one that is out of
// reach is not.
func runFailure(err error) error {
	var refused *infer.RequestError
	var far *infer.OutOfReachError
	switch {
	case errors.As(err, &refused):
		return &failure{problem: report.Problem{What: refused.What, Do: refused.Do, ExitCode: exitUsage}, err: err}
	case errors.As(err, &far):
		return &failure{problem: report.Problem{What: far.What, Do: far.Do, ExitCode: exitFailure}, err: err}
	}
	return err
}
