package main

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"path/filepath"
)

// errNoFirstWindow: the replica is locked, but by a program that has no window to bring forward, or one that
// cannot be reached.
var errNoFirstWindow = errors.New("no window answers for this replica")

// instanceID names the one window of a replica. It depends on the folder alone, so that two replicas can be
// open side by side while each has one window. Only letters and digits: it becomes part of a bus name.
func instanceID(dataDir string) string {
	if real, err := filepath.EvalSymlinks(dataDir); err == nil {
		dataDir = real
	}
	sum := sha256.Sum256([]byte(dataDir))
	return "acopio" + hex.EncodeToString(sum[:8])
}
