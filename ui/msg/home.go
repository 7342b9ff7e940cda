package msg

// HomeEntry is something the Home view can open.
type HomeEntry struct {
	Label  string // as listed; not yet safe to draw
	Detail string // size, revision, when it was used last
	Path   string // what OpenPath takes, or the folder to list
	Folder bool   // opens as a folder to look into, not as a model
}

// Between the shell and the Home view.
type (
	// NeedHome asks for the models in the cache and the recent projects.
	NeedHome struct{}
	// HomeListed answers NeedHome. A list that could not be read has a problem instead.
	HomeListed struct {
		Cache, Recent               []HomeEntry
		CacheProblem, RecentProblem string
	}
	// NeedFolder asks for what is in a folder: "" is the working directory.
	NeedFolder struct {
		Path   string
		Hidden bool // files whose name starts with a dot, too
	}
	// FolderListed answers NeedFolder with folders, models and projects.
	FolderListed struct {
		Path, Parent string // Parent is "" at the root
		Entries      []HomeEntry
		Err          error
	}
	// Opening says that a path is being opened.
	Opening struct{ Path string }
	// OpenFailed says why a path could not be opened.
	OpenFailed struct {
		Path string
		Err  error
	}
)
