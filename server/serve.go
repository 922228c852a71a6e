package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"acopio/server/service"
	"acopio/server/tlsconf"
	"acopio/shared/clock"
	"acopio/shared/terminal"
)

type serveFlags struct {
	listen, cert, key string
	autoHosts         []string
	insecure, proxied bool
	keepDeleted       int // days
}

func serveCommand(a *app) *cobra.Command {
	var f serveFlags
	c := &cobra.Command{
		Use: "serve", Short: "Serve laptops and the console; prints its address when it is ready", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, stop := signal.NotifyContext(cmd.Context(), syscall.SIGINT, syscall.SIGTERM)
			defer stop()
			return a.serve(ctx, f)
		},
	}
	c.Flags().StringVar(&f.listen, "listen", "127.0.0.1:8470", "host:port to listen on; port 0 takes a free one")
	c.Flags().StringVar(&f.cert, "tls-cert", "", "certificate file (PEM)")
	c.Flags().StringVar(&f.key, "tls-key", "", "its key file (PEM)")
	c.Flags().StringSliceVar(&f.autoHosts, "tls-auto", nil, "host name to get certificates for automatically")
	c.Flags().BoolVar(&f.insecure, "insecure-http", false, "serve plain HTTP beyond this machine: only behind something that encrypts")
	keepDeletedFlag(c, &f.keepDeleted)
	c.Flags().BoolVar(&f.proxied, "behind-proxy", false, "trust X-Forwarded-For and X-Forwarded-Proto")
	return c
}

func (a *app) serve(ctx context.Context, f serveFlags) error {
	cfg, err := a.config()
	if err != nil {
		return err
	}
	t, err := tlsconf.New(tlsconf.Config{
		Listen: f.listen, CertFile: f.cert, KeyFile: f.key, AutoHosts: f.autoHosts, CacheDir: filepath.Join(a.data, "certs"),
		InsecureHTTP: f.insecure, Clock: clock.System{}, Log: a.log,
	})
	if err != nil {
		return err
	}
	cfg.Listen, cfg.TLS, cfg.BehindProxy = f.listen, t.TLS, f.proxied
	if cfg.Retention, err = retentionOf(f.keepDeleted); err != nil {
		return err
	}
	s, err := service.Open(cfg)
	if err != nil {
		return err
	}
	ended := make(chan error, 2)
	go func() { ended <- s.Serve() }()
	if t.Challenge != nil {
		challenge := &http.Server{Addr: ":80", Handler: t.Challenge, ReadHeaderTimeout: 10 * time.Second}
		defer func() { _ = challenge.Close() }()
		go func() {
			if err := challenge.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
				a.log.Warn().Err(err).Msg("port 80 is not served: certificates come over port 443 only")
			}
		}()
	}
	if err := a.greet(ctx, s); err != nil {
		return errors.Join(err, s.Close())
	}
	select {
	case <-ctx.Done():
		a.log.Info().Msg("closing")
	case err = <-ended:
	}
	return errors.Join(err, closeWithin(s, stopTimeout))
}

// setupText goes with the link for the first administrator.
var setupText = map[string]string{
	"es": "Aún no hay administrador. Ábralo una sola vez con este enlace: %s\n",
	"en": "There is no administrator yet. Make the first one with this one-time link: %s\n",
}

// greet prints the one line that says where the server is, and the link for the first administrator while there is none.
func (a *app) greet(ctx context.Context, s *service.Server) error {
	fmt.Fprintln(a.out, s.URL())
	token, err := s.Auth.SetupLink(ctx)
	if err != nil {
		return err
	}
	if token != "" {
		fmt.Fprintf(a.err, setupText[terminal.Lang()], s.URL()+"/#/setup/"+token)
	}
	return nil
}

func closeWithin(s *service.Server, limit time.Duration) error {
	done := make(chan error, 1)
	go func() { done <- s.Close() }()
	select {
	case err := <-done:
		return err
	case <-time.After(limit):
		return errors.New("closing took too long")
	}
}
