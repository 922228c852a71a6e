package syncer

import "acopio/shared/replica"

// The server forgets deletions after a retention, and says up to which seq it has. A replica that stands below it may hold
// records which were deleted and of which nobody will tell it: it is fetched anew. Unlike a server that was restored, this
// one has lost nothing, so nothing is given back; the outbox stays and is sent as ever.

// missed reports whether a replica that stands at a seq may have missed a deletion. One that is being filled is told of
// those after first, where the head was when that began.
func missed(at, first, swept uint64) bool { return at > 0 && max(at, first) < swept }

func (c *Conversation) tooOld(network string, at, swept uint64) {
	c.Log.Warn().Str("network", network).Uint64("seq", at).Uint64("swept", swept).
		Msg("this replica is older than the deletions that the server still knows: fetching anew")
}

// again fetches a network anew from the server that it has been of all along.
func (c *Conversation) again(n *network) error {
	return c.Replica.Write(func(tx *replica.Tx) error {
		_, err := c.startOver(tx, n.code, n.class, false)
		n.at, n.complete, n.first, n.staged, n.bytes, n.ready = 0, false, n.head, nil, 0, false
		return err
	})
}

// forget has the replica forget at a checkpoint what the server has, once over a connection for each time that it swept.
func (n *network) forget(tx *replica.Tx, swept uint64) error {
	if swept <= n.swept {
		return nil
	}
	err := tx.ForgetDeleted(n.code, swept)
	if err == nil {
		n.swept = swept // a transaction that fails now ends the connection
	}
	return err
}
