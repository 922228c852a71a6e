package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"

	"github.com/rs/zerolog"

	"acopio/server/apply"
	"acopio/server/auth"
	"acopio/server/service"
	"acopio/shared/record"
	"acopio/shared/schema"
)

// person is who all devices of the workload belong to.
const person = "campo@bench.example"

// built is a server's data folder with so many organizations and one person, made once in a run.
func (b *bench) built(rows int) (string, error) {
	dir := filepath.Join(b.dir, "built", fmt.Sprintf("server-%d", rows))
	if _, err := os.Stat(dir); err == nil {
		return dir, nil
	}
	part := dir + ".part"
	if err := os.RemoveAll(part); err != nil {
		return "", err
	}
	core, err := service.OpenCore(service.Config{DataDir: part, Log: zerolog.Nop(), CheapPasswords: true})
	if err != nil {
		return "", err
	}
	if err := errors.Join(populate(b.ctx, core, rows), core.Close(), settleOffice(b.ctx, part)); err != nil {
		return "", err
	}
	return dir, os.Rename(part, dir)
}

// printRegister makes what make bench-ui serves, and says where and whom it lets in.
func (b *bench) printRegister(rows int) error {
	dir, err := b.built(rows)
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(map[string]string{"data": dir, "person": person})
}

// populate founds the network, lets the person in, and writes organizations down.
func populate(ctx context.Context, core *service.Core, rows int) error {
	if err := core.CreateNetwork(ctx, "bench", network, "Red de prueba (ficticia)", nil); err != nil {
		return err
	}
	_, err := core.Auth.AddUser(ctx, auth.CommandLine, auth.NewUser{
		Email: person, Name: "Persona Ficticia", Role: schema.Coordinator, Networks: []string{network}, Password: "una clave larga",
	})
	if err != nil {
		return err
	}
	const chunk = 4000
	for done := 0; done < rows; done += chunk {
		ms := make([]record.Mutation, min(chunk, rows-done))
		for i := range ms {
			ms[i] = creation(done + i)
		}
		if err := submit(ctx, core.Engine, apply.Author{Device: apply.Server, UserName: "bench"}, ms); err != nil {
			return err
		}
	}
	return nil
}

func submit(ctx context.Context, e *apply.Engine, author apply.Author, ms []record.Mutation) error {
	verdicts, err := e.Submit(ctx, author, ms)
	if err != nil {
		return err
	}
	for _, v := range verdicts {
		if f := v.Fault(); f != nil {
			return f
		}
	}
	return nil
}

// copyOf is a new data folder with the same content: the built ones stay as they are. It is on the disk when it is returned: a system
// that is still writing gigabytes out would be measured with what follows.
func (b *bench) copyOf(dir string) (string, error) {
	to, err := b.folder(filepath.Base(dir))
	if err != nil {
		return "", err
	}
	out, err := exec.CommandContext(b.ctx, "cp", "-r", "--reflink=auto", dir+"/.", to).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("cp: %w: %s", err, out)
	}
	syscall.Sync()
	return to, nil
}

// host is a server in this process.
type host struct {
	*service.Server
	served chan error
}

func openHost(dir string) (*host, error) {
	s, err := service.Open(service.Config{DataDir: dir, Listen: "127.0.0.1:0", Log: zerolog.Nop(), CheapPasswords: true})
	if err != nil {
		return nil, err
	}
	h := &host{Server: s, served: make(chan error, 1)}
	go func() { h.served <- s.Serve() }()
	return h, nil
}

// hostOf serves a copy of a built folder.
func (b *bench) hostOf(rows int) (*host, error) {
	built, err := b.built(rows)
	if err != nil {
		return nil, err
	}
	dir, err := b.copyOf(built)
	if err != nil {
		return nil, err
	}
	return openHost(dir)
}

func (h *host) Close() error { return errors.Join(h.Server.Close(), <-h.served) }

// credential is what a device shows a server.
type credential struct {
	Token, ID, Name string
	Number          uint32
}

// enroll lets devices of the person in.
func enroll(ctx context.Context, a *auth.Auth, devices int) ([]credential, error) {
	out := make([]credential, devices)
	for i := range out {
		code, _, err := a.DeviceCode(ctx, auth.CommandLine, person, 0)
		if err != nil {
			return nil, err
		}
		name := fmt.Sprintf("laptop-%d", i)
		e, err := a.Enroll(ctx, auth.Enrollment{Code: code, Name: name, Address: fmt.Sprintf("10.0.%d.%d", i>>8, i&255)})
		if err != nil {
			return nil, err
		}
		out[i] = credential{Token: e.Token, ID: e.Device.ID, Name: name, Number: e.Device.Number}
	}
	return out, nil
}
