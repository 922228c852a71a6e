package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"acopio/desktop/station"
	"acopio/shared/api"
	"acopio/shared/clock"
	"acopio/shared/fault"
)

func enrollCommand(a *app) *cobra.Command {
	var server, code, name, caFile string
	c := &cobra.Command{
		Use: "enroll", Short: "Make this computer a device of a server, with a one-time code", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ca, err := readCA(caFile)
			if err != nil {
				return err
			}
			if name == "" {
				name, _ = os.Hostname() // without one the server names it
			}
			return a.withStation(func(s *station.Station) error {
				if err := s.Enroll(cmd.Context(), server, code, name, ca); err != nil {
					return err
				}
				d := s.Device()
				return a.print(map[string]any{"id": d.ID, "number": d.Number, "name": d.Name, "server": d.Server, "user": d.Email}, d.Name+" → "+d.Server)
			})
		},
	}
	c.Flags().StringVar(&server, "server", "", "the server's address")
	c.Flags().StringVar(&code, "code", "", "the code from the office")
	c.Flags().StringVar(&name, "name", "", "what to call this computer")
	c.Flags().StringVar(&caFile, "ca", "", "certificate authority of the server (PEM file)")
	_ = c.MarkFlagRequired("server")
	_ = c.MarkFlagRequired("code")
	return c
}

func readCA(file string) (string, error) {
	if file == "" {
		return "", nil
	}
	pem, err := os.ReadFile(file)
	if err != nil {
		return "", fault.Wrap(err, fault.BadUsage, "detail", "--ca "+file)
	}
	return string(pem), nil
}

func syncCommand(a *app) *cobra.Command {
	var watch bool
	var timeout time.Duration
	c := &cobra.Command{
		Use: "sync", Short: "Send and fetch until both sides have everything", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, stop := signal.NotifyContext(cmd.Context(), syscall.SIGINT, syscall.SIGTERM)
			defer stop()
			return a.withStation(func(s *station.Station) error { // also of a register that is locked: contact unlocks it
				if watch {
					return a.watch(ctx, s)
				}
				return a.syncOnce(ctx, s, timeout)
			})
		},
	}
	c.Flags().BoolVar(&watch, "watch", false, "stay in sync until interrupted")
	c.Flags().DurationVar(&timeout, "timeout", 30*time.Second, "how long to try")
	return c
}

func (a *app) syncOnce(ctx context.Context, s *station.Station, timeout time.Duration) error {
	limited, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	failure := s.Sync(limited)
	if fault.Is(failure, fault.NotEnrolled) || fault.Is(failure, fault.DeviceWiped) {
		return failure // there is nothing of which to tell a state
	}
	st, err := s.Status(ctx)
	if err != nil {
		return err
	}
	if failure != nil && limited.Err() != nil && fault.KindOf(failure) == fault.Unreachable && fault.Is(failure, fault.ServerTimeout) {
		failure = fault.Wrap(failure, fault.SyncIncomplete, "pending", fmt.Sprint(st.Pending))
	}
	return errors.Join(a.printStatus(st), failure)
}

// watch prints the status whenever it has changed, until ctx ends.
func (a *app) watch(ctx context.Context, s *station.Station) error {
	events := s.Events(func(name string, data any) {
		if st, ok := data.(api.Status); ok && name == api.EventStatus {
			_ = a.printStatus(st) // a reader that went away ends the command by its signal
		}
	})
	defer events()
	return s.Follow(ctx)
}

func statusCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "status", Short: "How this replica and the server stand", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.withStation(func(s *station.Station) error {
				st, err := s.Status(cmd.Context())
				if err != nil {
					return err
				}
				return a.printStatus(st)
			})
		},
	}
}

// statusView is the status as the command line prints it: times as people and scripts read them.
type statusView struct {
	State       string              `json:"state"`
	Server      string              `json:"server"`
	Pending     int                 `json:"pending"`
	Rejected    int                 `json:"rejected"`
	Conflicts   int                 `json:"conflicts"`
	LastSuccess *string             `json:"last_success"`
	LastAttempt *string             `json:"last_attempt"`
	LastError   *api.Reason         `json:"last_error"`
	Receipt     string              `json:"receipt"`
	LeaseDays   int                 `json:"lease_days,omitempty"`
	LeaseEnds   *string             `json:"lease_ends"`
	Networks    []api.NetworkStatus `json:"networks"`
	Repaired    *repairView         `json:"repaired"`
}

// repairView is the last repair as the command line prints it.
type repairView struct {
	At      *string `json:"at"`
	Network string  `json:"network"`
	Records int     `json:"records"`
	Whole   bool    `json:"whole"`
}

func (a *app) printStatus(st api.Status) error {
	v := statusView{
		State: st.State, Server: st.Server, Pending: st.Pending, Rejected: st.Rejected, Conflicts: st.Conflicts,
		LastSuccess: moment(st.LastSuccess), LastAttempt: moment(st.LastAttempt), LastError: st.LastError, Receipt: st.Receipt, Networks: st.Networks,
	}
	if st.Lease != nil {
		v.LeaseDays, v.LeaseEnds = st.Lease.Days, moment(st.Lease.Ends)
	}
	text := fmt.Sprintf("%s · %d / %d / %d · %s", st.State, st.Pending, st.Rejected, st.Conflicts, st.Receipt)
	if st.LastError != nil {
		text += "\n" + st.LastError.Message
	}
	if r := st.Repaired; r != nil {
		v.Repaired = &repairView{At: moment(r.At), Network: r.Network, Records: r.Records, Whole: r.Whole}
		text += fmt.Sprintf("\n%-8s %s %s", r.Network, repairWords(*r), *v.Repaired.At)
	}
	for _, n := range st.Networks {
		text += fmt.Sprintf("\n%-8s %8d %8d  %s", n.Code, n.Seq, n.Records, n.Checksum)
	}
	return a.print(v, text)
}

// repairWords say what a repair came to.
func repairWords(r api.SyncRepair) string {
	if r.Whole {
		return "fetched anew"
	}
	return fmt.Sprintf("repaired %d", r.Records)
}

// moment is a time in RFC 3339, or null for never.
func moment(m clock.Millis) *string {
	if m == 0 {
		return nil
	}
	s := m.Time().Format(time.RFC3339Nano)
	return &s
}
