package projects

// SchemaVersion of the project file and of the user's configuration.
const SchemaVersion = 1

// The types of this file are project.toml as it is written. Their toml tags
// are the list of known keys: the reader, the writer and the test of the JSON
// schema all go by them. A pointer that is nil, or a list that is empty, is a
// key that the file does not have. The first field of a table in a list tells
// tables apart. Line is where the table stands.

type projectFile struct {
	SchemaVersion *versionValue      `toml:"schema_version"`
	Model         *modelTable        `toml:"model"`
	Quantization  *quantizationTable `toml:"quantization"`
	Budget        *budgetTable       `toml:"budget"`
	Gates         []gateTable        `toml:"gate"`
	Tasks         []taskTable        `toml:"task"`
	Devices       []deviceTable      `toml:"device"`
}

type modelTable struct {
	Path *textValue `toml:"path"`
}

type quantizationTable struct {
	Bits   *bitsValue   `toml:"bits"`
	Grid   *gridValue   `toml:"grid"`
	Group  *groupValue  `toml:"group"`
	Solver *solverValue `toml:"solver"`
	Zero   *zeroValue   `toml:"zero"`
	Rules  []ruleTable  `toml:"rule"`
	Line   int          `toml:"-"`
}

type ruleTable struct {
	Match  *patternValue `toml:"match"`
	Bits   *bitsValue    `toml:"bits"`
	Grid   *gridValue    `toml:"grid"`
	Group  *groupValue   `toml:"group"`
	Solver *solverValue  `toml:"solver"`
	Zero   *zeroValue    `toml:"zero"`
	Line   int           `toml:"-"`
}

type budgetTable struct {
	Size *sizeValue `toml:"size"`
}

type gateTable struct {
	Name   *textValue    `toml:"name"`
	Metric *textValue    `toml:"metric"`
	Scope  *scopeValue   `toml:"scope"`
	Match  *patternValue `toml:"match"`
	Min    *limitValue   `toml:"min"`
	Max    *limitValue   `toml:"max"`
	Line   int           `toml:"-"`
}

type taskTable struct {
	Name *textValue `toml:"name"`
	Kind *taskValue `toml:"kind"`
	Data *textValue `toml:"data"`
	Line int        `toml:"-"`
}

type deviceTable struct {
	Name   *textValue   `toml:"name"`
	Kind   *deviceValue `toml:"kind"`
	Serial *textValue   `toml:"serial"`
	Line   int          `toml:"-"`
}
