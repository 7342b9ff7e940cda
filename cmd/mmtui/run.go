package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"syscall"
)

// Main runs the program on the process's own arguments and streams and returns
// its exit code.
func Main() int {
	// A reader that went away is an ordinary write error then (see exitOf).
	signal.Ignore(syscall.SIGPIPE)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	con := newConsole()
	defer context.AfterFunc(ctx, func() {
		stop() // a second Ctrl-C ends the program at once
		if con.out.busy.Load() {
			// Nobody reads what we write, and no file is open: a report is printed last.
			os.Exit(con.exit(errInterrupted))
		}
	})()
	return run(ctx, os.Args[1:], con)
}

// run executes one command line.
func run(ctx context.Context, args []string, con *console) int {
	root := newRoot(con)
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if flush := con.out.Flush(); err == nil {
		err = flush
	}
	if ctx.Err() != nil && (err == nil || errors.Is(err, context.Canceled)) {
		err = errInterrupted
	}
	return con.exit(err)
}
