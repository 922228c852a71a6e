//go:build e2e && linux

package e2e

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Server is the office's server on this machine: the real program on a data folder of its own. Stopped, it is what
// a laptop sees when the cable is out; it comes back at the same address.
type Server struct {
	t       *testing.T
	dir     string
	address string // host:port, chosen by the first start
	process *process

	URL      string
	Password string // of every person of the demo network
}

// StartServer makes the demo network and serves it.
func StartServer(t *testing.T) *Server {
	t.Helper()
	s := &Server{t: t, dir: t.TempDir(), address: fmt.Sprintf("127.0.0.1:%d", freePort(t))}
	for line := range strings.Lines(run(t, "acopio-server", "demo", "--data", s.dir)) {
		if words := strings.Fields(line); len(words) == 3 { // e-mail, role, password
			s.Password = words[2]
		}
	}
	if s.Password == "" {
		t.Fatal("the demo network printed no sign-in")
	}
	s.Start()
	return s
}

// Start serves until Stop or the end of the test, and returns once the server says that it is ready.
func (s *Server) Start() {
	s.t.Helper()
	read, write := io.Pipe()
	cmd := exec.Command(program(s.t, "acopio-server"), "serve", "--data", s.dir, "--listen", s.address)
	s.process = launch(s.t, cmd, "server", write)
	ready := make(chan string, 1)
	go func() {
		lines := bufio.NewScanner(read)
		for lines.Scan() {
			if strings.HasPrefix(lines.Text(), "http://") {
				ready <- strings.TrimSuffix(lines.Text(), "/")
				break
			}
		}
		_, _ = io.Copy(io.Discard, read) // the server must never wait for a reader
	}()
	select {
	case s.URL = <-ready:
	case <-s.process.done:
		s.t.Fatalf("the server ended at once: %s", s.process.lastLines())
	case <-time.After(patience):
		s.t.Fatalf("the server was not ready: %s", s.process.lastLines())
	}
}

// Stop ends the server.
func (s *Server) Stop() { s.process.stop() }

// DeviceCode makes a one-time code to enroll a laptop of that person.
func (s *Server) DeviceCode(email string) string {
	s.t.Helper()
	var made struct{ Code string }
	out := run(s.t, "acopio-server", "device", "code", "--user", email, "--data", s.dir, "--json")
	if err := json.Unmarshal([]byte(out), &made); err != nil {
		s.t.Fatalf("device code: %v in %q", err, out)
	}
	return made.Code
}

// Laptop enrolls a replica of that person without a window, fetches the register and returns its data folder.
func (s *Server) Laptop(email string) string {
	s.t.Helper()
	data := s.t.TempDir()
	run(s.t, "acopio", "enroll", "--data", data, "--server", s.URL, "--code", s.DeviceCode(email), "--name", "Laptop")
	run(s.t, "acopio", "sync", "--data", data, "--timeout", "60s", "--json")
	return data
}

// Organization is a record as the command line prints it.
type Organization struct {
	ID     string         `json:"id"`
	Fields map[string]any `json:"fields"`
}

// FindOrganization is the one organization of a replica, closed at the moment, that a search finds.
func FindOrganization(t *testing.T, data, search string) Organization {
	t.Helper()
	out := strings.TrimSpace(run(t, "acopio", "list", "organization", "--data", data, "--search", search, "--json"))
	var found Organization
	if err := json.Unmarshal([]byte(out), &found); err != nil {
		t.Fatalf("search for %q: %v in %q", search, err, out)
	}
	return found
}

// run runs one of the project's programs to its end and returns what it printed.
func run(t *testing.T, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(program(t, name), args...)
	cmd.Env = append(os.Environ(), "ACOPIO_KEYRING=off", "LANG=en_US.UTF-8")
	var said strings.Builder
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, said.String())
	}
	return string(out)
}

// program is a program as make build leaves it.
func program(t *testing.T, name string) string {
	t.Helper()
	return filepath.Join(root(t), "build", "bin", name)
}
