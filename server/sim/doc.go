// Package sim is tests only, and the one place that imports both sides. Its stories run a real server and real laptops, with
// all their goroutines, in virtual time. Its simulator drives the same parts without goroutines and sockets: one seed decides
// all that happens.
package sim
