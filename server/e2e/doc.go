// Package e2e is tests only: the real server and real command-line replicas as processes, used as people use them.
package e2e
