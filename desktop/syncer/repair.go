package syncer

import (
	"slices"

	"acopio/desktop/device"
	"acopio/shared/clock"
	"acopio/shared/fault"
	"acopio/shared/protocol"
	"acopio/shared/record"
	"acopio/shared/replica"
	"acopio/shared/survey"
)

// Bounds of a repair. What is beyond them is cheaper to fetch anew.
const (
	fewClaims      = 32  // up to so many records, a range is listed and not split
	askedAtOnce    = 256 // ranges, and lists, in one question
	maxRanges      = 4096
	maxRounds      = 64
	maxRepairBytes = 8 << 20 // of the records that differ
)

// repair is the search for what differs in a network, from one checkpoint to the transaction that mends it. Meanwhile no
// page of the network is taken and nothing is pushed.
type repair struct {
	survey  *survey.Survey
	ranges  []survey.Range // to be asked about
	lists   []survey.Range // to be told in full
	asked   question
	rounds  int
	records []protocol.Record
	bytes   int // of their bodies
	gone    []record.Key
}

type question struct{ ranges, lists []survey.Range }

// heal makes a network equal to the server's again, whose checksum it differed from at a checkpoint. Pending edits stay.
// It begins by having the checksum be that of the rows.
func (c *Conversation) heal(n *network) error {
	c.Log.Error().Str("network", n.code).Uint64("seq", n.at).Msg("the checksum differs from the server's")
	switch {
	case n.distrusted:
		return nil
	case !c.compares || n.repaired:
		return c.refetch(n)
	}
	c.compare(n, protocol.Compare{}) // the server gets ready while we do
	equal := false
	err := c.Replica.Write(func(tx *replica.Tx) error {
		if err := tx.Recount(n.code); err != nil {
			return err
		}
		state, err := tx.Network(n.code)
		equal = n.proven(state)
		return err
	})
	if err != nil {
		return err
	}
	if equal {
		c.Log.Warn().Str("network", n.code).Msg("the rows are the server's: only their sum was wrong")
		return nil
	}
	c.update(func(d *device.State) { d.Unproven = true }) // should the line break, the next connection looks again
	r := &repair{}
	if r.survey, err = c.Replica.Survey(c.ctx, n.code); err != nil {
		return err
	}
	n.repair = r
	r.queue(survey.Range{})
	c.note(func(p *Progress) { p.Settled = false })
	c.inquire(n)
	return nil
}

// proven reports whether a state of the replica is the one that the last checkpoint spoke of.
func (n *network) proven(state replica.NetworkState) bool {
	return string(state.Sums.Of(record.Everything).Bytes()) == string(n.checksum) && uint64(state.Records) == n.count
}

// queue puts a range that differs among those to be asked about.
func (r *repair) queue(at survey.Range) {
	if len(r.survey.In(at)) <= fewClaims || !at.Splits() {
		r.lists = append(r.lists, at)
	} else {
		r.ranges = append(r.ranges, at)
	}
}

// compare sends a question. Answers come in the order of the questions: only that to the last one counts.
func (c *Conversation) compare(n *network, q protocol.Compare) {
	q.Network, q.Seq = n.code, n.at
	n.owed++
	c.say(protocol.TypeCompare, q)
}

// inquire asks about the next ranges.
func (c *Conversation) inquire(n *network) {
	r := n.repair
	r.rounds++
	r.asked = question{ranges: take(&r.ranges), lists: take(&r.lists)}
	var q protocol.Compare
	for _, at := range r.asked.ranges {
		q.Ranges = append(q.Ranges, protocol.RangeSums{First: at.First, Bits: at.Bits, Sums: survey.PutSums(r.survey.Sums(at))})
	}
	for _, at := range r.asked.lists {
		q.Lists = append(q.Lists, protocol.RangeList{First: at.First, Bits: at.Bits, Claims: survey.PutClaims(r.survey.Claims(at))})
	}
	c.compare(n, q)
}

func take(from *[]survey.Range) []survey.Range {
	some := (*from)[:min(askedAtOnce, len(*from))]
	*from = (*from)[len(some):]
	return some
}

// differs takes the answer to a question.
func (c *Conversation) differs(payload []byte) error {
	d, err := protocol.Decode[protocol.Differ](payload)
	if err != nil {
		return err
	}
	n := c.networks[d.Network]
	if n == nil {
		return nil
	}
	n.head, n.owed = max(n.head, d.Head), n.owed-1
	r := n.repair
	if r == nil || n.owed > 0 {
		return nil
	}
	switch {
	case d.Moved && n.head > n.at:
		n.repair = nil // the next checkpoint will show whether it still differs
		return nil
	case d.Moved, d.Refused:
		return c.refetch(n)
	case len(d.Parts) != len(r.asked.ranges) || int(d.Listed) > len(r.asked.lists) || d.Listed == 0 && len(r.asked.lists) > 0:
		return fault.New(fault.BadFrame)
	}
	r.take(n.code, d)
	switch {
	case len(r.ranges)+len(r.lists) == 0:
		return c.mend(n)
	case r.rounds >= maxRounds || len(r.ranges)+len(r.lists) > maxRanges || r.bytes > maxRepairBytes:
		return c.refetch(n)
	}
	c.inquire(n)
	return nil
}

// take notes what an answer says.
func (r *repair) take(network string, d protocol.Differ) {
	for i, at := range r.asked.ranges {
		for part := range survey.Parts {
			if d.Parts[i]>>part&1 == 1 {
				r.queue(at.Part(part))
			}
		}
	}
	for _, at := range r.asked.lists[:d.Listed] {
		for _, p := range r.survey.In(at) {
			if slices.Contains(d.Unknown, p.Place) {
				r.gone = append(r.gone, record.Key{Network: network, Collection: p.Collection, ID: p.ID})
			}
		}
	}
	r.lists = append(r.lists, r.asked.lists[d.Listed:]...)
	r.records = append(r.records, d.Records...)
	for _, w := range d.Records {
		r.bytes += len(w.Body)
	}
}

// mend writes what differed, in one transaction that ends with the checkpoint's checksum.
func (c *Conversation) mend(n *network) error {
	r := n.repair
	n.repair, n.repaired = nil, true
	if len(r.records)+len(r.gone) == 0 {
		n.distrusted = true
		c.Log.Error().Str("network", n.code).Msg("the server's records are not what its own checksum says: nothing is fetched")
		return nil
	}
	var have []*record.Record
	var strangers []replica.Stranger
	for _, w := range r.records {
		rec, known, err := w.Record(c.Replica.Schema(), n.code)
		switch {
		case err != nil:
			return err
		case known:
			have = append(have, rec)
		default:
			key := record.Key{Network: n.code, Collection: w.Collection, ID: w.ID}
			strangers = append(strangers, replica.Stranger{Key: key, Seq: w.Seq, Body: w.Body})
		}
	}
	records, equal := 0, false
	err := c.Replica.Write(func(tx *replica.Tx) (err error) {
		if records, err = tx.Repair(have, strangers, r.gone, c.Outbox); err != nil {
			return err
		}
		if err := c.Outbox.Reapply(tx, n.code); err != nil {
			return err
		}
		state, err := tx.Network(n.code)
		equal = n.proven(state)
		return err
	})
	if err != nil {
		return err
	}
	if !equal {
		return c.refetch(n)
	}
	n.repaired = false
	c.Log.Warn().Str("network", n.code).Int("records", records).Int("rounds", r.rounds).Msg("repaired: the replica is the server's again")
	c.noteRepair(device.Repair{Network: n.code, Records: records})
	return nil
}

// refetch fetches a network anew that could not be repaired.
func (c *Conversation) refetch(n *network) error {
	n.repair = nil
	if n.healed {
		c.update(func(d *device.State) { d.Unproven = false }) // or every connection would fetch it
		return fault.New(fault.Internal)                       // once a connection is enough: it is not the line's fault
	}
	n.healed = true
	c.Log.Error().Str("network", n.code).Msg("the network could not be repaired: fetching anew")
	c.noteRepair(device.Repair{Network: n.code, Whole: true})
	return c.again(n)
}

func (c *Conversation) noteRepair(r device.Repair) {
	r.At = clock.MillisOf(c.Clock.Now())
	c.update(func(d *device.State) { d.Repaired(r) })
	c.Changed()
}

// examine holds every row against what is said of it, when that is due, and has every network compared with the server's. What
// an earlier connection did not live to compare is compared by this one. It reports whether there was nothing to do.
func (c *Conversation) examine() (done bool, err error) {
	now, last := clock.MillisOf(c.Clock.Now()), c.Device().Examined
	switch {
	case last == 0: // what was just fetched
		c.update(func(d *device.State) { d.Examined = now })
		return true, nil
	case now < last || now-last >= clock.Millis(examineEvery.Milliseconds()):
		if err := c.audit(now); err != nil {
			return false, err
		}
		c.verified = false
	case !c.Device().Unproven:
		return true, nil
	}
	if c.verified || !c.compares {
		c.update(func(d *device.State) { d.Unproven = false })
		return true, nil
	}
	c.verified = true
	for _, n := range c.networks {
		n.verify = true
	}
	return false, nil
}

// audit has the sums be what the rows are. It is done for today even if it fails, but not if the program ends meanwhile.
func (c *Conversation) audit(now clock.Millis) error {
	audit, err := c.Replica.Audit(c.ctx)
	var off []string
	if err == nil {
		err = c.Replica.Write(func(tx *replica.Tx) (err error) {
			off, err = tx.Admit(audit, c.Outbox)
			return err
		})
	}
	for _, code := range off {
		c.Log.Error().Str("network", code).Msg("rows on the disk are not what was written")
	}
	c.update(func(d *device.State) { d.Examined, d.Unproven = now, d.Unproven || err == nil })
	return err
}
