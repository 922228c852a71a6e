package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/rs/zerolog"

	"acopio/server/service"
)

// A role is what a child process of a run does, so that its memory is its own. It is this program again.
const roleVariable = "ACOPIO_BENCH_ROLE"

func play(role string, args []string) error {
	raiseFiles()
	switch role {
	case "sync":
		return playSync(args)
	case "floor":
		return playFloor(args)
	case "import":
		return playImport(args)
	case "serve":
		return playServe(args)
	default:
		return fmt.Errorf("no role %s", role)
	}
}

func (b *bench) child(role string, args ...string) (*exec.Cmd, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(b.ctx, self, args...)
	cmd.Env = append(os.Environ(), roleVariable+"="+role)
	cmd.Stderr = os.Stderr
	return cmd, nil
}

// ask runs a child to its end and reads the JSON that it prints.
func ask[T any](b *bench, role string, args ...string) (T, error) {
	var out T
	cmd, err := b.child(role, args...)
	if err != nil {
		return out, err
	}
	text, err := cmd.Output()
	if err != nil {
		return out, fmt.Errorf("%s: %w", role, err)
	}
	return out, json.NewDecoder(bytes.NewReader(text)).Decode(&out)
}

// tenant is a server in a process of its own.
type tenant struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
	url string
}

// rent starts a server on a data folder, at an address or at one of its own choice.
func (b *bench) rent(dir string, at ...string) (*tenant, error) {
	cmd, err := b.child("serve", append([]string{dir}, at...)...)
	if err != nil {
		return nil, err
	}
	t := &tenant{cmd: cmd}
	if t.in, err = cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	t.out = bufio.NewReader(out)
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	url, err := t.out.ReadString('\n')
	t.url = strings.TrimSpace(url)
	return t, err
}

// memory is what the server's process holds of the machine, in bytes; peak is the most it ever held.
func (t *tenant) memory() (now, peak int64) { return memoryOf(t.cmd.Process.Pid) }

// settledMemory is what it holds once nothing moves any more: garbage of the coming is given back in the background,
// after two minutes at the latest. The idle are idle for hours.
func (t *tenant) settledMemory(within time.Duration) int64 {
	least, _ := t.memory()
	for began := time.Now(); time.Since(began) < within; {
		time.Sleep(200 * time.Millisecond)
		now, _ := t.memory()
		least = min(least, now)
	}
	return least
}

// metric is one of the figures that the server shows of itself.
func (t *tenant) metric(name string) (float64, error) {
	res, err := http.Get(t.url + "/metrics")
	if err != nil {
		return 0, err
	}
	defer func() { _ = res.Body.Close() }()
	for lines := bufio.NewScanner(res.Body); lines.Scan(); {
		if value, ok := strings.CutPrefix(lines.Text(), name+" "); ok {
			return strconv.ParseFloat(value, 64)
		}
	}
	return 0, fmt.Errorf("the server does not tell %s", name)
}

// Close ends the server as a service manager would.
func (t *tenant) Close() error {
	_ = t.in.Close() // it listens for this
	return t.cmd.Wait()
}

// kill ends it as a power cut would.
func (t *tenant) kill() {
	_ = t.cmd.Process.Kill()
	_ = t.cmd.Wait() // killed is what it says
}

// playServe serves a folder until its standard input ends.
func playServe(args []string) error {
	listen := "127.0.0.1:0"
	if len(args) > 1 {
		listen = args[1]
	}
	s, err := service.Open(service.Config{DataDir: args[0], Listen: listen, Log: zerolog.Nop(), CheapPasswords: true})
	if err != nil {
		return err
	}
	served := make(chan error, 1)
	go func() { served <- s.Serve() }()
	fmt.Println(s.URL())
	_, _ = io.Copy(io.Discard, os.Stdin) // its end is all it is for
	if err := s.Close(); err != nil {
		return err
	}
	return <-served
}

func memoryOf(pid int) (now, peak int64) {
	status := filepath.Join("/proc", strconv.Itoa(pid), "status")
	kilobytes := func(name string) int64 {
		n, _ := strconv.ParseInt(strings.TrimSuffix(line(status, name), " kB"), 10, 64) // 0 says it is not known
		return n << 10
	}
	return kilobytes("VmRSS"), kilobytes("VmHWM")
}
