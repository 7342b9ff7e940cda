// Package examples holds a small model to try the workbench on, written by
// `go generate ./examples`. Its weights are random: untrained, for
// demonstration only.
package examples

//go:generate go run ../internal/genexample -o tiny-vlm
