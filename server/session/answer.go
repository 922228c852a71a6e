package session

import (
	"context"

	"acopio/server/apply"
	"acopio/server/auth"
	"acopio/server/feed"
	"acopio/shared/clock"
	"acopio/shared/columns"
	"acopio/shared/fault"
	"acopio/shared/protocol"
	"acopio/shared/record"
	"acopio/shared/version"
)

// maxPushLength bounds the mutations in one push.
const maxPushLength = 20_000

// hello checks the laptop's state against the server's and answers with what it may hold.
func (t *Talk) hello(payload []byte) error { return apply.OfServer(t.greet(payload)) }

func (t *Talk) greet(payload []byte) error {
	h, err := protocol.Decode[protocol.Hello](payload)
	if err != nil {
		return err
	}
	if h.Protocol < protocol.MinVersion {
		return fault.New(fault.ProtocolTooOld)
	}
	t.app = h.App
	// Asked again: who was let in just before a revocation is not among those whom it sends away.
	p, err := t.Accounts.DevicePrincipal(t.ctx, t.who().Device.ID)
	if err != nil {
		return err
	}
	t.mu.Lock()
	t.principal = p
	t.mu.Unlock()
	if copied, err := t.recognize(h, p); err != nil || copied {
		return err
	}
	if err := t.Accounts.Seen(t.ctx, p.Device.ID, h.App, int64(h.Pending), clock.MillisOf(t.Clock.Now())); err != nil {
		return err
	}
	w := protocol.Welcome{
		Protocol: min(h.Protocol, protocol.Version), App: version.Version, Epoch: t.Feed.Epoch(), Now: clock.MillisOf(t.Clock.Now()),
		Device: p.Device.Number, Email: p.User.Email, Name: p.User.Name, Role: string(p.Role()), Compares: true,
	}
	if w.Grants, err = t.grants(p, h.Cursors); err != nil {
		return err
	}
	if err := t.terms(&w, p, h.Terms); err != nil {
		return err
	}
	if err := t.say(protocol.TypeWelcome, w); err != nil {
		return err
	}
	return t.join(w.Grants)
}

func (t *Talk) grants(p auth.Principal, cursors []protocol.Cursor) ([]protocol.Grant, error) {
	heads, err := t.Feed.Heads(t.ctx)
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
		g := protocol.Grant{Network: head.Network, Class: class, Head: head.Seq, Known: true, Swept: head.Swept}
		if c, ok := at[head.Network]; ok && c.Seq > 0 {
			agrees, err := t.Feed.Agrees(t.ctx, c)
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
func (t *Talk) join(grants []protocol.Grant) error {
	t.mu.Lock()
	for _, g := range grants {
		t.leave[g.Network] = t.Hub.Join(g.Network, g.Class, t.line)
	}
	t.mu.Unlock()
	for _, g := range grants {
		head, _, err := t.Feed.Head(t.ctx, g.Network)
		if err != nil {
			return err
		}
		if head.Seq > g.Head {
			t.line.Offer(protocol.Encode(protocol.TypePoke, protocol.Poke{Network: g.Network, Head: head.Seq}))
		}
	}
	return nil
}

// author is who the session's mutations are by, as of this moment.
func (t *Talk) author() apply.Author {
	p := t.who()
	return apply.Author{Device: p.Device.Number, DeviceName: p.Device.Name, User: p.User.ID, UserName: p.User.Name, Role: p.Role(), May: p.May}
}

// answer does what one frame asks.
func (t *Talk) answer(kind protocol.Type, payload []byte) error {
	switch kind {
	case protocol.TypePush:
		if t.next != nil && !t.kept {
			return fault.New(fault.BadFrame)
		}
		return t.push(payload)
	case protocol.TypeKeep:
		return apply.OfServer(t.keep(payload))
	case protocol.TypePull:
		return t.pull(payload)
	case protocol.TypeReport:
		return apply.OfServer(t.report(payload))
	case protocol.TypeAskHistory:
		return t.history(payload)
	case protocol.TypeCompare:
		return t.compare(payload)
	default:
		return fault.New(fault.BadFrame)
	}
}

func (t *Talk) push(payload []byte) error {
	push, err := protocol.Decode[protocol.Push](payload)
	if err != nil {
		return err
	}
	if len(push.Mutations) > maxPushLength {
		return fault.New(fault.BadFrame)
	}
	ack := protocol.Ack{Verdicts: make([]protocol.Verdict, len(push.Mutations))}
	mutations := make([]record.Mutation, 0, len(push.Mutations))
	at := make([]int, 0, len(push.Mutations)) // where each of them was in the push
	for i, w := range push.Mutations {
		m, err := w.Mutation(t.Schema)
		if err != nil { // one that cannot be read must not hold up the others
			f := fault.Of(err)
			ack.Verdicts[i] = protocol.Verdict{Op: w.Op, Status: record.Rejected, Code: f.Code, Args: f.Args}
			continue
		}
		mutations, at = append(mutations, m), append(at, i)
	}
	// The commit is not abandoned with the connection: the answer is stored and given when asked again.
	verdicts, err := t.Engine.Submit(context.WithoutCancel(t.ctx), t.author(), mutations)
	if err != nil {
		return err
	}
	for i, v := range verdicts {
		ack.Verdicts[at[i]] = protocol.FromVerdict(v)
	}
	return t.say(protocol.TypeAck, ack)
}

func (t *Talk) pull(payload []byte) error {
	pull, err := protocol.Decode[protocol.Pull](payload)
	if err != nil {
		return err
	}
	class := t.who().Class(pull.Network)
	if class == 0 {
		return fault.New(fault.UnknownNetwork, "network", pull.Network)
	}
	head, _, err := t.Feed.Head(t.ctx, pull.Network) // of a network that is not there Page says so
	if err != nil {
		return err
	}
	ask := feed.Ask{Network: pull.Network, Class: class, After: pull.After, First: pull.First, MaxBytes: int(pull.MaxBytes)}
	frame, err := t.pages.frame(t.ctx, asked{ask, pull.Packed, head.Seq}, t.Clock, func() ([]byte, error) { return t.cut(ask, pull.Packed) })
	if err != nil {
		return err
	}
	if rest, ok := pull.Rest(frame); ok {
		frame = rest
	}
	return t.line.Send(frame)
}

// cut reads and encodes a page.
func (t *Talk) cut(ask feed.Ask, packed bool) ([]byte, error) {
	page, err := t.Feed.Page(t.ctx, ask)
	if err != nil {
		return nil, err
	}
	if packed {
		page.Packed, page.Records = columns.Pack(page.Records)
	}
	return protocol.Encode(protocol.TypePage, page), nil
}

func (t *Talk) report(payload []byte) error {
	r, err := protocol.Decode[protocol.Report](payload)
	if err != nil {
		return err
	}
	return t.Accounts.Seen(t.ctx, t.who().Device.ID, t.app, int64(r.Pending), clock.MillisOf(t.Clock.Now()))
}

func (t *Talk) history(payload []byte) error {
	ask, err := protocol.Decode[protocol.AskHistory](payload)
	if err != nil {
		return err
	}
	h := protocol.History{Query: ask.Query}
	if class := t.who().Class(ask.Network); class != 0 {
		key := record.Key{Network: ask.Network, Collection: ask.Collection, ID: ask.ID}
		if h.Entries, err = t.Feed.History(t.ctx, key, class); err != nil {
			return err
		}
	}
	return t.say(protocol.TypeHistory, h)
}
