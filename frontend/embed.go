// Package frontend carries the built user interface inside the binaries: the same files serve the desktop
// window and the office's browser.
package frontend

import (
	"embed"
	"io/fs"
)

//go:embed all:dist
var dist embed.FS

// Files is the built interface, rooted at its index.html. In a checkout where the interface has not been
// built yet it is empty but for a placeholder, so that Go commands work without Node.
func Files() fs.FS {
	files, err := fs.Sub(dist, "dist")
	if err != nil {
		panic(err) // the path is a constant that go:embed has checked
	}
	return files
}
