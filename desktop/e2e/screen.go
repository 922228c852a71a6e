//go:build e2e && linux

// Package e2e drives the real window: the test build of acopio-desktop under a virtual screen, with a window
// manager and a session bus of its own, through WebKitWebDriver attached to the running program. A test starts
// a Screen, then one or more Apps on it, finds what a person would see and keeps pictures in artifacts/.
// Everything it starts is a child of the test, killed by its own process id.
package e2e

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Screen is a virtual X display with a window manager and a session bus.
type Screen struct {
	display string // like ":99"
	bus     string // address of the session bus
	home    string // an empty home, so that nothing of the machine's leaks in
}

// StartScreen opens a display of the given size that lasts until the test ends.
func StartScreen(t *testing.T, width, height int) *Screen {
	t.Helper()
	s := &Screen{home: t.TempDir()}
	s.startX(t, width, height)
	s.startBus(t)
	start(t, s.env(), "openbox", "openbox")
	return s
}

// startX lets the X server choose a free display number itself and tell it over a pipe: any number chosen here
// could be taken by another run at the same time.
func (s *Screen) startX(t *testing.T, width, height int) {
	t.Helper()
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	cmd := exec.Command("Xvfb", "-displayfd", "3", "-screen", "0", fmt.Sprintf("%dx%dx24", width, height), "-nolisten", "tcp")
	cmd.ExtraFiles = []*os.File{write}
	launch(t, cmd, "xvfb", nil)
	write.Close()
	if err := read.SetReadDeadline(time.Now().Add(15 * time.Second)); err != nil {
		t.Fatal(err)
	}
	number, err := bufio.NewReader(read).ReadString('\n')
	if err != nil {
		t.Fatalf("Xvfb named no display: %v", err)
	}
	s.display = ":" + strings.TrimSpace(number)
}

func (s *Screen) startBus(t *testing.T) {
	t.Helper()
	address := "unix:path=" + filepath.Join(s.home, "bus")
	start(t, s.env(), "dbus", "dbus-daemon", "--session", "--nofork", "--nopidfile", "--address="+address)
	waitFor(t, 10*time.Second, "the session bus", func() error {
		_, err := os.Stat(filepath.Join(s.home, "bus"))
		return err
	})
	s.bus = address
}

// env is what programs on this screen see. Times and language are fixed, and WebKit draws in software.
func (s *Screen) env() []string {
	env := []string{
		"HOME=" + s.home,
		"XDG_RUNTIME_DIR=" + s.home,
		"XDG_CONFIG_HOME=" + filepath.Join(s.home, "config"),
		"XDG_DATA_HOME=" + filepath.Join(s.home, "data"),
		"XDG_CACHE_HOME=" + filepath.Join(s.home, "cache"),
		"PATH=" + os.Getenv("PATH"),
		"TMPDIR=" + os.TempDir(),
		"LANG=es_ES.UTF-8",
		"TZ=America/Lima",
		"NO_AT_BRIDGE=1",
		"GDK_BACKEND=x11",
		"LIBGL_ALWAYS_SOFTWARE=1",
		"DISPLAY=" + s.display,
	}
	if s.bus != "" {
		env = append(env, "DBUS_SESSION_BUS_ADDRESS="+s.bus)
	}
	return env
}

// capture keeps what is on the screen, window frames included and the black around them left out, as artifacts/name.
func (s *Screen) capture(t *testing.T, name string) {
	t.Helper()
	cmd := exec.Command("import", "-silent", "-window", "root", "-trim", "+repage", artifact(t, name))
	cmd.Env = s.env()
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("screenshot %s: %v\n%s", name, err, out)
	}
}

// Windows lists the titles of the visible top windows.
func (s *Screen) Windows(t *testing.T) []string {
	t.Helper()
	cmd := exec.Command("xdotool", "search", "--onlyvisible", "--name", ".+", "getwindowname", "%@")
	cmd.Env = s.env()
	out, err := cmd.Output()
	if err != nil {
		return nil // xdotool fails when nothing matches
	}
	return strings.Split(strings.TrimSpace(string(out)), "\n")
}
