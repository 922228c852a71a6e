package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"acopio/server/auth"
	"acopio/server/service"
	"acopio/shared/fault"
	"acopio/shared/schema"
)

// print writes one JSON object per line, or what people read.
func (a *app) print(asJSON bool, v any, text string) error {
	if !asJSON {
		_, err := fmt.Fprintln(a.out, text)
		return err
	}
	return json.NewEncoder(a.out).Encode(v)
}

func networkCommand(a *app) *cobra.Command {
	c := &cobra.Command{Use: "network", Short: "Country networks"}
	var name string
	var countries []string
	add := &cobra.Command{
		Use: "add CODE", Short: "Add a network", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withCore(func(core *service.Core) error {
				return core.CreateNetwork(cmd.Context(), auth.CommandLine.Name, args[0], name, countries)
			})
		},
	}
	add.Flags().StringVar(&name, "name", "", "its name")
	add.Flags().StringSliceVar(&countries, "country", nil, "ISO code of a country it covers (repeatable)")
	_ = add.MarkFlagRequired("name")
	var asJSON bool
	list := &cobra.Command{
		Use: "list", Short: "List networks with their checksums", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.withCore(func(core *service.Core) error { return a.listNetworks(cmd.Context(), core, asJSON) })
		},
	}
	list.Flags().BoolVar(&asJSON, "json", false, "one JSON object per line")
	c.AddCommand(add, list)
	return c
}

func (a *app) listNetworks(ctx context.Context, core *service.Core, asJSON bool) error {
	list, err := core.Summaries(ctx)
	if err != nil {
		return err
	}
	for _, n := range list {
		text := fmt.Sprintf("%-8s %-40s %8d  %s", n.Code, n.Name, n.Records, n.Checksum)
		if err := a.print(asJSON, n, text); err != nil {
			return err
		}
	}
	return nil
}

func userCommand(a *app) *cobra.Command {
	c := &cobra.Command{Use: "user", Short: "People"}
	var role, name string
	var networks []string
	var fromStdin bool
	add := &cobra.Command{
		Use: "add EMAIL", Short: "Add a person", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if !fromStdin {
				return fault.New(fault.BadUsage, "detail", "--password-stdin")
			}
			password, err := bufio.NewReader(io.LimitReader(a.in, 4096)).ReadString('\n')
			if err != nil && err != io.EOF {
				return err
			}
			for i, code := range networks {
				networks[i] = strings.ToUpper(code)
			}
			return a.withCore(func(core *service.Core) error {
				if err := core.RequireNetworks(cmd.Context(), networks); err != nil {
					return err
				}
				_, err := core.Auth.AddUser(cmd.Context(), auth.CommandLine, auth.NewUser{
					Email: args[0], Name: name, Role: schema.Role(role), Networks: networks, Password: strings.TrimRight(password, "\r\n"),
				})
				return err
			})
		},
	}
	add.Flags().StringVar(&role, "role", "", "admin, office, coordinator, field or viewer")
	add.Flags().StringVar(&name, "name", "", "the person's name")
	add.Flags().StringSliceVar(&networks, "network", nil, "network the person works in (repeatable)")
	add.Flags().BoolVar(&fromStdin, "password-stdin", false, "read the password from standard input")
	_ = add.MarkFlagRequired("role")
	c.AddCommand(add)
	return c
}

func deviceCommand(a *app) *cobra.Command {
	c := &cobra.Command{Use: "device", Short: "Laptops"}
	var asJSON bool
	var email string
	var life time.Duration
	code := &cobra.Command{
		Use: "code", Short: "Make a one-time code to enroll a laptop", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.withCore(func(core *service.Core) error {
				code, expires, err := core.Auth.DeviceCode(cmd.Context(), auth.CommandLine, email, life)
				if err != nil {
					return err
				}
				return a.print(asJSON, map[string]any{"code": code, "expires": expires.Time().Format(time.RFC3339)}, code)
			})
		},
	}
	code.Flags().StringVar(&email, "user", "", "e-mail of the person the laptop is for")
	code.Flags().DurationVar(&life, "valid", 0, "how long it is valid (24h)")
	_ = code.MarkFlagRequired("user")
	list := &cobra.Command{
		Use: "list", Short: "List laptops", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.withCore(func(core *service.Core) error { return a.listDevices(cmd.Context(), core, asJSON) })
		},
	}
	revoke := &cobra.Command{
		Use: "revoke ID", Short: "Withdraw a laptop's access", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withCore(func(core *service.Core) error {
				if err := core.Auth.Revoke(cmd.Context(), auth.CommandLine, args[0]); err != nil {
					return err
				}
				return a.print(asJSON, map[string]any{"id": args[0], "revoked": true}, args[0])
			})
		},
	}
	c.AddCommand(code, list, revoke)
	c.PersistentFlags().BoolVar(&asJSON, "json", false, "one JSON object per line")
	return c
}

func (a *app) listDevices(ctx context.Context, core *service.Core, asJSON bool) error {
	list, err := core.Auth.Devices(ctx)
	if err != nil {
		return err
	}
	for _, d := range list {
		v := map[string]any{
			"id": d.ID, "number": d.Number, "name": d.Name, "user": d.Owner.Email, "version": d.Version, "platform": d.Platform,
			"last_seen": d.LastSeen, "pending": d.Pending, "revoked": d.Revoked,
		}
		if err := a.print(asJSON, v, fmt.Sprintf("%s  %-24s %-32s %4d", d.ID, d.Name, d.Owner.Email, d.Pending)); err != nil {
			return err
		}
	}
	return nil
}
