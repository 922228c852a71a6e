package session

import (
	"context"

	"acopio/server/apply"
	"acopio/server/auth"
	"acopio/server/feed"
	"acopio/shared/clock"
	"acopio/shared/fault"
	"acopio/shared/protocol"
	"acopio/shared/record"
	"acopio/shared/version"
)

// hello checks the laptop's state against the server's and answers with what it may hold.
func (s *session) hello(payload []byte) error {
	h, err := protocol.Decode[protocol.Hello](payload)
	if err != nil {
		return err
	}
	if h.Protocol < protocol.MinVersion {
		return fault.New(fault.ProtocolTooOld)
	}
	s.app = h.App
	// Asked again: who was let in just before a revocation is not among those whom it sends away.
	p, err := s.accounts.DevicePrincipal(s.ctx, s.who().Device.ID)
	if err != nil {
		return err
	}
	s.mu.Lock()
	s.principal = p
	s.mu.Unlock()
	if err := s.accounts.Seen(s.ctx, p.Device.ID, h.App, int64(h.Pending), clock.MillisOf(s.clock.Now())); err != nil {
		return err
	}
	w := protocol.Welcome{
		Protocol: min(h.Protocol, protocol.Version), App: version.Version, Epoch: s.feed.Epoch(), Now: clock.MillisOf(s.clock.Now()),
		Device: p.Device.Number, Email: p.User.Email, Name: p.User.Name, Role: string(p.Role()),
	}
	if w.Grants, err = s.grants(p, h.Cursors); err != nil {
		return err
	}
	if err := s.send(protocol.TypeWelcome, w); err != nil {
		return err
	}
	return s.join(w.Grants)
}

func (s *session) grants(p auth.Principal, cursors []protocol.Cursor) ([]protocol.Grant, error) {
	heads, err := s.feed.Heads(s.ctx)
	if err != nil {
		return nil, err
	}
	at := map[string]protocol.Cursor{}
	for _, c := range cursors {
		at[c.Network] = c
	}
	var out []protocol.Grant
	for _, head := range heads {
		class := p.Class(head.Network)
		if class == 0 {
			continue
		}
		g := protocol.Grant{Network: head.Network, Class: class, Head: head.Seq, Known: true}
		if c, ok := at[head.Network]; ok && c.Seq > 0 {
			agrees, err := s.feed.Agrees(s.ctx, c)
			if err != nil {
				return nil, err
			}
			g.Known = agrees && c.Class == class
		}
		out = append(out, g)
	}
	return out, nil
}

// join takes the laptop's place in the audiences of its networks: after the welcome, which must be the first frame it
// sees. What was committed in between, it is told to ask for.
func (s *session) join(grants []protocol.Grant) error {
	s.mu.Lock()
	for _, g := range grants {
		s.leave[g.Network] = s.hub.Join(g.Network, g.Class, s)
	}
	s.mu.Unlock()
	for _, g := range grants {
		head, _, err := s.feed.Head(s.ctx, g.Network)
		if err != nil {
			return err
		}
		if head.Seq > g.Head {
			s.Offer(protocol.Encode(protocol.TypePoke, protocol.Poke{Network: g.Network, Head: head.Seq}))
		}
	}
	return nil
}

// author is who the session's mutations are by, as of this moment.
func (s *session) author() apply.Author {
	p := s.who()
	return apply.Author{Device: p.Device.Number, DeviceName: p.Device.Name, UserName: p.User.Name, Role: p.Role(), May: p.May}
}

// answer does what one frame asks.
func (s *session) answer(t protocol.Type, payload []byte) error {
	switch t {
	case protocol.TypePush:
		return s.push(payload)
	case protocol.TypePull:
		return s.pull(payload)
	case protocol.TypeReport:
		return s.report(payload)
	case protocol.TypeAskHistory:
		return s.history(payload)
	default:
		return fault.New(fault.BadFrame)
	}
}

func (s *session) push(payload []byte) error {
	push, err := protocol.Decode[protocol.Push](payload)
	if err != nil {
		return err
	}
	if len(push.Mutations) > maxPushLength {
		return fault.New(fault.BadFrame)
	}
	ack := protocol.Ack{Verdicts: make([]protocol.Verdict, len(push.Mutations))}
	mutations := make([]record.Mutation, 0, len(push.Mutations))
	at := make([]int, 0, len(push.Mutations))
	for i, w := range push.Mutations {
		m, err := w.Mutation(s.schema)
		if err != nil { // one that cannot be read must not hold up the others
			f := fault.Of(err)
			ack.Verdicts[i] = protocol.Verdict{Op: w.Op, Status: record.Rejected, Code: f.Code, Args: f.Args}
			continue
		}
		mutations, at = append(mutations, m), append(at, i)
	}
	// The commit is not abandoned with the connection: the answer is stored and given when asked again.
	verdicts, err := s.engine.Submit(context.WithoutCancel(s.ctx), s.author(), mutations)
	if err != nil {
		return err
	}
	for i, v := range verdicts {
		ack.Verdicts[at[i]] = protocol.FromVerdict(v)
	}
	return s.send(protocol.TypeAck, ack)
}

func (s *session) pull(payload []byte) error {
	pull, err := protocol.Decode[protocol.Pull](payload)
	if err != nil {
		return err
	}
	class := s.who().Class(pull.Network)
	if class == 0 {
		return fault.New(fault.UnknownNetwork, "network", pull.Network)
	}
	page, err := s.feed.Page(s.ctx, feed.Ask{Network: pull.Network, Class: class, After: pull.After, First: pull.First, MaxBytes: int(pull.MaxBytes)})
	if err != nil {
		return err
	}
	return s.send(protocol.TypePage, page)
}

func (s *session) report(payload []byte) error {
	r, err := protocol.Decode[protocol.Report](payload)
	if err != nil {
		return err
	}
	return s.accounts.Seen(s.ctx, s.who().Device.ID, s.app, int64(r.Pending), clock.MillisOf(s.clock.Now()))
}

func (s *session) history(payload []byte) error {
	ask, err := protocol.Decode[protocol.AskHistory](payload)
	if err != nil {
		return err
	}
	h := protocol.History{Query: ask.Query}
	if class := s.who().Class(ask.Network); class != 0 {
		key := record.Key{Network: ask.Network, Collection: ask.Collection, ID: ask.ID}
		if h.Entries, err = s.feed.History(s.ctx, key, class); err != nil {
			return err
		}
	}
	return s.send(protocol.TypeHistory, h)
}
