package app

import (
	"context"
	"time"

	"github.com/mmtui/mmtui/core/diff"
	"github.com/mmtui/mmtui/core/plan"
	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/core/scan"
	"github.com/mmtui/mmtui/int2"
	"github.com/mmtui/mmtui/internal/watch"
	"github.com/mmtui/mmtui/projects"
	"github.com/mmtui/mmtui/ui/msg"
	"github.com/mmtui/mmtui/ui/picture"
)

// session is what the shell needs of a *scan.Session and its model.
type session interface {
	Report() report.Model
	SetPlan(plan.Plan) []int
	SetBudget(bytes int64)
	Prioritize(rows []int)
	Run(ctx context.Context, event func(scan.Event)) error
	Try(ctx context.Context, name string, scheme *int2.Scheme) (report.Tensor, error)
	Detail(ctx context.Context, name string, scheme *int2.Scheme) (*report.TensorDetail, error)
	GroupValues(ctx context.Context, name string, scheme *int2.Scheme, row, group int) (*report.GroupValues, error)
	// Reopen reads the model again as it is on disk now and keeps what is known
	// of the tensors that did not change. With an error the old state stays.
	Reopen(ctx context.Context) (changed []string, err error)
	// Check returns an error when the files are no longer what was opened.
	Check() error
	// Files lists the files to watch.
	Files() []string
	Close() error
}

// services are everything outside the screen that the shell asks for. All of
// them may take long: only commands call them.
type services struct {
	open      func(ctx context.Context, path string) (*opening, error)
	save      func(path string, p *projects.Project, force bool) (*projects.Project, error)
	fresh     func(projectPath, modelPath string) *projects.Project // a project that has no file yet
	settle    func(p *projects.Project) (plan.Plan, int64)          // plan and budget, with what flags and settings say
	home      func(ctx context.Context) msg.HomeListed
	folder    func(path string, hidden bool) msg.FolderListed
	remember  func(open, file string, isProject bool) error
	watch     func(ctx context.Context, paths []string) (<-chan watch.Event, error)
	write     func(path string, rows report.Model, replace bool) error // errExists when it exists and replace is not set
	clipboard func(text string) error

	runner   openFunc
	compare  compareFunc
	diverge  divergeFunc
	bench    benchFuncs
	record   recordFunc
	traces   func(ctx context.Context, a, b string) (*diff.Report, error)
	pictures func(ctx context.Context, path string, hidden bool) msg.PicturesListed
	preview  func(ctx context.Context, path string, width, height int) (*picture.Picture, msg.PictureInfo, error)
	live     *liveFigures                // nil: none are taken
	graphics func(sequence string) error // writes to the terminal beside the frames; nil where there is none
	now      func() time.Time
}

// opening is a model that has just been opened.
type opening struct {
	path    string // as asked for
	model   string // what to open the model itself by
	session session
	project *projects.Project // nil: opened without one
	plan    plan.Plan
	report  report.Model
	notes   []string // for the user
}
