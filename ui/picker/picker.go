// Package picker chooses pictures: folders and picture files with their sizes,
// a preview of the one under the cursor, and a path that is typed with completion.
package picker

import (
	"path/filepath"
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/mmtui/mmtui/ui/component"
	"github.com/mmtui/mmtui/ui/keys"
	"github.com/mmtui/mmtui/ui/msg"
	"github.com/mmtui/mmtui/ui/picture"
	"github.com/mmtui/mmtui/ui/table"
)

// Picker is the state of the choice. It asks for folders and previews by
// message, and is told by Receive.
type Picker struct {
	keys keys.Map

	folder, parent string
	hidden         bool
	entries        []entry
	listed         bool
	problem        string
	scroll         table.Scroll
	marked         []string // paths in the order of their marking
	whole          bool     // a folder is wanted, not single pictures

	typing   bool
	input    component.Input
	complete bool // Tab was pressed and the folder is being read

	width, height int // cells of the box
	preview       preview
}

// entry is a line of the list.
type entry struct {
	name, path string
	folder     bool
	info       msg.PictureInfo
	err        error
}

type preview struct {
	have          bool // the answer is there; without a picture where none are drawn
	path          string
	width, height int
	picture       *picture.Picture
	err           error
}

// New starts where the last choice was made, "" for the working directory; its
// second result asks for that folder.
func New(m keys.Map, chosen []string, whole bool) (*Picker, tea.Msg) {
	p := &Picker{keys: m, whole: whole}
	dir := ""
	if len(chosen) > 0 {
		dir = filepath.Dir(chosen[0])
	}
	if len(chosen) > 1 && !whole {
		p.marked = slices.Clone(chosen)
	}
	return p, msg.NeedPictures{Path: dir}
}

// Resize tells the box's size; the answer asks for a preview that fits.
func (p *Picker) Resize(width, height int) tea.Msg {
	p.width, p.height = width, height
	p.scroll = p.scroll.Resize(p.listRows(), len(p.entries))
	return p.wantPreview()
}

// Receive takes in what was asked for. done says that the choice is made; m is
// what follows.
func (p *Picker) Receive(what tea.Msg) (m tea.Msg, done bool) {
	switch what := what.(type) {
	case msg.PicturesListed:
		return p.list(what)
	case msg.PreviewReady:
		if what.Path == p.preview.path && what.Width == p.preview.width && what.Height == p.preview.height {
			p.preview.have, p.preview.picture, p.preview.err = true, what.Picture, what.Err
		}
	}
	return nil, false
}

func (p *Picker) list(m msg.PicturesListed) (tea.Msg, bool) {
	if m.Picked != "" { // a file was named
		return msg.PicturesChosen{Paths: []string{m.Picked}}, true
	}
	p.listed, p.problem = true, ""
	if m.Err != nil {
		p.problem, p.complete = m.Err.Error(), false
		return nil, false
	}
	was := p.folder
	p.folder, p.parent, p.entries = m.Path, m.Parent, nil
	if m.Parent != "" {
		p.entries = append(p.entries, entry{name: "..", path: m.Parent, folder: true})
	}
	for _, name := range m.Folders {
		p.entries = append(p.entries, entry{name: name, path: filepath.Join(m.Path, name), folder: true})
	}
	for _, one := range m.Pictures {
		p.entries = append(p.entries, entry{name: one.Name, path: one.Path, info: one.Info, err: one.Err})
	}
	at := 0
	if len(m.Pictures) > 0 {
		at = len(p.entries) - len(m.Pictures) // the first picture
	}
	for i, e := range p.entries {
		if e.path == was || len(p.marked) > 0 && e.path == p.marked[0] {
			at = i
		}
	}
	p.scroll = table.Scroll{Height: p.listRows()}.To(max(at, 0), len(p.entries))
	if p.complete {
		p.completePath()
	}
	return p.wantPreview(), false
}

// current is the entry under the cursor.
func (p *Picker) current() (entry, bool) {
	if p.scroll.Cursor < len(p.entries) {
		return p.entries[p.scroll.Cursor], true
	}
	return entry{}, false
}

// wantPreview asks for the picture under the cursor, nil when it is there or asked for.
func (p *Picker) wantPreview() tea.Msg {
	e, ok := p.current()
	_, at := p.split()
	w, h := at-2, p.height-previewHead
	if !ok || e.folder || w < 4 || h < 2 {
		if e.folder {
			p.preview = preview{}
		}
		return nil
	}
	if p.preview.path == e.path && p.preview.width == w && p.preview.height == h {
		return nil
	}
	p.preview = preview{path: e.path, width: w, height: h}
	return msg.NeedPreview{Path: e.path, Width: w, Height: h}
}

// Key handles a key. closed says that the box is done; m is what follows.
func (p *Picker) Key(k tea.KeyMsg) (m tea.Msg, closed bool) {
	if p.typing {
		return p.typed(k), false
	}
	a, _ := p.keys.In(k.String(), keys.Pictures)
	if p.move(a) {
		return p.wantPreview(), false
	}
	switch a {
	case keys.Cancel:
		return nil, true
	case keys.Accept:
		return p.accept()
	case keys.Mark:
		p.mark()
	case keys.MarkAll:
		p.markAll()
	case keys.PickFolder:
		if paths := p.pictures(); len(paths) > 0 {
			return msg.PicturesChosen{Paths: paths}, true
		}
		p.problem = "there is no picture in this folder"
	case keys.TypePath:
		start := p.folder
		if start != "" && !strings.HasSuffix(start, string(filepath.Separator)) {
			start += string(filepath.Separator)
		}
		p.typing, p.input, p.problem = true, component.NewInput(start), ""
	case keys.ParentDir:
		if p.parent != "" {
			return p.ask(p.parent), false
		}
	case keys.Hidden:
		p.hidden = !p.hidden
		return p.ask(p.folder), false
	}
	return nil, false
}

func (p *Picker) ask(path string) tea.Msg { return msg.NeedPictures{Path: path, Hidden: p.hidden} }

// accept opens the folder under the cursor, or takes the marked pictures, or
// the one under the cursor.
func (p *Picker) accept() (tea.Msg, bool) {
	e, ok := p.current()
	switch {
	case ok && e.folder:
		return p.ask(e.path), false
	case len(p.marked) > 0:
		return msg.PicturesChosen{Paths: slices.Clone(p.marked)}, true
	case ok && e.err == nil:
		return msg.PicturesChosen{Paths: []string{e.path}}, true
	case ok:
		p.problem = e.err.Error()
	}
	return nil, false
}

func (p *Picker) mark() {
	e, ok := p.current()
	if !ok || e.folder || e.err != nil {
		return
	}
	if i := slices.Index(p.marked, e.path); i >= 0 {
		p.marked = slices.Delete(p.marked, i, i+1)
	} else {
		p.marked = append(p.marked, e.path)
	}
	p.scroll = p.scroll.Move(1, len(p.entries))
}

func (p *Picker) markAll() {
	all := p.pictures()
	p.marked = slices.DeleteFunc(p.marked, func(path string) bool { return slices.Contains(all, path) })
	p.marked = append(p.marked, all...)
}

// pictures are the readable pictures of the folder, in its order.
func (p *Picker) pictures() []string {
	var out []string
	for _, e := range p.entries {
		if !e.folder && e.err == nil {
			out = append(out, e.path)
		}
	}
	return out
}

func (p *Picker) move(a keys.Action) (moved bool) {
	p.scroll, moved = p.scroll.Do(a, len(p.entries))
	return moved
}

// Click moves the cursor to a line of the list.
func (p *Picker) Click(y int) tea.Msg {
	if i := y - listHead + p.scroll.Offset; y >= listHead && i < len(p.entries) {
		p.scroll = p.scroll.To(i, len(p.entries))
	}
	return p.wantPreview()
}

// typed handles a key while a path is typed: Tab completes it, Enter opens the
// folder or takes the file.
func (p *Picker) typed(k tea.KeyMsg) tea.Msg {
	switch a, _ := p.keys.In(k.String(), keys.Text); a {
	case keys.Cancel:
		p.typing, p.complete = false, false
	case keys.Accept:
		p.typing, p.complete = false, false
		if text := strings.TrimSpace(p.input.Value()); text != "" {
			return p.ask(text)
		}
	case keys.NextItem:
		dir, _ := filepath.Split(p.input.Value())
		if p.listed && samePath(dir, p.folder) {
			p.completePath()
			return nil
		}
		p.complete = true
		return p.ask(dir)
	case keys.PrevItem:
	default:
		p.input, _ = p.input.Key(k)
	}
	return nil
}

func samePath(a, b string) bool { return filepath.Clean(a) == filepath.Clean(b) }

// completePath lengthens the path as far as every entry that begins like it agrees.
func (p *Picker) completePath() {
	p.complete = false
	_, begun := filepath.Split(p.input.Value())
	var names []string
	for _, e := range p.entries {
		if e.name != ".." && strings.HasPrefix(e.name, begun) {
			if e.folder {
				e.name += string(filepath.Separator)
			}
			names = append(names, e.name)
		}
	}
	if len(names) == 0 {
		p.problem = "nothing here begins like that"
		return
	}
	p.problem = ""
	longest := names[0]
	for _, name := range names[1:] {
		for !strings.HasPrefix(name, longest) {
			longest = longest[:len(longest)-1]
		}
	}
	for i, e := range p.entries {
		if strings.HasPrefix(e.name, longest) {
			p.scroll = p.scroll.To(i, len(p.entries))
			break
		}
	}
	dir := p.folder
	if !strings.HasSuffix(dir, string(filepath.Separator)) {
		dir += string(filepath.Separator)
	}
	p.input = component.NewInput(dir + strings.ToValidUTF8(longest, ""))
}
