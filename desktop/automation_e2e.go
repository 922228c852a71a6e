//go:build e2e && linux

package main

// The window of a test build lets WebKitWebDriver drive it. Wails offers no way to make its web view one that
// automation may control, and WebKit fixes that when a view is made; so this build answers the one constructor
// call that Wails makes (see automation_e2e.c). Never part of a release: the tag is only set by the tests.

/*
#cgo pkg-config: gtk+-3.0 webkit2gtk-4.1
*/
import "C"
