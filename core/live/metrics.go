package live

// The panels of this machine, in the order in which they are shown.
const (
	PanelAnswers   = "answers"
	PanelMemory    = "memory"
	PanelProcessor = "processor"
	PanelPower     = "power"
)

// The metrics that runs give.
const (
	FirstTokenMS    = "time_to_first_token_ms"
	TokenMS         = "token_ms"
	Speed           = "tokens_per_second"
	AnswerMS        = "answer_ms"
	AnswerEnergy    = "energy_per_answer_joules"
	ModelBytes      = "model_bytes"
	CacheBytes      = "cache_bytes"
	ProcessMemory   = "process_memory_bytes"
	GoHeap          = "go_heap_bytes"
	MemoryUsed      = "memory_used_bytes"
	MemoryAvailable = "memory_available_bytes"
	ProcessCPU      = "process_cpu_percent"
	MachineCPU      = "machine_cpu_percent"
	LoadAverage     = "load_average_tasks"
	Clock           = "cpu_clock_mhz"
	Temperature     = "cpu_temperature_celsius"
	PackagePower    = "cpu_package_power_watts"
	BatteryLevel    = "battery_level_percent"
	BatteryPower    = "battery_power_watts" // more than 0 while it charges, less while it is drained
)

// Metrics lists the metrics of this machine and of the runs on it, in the order
// in which they are shown.
func Metrics() []Metric {
	return []Metric{
		{FirstTokenMS, "first token", Milliseconds, PanelAnswers},
		{TokenMS, "per token", Milliseconds, PanelAnswers},
		{Speed, "speed", TokensPerSecond, PanelAnswers},
		{AnswerMS, "whole answer", Milliseconds, PanelAnswers},
		{AnswerEnergy, "energy per answer", Joules, PanelAnswers},
		{ProcessMemory, "process", Bytes, PanelMemory},
		{GoHeap, "Go heap", Bytes, PanelMemory},
		{ModelBytes, "model weights", Bytes, PanelMemory},
		{CacheBytes, "cache, scratch", Bytes, PanelMemory},
		{MemoryUsed, "machine, used", Bytes, PanelMemory},
		{MemoryAvailable, "available", Bytes, PanelMemory},
		{ProcessCPU, "CPU, process", Percent, PanelProcessor},
		{MachineCPU, "CPU, machine", Percent, PanelProcessor},
		{LoadAverage, "load, 1 min", Tasks, PanelProcessor},
		{Clock, "clock", Megahertz, PanelProcessor},
		{Temperature, "temperature", Celsius, PanelProcessor},
		{PackagePower, "CPU package", Watts, PanelPower},
		{BatteryPower, "battery power", Watts, PanelPower},
		{BatteryLevel, "battery level", Percent, PanelPower},
	}
}

// metric is one of Metrics by its ID.
func metric(id string) Metric {
	for _, m := range Metrics() {
		if m.ID == id {
			return m
		}
	}
	return Metric{ID: id, Title: id, Unit: Count}
}
