package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/godbus/dbus/v5"
	"github.com/wailsapp/wails/v2/pkg/options"
)

// bringForward asks the window that holds the replica to show itself, over the session bus. It speaks Wails'
// own single-instance message: Wails' sender would need a whole second window first, and exits with 1.
// A first window that is still starting has the lock before it has its name on the bus, hence the retries.
func bringForward(id string, args []string) error {
	conn, err := dbus.ConnectSessionBus()
	if err != nil {
		return errors.Join(errNoFirstWindow, err)
	}
	defer conn.Close()
	dir, err := os.Getwd()
	if err != nil {
		dir = ""
	}
	message, err := json.Marshal(options.SecondInstanceData{Args: args, WorkingDirectory: dir})
	if err != nil {
		return fmt.Errorf("encode the second start: %w", err)
	}
	const attempts, pause = 20, 150 * time.Millisecond
	name := "org.wails_app_" + id + ".SingleInstance"
	first := conn.Object(name, dbus.ObjectPath("/org/wails_app_"+id+"/SingleInstance"))
	for range attempts {
		err = first.Call(name+".SendMessage", dbus.FlagNoAutoStart, string(message)).Store()
		if err == nil {
			return nil
		}
		time.Sleep(pause)
	}
	return errors.Join(errNoFirstWindow, err)
}

// checkDisplay reports a machine without a screen, where the toolkit would panic.
func checkDisplay(getenv func(string) string) error {
	if getenv("DISPLAY") == "" && getenv("WAYLAND_DISPLAY") == "" {
		return errors.New("no display")
	}
	return nil
}
