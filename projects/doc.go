// Package projects reads and writes what a user decides: the project file, the
// user's configuration, the settings that come of both with flags and
// environment, and the list of what was opened lately.
//
// A project file, with every key there is:
//
//	schema_version = 1
//
//	[model]
//	path = "model.safetensors" # relative to this file; a file, a folder or a cache name owner/name@revision
//
//	[quantization]             # the scheme of every tensor
//	bits = 2                   # 2, 3, 4, 8; 16 keeps tensors in float
//	grid = "half"              # half, twos, affine
//	group = 64                 # 16 … 256 in steps of 16, or "channel"
//	solver = "search"          # rtn, search, ls, hqq, sinq, best
//	zero = "float"             # float, integer
//
//	[[quantization.rule]]      # ordered; the last that matches wins
//	match = "*.lm_head.*"      # glob, or re: and a regular expression
//	bits = 4                   # what is left out comes from [quantization]
//
//	[budget]
//	size = "35MB"
//
//	[[gate]]
//	name = "no projection below 6 dB"
//	metric = "sqnr_db"
//	match = "*_proj.weight"    // or scope = "total" for the model as a whole
//	min = 6.0                  # and max
//
//	[[task]]
//	name = "captions"
//	kind = "caption"           # caption, ocr, vqa, retrieval
//	data = "captions.jsonl"    # relative to this file
//
//	[[device]]
//	name = "phone"
//	kind = "hexagon"           # cpu, hexagon
//	serial = "R5CT10XYZ"
//
// docs/projects.md explains it to users; Schema is its JSON schema. What a
// person prefers (theme, colours, cores) is not a project's business and is an
// error there, with a hint to the user's configuration.
//
// Reading is strict and complete: unknown keys, wrong values and things that
// do not go together are all reported, each with its line. Writing changes the
// text in place and keeps what the user wrote around the values.
package projects
