package device

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"runtime"
	"strings"
	"time"

	"acopio/desktop/link"
	"acopio/shared/clock"
	"acopio/shared/fault"
	"acopio/shared/protocol"
	"acopio/shared/schema"
	"acopio/shared/version"
)

// enrollTimeout bounds the whole exchange.
const enrollTimeout = 60 * time.Second

type enrollAnswer struct {
	Device struct {
		ID     string `json:"id"`
		Number uint32 `json:"number"`
		Name   string `json:"name"`
	} `json:"device"`
	Token string `json:"token"`
	User  struct {
		Name  string      `json:"name"`
		Email string      `json:"email"`
		Role  schema.Role `json:"role"`
	} `json:"user"`
	ServerTime clock.Millis `json:"server_time"`
	Key        []byte       `json:"key"` // by which the server's orders are known
}

// Enroll trades a one-time code for an identity and a token. ca is the PEM of an extra certificate authority, or empty.
// It fails with the faults of the code (fault.CodeWrong, CodeExpired, CodeUsed), or of the way to the server.
func Enroll(ctx context.Context, server, code, name, ca string, now clock.Clock) (State, string, error) {
	base, err := BaseURL(server)
	if err != nil {
		return State{}, "", err
	}
	client, err := link.Client(ca)
	if err != nil {
		return State{}, "", err
	}
	ctx, cancel := context.WithTimeout(ctx, enrollTimeout)
	defer cancel()
	body, err := json.Marshal(map[string]string{"code": code, "name": name, "platform": runtime.GOOS + "/" + runtime.GOARCH, "version": version.Version})
	if err != nil {
		return State{}, "", err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, base+protocol.EnrollPath, bytes.NewReader(body))
	if err != nil {
		return State{}, "", fault.Wrap(err, fault.BadUsage, "detail", server)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Acopio", "1")
	res, err := client.Do(req)
	if err != nil {
		return State{}, "", link.Diagnose(err, req.URL.Hostname(), now.Now())
	}
	defer func() { _ = res.Body.Close() }()
	if err := link.CheckAnswer(res); err != nil {
		return State{}, "", err
	}
	var a enrollAnswer
	if err := json.NewDecoder(io.LimitReader(res.Body, 1<<20)).Decode(&a); err != nil || a.Token == "" {
		return State{}, "", fault.Wrap(err, fault.ServerNotAcopio)
	}
	return State{
		Server: base, ID: a.Device.ID, Number: a.Device.Number, Name: a.Device.Name, Email: a.User.Email, UserName: a.User.Name,
		Role: a.User.Role, Offset: a.ServerTime - clock.MillisOf(now.Now()), CA: ca, Key: a.Key,
	}, a.Token, nil
}

// BaseURL reads a server's address as a person types it: without a scheme it is https.
func BaseURL(server string) (string, error) {
	typed := server
	server = strings.TrimRight(strings.TrimSpace(server), "/")
	if server != "" && !strings.Contains(server, "://") {
		server = "https://" + server
	}
	u, err := url.Parse(server)
	if err != nil || u.Host == "" || strings.HasSuffix(u.Host, ":") || (u.Scheme != "http" && u.Scheme != "https") || u.Path != "" || u.RawQuery != "" {
		return "", fault.Wrap(err, fault.BadURL, "field", "server", "got", typed)
	}
	return server, nil
}
