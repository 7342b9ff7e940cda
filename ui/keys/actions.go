package keys

// Actions that hold wherever they make sense.
const (
	Quit      Action = "quit"
	ForceQuit Action = "force-quit"
	ShowHelp  Action = "help"
	Commands  Action = "palette"
	Back      Action = "back"
	NextFocus Action = "next-focus"
	PrevFocus Action = "prev-focus"
	View1     Action = "view-1"
	View2     Action = "view-2"
	View3     Action = "view-3"
	View4     Action = "view-4"
	View5     Action = "view-5"
	View6     Action = "view-6"
	View7     Action = "view-7"
	View8     Action = "view-8"
	View9     Action = "view-9"
	OpenHome  Action = "open-home"
	Undo      Action = "undo"
	Redo      Action = "redo"
	Save      Action = "save"
	SaveAs    Action = "save-as"
	ShowWhat  Action = "what-if"
	PinA      Action = "pin-a"
	PinB      Action = "pin-b"
	Rescan    Action = "rescan"
	Reload    Action = "reload"
	NextTheme Action = "next-theme"
	Redraw    Action = "redraw"
)

// Moves; each view says what they move over.
const (
	Up       Action = "up"
	Down     Action = "down"
	Left     Action = "left"
	Right    Action = "right"
	Top      Action = "top"
	Bottom   Action = "bottom"
	PageUp   Action = "page-up"
	PageDown Action = "page-down"
	HalfUp   Action = "half-up"
	HalfDown Action = "half-down"
	RowStart Action = "row-start"
	RowEnd   Action = "row-end"
)

// Actions on rows and values.
const (
	Open        Action = "open"
	Filter      Action = "filter"
	ClearFilter Action = "clear-filter"
	SortNext    Action = "sort"
	SortPrev    Action = "sort-previous"
	SortReverse Action = "sort-reverse"
	ToggleTree  Action = "toggle-tree"
	ExpandAll   Action = "expand-all"
	CollapseAll Action = "collapse-all"
	Mark        Action = "mark"
	MarkAll     Action = "mark-all"
	ClearMarks  Action = "clear-marks"
	NextCause   Action = "next-cause"
	PrevCause   Action = "previous-cause"
	Copy        Action = "copy"
	Export      Action = "export"
)

// Actions of the tensor view.
const (
	NextTensor Action = "next-tensor"
	PrevTensor Action = "previous-tensor"
	WorstGroup Action = "worst-group"
	BestGroup  Action = "best-group"
	Metrics    Action = "metrics"
	LogScale   Action = "log-scale"
	ZoomIn     Action = "zoom-in"
	ZoomOut    Action = "zoom-out"
	Pooling    Action = "pooling"
)

// Actions of the what-if panel.
const (
	Apply        Action = "apply"
	ResetChoice  Action = "reset"
	NextTarget   Action = "next-target"
	EditPattern  Action = "edit-pattern"
	TryEverySolv Action = "try-solvers"
)

// Actions of the Compare view.
const (
	SwapSides     Action = "swap-sides"
	OnlyDifferent Action = "only-different"
	ClearPins     Action = "clear-pins"
)

// Actions of the Home view.
const (
	TypePath  Action = "type-path"
	ParentDir Action = "parent-folder"
	Hidden    Action = "hidden-files"
)

// Actions on open models.
const (
	OpenModels Action = "open-models"
	NextModel  Action = "next-model"
	CloseModel Action = "close-model"
)

// Actions of the Run view and of its picture picker.
const (
	RunNow       Action = "run"
	NextTask     Action = "next-task"
	PickPictures Action = "pick-pictures"
	PickFolder   Action = "pick-folder"
	EditField    Action = "edit-field"
	AddText      Action = "add-text"
	RemoveItem   Action = "remove"
	AddColumn    Action = "add-column"
	RemoveColumn Action = "remove-column"
	OlderRun     Action = "older-run"
	NewerRun     Action = "newer-run"
	RecordRun    Action = "record-run"
	ShowStrip    Action = "show-probabilities"
	ShowKL       Action = "show-kl"
	AddINT2      Action = "add-int2"
)

// Actions of the Trace view.
const (
	TraceA      Action = "trace-a"
	TraceB      Action = "trace-b"
	FirstLeaves Action = "first-leaves"
	Amplifies   Action = "amplifies"
)

// Actions of the Diverge view.
const (
	NextFinding  Action = "next-finding"
	PrevFinding  Action = "previous-finding"
	LiftEight    Action = "lift-8-bits"
	LiftFloat    Action = "lift-float"
	DropLift     Action = "drop-lift"
	KeepPlan     Action = "keep-plan"
	Combinations Action = "combinations"
)

// Actions of the Live view.
const (
	Pause         Action = "pause"
	ShorterWindow Action = "shorter-window"
	LongerWindow  Action = "longer-window"
)

// Actions while a line of text is typed, and of the overlays.
const (
	Accept   Action = "accept"
	Cancel   Action = "cancel"
	NextItem Action = "next-item"
	PrevItem Action = "previous-item"
	Yes      Action = "yes"
	No       Action = "no"
)

// ViewNumber is n for the action that shows the n-th view, 0 for other actions.
func ViewNumber(a Action) int {
	switch a {
	case View1, View2, View3, View4, View5, View6, View7, View8, View9:
		return int(a[len(a)-1] - '0')
	}
	return 0
}
