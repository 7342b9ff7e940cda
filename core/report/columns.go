package report

import "strconv"

// Columns lists every column of a row in the order of the JSON. It is the one
// definition behind the table, CSV, filters, sorting, gates, the screen's table
// and its help.
func Columns() []Column {
	return append(append(identity(), scheme()...), figures()...)
}

// TableColumns are the keys that a table shows when nobody names any.
func TableColumns() []string {
	return []string{"name", "shape", "dtype", "parameters", "scheme", "quantized_size_bytes", "bits_per_weight",
		"sqnr_db", "relative_rmse", "cosine", "below_ideal_db", "clipped_ratio", "code_entropy_bits", "rank", "cause", "reason"}
}

// ListColumns are the keys that a listing of headers shows.
func ListColumns() []string {
	return []string{"name", "shape", "dtype", "parameters", "size_bytes", "stored.method", "stored.bits"}
}

func textColumn(key, title, definition string, get func(*Tensor) string, aliases ...string) Column {
	return Column{Key: key, Title: title, Definition: definition, Aliases: aliases, text: get}
}

func numberColumn(key, title, unit string, kind Kind, definition string, get func(*Tensor) Number, aliases ...string) Column {
	return Column{Key: key, Title: title, Unit: unit, Kind: kind, Definition: definition, Aliases: aliases, number: get}
}

// identity says which tensor a row is about and how its file holds it.
func identity() []Column {
	return []Column{
		textColumn("name", "NAME", "name of the tensor in the model", func(t *Tensor) string { return t.Name }),
		textColumn("dtype", "DTYPE", "type of the stored values; of a packed tensor, the type they unpack to",
			func(t *Tensor) string { return t.DType }, "type"),
		textColumn("shape", "SHAPE", "dimensions of the tensor", func(t *Tensor) string { return ShapeString(t.Shape) }),
		numberColumn("parameters", "PARAMS", "weights", Count, "number of weights in the tensor",
			func(t *Tensor) Number { return Number(t.Parameters) }, "params", "weights"),
		numberColumn("size_bytes", "STORED", "bytes", Bytes, "bytes that the tensor takes in its file now",
			func(t *Tensor) Number { return Number(t.SizeBytes) }, "stored"),
		textColumn("stored.method", "METHOD", "tool or format that the tensor is already quantized with",
			func(t *Tensor) string {
				if t.Stored == nil {
					return ""
				}
				return t.Stored.Method
			}, "method"),
		numberColumn("stored.bits", "S.BITS", "bits", Plain, "bits a code of the stored quantized form",
			func(t *Tensor) Number {
				if t.Stored == nil {
					return NA()
				}
				return t.Stored.Bits
			}),
		numberColumn("stored.group", "S.GROUP", "weights", Ordinal, "weights that share a scale in the stored quantized form; 0 for a whole channel or tensor",
			func(t *Tensor) Number {
				if t.Stored == nil {
					return NA()
				}
				return Number(t.Stored.Group)
			}),
	}
}

// scheme says what is chosen for the tensor, and why.
func scheme() []Column {
	return []Column{
		textColumn("scheme", "SCHEME", "how the tensor is quantized: bits, grid, group size, solver; none when it stays as it is",
			func(t *Tensor) string {
				if t.Scheme == nil {
					return ""
				}
				return t.Scheme.String()
			}),
		numberColumn("scheme.bits", "BITS", "bits", Ordinal, "bits a code: 2, 3, 4 or 8",
			func(t *Tensor) Number {
				if t.Scheme == nil {
					return NA()
				}
				return Number(t.Scheme.Bits)
			}, "bits"),
		textColumn("scheme.grid", "GRID", "set of levels that codes stand for: half {-1.5,-.5,.5,1.5}s, twos {-2..1}s or affine s·q+min",
			func(t *Tensor) string {
				if t.Scheme == nil {
					return ""
				}
				return string(t.Scheme.Grid)
			}, "grid"),
		textColumn("scheme.group", "GROUP", "weights along a row that share a scale, or channel for a whole row",
			func(t *Tensor) string {
				if t.Scheme == nil {
					return ""
				}
				return t.Scheme.GroupString()
			}, "group"),
		textColumn("scheme.solver", "SOLVER", "how scales are found: rtn, search, ls, hqq, sinq or the best of them",
			func(t *Tensor) string {
				if t.Scheme == nil {
					return ""
				}
				return string(t.Scheme.Solver)
			}, "solver"),
		textColumn("scheme.zero", "ZERO", "integer when zero points are whole numbers, none when they are floats",
			func(t *Tensor) string {
				if t.Scheme == nil || !t.Scheme.IntegerZero {
					return ""
				}
				return "integer"
			}, "zero"),
		textColumn("reason", "NOTE", "why a tensor stays as it is, or why a figure is missing", func(t *Tensor) string { return t.Reason }, "note"),
		textColumn("rule", "RULE", "pattern of the project's rule that chose the scheme", func(t *Tensor) string { return t.Rule }),
	}
}

// figures are what the scan measured.
func figures() []Column {
	return []Column{
		numberColumn("quantized_size_bytes", "SIZE", "bytes", Bytes, "bytes that the tensor takes at the chosen scheme, scales included",
			func(t *Tensor) Number { return Number(t.QuantizedSizeBytes) }, "size"),
		numberColumn("bits_per_weight", "B/W", "bits per weight", Bits, "bits a weight takes at the chosen scheme, scales included",
			func(t *Tensor) Number { return t.BitsPerWeight }, "bpw", "b/w"),
		numberColumn("sqnr_db", "SQNR", "dB", Decibel, "energy of the weights over energy of the error, 10·log10(Σw²/Σe²); higher is better, 6 dB halves the error",
			func(t *Tensor) Number { return t.SQNRdB }, "sqnr"),
		numberColumn("relative_rmse", "RMSE", "", Ratio, "size of the error as a part of the size of the weights, √(Σe²/Σw²); lower is better",
			func(t *Tensor) Number { return t.RelativeRMSE }, "rmse"),
		numberColumn("cosine", "COS", "", Ratio, "cosine of the angle between original and quantized weights; 1 is the same direction",
			func(t *Tensor) Number { return t.Cosine }, "cos"),
		numberColumn("max_abs_error", "MAX|E|", "", Plain, "largest error of a single weight",
			func(t *Tensor) Number { return t.MaxAbsError }, "maxerr", "max|e|"),
		numberColumn("below_ideal_db", "↓IDEAL", "dB", Decibel, "how far SQNR is below the best that this grid and these groups can reach on this tensor; 0 is perfect",
			func(t *Tensor) Number { return t.BelowIdealDB }, "ideal", "below_ideal"),
		numberColumn("clipped_ratio", "CLIP%", "", Share, "share of the weights that lie more than half a step outside the levels of their group",
			func(t *Tensor) Number { return t.ClippedRatio }, "clip", "clip%", "clipped"),
		textColumn("code_occupancy", "CODES", "share of the weights on each code, lowest level first",
			func(t *Tensor) string { return joinNumbers(t.CodeOccupancy) }, "codes", "occupancy"),
		numberColumn("code_entropy_bits", "H", "bits", Bits, "entropy of the codes in use; as many bits as a code has means that all codes are used alike",
			func(t *Tensor) Number { return t.CodeEntropyBits }, "entropy", "h"),
		numberColumn("kurtosis", "KURT", "", Plain, "weight of the tails, E[(w-mean)⁴]/E[(w-mean)²]²; 3 for a Gauss curve, more with outliers",
			func(t *Tensor) Number { return t.Kurtosis }, "kurt"),
		numberColumn("scale_spread", "SPREAD", "", Plain, "largest group scale over the median one",
			func(t *Tensor) Number { return t.ScaleSpread }, "spread"),
		numberColumn("rank", "RANK", "", Ordinal, "place in this model by SQNR; 1 is the lowest",
			func(t *Tensor) Number {
				if t.Rank == nil {
					return NA()
				}
				return Number(*t.Rank)
			}),
		textColumn("cause", "CAUSE", "what stands out in a tensor that quantizes badly: clipping, outlier channel, dead zone, bad scale, degenerate tensor",
			func(t *Tensor) string {
				if t.Cause == nil {
					return ""
				}
				return *t.Cause
			}),
		textColumn("solver_used", "USED", "solver whose result was kept, when it is not the one asked for",
			func(t *Tensor) string { return t.SolverUsed }, "used"),
		numberColumn("fallback_rows", "FALLBACK", "rows", Ordinal, "rows that kept round-to-nearest because the solver did worse there",
			func(t *Tensor) Number { return Number(t.FallbackRows) }, "fallback"),
		numberColumn("signal_energy", "SIGNAL", "", Plain, "sum of the squared weights, Σw²", func(t *Tensor) Number { return t.SignalEnergy }, "signal"),
		numberColumn("error_energy", "ERROR", "", Plain, "sum of the squared errors, Σe²", func(t *Tensor) Number { return t.ErrorEnergy }, "error"),
		textColumn("state", "STATE", "pending, done, kept (stays as it is) or failed", func(t *Tensor) string { return string(t.State) }),
	}
}

// joinNumbers writes a list into one cell.
func joinNumbers(list []Number) string {
	var b []byte
	for i, n := range list {
		if i > 0 {
			b = append(b, ' ')
		}
		if n.Valid() {
			b = strconv.AppendFloat(b, float64(n), 'g', -1, 64)
		} else {
			b = append(b, "n/a"...)
		}
	}
	return string(b)
}
