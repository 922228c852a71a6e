//go:build !hotreload

package main

import (
	"net/http"

	"acopio/frontend"
)

// ui is the built interface that this binary carries.
func ui() http.Handler { return files(frontend.Files()) }
