//go:build e2e && linux

package e2e

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// driver speaks the W3C WebDriver protocol to one driver, WebKit's or Chromium's: as much of it as these tests use.
type driver struct {
	base    string // http://127.0.0.1:port
	session string
	http    http.Client
}

// element is WebDriver's name for a found element.
type element map[string]string

// elementKey is the constant under which the protocol carries an element's id.
const elementKey = "element-6066-11e4-a52e-4f735466cecf"

func (e element) id() string { return e[elementKey] }

// connect opens a session with the program that the driver is attached to, or that the capabilities make it
// start, trying again while the driver or the program is still starting.
func (d *driver) connect(capabilities map[string]any, limit time.Duration) error {
	d.http.Timeout = limit
	deadline := time.Now().Add(limit)
	for {
		var answer struct {
			SessionID string `json:"sessionId"`
		}
		err := d.call(http.MethodPost, "/session", map[string]any{"capabilities": capabilities}, &answer)
		if err == nil && answer.SessionID != "" {
			d.session = answer.SessionID
			return nil
		}
		if time.Now().After(deadline) {
			return errors.Join(errors.New("the driver opened no session"), err)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// do calls a command of the session; answer may be nil.
func (d *driver) do(method, command string, body, answer any) error {
	return d.call(method, "/session/"+d.session+command, body, answer)
}

func (d *driver) call(method, path string, body, answer any) error {
	var payload io.Reader
	if method == http.MethodPost {
		if body == nil {
			body = struct{}{}
		}
		text, err := json.Marshal(body)
		if err != nil {
			return err
		}
		payload = bytes.NewReader(text)
	}
	request, err := http.NewRequest(method, d.base+path, payload)
	if err != nil {
		return err
	}
	response, err := d.http.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	var envelope struct {
		Value json.RawMessage `json:"value"`
	}
	if err := json.NewDecoder(response.Body).Decode(&envelope); err != nil {
		return fmt.Errorf("%s %s: %s: %w", method, path, response.Status, err)
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s %s: %s", method, path, envelope.Value)
	}
	if answer == nil {
		return nil
	}
	return json.Unmarshal(envelope.Value, answer)
}
