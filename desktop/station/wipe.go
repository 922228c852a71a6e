package station

import (
	"context"
	"path/filepath"

	"acopio/desktop/device"
	"acopio/desktop/outbox"
	"acopio/shared/fault"
	"acopio/shared/protocol"
	"acopio/shared/replica"
)

// Wiped is the note of the wipe that this computer has obeyed, or is obeying; nil when there was none since it was enrolled.
func (s *Station) Wiped() *device.Wiped {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.wiped
}

// beginWipe takes an order that is to be obeyed: from here on nothing is read or edited, whatever happens to the program.
func (s *Station) beginWipe(o protocol.Order) error {
	receipts, err := s.Outbox().Receipts(context.Background())
	if err != nil {
		return err
	}
	w := device.Wiped{Order: o.ID.String(), At: o.At, AtOnce: o.AtOnce}
	for _, r := range receipts {
		w.HandedIn += r.Proposals
	}
	if err := device.BeginWipe(s.cfg.DataDir, w); err != nil {
		return err
	}
	s.mu.Lock()
	s.wiped = &w
	s.mu.Unlock()
	return nil
}

// finishWipe deletes what an order told to, and leaves a station as on a computer that was never enrolled. What cannot be
// deleted now is with the next start.
func (s *Station) finishWipe() error {
	if err := s.Replica().Close(); err != nil {
		s.cfg.Log.Warn().Err(err).Msg("the replica that is deleted was not closed")
	}
	if err := device.FinishWipe(s.cfg.DataDir); err != nil {
		return err
	}
	w, _, err := device.LoadWiped(s.cfg.DataDir)
	if err != nil {
		return err
	}
	s.mu.Lock()
	if s.stop != nil {
		s.stop() // it has ended; its context goes too
	}
	s.syncer, s.stop, s.wiped = nil, nil, &w
	s.mu.Unlock()
	s.state.Forget()
	s.cfg.Log.Warn().Str("order", w.Order).Msg("this computer was wiped by order of the office")
	return s.openReplica()
}

// wipeAfter ends a sync: when it came to an order to wipe, that is done now.
func (s *Station) wipeAfter(err error) error {
	if !fault.Is(err, fault.DeviceWiped) {
		return err
	}
	if failure := s.finishWipe(); failure != nil {
		s.cfg.Log.Error().Err(failure).Msg("what is left to delete is with the next start")
	}
	s.changed()
	return err
}

// openReplica opens the data folder's replica and its outbox, salvaging what can be read of a damaged one.
func (s *Station) openReplica() error {
	path := filepath.Join(s.cfg.DataDir, device.ReplicaFile)
	opts := replica.Options{Schema: s.cfg.Schema, Clock: s.cfg.Clock}
	rep, err := replica.Open(path, opts)
	var out *outbox.Outbox
	switch {
	case fault.Is(err, fault.ReplicaCorrupt):
		rep, out, err = s.salvage(path, opts)
	case err == nil:
		if out, err = outbox.Open(rep); err != nil {
			_ = rep.Close() // the first error counts
		}
	}
	if err != nil {
		return err
	}
	s.mu.Lock()
	s.rep, s.out = rep, out
	s.mu.Unlock()
	return nil
}
