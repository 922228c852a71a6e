package api

import (
	"testing"
	"time"
)

// SetKeepAlive shortens the silence of streams for a test.
func SetKeepAlive(t *testing.T, d time.Duration) { set(t, &keepAlive, d) }

// SetReplicaCheck makes a rebuilt replica be noticed sooner.
func SetReplicaCheck(t *testing.T, d time.Duration) { set(t, &replicaCheckInterval, d) }

func set(t *testing.T, v *time.Duration, d time.Duration) {
	before := *v
	*v = d
	t.Cleanup(func() { *v = before })
}
