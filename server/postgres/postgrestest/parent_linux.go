package postgrestest

import "syscall"

// endWithParent has the kernel end the process when the test's process has gone without doing so.
func endWithParent(a *syscall.SysProcAttr) { a.Pdeathsig = syscall.SIGQUIT }
