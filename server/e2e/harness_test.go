package e2e

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

var binaries string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "acopio-e2e-")
	if err != nil {
		panic(err)
	}
	for name, pkg := range map[string]string{"acopio-server": "acopio/server", "acopio": "acopio/desktop/cli"} {
		args := []string{"build", "-o", filepath.Join(dir, name)}
		if !strings.Contains(os.Getenv("GOFLAGS"), "sqlite_fts5") { // started by hand, not by make
			args = append(args, "-tags", "sqlite_fts5")
		}
		out, err := exec.Command("go", append(args, pkg)...).CombinedOutput()
		if err != nil {
			panic(string(out))
		}
	}
	binaries = dir
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

// plainEnv is what every program gets: no keychain of the machine's, and English, in which tests look for words.
var plainEnv = []string{"ACOPIO_KEYRING=off", "LANG=en_US.UTF-8", "LC_ALL="}

// result is how a command ended.
type result struct {
	code           int
	stdout, stderr string
}

func command(t *testing.T, stdin, name string, args ...string) result {
	t.Helper()
	return commandIn(t, nil, stdin, name, args...)
}

// commandIn is command with more in its environment.
func commandIn(t *testing.T, env []string, stdin, name string, args ...string) result {
	t.Helper()
	cmd := exec.Command(filepath.Join(binaries, name), args...)
	cmd.Env = append(append(os.Environ(), plainEnv...), env...)
	cmd.Stdin = strings.NewReader(stdin)
	var out, errOut bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errOut
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return result{cmd.ProcessState.ExitCode(), out.String(), errOut.String()}
}

// server is a real server process on a data folder.
type server struct {
	t      *testing.T
	dir    string
	listen string
	extra  []string // flags of serve
	env    []string
	stderr io.Writer // nil: the test's own
	url    string
	cmd    *exec.Cmd
}

func newServer(t *testing.T, env ...string) *server {
	s := &server{t: t, dir: t.TempDir(), listen: "127.0.0.1:0", env: env}
	s.start()
	t.Cleanup(s.kill)
	return s
}

// start waits for the line with the address; the next start uses the same port, as a server that comes back does.
func (s *server) start() {
	s.t.Helper()
	if err := s.await(s.launch()); err != nil {
		s.t.Fatal(err)
	}
}

// launch starts the process and returns what it prints.
func (s *server) launch() io.Reader {
	s.cmd = exec.Command(filepath.Join(binaries, "acopio-server"), append([]string{"serve", "--data", s.dir, "--listen", s.listen}, s.extra...)...)
	s.cmd.Env = append(append(os.Environ(), plainEnv...), s.env...)
	s.cmd.Stderr = os.Stderr
	if s.stderr != nil {
		s.cmd.Stderr = s.stderr
	}
	out, err := s.cmd.StdoutPipe()
	if err == nil {
		err = s.cmd.Start()
	}
	if err != nil {
		s.t.Error(err)
	}
	return out
}

// await reads where the server is.
func (s *server) await(out io.Reader) error {
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		return fmt.Errorf("the server did not say where it is: %w", err)
	}
	s.url = strings.TrimSpace(line)
	s.listen = strings.TrimPrefix(strings.TrimPrefix(s.url, "http://"), "https://")
	go func() { _, _ = io.Copy(io.Discard, out) }()
	return nil
}

// kill is kill -9.
func (s *server) kill() {
	if s.cmd != nil && s.cmd.Process != nil {
		_ = s.cmd.Process.Signal(syscall.SIGKILL)
		_ = s.cmd.Wait()
		s.cmd = nil
	}
}

// settle waits until the console shows what the store has.
func (s *server) settle() {
	s.t.Helper()
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		resp, err := http.Get(s.url + "/readyz")
		if err != nil {
			s.t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode == http.StatusOK {
			return
		}
		if time.Now().After(end) {
			s.t.Fatalf("the console does not come to show what the store has: %s", resp.Status)
		}
	}
}

// stop ends the server as Ctrl-C does.
func (s *server) stop() {
	s.t.Helper()
	if err := s.cmd.Process.Signal(syscall.SIGINT); err != nil {
		s.t.Fatal(err)
	}
	if err := s.cmd.Wait(); err != nil {
		s.t.Fatalf("the server did not end cleanly: %v", err)
	}
	s.cmd = nil
}

// admin runs an acopio-server command on the data folder and demands that it succeeds.
func (s *server) admin(stdin string, args ...string) string {
	s.t.Helper()
	r := commandIn(s.t, s.env, stdin, "acopio-server", append(args, "--data", s.dir)...)
	if r.code != 0 {
		s.t.Fatalf("acopio-server %v: exit %d: %s", args, r.code, r.stderr)
	}
	return r.stdout
}

func (s *server) network(code string) {
	s.t.Helper()
	s.admin("", "network", "add", code, "--name", "Red de prueba "+code)
}

func (s *server) user(email, role string, networks ...string) {
	s.t.Helper()
	args := []string{"user", "add", email, "--role", role, "--password-stdin"}
	for _, n := range networks {
		args = append(args, "--network", n)
	}
	s.admin("una clave larga\n", args...)
}

func (s *server) code(email string) string {
	s.t.Helper()
	var v struct{ Code, Expires string }
	decode(s.t, s.admin("", "device", "code", "--user", email, "--json"), &v)
	return v.Code
}

// checksum is the server's own of a network.
func (s *server) checksum(network string) string {
	s.t.Helper()
	for _, line := range strings.Split(strings.TrimSpace(s.admin("", "network", "list", "--json")), "\n") {
		var n struct{ Code, Checksum string }
		decode(s.t, line, &n)
		if n.Code == network {
			return n.Checksum
		}
	}
	s.t.Fatalf("the server has no network %s", network)
	return ""
}

// laptop is a replica's data folder, used through the command line.
type laptop struct {
	t   *testing.T
	dir string
	env []string
}

func (s *server) laptop(email, name string) *laptop {
	s.t.Helper()
	l := &laptop{t: s.t, dir: s.t.TempDir()}
	l.ok("enroll", "--server", s.url, "--code", s.code(email), "--name", name)
	return l
}

func (l *laptop) run(args ...string) result {
	l.t.Helper()
	return commandIn(l.t, l.env, "", "acopio", append(args, "--data", l.dir)...)
}

func (l *laptop) ok(args ...string) string {
	l.t.Helper()
	r := l.run(args...)
	if r.code != 0 {
		l.t.Fatalf("acopio %v: exit %d: %s%s", args, r.code, r.stderr, r.stdout)
	}
	return r.stdout
}

// fails demands an exit code and a word in what is said.
func (l *laptop) fails(code int, word string, args ...string) {
	l.t.Helper()
	r := l.run(args...)
	if r.code != code || !strings.Contains(r.stderr, word) {
		l.t.Fatalf("acopio %v: exit %d, said %q; want exit %d and %q", args, r.code, r.stderr, code, word)
	}
}

func (l *laptop) sync() {
	l.t.Helper()
	l.ok("sync", "--json", "--timeout", "60s")
}

func (l *laptop) create(collection, network string, fields ...string) string {
	l.t.Helper()
	var v struct{ ID string }
	decode(l.t, l.ok(append([]string{"create", collection, "--network", network, "--json"}, fields...)...), &v)
	return v.ID
}

type recordView struct {
	ID, Collection, Network string
	Version                 uint64
	Deleted                 bool
	Fields                  map[string]any
}

func (l *laptop) get(collection, id string) recordView {
	l.t.Helper()
	var v recordView
	decode(l.t, l.ok("get", collection, id, "--json"), &v)
	return v
}

type statusView struct {
	State                        string
	Pending, Rejected, Conflicts int
	Networks                     []struct {
		Code, Checksum string
		Seq            uint64
		Records        int
	}
}

func (l *laptop) status() statusView {
	l.t.Helper()
	var v statusView
	decode(l.t, l.ok("status", "--json"), &v)
	return v
}

func (l *laptop) checksum(network string) string {
	l.t.Helper()
	for _, n := range l.status().Networks {
		if n.Code == network {
			return n.Checksum
		}
	}
	l.t.Fatalf("the replica has no network %s", network)
	return ""
}

// lines decodes one JSON object a line.
func lines[T any](t *testing.T, text string) []T {
	t.Helper()
	var out []T
	for _, line := range strings.Split(strings.TrimSpace(text), "\n") {
		if line == "" {
			continue
		}
		var v T
		decode(t, line, &v)
		out = append(out, v)
	}
	return out
}

func decode(t *testing.T, text string, v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), v); err != nil {
		t.Fatalf("not JSON: %v in %q", err, text)
	}
}

// console is a browser signed in to the office.
type console struct {
	t      *testing.T
	url    string
	cookie *http.Cookie
}

func (s *server) console(email string) *console {
	s.t.Helper()
	c := &console{t: s.t, url: s.url}
	body, _ := json.Marshal(map[string]string{"email": email, "password": "una clave larga"})
	res := c.do(http.MethodPost, "/api/sign-in", bytes.NewReader(body))
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK || len(res.Cookies()) == 0 {
		s.t.Fatalf("sign-in: %s", res.Status)
	}
	c.cookie = res.Cookies()[0]
	return c
}

func (c *console) do(method, path string, body io.Reader) *http.Response {
	c.t.Helper()
	req, err := http.NewRequest(method, c.url+path, body)
	if err != nil {
		c.t.Fatal(err)
	}
	req.Header.Set("X-Acopio", "1")
	req.Header.Set("Content-Type", "application/json")
	if c.cookie != nil {
		req.AddCookie(c.cookie)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	return res
}

// get decodes an answer of the API.
func (c *console) get(path string, v any) {
	c.t.Helper()
	res := c.do(http.MethodGet, path, nil)
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		c.t.Fatalf("GET %s: %s %s %v", path, res.Status, b, err)
	}
	decode(c.t, string(b), v)
}

// eventually waits for something that happens by itself.
func eventually(t *testing.T, what string, check func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if check() {
			return
		}
	}
	t.Fatalf("it did not happen: %s", what)
}
