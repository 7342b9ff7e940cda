package component

// Typist is a View that may take a line of text. While Typing is true the
// shell hands it every key but Ctrl-C raw, as a tea.KeyMsg to Update; the view
// looks up Accept, Cancel and the like in the Text context itself.
type Typist interface{ Typing() bool }

// Cancelling is a View that Esc still has something to close in, such as a
// filter or a panel of its own; the shell gives it Back before it acts itself.
type Cancelling interface{ Cancels() bool }
