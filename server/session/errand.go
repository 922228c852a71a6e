package session

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"

	"acopio/server/apply"
	"acopio/server/auth"
	"acopio/server/gate"
	"acopio/shared/api"
	"acopio/shared/fault"
	"acopio/shared/protocol"
	"acopio/shared/record"
)

// Errand takes what a device hands in that it may no longer send, recognized by its token, let in or not, and answers with
// the receipt. Nothing else is told to it. Sent again, it has the same answer. Faults: fault.DeviceUnknown,
// fault.ErrandFull, fault.BadFrame.
func (g *Ground) Errand(ctx context.Context, token string, frame []byte) (answer []byte, err error) {
	e, err := g.Accounts.Errand(ctx, token)
	if err != nil {
		return nil, err
	}
	kind, payload, err := protocol.Split(frame)
	if err != nil {
		return nil, err
	}
	in, err := protocol.Decode[protocol.Errand](payload)
	if err != nil || kind != protocol.TypeErrand {
		return nil, fault.Wrap(err, fault.BadFrame)
	}
	if !in.Obeyed.IsZero() {
		if err := g.Accounts.Obeyed(ctx, e.Principal, in.Obeyed.String()); err != nil {
			return nil, err
		}
	}
	receipt := protocol.Receipt{Outcomes: make([]protocol.Outcome, len(in.Mutations))}
	if e.Order != nil {
		receipt.Orders = []protocol.SignedOrder{*e.Order}
	}
	if !e.Closed() && e.Device.Edits+int64(len(in.Mutations)) > auth.MostHandedIn {
		return nil, fault.New(fault.ErrandFull)
	}
	mutations, at := g.readable(in.Mutations, receipt.Outcomes)
	h := &apply.Handover{Reason: e.Reason, Closed: e.Closed()}
	if len(mutations) > 0 {
		author := apply.Author{Device: e.Device.Number, DeviceName: e.Device.Name, User: e.User.ID, UserName: e.User.Name, Role: e.Role(), May: e.MayHandIn}
		if err := g.Engine.Propose(context.WithoutCancel(ctx), author, h, mutations); err != nil {
			return nil, err
		}
		for i, o := range h.Outcomes {
			receipt.Outcomes[at[i]] = o
		}
	}
	if err := g.Accounts.HandIn(ctx, e, h.Added, in.Done); err != nil {
		return nil, err
	}
	return protocol.Encode(protocol.TypeReceipt, receipt), nil
}

// readable takes mutations off the wire, and says where each of them was. One that cannot be read has its outcome.
func (g *Ground) readable(wire []protocol.Mutation, outcomes []protocol.Outcome) (mutations []record.Mutation, at []int) {
	for i, w := range wire {
		m, err := w.Mutation(g.Schema)
		if err != nil {
			outcomes[i] = protocol.Outcome{Op: w.Op, Code: fault.Of(err).Code}
			continue
		}
		mutations, at = append(mutations, m), append(at, i)
	}
	return mutations, at
}

// ServeErrand takes errands over HTTP: one frame in, one out.
func (l *Listener) ServeErrand(w http.ResponseWriter, r *http.Request) {
	w.Header().Set(protocol.Header, "1")
	w.Header().Set("Cache-Control", "no-store")
	token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if _, err := l.accounts.Errand(r.Context(), token); err != nil { // before reading what a stranger sends
		api.WriteFault(w, r, err)
		return
	}
	gate.Admit(r.Context())
	frame, err := io.ReadAll(http.MaxBytesReader(w, r.Body, protocol.MaxFrameBytes))
	if err != nil {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			api.WriteFault(w, r, fault.New(fault.FileTooLarge, "max", "4 MB"))
		}
		return // the laptop is gone
	}
	answer, err := l.Errand(r.Context(), token, frame)
	if err != nil {
		api.WriteFault(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	_, _ = w.Write(answer) // the laptop may be gone: it asks again
}
