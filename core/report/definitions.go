package report

// Definition is what one figure means, in a line.
type Definition struct {
	Key   string // field of the JSON
	Title string
	Unit  string
	Text  string
}

// Definitions explains every figure of a row, of the totals and of a tensor's
// detail, in the order in which they are shown.
func Definitions() []Definition {
	var out []Definition
	for _, c := range Columns() {
		out = append(out, Definition{c.Key, c.Title, c.Unit, c.Definition})
	}
	out = append(out, totalDefinitions()...)
	return append(out, detailDefinitions()...)
}

// Define finds the definition of a figure by its key.
func Define(key string) (Definition, bool) {
	for _, d := range Definitions() {
		if d.Key == key {
			return d, true
		}
	}
	return Definition{}, false
}

func totalDefinitions() []Definition {
	return []Definition{
		{"total.size_bytes", "SIZE", "bytes", "bytes of the whole model with every tensor at its chosen scheme"},
		{"total.bits_per_weight", "B/W", "bits per weight", "bits a weight takes over the whole model, tensors that stay as they are included"},
		{"total.budget_bytes", "BUDGET", "bytes", "size that the model should keep to"},
		{"total.over_budget_bytes", "OVER", "bytes", "what the model is above its budget; 0 within it"},
		{"total.sqnr_db", "SQNR", "dB", "SQNR of all quantized tensors taken as one: the sum of their energies over the sum of their errors"},
	}
}

func detailDefinitions() []Definition {
	return []Definition{
		{"min", "MIN", "", "smallest weight"},
		{"max", "MAX", "", "largest weight"},
		{"mean", "MEAN", "", "mean of the weights"},
		{"histogram", "HISTOGRAM", "weights", "number of weights in equal bins between the smallest and the largest"},
		{"code_histograms", "BY CODE", "weights", "the same bins, split by the code that stands for the weight"},
		{"levels_median", "LEVELS", "", "values that the codes stand for in a group with the median scale"},
		{"clip_low", "CLIP LOW", "", "half a step below the lowest of those levels: weights further out are clipped"},
		{"clip_high", "CLIP HIGH", "", "half a step above the highest of those levels: weights further out are clipped"},
		{"verdict", "VERDICT", "", "what the figures say of this tensor, in plain words; it does not predict what quantizing it does to the task"},
		{"outliers.ratio", "RATIO", "", "root mean square of a channel's weights over that of the median channel"},
		{"outliers.error_share", "ERR SHARE", "", "part of the whole squared error that lies in the groups the channel touches"},
		{"channels.sqnr_db", "ROW SQNR", "dB", "SQNR of one output channel, a row of the matrix"},
		{"channels.max_abs", "ROW MAX", "", "largest magnitude among the weights of one output channel"},
		{"groups.sqnr_db", "GROUP SQNR", "dB", "SQNR of one group, the weights that share a scale"},
		{"scale", "SCALE", "", "step between two neighbouring levels of a group"},
		{"codes", "CODES", "", "number of the level that stands for each weight of a group"},
		{"original", "ORIGINAL", "", "weights of a group as the file has them"},
		{"restored", "RESTORED", "", "the same weights after quantizing and back"},
	}
}
