// Package buildinfo tells which build of a program is running.
package buildinfo

import "runtime/debug"

// Version returns the version of the main module as recorded by the go command:
// "v1.2.3", or for a build in a checkout a pseudo-version with the commit, followed
// by "+dirty" if files were changed; "unknown" if there is none.
func Version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return unknown
	}
	return of(info)
}

const unknown = "unknown"

func of(info *debug.BuildInfo) string {
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	var revision, modified string
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			revision = s.Value
		case "vcs.modified":
			modified = s.Value
		}
	}
	if revision == "" {
		return unknown
	}
	if modified == "true" {
		revision += "+dirty"
	}
	return revision
}
