//go:build race

package sim

// usualHistories is how many every test run lives; with the race detector each takes some twenty times as long.
const usualHistories = 100
