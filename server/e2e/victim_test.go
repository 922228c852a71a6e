package e2e

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

// victim is a laptop whose programs are killed.
type victim struct {
	*crash
	laptop *laptop
	number int
	count  int // of its edits: makes tokens
	shared *ids
	random *rand.Rand
}

// ids are records that several laptops may know.
type ids struct {
	mu   sync.Mutex
	list []string
}

func (s *ids) add(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.list = append(s.list, id)
}

// pick prefers the newest records, on which laptops then meet.
func (s *ids) pick(r *rand.Rand) (string, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.list) == 0 {
		return "", false
	}
	if recent := len(s.list) - 20; recent > 0 && r.IntN(4) > 0 {
		return s.list[recent+r.IntN(20)], true
	}
	return s.list[r.IntN(len(s.list))], true
}

// live runs one program after the other on the data folder and kills each.
func (v *victim) live() {
	for life := 1; !v.done(); life++ {
		switch n := v.random.IntN(10); {
		case n < 6:
			v.window()
		case n < 8:
			v.commands()
		default:
			v.killed("sync", "--timeout", "10s")
		}
		v.maybeCutPower(v.laptop.dir, v.random)
		if life%25 == 0 {
			wholeFile(v.t, filepath.Join(v.laptop.dir, "replica.db"))
		}
	}
}

func (v *victim) within(most time.Duration) time.Duration {
	return time.Duration(v.random.Int64N(int64(most)))
}

// start runs a program on the data folder; it is killed when ctx ends.
func (v *victim) start(ctx context.Context, args ...string) (*exec.Cmd, *bytes.Buffer) {
	cmd := exec.CommandContext(ctx, filepath.Join(binaries, "acopio"), append(args, "--data", v.laptop.dir)...)
	cmd.Env = append(append(os.Environ(), plainEnv...), v.laptop.env...)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGKILL) }
	errOut := &bytes.Buffer{}
	cmd.Stderr = errOut
	return cmd, errOut
}

// killed runs a command and kills it, unless it is faster. It returns what the command printed, if it ended well.
func (v *victim) killed(args ...string) (stdout string, ok bool) {
	if !v.spend() {
		return "", false
	}
	ctx, cancel := context.WithTimeout(context.Background(), v.within(120*time.Millisecond))
	defer cancel()
	cmd, errOut := v.start(ctx, args...)
	out, err := cmd.Output()
	if cmd.ProcessState != nil && cmd.ProcessState.ExitCode() == 1 && !strings.Contains(errOut.String(), "Not found") {
		v.t.Errorf("acopio %v: %v: %s", args, err, errOut)
	}
	return string(out), err == nil
}

// commands edits on the command line.
func (v *victim) commands() {
	for range 1 + v.random.IntN(4) {
		e := v.invent()[0]
		args := []string{e.Kind, e.Collection}
		if e.Kind == "create" {
			args = append(args, "--network", "PE")
		} else {
			args = append(args, e.ID)
		}
		if e.Kind == "update" {
			args[0] = "set"
		}
		for name, value := range e.Fields {
			args = append(args, name+"="+fmt.Sprint(value))
		}
		out, ok := v.killed(append(args, "--json")...)
		var said struct {
			ID      string
			Changed *bool
		}
		if !ok || json.Unmarshal([]byte(out), &said) != nil || said.ID == "" || (said.Changed != nil && !*said.Changed) {
			continue
		}
		v.note(e, said.ID)
	}
}

func (v *victim) note(e editAsk, id string) {
	v.ledger.save(savedEdit{Laptop: v.number, Collection: e.Collection, Record: id, Token: e.token})
	if e.Kind == "create" && e.Collection == "organization" {
		v.shared.add(id)
	}
}

// window runs the program that the window is: it syncs all the while, and people edit. It is killed in the midst of it.
func (v *victim) window() {
	if !v.spend() {
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	cmd, errOut := v.start(ctx, "serve-ui")
	address, err := v.opened(cmd)
	defer func() {
		cancel()
		_ = cmd.Wait() // killed
	}()
	if err != nil {
		v.t.Errorf("the window did not open: %v: %s", err, errOut)
		return
	}
	death := time.AfterFunc(v.within(700*time.Millisecond), cancel)
	defer death.Stop()
	for ctx.Err() == nil {
		v.post(ctx, address)
		time.Sleep(v.within(40 * time.Millisecond))
	}
}

// opened starts a window and returns its address.
func (v *victim) opened(cmd *exec.Cmd) (string, error) {
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		return "", err
	}
	address, err := bufio.NewReader(out).ReadString('\n')
	return strings.TrimSpace(address), err
}

// editAsk is an edit as the API takes it.
type editAsk struct {
	Kind       string         `json:"kind"`
	Collection string         `json:"collection"`
	Network    string         `json:"network"`
	ID         string         `json:"id,omitempty"`
	Fields     map[string]any `json:"fields,omitempty"`
	token      string
}

// post asks the window to save what a person did, and notes it when the window says so.
func (v *victim) post(ctx context.Context, address string) {
	edits := v.invent()
	body, err := json.Marshal(map[string]any{"edits": edits})
	if err != nil {
		v.t.Error(err)
		return
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address+"/api/edits", bytes.NewReader(body))
	if err != nil {
		v.t.Error(err)
		return
	}
	req.Header.Set("X-Acopio", "1")
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return // killed before it answered: nothing was promised
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		return
	}
	var said struct{ Records []struct{ ID string } }
	switch {
	case res.StatusCode == http.StatusNotFound: // another laptop's record that has not come yet
	case res.StatusCode != http.StatusOK || json.Unmarshal(text, &said) != nil || len(said.Records) > len(edits):
		v.t.Errorf("an edit was answered %s: %s", res.Status, text)
	case len(said.Records) == len(edits): // else it was so already
		for i, e := range edits {
			v.note(e, said.Records[i].ID)
		}
	}
}

// invent is what a person does next: one edit, or two that belong together.
func (v *victim) invent() []editAsk {
	v.count++
	// One word: the texts of notes are merged word by word.
	token := fmt.Sprintf("k%dn%05dx", v.number, v.count)
	create := editAsk{Kind: "create", Collection: "organization", Network: "PE", Fields: map[string]any{"name": "Cooperativa " + token}, token: token}
	id, known := v.shared.pick(v.random)
	n := v.random.IntN(20)
	switch {
	case !known || n < 4:
		return []editAsk{create}
	case n < 6:
		child := editAsk{
			Kind: "create", Collection: "site", Network: "PE", token: token + "b",
			Fields: map[string]any{"organization": id, "kind": "office", "address": token + "b"},
		}
		return []editAsk{v.update(id, "address", token), child}
	case n == 6:
		return []editAsk{{Kind: "delete", Collection: "organization", Network: "PE", ID: id}}
	}
	fields := []string{"name", "acronym", "address", "legal_form", "tax_id", "locality", "notes"}
	return []editAsk{v.update(id, fields[v.random.IntN(len(fields))], token)}
}

func (v *victim) update(id, field, token string) editAsk {
	return editAsk{Kind: "update", Collection: "organization", Network: "PE", ID: id, Fields: map[string]any{field: token}, token: token}
}
