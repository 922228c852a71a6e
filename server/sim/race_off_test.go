//go:build !race

package sim

// usualHistories is how many every test run lives.
const usualHistories = 400
