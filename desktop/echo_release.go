//go:build !e2e

package main

import "net/http"

// addTestRoutes adds none.
func addTestRoutes(*http.ServeMux) {}
