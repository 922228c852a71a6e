package station

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"fmt"

	"acopio/desktop/syncer"
	"acopio/shared/api"
	"acopio/shared/fault"
	"acopio/shared/inbox"
	"acopio/shared/record"
)

// Status is how this replica and the server stand.
func (s *Station) Status(ctx context.Context) (api.Status, error) {
	d := s.Device()
	counts, err := s.Outbox().Counts(ctx)
	if err != nil {
		return api.Status{}, err
	}
	conflicts, err := inbox.List(ctx, s.Replica(), d.Number, inbox.Filter{Status: inbox.Open})
	if err != nil {
		return api.Status{}, err
	}
	networks, err := s.Replica().Networks(ctx)
	if err != nil {
		return api.Status{}, err
	}
	st := api.Status{
		Pending: counts.Waiting, Rejected: counts.Rejected, Conflicts: len(conflicts), Server: d.Server,
		LastSuccess: d.LastSuccess, LastAttempt: d.LastAttempt, Networks: []api.NetworkStatus{},
	}
	if n := len(d.Repairs); n > 0 {
		last := api.SyncRepair(d.Repairs[n-1])
		st.Repaired = &last
	}
	if d.LastError != nil {
		st.LastError = api.ReasonOf(&fault.Error{Code: d.LastError.Code, Args: d.LastError.Args})
	}
	complete := len(networks) > 0
	for _, n := range networks {
		complete = complete && n.Complete
		st.Networks = append(st.Networks, api.NetworkStatus{
			Code: n.Code, Seq: n.Seq, Checksum: n.Sums.Of(record.Everything).String(), Records: int64(n.Records), Complete: n.Complete,
		})
	}
	st.Receipt = receipt(d.ID, st)
	var p syncer.Progress
	if sy := s.sync(); sy != nil {
		p = sy.Progress()
	}
	st.Online = p.Connected
	if p.First && p.ToFetch > 0 {
		st.Progress = &api.Progress{Done: int64(p.Fetched), Total: int64(p.ToFetch)}
	} else if p.Connected && counts.Waiting > 0 {
		st.Sent = p.Sent
		st.Progress = &api.Progress{Done: int64(p.Sent), Total: int64(p.Sent + counts.Waiting)}
	}
	lease := s.Lease()
	if lease.Days > 0 {
		st.Lease = &api.Lease{Days: lease.Days, Ends: lease.Ends, Near: lease.Near}
	}
	switch {
	case !d.Enrolled():
		st.State = api.SyncNotEnrolled
	case lease.Expired && !d.Parted:
		st.State = api.SyncLocked
	default:
		st.State = stateOf(d.Revoked, complete, p, st)
	}
	return st, nil
}

// stateOf picks the one word that the status chip says of a computer whose register is open.
func stateOf(revoked, complete bool, p syncer.Progress, st api.Status) string {
	switch {
	case revoked || st.Rejected > 0:
		return api.SyncAttention
	case p.First || (!complete && p.Connected):
		return api.SyncFirst
	case p.Connected && st.Pending > 0:
		return api.SyncSending
	case p.Connected && !p.Settled:
		return api.SyncReceiving
	case p.Connected:
		return api.SyncUpToDate
	case st.Pending > 0:
		return api.SyncPending
	case st.LastError == nil && st.LastSuccess > 0 && p.Err == nil:
		return api.SyncUpToDate
	default:
		return api.SyncOffline
	}
}

// receipt is a short code over what this replica holds, for two people on the phone to compare.
func receipt(device string, st api.Status) string {
	h := sha256.New()
	fmt.Fprintln(h, device, st.Pending)
	for _, n := range st.Networks {
		fmt.Fprintln(h, n.Code, n.Seq, n.Checksum)
	}
	code := base32.StdEncoding.EncodeToString(h.Sum(nil)[:5])
	return code[:4] + "-" + code[4:]
}

// onStatus tells a listener each new status; many changes at once make few calls.
func (s *Station) onStatus(fn func(api.Status)) (cancel func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := s.nextID
	s.nextID++
	wake, done := make(chan struct{}, 1), make(chan struct{})
	s.listeners[id] = func() {
		select {
		case wake <- struct{}{}:
		default: // it is about to look anyway
		}
	}
	go func() {
		for {
			select {
			case <-done:
				return
			case <-wake:
				if st, err := s.Status(context.Background()); err == nil {
					fn(st)
				}
			}
		}
	}()
	return func() {
		s.mu.Lock()
		delete(s.listeners, id)
		s.mu.Unlock()
		close(done)
	}
}

// changed wakes everybody who watches the status.
func (s *Station) changed() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, wake := range s.listeners {
		wake()
	}
}
