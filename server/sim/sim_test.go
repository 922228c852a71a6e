package sim

import (
	"os"
	"strconv"
	"testing"
	"time"

	"acopio/shared/protocol"
)

// TestMain warms up what is shared by the whole process before any bubble of virtual time begins: a channel made inside
// one cannot be used by the next.
func TestMain(m *testing.M) {
	page := protocol.Page{Hash: make([]byte, 10_000)}
	if _, _, err := protocol.Split(protocol.Encode(protocol.TypePage, page)); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

func fromEnv(t *testing.T, name string, otherwise int) int {
	v := os.Getenv(name)
	if v == "" {
		return otherwise
	}
	n, err := strconv.Atoi(v)
	if err != nil {
		t.Fatalf("%s=%s is not a number", name, v)
	}
	return n
}

// today takes a bubble, whose time begins in 2000, to when the product is in use: the times of edits before that are
// all taken for one.
func today() { time.Sleep(time.Until(time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC))) }
