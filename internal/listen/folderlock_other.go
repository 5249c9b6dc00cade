//go:build !unix || aix || solaris

package listen

import "context"

// lockFolder does nothing here.
func lockFolder(context.Context, string) (unlock func()) { return func() {} }
