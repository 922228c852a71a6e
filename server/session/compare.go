package session

import (
	"acopio/shared/fault"
	"acopio/shared/protocol"
)

// compare tells a laptop where its replica differs from what it may hold, as of this moment, of a network.
func (t *Talk) compare(payload []byte) error {
	q, err := protocol.Decode[protocol.Compare](payload)
	if err != nil {
		return err
	}
	class := t.who().Class(q.Network)
	if class == 0 {
		return fault.New(fault.UnknownNetwork, "network", q.Network)
	}
	d, err := t.Feed.Compare(t.ctx, class, q)
	if err != nil {
		return err
	}
	return t.say(protocol.TypeDiffer, d)
}
