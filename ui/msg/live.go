package msg

import "github.com/mmtui/mmtui/core/live"

// Live is the screen of live figures.
const Live ViewID = "live"

// Between the shell and the Live view.
type (
	// LiveSampled carries what there is to show now.
	LiveSampled struct{ Snapshot live.Snapshot }
	// LivePause holds what is shown, or lets it go on.
	LivePause struct{}
	// LiveWindow takes the next longer window (1) or the next shorter one (−1).
	LiveWindow struct{ By int }
	// LivePin keeps the last run as side "A" or "B".
	LivePin struct{ Side string }
	// LiveUnpin takes both pins away.
	LiveUnpin struct{}
	// LiveExport asks where to write the figures.
	LiveExport struct{}
)
