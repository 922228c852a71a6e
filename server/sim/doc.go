// Package sim is tests only: random lives of a real server and real laptops, in virtual time, over lines that fail. It
// is the one place that imports both sides.
package sim
