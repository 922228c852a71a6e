package e2e

import (
	"bytes"
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// badDisk builds testdata/baddisk.c, once: preloaded into a program, it makes a disk of which tests say how it fails.
var badDisk = sync.OnceValues(func() (string, error) {
	lib := filepath.Join(binaries, "baddisk.so")
	out, err := exec.Command("gcc", "-Wall", "-Wextra", "-Werror", "-O1", "-shared", "-fPIC", "-o", lib, "testdata/baddisk.c", "-ldl", "-lpthread").CombinedOutput()
	if err != nil {
		return "", errors.New(string(out))
	}
	return lib, nil
})

func badDiskEnv(t *testing.T, more ...string) []string {
	t.Helper()
	lib, err := badDisk()
	if err != nil {
		t.Fatal(err)
	}
	return append([]string{"LD_PRELOAD=" + lib}, more...)
}

const (
	durable   = ".durable"
	blockSize = 4096
)

// cutPower leaves in a data folder what would be there had the power failed when its programs were killed: what was
// synced, and of the rest nothing, or some blocks and others not.
func cutPower(dir string, r *rand.Rand) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	mixed := r.IntN(2) == 0
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		switch {
		case strings.HasSuffix(path, ".db-shm"):
			err = os.Remove(path)
		case strings.HasSuffix(path, ".db"), strings.HasSuffix(path, ".db-wal"), strings.HasSuffix(path, ".db-journal"):
			err = cutFile(path, mixed, r)
		default:
			continue
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func cutFile(path string, mixed bool, r *rand.Rand) error {
	synced, err := os.ReadFile(path + durable)
	if errors.Is(err, fs.ErrNotExist) {
		return os.Remove(path)
	}
	if err != nil {
		return err
	}
	if mixed {
		written, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		synced = mix(synced, written, r)
	}
	if err := os.WriteFile(path, synced, 0o600); err != nil {
		return err
	}
	return os.WriteFile(path+durable, synced, 0o600)
}

// mix takes some of the blocks that were written and not synced.
func mix(synced, written []byte, r *rand.Rand) []byte {
	out := bytes.Clone(synced)
	for at := 0; at < len(written); at += blockSize {
		if r.IntN(2) == 0 {
			continue
		}
		end := min(at+blockSize, len(written))
		if end > len(out) {
			out = append(out, make([]byte, end-len(out))...)
		}
		copy(out[at:end], written[at:end])
	}
	return out
}
