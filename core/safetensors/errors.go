package safetensors

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
)

// What an Error wraps, for errors.Is. Errors of the operating system are
// wrapped as they come (fs.ErrNotExist, fs.ErrPermission, …).
var (
	// ErrNotSafetensors is a file of another kind: a pickle, GGUF, a folder, …
	ErrNotSafetensors = errors.New("not a safetensors file")
	// ErrInvalid is a safetensors file or an index that breaks a rule of the format.
	ErrInvalid = errors.New("invalid safetensors file")
	// ErrLimit is a file that asks for more than Limits allow.
	ErrLimit = errors.New("over a limit")
)

// Error reads `PATH: WHAT; what to do`.
type Error struct {
	Path string // "" where only a reader was given
	What string
	Do   string
	// Limit is the field of Limits that would have to be raised, for ErrLimit.
	Limit string
	Err   error
}

func (e *Error) Error() string {
	s := e.What
	if e.Do != "" {
		s += "; " + e.Do
	}
	if e.Path != "" {
		s = Printable(e.Path) + ": " + s
	}
	return s
}

func (e *Error) Unwrap() error { return e.Err }

// ChangedError says that a file is no longer what it was when it was opened:
// bytes read from it could be those of another checkpoint.
type ChangedError struct {
	Path string
	What string // "its size went from 120 to 64 bytes", "it was removed", …
}

func (e *ChangedError) Error() string {
	return Printable(e.Path) + ": changed while open: " + e.What + "; open it again"
}

// advice for the kinds of damage that a user can do something about.
const (
	adviceDamaged = "the file is damaged or was not written by a safetensors writer: download or export it again"
	adviceCut     = "the file is incomplete: download or copy it again"
)

func invalid(do, format string, args ...any) *Error {
	return &Error{What: fmt.Sprintf(format, args...), Do: do, Err: ErrInvalid}
}

func overLimit(limit, format string, args ...any) *Error {
	return &Error{
		What:  fmt.Sprintf(format, args...),
		Do:    "raise this limit if you trust the file",
		Limit: limit,
		Err:   ErrLimit,
	}
}

// at puts the path into an error of this package, and wraps any other.
func at(path string, err error) error {
	var own *Error
	if errors.As(err, &own) && own.Path == "" {
		own.Path = path
		return own
	}
	var changed *ChangedError
	if own != nil || errors.As(err, &changed) || err == nil {
		return err
	}
	return system(path, err)
}

// system words an error of the operating system.
func system(path string, err error) *Error {
	e := &Error{Path: path, Err: err}
	cause := err
	var pathError *fs.PathError
	if errors.As(err, &pathError) {
		cause = pathError.Err // the path is said already
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		e.What, e.Do = "no such file", "check the path"
	case errors.Is(err, fs.ErrPermission):
		e.What, e.Do = "permission denied", "check who may read and write it"
	case errors.Is(err, fs.ErrClosed):
		e.What, e.Do = "it was closed", "open it again"
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		e.What, e.Do = "stopped: "+cause.Error(), "start it again"
	default:
		e.What, e.Do = Printable(cause.Error()), "check the disk and try again"
	}
	return e
}
