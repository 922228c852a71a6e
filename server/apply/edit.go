package apply

import (
	"slices"

	"acopio/server/store"
	"acopio/shared/merge"
	"acopio/shared/protocol"
	"acopio/shared/record"
	"acopio/shared/schema"
)

// mutation judges one mutation that is new. A fault it returns is the reason of a rejection.
func (j *sitting) mutation(author Author, m record.Mutation) (record.Verdict, error) {
	v := record.Verdict{Op: m.Op, Status: record.Applied}
	c, err := j.authorize(author, &m)
	if err != nil {
		return v, err
	}
	learn(c, &m)
	head, err := j.head(m.Key.Network)
	if err != nil {
		return v, err
	}
	if v.Status, v.Version, err = j.decide(c, author, head, m); err != nil {
		return v, err
	}
	v.Seq = head.Seq
	j.keep(author, m, v)
	return v, nil
}

// keep stores a new verdict.
func (j *sitting) keep(author Author, m record.Mutation, v record.Verdict) {
	j.last[author.Device] = m.Op
	j.book.PutJudged(m.Op, store.Judged{Verdict: v, Device: author.Device, Payload: protocol.Fingerprint(j.schema, m)})
}

// decide does what a mutation asks for: to a record itself, to the one that stands for it since it was retired, or to two
// of which one is to stand for both.
func (j *sitting) decide(c *schema.Collection, author Author, head *store.Head, m record.Mutation) (record.Status, uint64, error) {
	if into, ok := m.Retires(); ok {
		return j.retire(retirement{c: c, author: author, head: head, by: m.Op, edited: m}, m.Base, into)
	}
	if from, ok := m.Unretires(); ok {
		return j.unretire(c, author, head, m, from)
	}
	if version, moot, err := j.moot(m); err != nil || moot {
		return record.Applied, version, err
	}
	if version, late, err := j.late(m); err != nil || late {
		return record.Applied, version, err
	}
	to, err := j.directed(c, author, head, m)
	if err != nil {
		return 0, 0, err
	}
	status, version, err := j.edit(c, author, head, to.Mutation, to.unseen)
	if err != nil || len(to.moved) == 0 {
		return status, version, err
	}
	version, err = j.came(c, author, head, to)
	return status, version, err
}

// edit merges a mutation into its record. unseen is merge.Input's.
func (j *sitting) edit(c *schema.Collection, author Author, head *store.Head, m record.Mutation, unseen bool) (record.Status, uint64, error) {
	have, err := j.book.Record(m.Key)
	if err != nil {
		return 0, 0, err
	}
	if err := j.check(c, m, have); err != nil {
		return 0, 0, err
	}
	floor := j.store.Floor()
	if have == nil {
		if floor, err = j.first(c, m); err != nil {
			return 0, 0, err
		}
	}
	res, err := merge.Merge(merge.Input{Collection: c, Have: have, Mutation: m, Device: author.Device, Now: j.now, Floor: floor, Unseen: unseen})
	if err != nil {
		return 0, 0, err
	}
	version := uint64(0)
	if res.Record != nil {
		if err := j.write(c, author, head, have, m, res); err != nil {
			return 0, 0, err
		}
		version = res.Record.Version
	} else if have != nil {
		version = have.Version
	}
	for _, l := range res.Losers {
		if err := j.keepLoser(c, author, head, m, l); err != nil {
			return 0, 0, err
		}
	}
	return res.Status, version, nil
}

// write puts what a merge made of a record, if it may stand.
func (j *sitting) write(c *schema.Collection, author Author, head *store.Head, have *record.Record, m record.Mutation, res merge.Result) error {
	if err := j.sound(c, res.Record); err != nil {
		return err
	}
	if err := j.definable(c, res.Record); err != nil {
		return err
	}
	j.put(c, author, head, have, res.Record, entryOf(m, res))
	if c.Name != schema.OwnFields {
		return nil
	}
	j.defined = true
	return j.adopt()
}

func entryOf(m record.Mutation, res merge.Result) record.Entry {
	return record.Entry{Op: m.Op, Kind: m.Kind, Status: res.Status, Changes: res.Changes, Edited: res.Record.Updated().Edited}
}

// put writes a record's next state, its log entry and the head's new sums.
func (j *sitting) put(c *schema.Collection, author Author, head *store.Head, have, next *record.Record, e record.Entry) {
	head.Seq++
	next.Seq = head.Seq
	e.Key, e.Seq, e.Version = next.Key, next.Seq, next.Version
	e.Device, e.User, e.Name, e.At = author.Device, author.UserName, author.DeviceName, j.now
	if whose, ok := j.whose[next.Key]; ok {
		e.Name = whose
	}
	head.Hash = store.Chain(j.schema, head.Hash, e)
	if have != nil && !have.Deleted {
		head.Sums = head.Sums.Sub(j.book.Digest(c, have))
		count(c, head, ^uint64(0)) // minus one, modulo 2^64
	}
	body := record.EncodeBody(c, next)
	whole := record.HashOfBody(next.Key, body)
	if !next.Deleted {
		head.Sums = head.Sums.Add(record.DigestOfHashed(c, next, whole))
		count(c, head, 1)
	}
	j.book.Put(next, body, whole, e, head.Hash)
	j.name(next.Network, protocol.Author{Number: author.Device, Device: author.DeviceName, User: author.UserName})
}

// name lets the store know an author's name, once.
func (j *sitting) name(network string, a protocol.Author) {
	if key := (namedAuthor{network, a}); !j.named[key] && !slices.Contains(j.met, key) {
		j.met = append(j.met, key)
	}
}

// count adds to the head's numbers of living records.
func count(c *schema.Collection, head *store.Head, n uint64) {
	head.Records += n
	if !c.Sensitive {
		head.Public += n
	}
}
