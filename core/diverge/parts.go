package diverge

import (
	"strings"

	"github.com/mmtui/mmtui/core/infer"
)

// Parts lists the three parts of a model that does a task, in the order of
// execution.
func Parts(task infer.Task) []Part {
	if task == infer.Retrieval {
		return []Part{ImageTower, TextTower, Projection}
	}
	return []Part{Encoder, Connector, Decoder}
}

// PartOf is the part that a weight belongs to, by its tensor's name. What pools
// SigLIP's towers into the common space counts as CLIP's projections do.
func PartOf(task infer.Task, name string) Part {
	has := func(s string) bool { return strings.Contains(name, s) }
	if task != infer.Retrieval {
		switch {
		case has("vision_model."):
			return Encoder
		case has("connector."):
			return Connector
		}
		return Decoder
	}
	switch {
	case has("visual_projection"), has("text_projection"), has("vision_model.head."), has("text_model.head."):
		return Projection
	case has("vision_model."):
		return ImageTower
	}
	return TextTower
}

// partOfStage is the part whose output an activation is.
func partOfStage(task infer.Task, name string) Part {
	image := strings.HasPrefix(name, "vision.") || strings.HasPrefix(name, "image_")
	switch {
	case task != infer.Retrieval && image:
		return Encoder
	case task != infer.Retrieval && name == "connector":
		return Connector
	case task != infer.Retrieval:
		return Decoder
	case strings.HasSuffix(name, "_features"), strings.HasSuffix(name, "_embeds"), strings.HasSuffix(name, ".head"):
		return Projection
	case image:
		return ImageTower
	}
	return TextTower
}
