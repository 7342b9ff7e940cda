package main

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mmtui/mmtui/core/scan"
	"github.com/mmtui/mmtui/internal/atomicfile"
	"github.com/mmtui/mmtui/projects"
	"github.com/mmtui/mmtui/ui/layout"
	"github.com/mmtui/mmtui/ui/msg"
	"github.com/mmtui/mmtui/ui/snapshot"
	"github.com/mmtui/mmtui/ui/theme"
)

// snapshotOptions are the flags of snapshot.
type snapshotOptions struct {
	view, size, svg, theme, graph, tensor string
	keys                                  []string
}

func newSnapshot(con *console) *cobra.Command {
	var opt snapshotOptions
	limits, quant := &limitFlags{}, &quantFlags{}
	cmd := &cobra.Command{
		Use:   "snapshot [PATH]",
		Short: "Draw a view of the workbench as text or SVG",
		Long: `Open a model in the workbench without a terminal, measure it to the end, press keys,
and print the screen: as text on stdout, or as an SVG picture with --svg. Keys are
named as in the workbench's help, with blanks between ("w down right"); "type:TEXT"
types.`,
		Example: `  mmtui snapshot model.safetensors --size 120x36 --svg layers.svg
  mmtui snapshot model.safetensors --view tensor --tensor lm_head.weight
  mmtui snapshot project.toml --keys 's S' --theme light --svg sorted.svg`,
		Args: arguments(0, 1, ""),
		RunE: func(cmd *cobra.Command, args []string) error {
			return runSnapshot(cmd, con, args, opt, quant, limits)
		},
	}
	f := cmd.Flags()
	f.StringVar(&opt.view, "view", "", "layers, tensor, whatif, compare, run, trace, home, diverge, bench or live")
	f.StringVar(&opt.size, "size", "120x36", "columns x rows")
	f.StringVar(&opt.svg, "svg", "", "write an SVG picture to this file")
	f.StringVar(&opt.theme, "theme", "", "dark, light, high-contrast, colour-blind or mono")
	f.StringVar(&opt.graph, "graph", "", "braille, block or ascii")
	f.StringVar(&opt.tensor, "tensor", "", "tensor under the cursor")
	f.StringArrayVar(&opt.keys, "keys", nil, "keys to press, with blanks between; may be repeated")
	quant.add(f)
	limits.add(f)
	return cmd
}

// whatIf is the view that is a panel beside the layers; it has a key and no name.
const whatIf = "whatif"

// options puts the flags in the terms of ui/snapshot.
func (o snapshotOptions) options(path string) (snapshot.Options, error) {
	out := snapshot.Options{Path: path, View: msg.ViewID(o.view), Tensor: o.tensor}
	var err error
	if out.Width, out.Height, err = parseSize(o.size); err != nil {
		return out, err
	}
	switch {
	case o.view == whatIf:
		out.View, out.Keys = msg.Layers, []string{"w"}
	case o.view == "" && path == "":
		out.View = msg.Home
	case o.view != "" && !slices.Contains(snapshot.Views(), out.View):
		return out, usage(fmt.Sprintf("view %q is not known", o.view), "use layers, tensor, whatif, compare, run, trace, home, diverge, bench or live")
	}
	if path == "" && out.View != msg.Home {
		return out, usage("no model is named", "name a model or a project, or draw --view home")
	}
	for _, text := range o.keys {
		if strings.HasPrefix(text, "type:") {
			out.Keys = append(out.Keys, text)
			continue
		}
		out.Keys = append(out.Keys, strings.Fields(text)...)
	}
	return out, nil
}

func parseSize(text string) (width, height int, err error) {
	w, h, _ := strings.Cut(strings.ToLower(text), "x")
	width, errW := strconv.Atoi(w)
	height, errH := strconv.Atoi(h)
	switch {
	case errW != nil || errH != nil:
		return 0, 0, usage(fmt.Sprintf("size %q is not understood", text), "write columns x rows, such as 120x36")
	case layout.ClassOf(width, height) == layout.TooSmall:
		return 0, 0, usage(fmt.Sprintf("size %q is too small", text), fmt.Sprintf("use %dx%d or more", layout.MinWidth, layout.MinHeight))
	case width > 1000 || height > 1000:
		return 0, 0, usage(fmt.Sprintf("size %q is too large", text), "use at most 1000 columns and rows")
	}
	return width, height, nil
}

func runSnapshot(cmd *cobra.Command, con *console, args []string, opt snapshotOptions, quant *quantFlags, limits *limitFlags) error {
	path := ""
	if len(args) == 1 {
		path = args[0]
	}
	options, err := opt.options(path)
	if err != nil {
		return err
	}
	if con.format != formatTable {
		return usage(fmt.Sprintf("`mmtui snapshot` has no --format %s", con.format), "leave it out; --svg FILE writes a picture")
	}
	if opt.svg == "" {
		if err := con.printing(); err != nil {
			return err
		}
	}
	var project *projects.Project
	if path != "" && projects.IsProject(path) {
		if project, err = projects.Load(path); err != nil {
			return err
		}
	}
	settings, err := con.settings(cmd, project)
	if err != nil {
		return err
	}
	if options.Settle, err = con.settler(cmd, quant); err != nil {
		return err
	}
	if options.Theme, options.Graph, err = pictureTheme(settings); err != nil {
		return usageOf(err)
	}
	options.Model = con.modelOptions(settings, limits)
	options.Scan = scan.Options{Workers: settings.Workers}
	frame, err := snapshot.Render(cmd.Context(), options)
	if err != nil {
		return err
	}
	return con.writeFrame(frame, options, opt.svg, settings.Color)
}

// pictureTheme is the theme of a picture, whose background is no terminal's: dark where nobody says otherwise.
func pictureTheme(s *projects.Settings) (theme.Name, theme.Graph, error) {
	name, graph := theme.Dark, theme.Braille
	var err error
	if s.Theme != "auto" {
		if name, err = theme.ParseName(s.Theme); err != nil {
			return name, graph, err
		}
	}
	if s.Graph != "auto" {
		graph, err = theme.ParseGraph(s.Graph)
	}
	return name, graph, err
}

func (c *console) writeFrame(frame string, options snapshot.Options, svg, color string) error {
	if svg != "" {
		picture := snapshot.Picture{
			Width: options.Width, Height: options.Height, Title: options.Title(), Light: options.Theme == theme.Light,
		}
		return atomicfile.Write(svg, 0o666, func(w io.Writer) error {
			_, err := io.WriteString(w, picture.SVG(frame))
			return err
		})
	}
	if color != "always" {
		frame = snapshot.Text(frame)
	}
	_, err := fmt.Fprintln(c.out, strings.TrimRight(frame, "\n"))
	return err
}
