package large

import "golang.org/x/sys/unix"

// ask is advice only: a kernel that refuses leaves small pages.
func ask(b []byte) { _ = unix.Madvise(b, unix.MADV_HUGEPAGE) }
