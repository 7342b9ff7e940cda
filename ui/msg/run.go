package msg

import (
	"path/filepath"
	"time"

	"github.com/mmtui/mmtui/core/infer"
	"github.com/mmtui/mmtui/core/variant"
	"github.com/mmtui/mmtui/ui/picture"
)

// ModelOpened tells the views of a model what was opened: the path that a
// runner is opened by, and the name for people.
type ModelOpened struct{ Path, Label string }

// Source is what a column asks: a folder, or a name in the cache, and how its layers run.
type Source struct {
	Path    string
	Variant variant.Spec // the zero value is the folder as it is
}

// Key is the same for two sources that give the same answers.
func (s Source) Key() string { return filepath.Clean(s.Path) + "\x00" + s.Variant.Key() }

// From the Run view to the shell.
type (
	// NeedRunner asks what a folder can do.
	NeedRunner struct{ Source }
	// NeedEstimate asks what a request costs; a new one takes the place of the last.
	NeedEstimate struct {
		Seq int
		Source
		Request infer.Request
	}
	// StartRun asks every column the same question, a token of each in turn.
	StartRun struct {
		ID      int
		Columns []Source
		Request infer.Request
		Trace   string // file for the activations of the first column, "" for none; the columns then run one after the other
	}
	// StopRun ends a run; what there is of its answers stays.
	StopRun struct{ ID int }
	// DropRunner closes the runner of a column that is gone.
	DropRunner struct{ Source }
	// AskColumn asks the user which model another column is.
	AskColumn struct{}
	// AskPictures lets the user pick pictures, or a folder of them.
	AskPictures struct {
		Chosen []string
		Folder bool // every picture of the folder
	}
	// AskTrace asks where to write the activations of the next run.
	AskTrace struct{ Suggested string }
	// NeedPreview asks for a picture that fits width × height cells.
	NeedPreview struct {
		Path          string
		Width, Height int
	}
)

// From the shell to the Run view.
type (
	// RunnerReady answers NeedRunner. The error says what is missing to run the model.
	RunnerReady struct {
		Source
		Info infer.Info
		Err  error
	}
	// RunnerPacks says how far the quantizing of a runner that is being opened is.
	RunnerPacks struct {
		Source
		Done, Of int
		Name     string // of the tensor
	}
	// EstimateReady answers NeedEstimate.
	EstimateReady struct {
		Seq      int
		Estimate infer.Estimate
		Err      error
	}
	// RunProgress is what has happened in a run since the last frame.
	RunProgress struct {
		ID    int
		Parts []RunPart // in order of the columns
		Last  bool      // the run has ended
	}
	// ColumnChosen answers AskColumn.
	ColumnChosen struct {
		Source
		Label string // of the folder, for people
	}
	// PicturesChosen answers AskPictures.
	PicturesChosen struct{ Paths []string }
	// TraceChosen answers AskTrace.
	TraceChosen struct{ Path string }
	// PreviewReady answers NeedPreview.
	PreviewReady struct {
		Path          string
		Width, Height int // as asked for
		Picture       *picture.Picture
		Info          PictureInfo
		Err           error
	}
)

// RunPart is what has happened in one column of a run.
type RunPart struct {
	Column int
	Events []infer.Event
	Clock  RunClock
	Ended  bool
	Result *infer.Result // whole, or what there was when the run was stopped
	Err    error
	Trace  string // file that holds the activations now, "" for none

	Compared *infer.Column // of an ended column that ran beside others; nil without
}

// RunClock is the time of a run while it goes on; zero where it is not known.
type RunClock struct {
	Elapsed    time.Duration // since the column's start
	FirstToken time.Duration // of the column's own work up to the first token
	LastToken  time.Duration // of its own work up to the last token so far
}

// PictureInfo is what a picture's header says.
type PictureInfo struct {
	Format        string // "PNG", "JPEG", …
	Width, Height int    // pixels, as it is shown
	SizeBytes     int64  // of the file
}

// Between the shell and the picture picker.
type (
	// NeedPictures asks for the folders and pictures in a folder: "" is the working directory.
	NeedPictures struct {
		Path   string
		Hidden bool
	}
	// PicturesListed answers NeedPictures.
	PicturesListed struct {
		Path, Parent string // Parent is "" at the root
		Folders      []string
		Pictures     []PictureEntry
		Picked       string // the file itself, when the path asked for is one; nothing is listed then
		Err          error
	}
	// PictureEntry is a file that may be a picture.
	PictureEntry struct {
		Name string
		Path string
		Info PictureInfo
		Err  error // its header cannot be read
	}
)
