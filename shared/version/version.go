// Package version holds the release this binary was built as.
package version

// Version is set by the linker (-X acopio/shared/version.Version=…); "dev" in a plain go build.
var Version = "dev"
