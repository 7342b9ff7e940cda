package keys

// Default is the table that the workbench uses. Its order is the order of the help.
func Default() Map {
	var all []Binding
	for _, group := range []struct {
		context  Context
		bindings []Binding
	}{
		{Global, global()}, {Layers, layers()}, {Tensor, tensor()}, {WhatIf, whatIf()}, {Compare, compare()},
		{Run, run()}, {Trace, trace()}, {Diverge, diverge()}, {Bench, benchmarks()}, {Live, live()}, {Home, home()}, {Text, text()}, {Pictures, pictures()}, {Models, models()},
		{Help, overlay("help")}, {Palette, overlay("palette")}, {Confirm, confirm()},
	} {
		for _, b := range group.bindings {
			b.Context = group.context
			all = append(all, b)
		}
	}
	return NewMap(all)
}

func bind(a Action, short, help string, keys ...string) Binding {
	return Binding{Action: a, Short: short, Help: help, Keys: keys}
}

func global() []Binding {
	return []Binding{
		bind(ShowHelp, "help", "search all keys and commands", "?"),
		bind(Commands, "commands", "find a command by its name", ":", "ctrl+p"),
		bind(Back, "back", "close what is open, cancel the scan, or go back", "esc"),
		bind(View1, "layers", "show the Layers view", "1"),
		bind(View2, "tensor", "show the Tensor view", "2"),
		bind(View3, "compare", "show the Compare view", "3"),
		bind(View4, "run", "show the Run view: ask the model about pictures", "4"),
		bind(View5, "trace", "show the Trace view: compare the activations of two runs", "5"),
		bind(View6, "home", "show the Home view", "6"),
		bind(View7, "diverge", "show the Diverge view: where the quantized run leaves float", "7"),
		bind(View8, "bench", "show the Bench view: time the kernels, or the open model", "8"),
		bind(View9, "live", "show the Live view: latency, memory, processor and power over time", "9"),
		bind(NextFocus, "focus", "move the focus to the next panel", "tab"),
		bind(PrevFocus, "focus back", "move the focus to the previous panel", "shift+tab"),
		bind(ShowWhat, "what-if", "try another scheme on a tensor, the marked ones or a pattern", "w"),
		bind(Undo, "undo", "undo the last change of the plan", "u"),
		bind(Redo, "redo", "redo the change that was undone", "ctrl+r"),
		bind(PinA, "pin A", "keep the present plan and its figures as side A", "a"),
		bind(PinB, "pin B", "keep the present plan and its figures as side B", "b"),
		bind(Save, "save", "write the plan to the project file", "ctrl+s"),
		bind(SaveAs, "save as", "write the plan to another project file", "ctrl+w"),
		bind(OpenHome, "open", "open another model or project", "o"),
		bind(OpenModels, "models", "list the open models: switch to one, close one", "O"),
		bind(NextModel, "next model", "switch to the next open model", "ctrl+n"),
		bind(Rescan, "scan", "measure what is still pending", "R"),
		bind(Reload, "reload", "read the model and the project from disk again", "ctrl+o"),
		bind(NextTheme, "theme", "switch to the next theme", "ctrl+t"),
		bind(Redraw, "redraw", "draw the whole screen again", "ctrl+l"),
		bind(Quit, "quit", "quit; asks first when the plan is not saved", "q"),
		bind(ForceQuit, "quit now", "quit at once, from anywhere", "ctrl+c"),
	}
}

// moves are the keys that every list and map knows.
func moves(over string) []Binding {
	return []Binding{
		bind(Up, "up", "up one "+over, "k", "up"),
		bind(Down, "down", "down one "+over, "j", "down"),
		bind(Top, "top", "go to the first "+over, "g", "home"),
		bind(Bottom, "bottom", "go to the last "+over, "G", "end"),
		bind(PageUp, "page up", "up one page", "pgup", "ctrl+b"),
		bind(PageDown, "page down", "down one page", "pgdown", "ctrl+f"),
		bind(HalfUp, "half up", "up half a page", "ctrl+u"),
		bind(HalfDown, "half down", "down half a page", "ctrl+d"),
	}
}

func sorting() []Binding {
	return []Binding{
		bind(SortNext, "sort", "sort by the next column", "s"),
		bind(SortPrev, "sort back", "sort by the previous column", "<"),
		bind(SortReverse, "reverse", "reverse the order", "S"),
	}
}

func layers() []Binding {
	out := []Binding{
		bind(Open, "open", "show the tensor under the cursor; open or close a block", "enter"),
		bind(Filter, "filter", "filter by regex, !inverse, ~fuzzy and figures such as sqnr<8", "/"),
		bind(ClearFilter, "no filter", "show every tensor again", "ctrl+x"),
	}
	out = append(out, sorting()...)
	out = append(out,
		bind(ToggleTree, "tree/flat", "switch between the tree and the flat table", "t"),
		bind(Mark, "mark", "mark the tensor, or all of a block, for what-if and copying", " "),
		bind(MarkAll, "mark all", "mark every tensor that the filter shows", "*"),
		bind(ClearMarks, "no marks", "take every mark away", "-"),
		bind(NextCause, "next cause", "go to the next tensor with a cause", "n"),
		bind(PrevCause, "last cause", "go to the previous tensor with a cause", "N"),
		bind(Copy, "copy", "copy the names of the marked tensors, or of this one", "y"),
		bind(Export, "export", "write the rows shown to a CSV, JSON or JSONL file", "e"),
	)
	out = append(out, moves("row")...)
	return append(out,
		bind(Left, "close", "close the block, or go to its parent", "h", "left"),
		bind(Right, "expand", "open the block, or go into it", "l", "right"),
		bind(ExpandAll, "open all", "open every block", "E"),
		bind(CollapseAll, "close all", "close every block", "C"),
	)
}

func tensor() []Binding {
	out := []Binding{
		bind(Metrics, "metrics", "show what every figure means", "m"),
		bind(NextTensor, "next", "show the next tensor", "]", "n"),
		bind(PrevTensor, "previous", "show the previous tensor", "[", "N"),
		bind(WorstGroup, "worst", "go to the group with the largest relative error", "x"),
		bind(BestGroup, "best", "go to the group with the smallest relative error", "X"),
		bind(LogScale, "log", "count the histogram on a logarithmic scale, or a linear one", "L"),
		bind(ZoomIn, "zoom in", "show fewer groups, larger", "+", "="),
		bind(ZoomOut, "zoom out", "show more groups, smaller", "-"),
		bind(Pooling, "min/mean", "show the lowest or the mean of the groups that share a cell", "p"),
		bind(Mark, "mark", "mark this tensor for what-if", " "),
		bind(Copy, "copy", "copy what the panel in focus shows", "y"),
		bind(Export, "export", "write this tensor's row to a file", "e"),
		bind(Open, "inspect", "show the values of the group under the cursor", "enter"),
	}
	out = append(out, moves("row of the map")...)
	return append(out,
		bind(Left, "left", "left one group", "h", "left"),
		bind(Right, "right", "right one group", "l", "right"),
		bind(RowStart, "row start", "go to the first group of the row", "0", "^"),
		bind(RowEnd, "row end", "go to the last group of the row", "$"),
	)
}

func whatIf() []Binding {
	return []Binding{
		bind(Apply, "apply", "put the choice into the plan", "enter"),
		bind(Up, "field up", "go to the field above", "k", "up"),
		bind(Down, "field down", "go to the field below", "j", "down"),
		bind(Left, "less", "take the previous value of the field", "h", "left"),
		bind(Right, "more", "take the next value of the field", "l", "right"),
		bind(Top, "first", "go to the first field", "g", "home"),
		bind(Bottom, "last", "go to the last field", "G", "end"),
		bind(NextTarget, "target", "change this tensor, the marked ones, or a pattern", "t"),
		bind(EditPattern, "pattern", "type the pattern of names to change", "p", "/"),
		bind(TryEverySolv, "all solvers", "measure every solver that fits", "s"),
		bind(ResetChoice, "reset", "go back to what the plan says", "r"),
		bind(Copy, "copy", "copy the comparison", "y"),
	}
}

func compare() []Binding {
	out := []Binding{
		bind(Open, "open", "show the tensor under the cursor", "enter"),
		bind(SwapSides, "swap", "swap sides A and B", "x"),
		bind(OnlyDifferent, "differing", "show only what differs, or everything", "d"),
		bind(ClearPins, "unpin", "take both pins away", "-"),
		bind(Filter, "filter", "filter by regex, !inverse, ~fuzzy and figures such as sqnr<8", "/"),
	}
	out = append(out, sorting()...)
	out = append(out,
		bind(Copy, "copy", "copy the table", "y"),
		bind(Export, "export", "write the rows shown to a file", "e"),
	)
	out = append(out, moves("row")...)
	return append(out,
		bind(Left, "left", "scroll the columns left", "h", "left"),
		bind(Right, "right", "scroll the columns right", "l", "right"),
	)
}

func run() []Binding {
	out := []Binding{
		bind(Back, "stop", "stop the run that is under way, or go back", "esc"),
		bind(RunNow, "run", "ask the question of every column", "enter", "r"),
		bind(PickPictures, "pictures", "pick pictures", "p"),
		bind(PickFolder, "folder", "pick a folder: all pictures in it", "P"),
		bind(NextTask, "task", "choose the next task that the model can do", "t"),
		bind(EditField, "edit", "type the prompt, a text or a number: what is under the cursor", "i", "e"),
		bind(AddText, "add text", "add a text to rank", "+", "="),
		bind(RemoveItem, "remove", "take the picture or the text under the cursor away", "-", "x"),
		bind(AddINT2, "INT2", "put the INT2 column beside the others, or take it away", "I"),
		bind(AddColumn, "column", "put another plan, INT2 file or model beside this one", "c"),
		bind(RemoveColumn, "drop column", "take the column in focus away", "C"),
		bind(OlderRun, "older", "show the run before", "["),
		bind(NewerRun, "newer", "show the run after", "]"),
		bind(RecordRun, "trace", "run, and write every activation to a file", "T"),
		bind(ShowStrip, "probabilities", "show the probability of every token as a line below the text", "v"),
		bind(ShowKL, "KL", "show how far every token is from column 1 as a line below the text", "K"),
		bind(Copy, "copy", "copy the answer, or the scores", "y"),
	}
	out = append(out, moves("line")...)
	return append(out,
		bind(Left, "less", "take the previous value; in an answer, go to the previous token", "h", "left"),
		bind(Right, "more", "take the next value; in an answer, go to the next token", "l", "right"),
	)
}

func trace() []Binding {
	out := []Binding{
		bind(Open, "weights", "show the weights of the layer under the cursor", "enter"),
		bind(TraceA, "file A", "choose the activations to compare with", "A"),
		bind(TraceB, "file B", "choose the activations that are measured", "B"),
		bind(FirstLeaves, "leaves", "go to the first layer that leaves", "f"),
		bind(Amplifies, "amplifies", "go to the layer that amplifies most", "m"),
		bind(SwapSides, "swap", "swap sides A and B", "x"),
		bind(Left, "figure back", "draw the previous figure as bars", "h", "left"),
		bind(Right, "figure", "draw the next figure as bars", "l", "right"),
		bind(Copy, "copy", "copy the table", "y"),
	}
	return append(out, moves("layer")...)
}

func diverge() []Binding {
	out := []Binding{
		bind(Back, "stop", "stop the comparison that is under way, or go back", "esc"),
		bind(RunNow, "run", "run float and the variant side by side, layer by layer", "r"),
		bind(Open, "weights", "show the weights of the layer under the cursor", "enter"),
		bind(NextFinding, "next mark", "go to the next layer that stands out: first break, amplifies most, worst by itself", "n"),
		bind(PrevFinding, "last mark", "go to the previous layer that stands out", "N"),
		bind(LiftEight, "8 bits", "lift the layer to 8 bits and run again", "+", "="),
		bind(LiftFloat, "float", "lift the layer to float and run again", "f"),
		bind(DropLift, "no lift", "take the lift of this layer away and run again", "-"),
		bind(Undo, "undo", "undo the last lift", "u"),
		bind(Redo, "redo", "redo the lift that was undone", "ctrl+r"),
		bind(KeepPlan, "keep plan", "make the variant with its lifts the plan of this session, and save it", "w"),
		bind(Combinations, "parts", "show every combination of quantized parts, or the layers again", "x"),
		bind(AddColumn, "to Run", "put the variant with its lifts beside the others in the Run view", "c"),
		bind(Filter, "filter", "filter by regex, !inverse, ~fuzzy and figures such as local<8 or part=decoder", "/"),
		bind(ClearFilter, "no filter", "show every layer again", "ctrl+x"),
	}
	out = append(out, sorting()...)
	out = append(out, bind(Copy, "copy", "copy the table", "y"))
	return append(out, moves("layer")...)
}

func live() []Binding {
	out := []Binding{
		bind(Pause, "pause", "hold what is shown; recording goes on", " "),
		bind(ShorterWindow, "shorter", "look at a shorter time", "["),
		bind(LongerWindow, "longer", "look at a longer time", "]"),
		bind(PinA, "pin A", "keep the last run as side A", "a"),
		bind(PinB, "pin B", "keep the last run as side B; without it B is always the last one", "b"),
		bind(ClearPins, "unpin", "take both pins away", "-"),
		bind(Right, "percentile", "draw the history of the next percentile", "l", "right"),
		bind(Export, "export", "write the figures of this window to a CSV, JSONL or JSON file", "e"),
		bind(Copy, "copy", "copy the figures as a table", "y"),
		bind(Left, "lower", "draw the history of the previous percentile", "h", "left"),
	}
	return append(out, moves("line")...)
}

func pictures() []Binding {
	out := []Binding{
		bind(Accept, "take", "open the folder; take the marked pictures, or the one under the cursor", "enter", "l", "right"),
		bind(Mark, "mark", "mark the picture, or take its mark away", " "),
		bind(MarkAll, "mark all", "mark every picture of the folder", "*"),
		bind(PickFolder, "folder", "take every picture of the folder", "P"),
		bind(TypePath, "path", "type a path; Tab completes it", "i", "/"),
		bind(ParentDir, "up a folder", "go to the folder above", "h", "left", "backspace"),
		bind(Hidden, "hidden", "show or leave out hidden files", "."),
		bind(Cancel, "back", "leave the pictures as they were", "esc", "q"),
	}
	return append(out, moves("entry")...)
}

func models() []Binding {
	return []Binding{
		bind(Accept, "show", "show the model under the cursor; a digit shows that one", "enter"),
		bind(NextItem, "down", "down one model", "j", "down", "tab"),
		bind(PrevItem, "up", "up one model", "k", "up", "shift+tab"),
		bind(CloseModel, "close", "close the model under the cursor", "x", "delete", "d"),
		bind(OpenHome, "open", "open another model", "o"),
		bind(Cancel, "back", "go back", "esc", "q", "O"),
	}
}

func home() []Binding {
	out := []Binding{
		bind(Open, "open", "open the model, the project or the folder under the cursor", "enter", "l", "right"),
		bind(TypePath, "path", "type a path or a cache name", "i", "p"),
		bind(Filter, "filter", "filter the list by name", "/"),
		bind(ParentDir, "up a folder", "go to the folder above", "h", "left", "backspace"),
		bind(Hidden, "hidden", "show or leave out hidden files", "."),
		bind(Copy, "copy", "copy the path under the cursor", "y"),
	}
	return append(out, moves("entry")...)
}

func text() []Binding {
	return []Binding{
		bind(Accept, "accept", "take the text", "enter"),
		bind(Cancel, "cancel", "leave it as it was", "esc"),
		bind(NextItem, "next", "next suggestion", "tab", "down"),
		bind(PrevItem, "previous", "previous suggestion", "shift+tab", "up"),
	}
}

func overlay(what string) []Binding {
	return []Binding{
		bind(Accept, "do it", "carry out the command under the cursor", "enter"),
		bind(Cancel, "close", "close the "+what, "esc"),
		bind(NextItem, "down", "down one entry", "down", "ctrl+n", "tab"),
		bind(PrevItem, "up", "up one entry", "up", "ctrl+p", "shift+tab"),
		bind(PageUp, "page up", "up one page", "pgup"),
		bind(PageDown, "page down", "down one page", "pgdown"),
	}
}

func confirm() []Binding {
	return []Binding{
		bind(Yes, "yes", "yes", "y", "enter"),
		bind(No, "no", "no", "n", "q"),
		bind(Save, "save first", "save, then go on", "s", "ctrl+s"),
		bind(Cancel, "cancel", "go back", "esc"),
	}
}

func benchmarks() []Binding {
	out := []Binding{
		bind(Back, "stop", "stop the measurement that is under way, or go back", "esc"),
		bind(RunNow, "measure", "time the kernels or the model", "r"),
		bind(NextTask, "kernels/model", "choose what is timed: the kernels of this machine, or the open model", "t"),
		bind(Open, "layers", "show the layers of the phase under the cursor, or hide them", "enter"),
		bind(Right, "bars", "draw shares of arithmetic or of reading as bars", "l", "right"),
		bind(Left, "bars back", "draw the other shares as bars", "h", "left"),
		bind(Copy, "copy", "copy the table", "y"),
	}
	return append(out, moves("line")...)
}
