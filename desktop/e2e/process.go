//go:build e2e && linux

package e2e

import (
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// process is a program that the test started, with its output in artifacts/logs/name.log.
type process struct {
	name string
	log  string // path of its output
	cmd  *exec.Cmd
	done chan struct{} // closed when it has ended
}

// lastLines is the end of what the process wrote.
func (p *process) lastLines() string {
	const shown = 2 << 10
	text, err := os.ReadFile(p.log)
	if err != nil {
		return err.Error()
	}
	return string(text[max(0, len(text)-shown):])
}

// start runs a program until the test ends.
func start(t *testing.T, env []string, name, program string, args ...string) *process {
	t.Helper()
	cmd := exec.Command(program, args...)
	cmd.Env = env
	return launch(t, cmd, name, nil)
}

// launch starts a prepared command. Its output goes to copyTo as well, if that is given.
func launch(t *testing.T, cmd *exec.Cmd, name string, copyTo io.Writer) *process {
	t.Helper()
	path := artifact(t, filepath.Join("logs", t.Name()+"-"+name+".log"))
	log, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644) // a test may start a program twice
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdout, cmd.Stderr = log, log
	if copyTo != nil {
		both := io.MultiWriter(log, copyTo)
		cmd.Stdout, cmd.Stderr = both, both
	}
	// Should the test itself be killed, nothing of it stays behind.
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		t.Fatalf("start %s: %v", name, err)
	}
	p := &process{name: name, log: log.Name(), cmd: cmd, done: make(chan struct{})}
	go func() {
		_ = cmd.Wait()
		log.Close()
		close(p.done)
	}()
	t.Cleanup(p.stop)
	return p
}

// stop asks the process to end and makes sure that it does.
func (p *process) stop() {
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.done:
	case <-time.After(10 * time.Second):
		_ = p.cmd.Process.Kill()
		<-p.done
	}
}

// wait waits for the process to end by itself and returns its exit code (-1 when a signal ended it).
func (p *process) wait(t *testing.T, limit time.Duration) int {
	t.Helper()
	select {
	case <-p.done:
		return p.cmd.ProcessState.ExitCode()
	case <-time.After(limit):
		t.Fatalf("%s did not end within %s", p.name, limit)
		return -1
	}
}

// waitFor retries until the step succeeds, and fails the test with the last error when it does not in time.
func waitFor(t *testing.T, limit time.Duration, what string, step func() error) {
	t.Helper()
	deadline := time.Now().Add(limit)
	for {
		err := step()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("waited %s for %s: %v", limit, what, err)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// freePort finds a port of the loopback interface that nobody listens on.
func freePort(t *testing.T) int {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port
}

// artifact is the path of a file that the run keeps for people to look at.
func artifact(t *testing.T, name string) string {
	t.Helper()
	path := filepath.Join(root(t), "artifacts", name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

// root is the project's folder, found upwards from the package's own.
func root(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for dir != filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		dir = filepath.Dir(dir)
	}
	t.Fatal(fmt.Errorf("no go.mod above the test"))
	return ""
}
