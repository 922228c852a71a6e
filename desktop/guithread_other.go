//go:build !linux

package main

// mainLoopEnded has nothing to let go of here: only WebKitGTK ties requests to the main loop.
func mainLoopEnded() {}
