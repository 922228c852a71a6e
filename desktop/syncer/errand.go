package syncer

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"acopio/desktop/device"
	"acopio/desktop/link"
	"acopio/shared/fault"
	"acopio/shared/protocol"
	"acopio/shared/record"
	"acopio/shared/replica"
)

// Bounds of an errand.
const (
	errandTimeout  = 2 * time.Minute
	obeyingTimeout = 15 * time.Second // to say that a wipe begins: it does not wait for that
)

// leaving ends a conversation in which networks turned out to be no longer granted that hold something unsent: it is handed
// in first.
type leaving struct{ networks []string }

func (leaving) Error() string { return "edits of networks that are no longer granted are handed in" }

// part parts from what a failed conversation shows to be over: networks that are no longer granted, this copy's old name,
// or the server itself. again says that it is worth connecting at once.
func (s *Syncer) part(ctx context.Context, err error) (again bool, _ error) {
	var l leaving
	switch {
	case errors.As(err, &l):
		return true, s.handIn(ctx, l.networks, false)
	case fault.Is(err, fault.DeviceCopied):
		return true, nil
	case fault.Is(err, fault.DeviceRevoked):
		return false, errors.Join(s.lastErrand(ctx), err)
	default:
		return false, err
	}
}

// lastErrand is what is left to do once the server lets this device in no more: to hear whether it is to be wiped, and to
// hand in what was not sent. Then the rows go. It is done again with each attempt to connect: the order may come later.
func (s *Syncer) lastErrand(ctx context.Context) error {
	s.update(func(d *device.State) { d.Revoked = true })
	if len(s.Device().Key) == 0 {
		return nil // of a server that takes no errands: everything stays here
	}
	receipt, err := s.errand(ctx, protocol.Errand{})
	if err != nil {
		return err
	}
	for _, signed := range receipt.Orders {
		order, err := device.CheckOrder(s.Device(), signed)
		if err != nil {
			s.Log.Error().Err(err).Msg("an order to wipe this computer was refused")
			continue
		}
		return s.obey(ctx, order)
	}
	if s.Device().Parted {
		return nil
	}
	networks, err := s.Outbox.UnsentNetworks(ctx)
	if err != nil {
		return err
	}
	states, err := s.Replica.Networks(ctx)
	if err != nil {
		return err
	}
	for _, n := range states {
		networks = append(networks, n.Code)
	}
	slices.Sort(networks)
	if err := s.handIn(ctx, slices.Compact(networks), true); err != nil {
		return err
	}
	return s.Update(func(d *device.State) { d.Parted = true })
}

// obey hands in what was not sent, unless the order says at once, says that it will wipe, and leaves the wiping to whoever
// owns the files: fault.DeviceWiped is the end of this syncer. The order is on the disk before anybody hears of it, so that
// a wipe that is interrupted goes on with the next start.
func (s *Syncer) obey(ctx context.Context, order protocol.Order) error {
	if !order.AtOnce {
		networks, err := s.Outbox.UnsentNetworks(ctx)
		if err != nil {
			return err
		}
		if err := s.handIn(ctx, networks, true); err != nil {
			return err
		}
	}
	if s.BeginWipe == nil {
		return fault.New(fault.DeviceRevoked)
	}
	if err := s.BeginWipe(order); err != nil {
		return err
	}
	if err := s.empty(ctx); err != nil {
		s.Log.Error().Err(err).Msg("rows were left to the deletion of the files")
	}
	soon, cancel := context.WithTimeout(ctx, obeyingTimeout)
	defer cancel()
	if _, err := s.errand(soon, protocol.Errand{Obeyed: order.ID}); err != nil {
		s.Log.Warn().Err(err).Msg("the office could not be told that this computer wipes itself")
	}
	return fault.New(fault.DeviceWiped)
}

// empty lets every network go, with all edits: the files follow once nobody has them open.
func (s *Syncer) empty(ctx context.Context) error {
	states, err := s.Replica.Networks(ctx)
	if err != nil {
		return err
	}
	return s.Replica.Write(func(tx *replica.Tx) error {
		if _, err := tx.Exec(`DELETE FROM outbox`); err != nil {
			return err
		}
		for _, n := range states {
			if err := s.Outbox.Forget(tx, n.Code); err != nil {
				return err
			}
			if err := tx.DropNetwork(n.Code); err != nil {
				return err
			}
		}
		return nil
	})
}

// handIn hands in what is unsent of some networks, and lets them go. It fails with fault.ErrandFull, and changes nothing,
// where there is more than the office takes: people must talk. done says that nothing will come after it.
func (s *Syncer) handIn(ctx context.Context, networks []string, done bool) error {
	outcomes := map[record.OpID]protocol.Outcome{}
	var after int64 = -1 << 62
	for {
		batch, err := s.Outbox.Unsent(ctx, networks, after, pushCount, pushMost)
		if err != nil {
			return err
		}
		last := len(batch.Mutations) == 0
		if last && !done {
			break
		}
		receipt, err := s.errand(ctx, protocol.Errand{Mutations: batch.Mutations, Done: last})
		if err != nil {
			return err
		}
		for _, o := range receipt.Outcomes {
			outcomes[o.Op] = o
		}
		if last {
			break
		}
		after = batch.Last
	}
	for _, code := range networks {
		r, err := s.Outbox.HandedIn(code, outcomes)
		if err != nil {
			return err
		}
		s.Log.Info().Str("network", code).Int("proposals", r.Proposals).Int("kept", r.Kept).Msg("a network is no longer granted: its rows are gone, and what was unsent was handed in")
	}
	s.Changed()
	return nil
}

// errand does one exchange.
func (s *Syncer) errand(ctx context.Context, e protocol.Errand) (protocol.Receipt, error) {
	post := s.Post
	if post == nil {
		post = s.post
	}
	frame, err := post(ctx, protocol.Encode(protocol.TypeErrand, e))
	if err != nil {
		return protocol.Receipt{}, err
	}
	kind, payload, err := protocol.Split(frame)
	if err != nil || kind != protocol.TypeReceipt {
		return protocol.Receipt{}, fault.Wrap(err, fault.ServerNotAcopio)
	}
	r, err := protocol.Decode[protocol.Receipt](payload)
	if err == nil && len(r.Outcomes) != len(e.Mutations) {
		err = fault.New(fault.BadFrame)
	}
	return r, err
}

// post takes an errand's frame to the server, and its answer back.
func (s *Syncer) post(ctx context.Context, frame []byte) ([]byte, error) {
	state := s.Device()
	client, err := link.Client(state.CA)
	if err != nil {
		return nil, err
	}
	if t, ok := client.Transport.(*http.Transport); ok {
		t.DisableKeepAlives = true // an errand is rare
		if s.NetDial != nil {
			t.DialContext = s.NetDial
		}
	}
	ctx, cancel := context.WithTimeout(ctx, errandTimeout)
	defer cancel()
	u, err := url.Parse(strings.TrimRight(state.Server, "/") + protocol.ErrandPath)
	if err != nil {
		return nil, fault.Wrap(err, fault.BadURL, "got", state.Server)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, u.String(), bytes.NewReader(frame))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+s.secret())
	req.Header.Set("Content-Type", "application/octet-stream")
	res, err := client.Do(req)
	if err != nil {
		return nil, link.Diagnose(err, u.Hostname(), s.Clock.Now())
	}
	defer func() { _ = res.Body.Close() }()
	if err := link.CheckAnswer(res); err != nil {
		return nil, err
	}
	answer, err := io.ReadAll(io.LimitReader(res.Body, protocol.MaxFrameBytes+1))
	if err != nil {
		return nil, link.Diagnose(err, u.Hostname(), s.Clock.Now())
	}
	return answer, nil
}
