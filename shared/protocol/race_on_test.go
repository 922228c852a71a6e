//go:build race

package protocol

// raceDetector slows everything down several times: times mean nothing.
const raceDetector = true
