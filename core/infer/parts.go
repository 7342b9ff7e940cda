package infer

import "context"

// codec is what a run asks of a tokenizer.
type codec interface {
	// encode gives the ids of a text, those of the post-processor included when
	// special is set.
	encode(text string, special bool) ([]int, error)
	// encodeShort is encode with special ids, cut to at most most ids, the
	// special ones kept. full is the number of ids without the cut.
	encodeShort(text string, most int) (ids []int, full int, err error)
	decode(ids []int, skipSpecial bool) string
	stream() stream
	padID() (int, bool)
	padsLeft() bool
	bos() string
}

// stream turns ids into text as they come.
type stream interface {
	// Push gives what the text grew by; End what was held back.
	Push(id int) string
	End() string
}

// pictureOptions are the settings of a request that the processor takes.
type pictureOptions struct {
	longestEdge int   // 0: the folder's
	split       *bool // nil: the folder's
}

// layout is what a picture becomes, from its size alone.
type layout struct {
	rows, cols    int // of the split; 0 where there is none
	tiles         int
	height, width int     // of a tile
	bytes         int64   // of the picture while it is prepared, decoded and resized
	seconds       float64 // that preparing it takes, roughly
}

// pictures is what a run asks of the picture processor.
type pictures interface {
	// size reads the header of a picture: its size upright, in pixels.
	size(path string) (width, height int, err error)
	layout(width, height int, opt pictureOptions) (layout, error)
	// load appends the normalised pixels [tiles, 3, height, width] of a picture.
	load(ctx context.Context, path string, opt pictureOptions, pixels []float32) ([]float32, layout, error)
	// key is the key of the content alone.
	key(ctx context.Context, path string) (contentKey, error)
}

// contentKey tells contents of files apart.
type contentKey [32]byte

// template renders the conversation of one question, as the folder's template
// words it: so many pictures and a text, in the order asked for.
type template interface {
	render(images int, text string, textFirst bool) (string, error)
	// source names the template in errors: its file where it has one.
	source() string
}
