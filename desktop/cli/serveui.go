package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"acopio/desktop/station"
	"acopio/frontend"
	"acopio/shared/terminal"
)

// serveUICommand serves the window's interface to a browser on this machine: the tests of the interface drive the
// desktop host with it. It is hidden, since anybody on this machine could open the page.
func serveUICommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "serve-ui", Short: "Serve the window's interface on loopback, for tests", Args: cobra.NoArgs, Hidden: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, stop := signal.NotifyContext(cmd.Context(), syscall.SIGINT, syscall.SIGTERM)
			defer stop()
			dir, err := a.dataDir()
			if err != nil {
				return err
			}
			s, err := station.Open(station.Config{DataDir: dir, Log: a.log(), Lang: terminal.Lang()})
			if err != nil {
				return err
			}
			return errors.Join(a.serveUI(ctx, s), s.Close())
		},
	}
}

func (a *app) serveUI(ctx context.Context, s *station.Station) error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.Handle("/api/", s.Handler())
	mux.Handle("/", http.FileServerFS(frontend.Files()))
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	fmt.Fprintln(a.out, "http://"+listener.Addr().String())
	go func() {
		<-ctx.Done()
		_ = server.Close() // event streams do not end by themselves
	}()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
