package apply

import (
	"maps"
	"slices"
	"sort"

	"acopio/server/store"
	"acopio/shared/clock"
	"acopio/shared/fault"
	"acopio/shared/protocol"
	"acopio/shared/record"
)

// sitting takes the decisions of one transaction.
type sitting struct {
	*Judge
	tx    store.Tx
	book  *ledger
	now   clock.Millis
	heads map[string]*store.Head // of the networks this transaction moves; written at its end
	met   []namedAuthor          // authors this transaction names for the first time
	last  map[uint32]record.OpID // the newest op of each device that this transaction judges

	deleted map[uint32]*tally // of the devices that delete in this transaction

	defined bool // a field of a network's own was added or changed

	whose map[record.Key]string // of the records of the group being judged: whose proposal it makes of them
}

// request judges a request's mutations in order; those of a group stand or fall together.
func (j *sitting) request(r *Request) error {
	if r.Handover != nil {
		return j.handOver(r)
	}
	r.Verdicts = r.Verdicts[:0]
	for i := 0; i < len(r.Mutations); {
		n := groupLength(r.Mutations[i:])
		verdicts, err := j.group(r.Author, r.Mutations[i:i+n])
		if err != nil {
			return err
		}
		r.Verdicts = append(r.Verdicts, verdicts...)
		i += n
	}
	return nil
}

// groupLength counts the mutations at the head of the list that belong together.
func groupLength(ms []record.Mutation) int {
	n := 1
	for ms[0].Group.Size > 0 && n < len(ms) && ms[n].Group.ID == ms[0].Group.ID {
		n++
	}
	return n
}

func (j *sitting) group(author Author, ms []record.Mutation) ([]record.Verdict, error) {
	verdicts, err := j.known(author, ms)
	if err != nil || verdicts != nil {
		return verdicts, err
	}
	if !whole(ms) {
		return j.reject(author, ms, -1, fault.New(fault.BadRequest, "detail", errNotWhole))
	}
	if j.whose, err = j.proposers(ms); err != nil {
		return nil, err
	}
	count, err := j.deletions(author, ms)
	if err != nil {
		return nil, err
	}
	held, most, err := j.held(author.Device, count)
	if err != nil {
		return nil, err
	}
	if held {
		return j.ask(author, ms, most)
	}
	verdicts = make([]record.Verdict, len(ms))
	failed, before, met := -1, j.copyHeads(), len(j.met)
	err = j.book.Attempt(func() error {
		for i, m := range ms {
			v, err := j.mutation(author, m)
			if err != nil {
				failed = i
				return err
			}
			verdicts[i] = v
		}
		return nil
	})
	if err == nil {
		if count > 0 {
			j.deleted[author.Device].made += count
		}
		return verdicts, nil
	}
	if err := j.adopt(); err != nil { // what a member of the group defined is not
		return nil, err
	}
	f := fault.Of(err)
	if failed < 0 || ofMachine(f) {
		return nil, err // the machine failed, not the mutation: nothing of the transaction stands
	}
	j.heads, j.met = before, j.met[:met]
	return j.reject(author, ms, failed, f)
}

// errNotWhole says of a group that it came in parts, or with parts that are not its own: no device of ours sends that.
const errNotWhole = "a group of edits that is not whole"

// whole reports whether mutations are a group just as it was made, or one alone.
func whole(ms []record.Mutation) bool {
	if ms[0].Group.Size == 0 {
		return len(ms) == 1
	}
	ops := map[record.OpID]bool{}
	for i, m := range ms {
		if int(m.Group.Size) != len(ms) || int(m.Group.Index) != i || ops[m.Op] {
			return false
		}
		ops[m.Op] = true
	}
	return true
}

// known answers mutations that were judged before; nil when none of them was. A group is judged in one transaction: of one
// that is known in part, the rest is rejected.
func (j *sitting) known(author Author, ms []record.Mutation) ([]record.Verdict, error) {
	out, found := make([]record.Verdict, len(ms)), make([]bool, len(ms))
	any, all := false, true
	for i, m := range ms {
		judged, err := j.book.Judged(m.Op)
		switch {
		case err != nil:
			return nil, err
		case judged == nil:
			all = false
		case string(judged.Payload) != string(protocol.Fingerprint(j.schema, m)):
			// Two machines grew from one disk image and drew the same op id.
			return reused(ms), nil
		default:
			out[i], found[i], any = judged.Verdict, true, true
		}
	}
	if !any {
		return nil, nil
	}
	if all {
		return out, nil
	}
	for i, m := range ms {
		if found[i] {
			continue
		}
		rest, err := j.reject(author, []record.Mutation{m}, -1, fault.New(fault.BadRequest, "detail", errNotWhole))
		if err != nil {
			return nil, err
		}
		out[i] = rest[0]
	}
	return out, nil
}

// reused answers a whole group whose op ids are already another's; the stored verdicts are not this device's to change.
func reused(ms []record.Mutation) []record.Verdict {
	out := make([]record.Verdict, len(ms))
	for i, m := range ms {
		out[i] = record.Verdict{Op: m.Op, Status: record.Rejected, Code: fault.OpReused}
	}
	return out
}

// reject stores and returns the verdicts of mutations of which one (culprit; -1 for all alike) is not acceptable.
func (j *sitting) reject(author Author, ms []record.Mutation, culprit int, f *fault.Error) ([]record.Verdict, error) {
	out, stored := make([]record.Verdict, len(ms)), map[record.OpID]bool{}
	for i, m := range ms {
		v := record.Verdict{Op: m.Op, Status: record.Rejected, Code: f.Code, Args: f.Args}
		if culprit >= 0 && i != culprit {
			v.Code, v.Args = fault.GroupFailed, nil
		}
		if out[i] = v; stored[m.Op] {
			continue // a group that is not whole may name an op twice
		}
		stored[m.Op] = true
		j.keep(author, m, v)
	}
	return out, nil
}

func (j *sitting) head(network string) (*store.Head, error) {
	if h := j.heads[network]; h != nil {
		return h, nil
	}
	stored, err := j.book.Head(network)
	if err != nil {
		return nil, err
	}
	h := &store.Head{Network: network}
	if stored != nil {
		*h = *stored
	}
	j.heads[network] = h
	return h, nil
}

func (j *sitting) copyHeads() map[string]*store.Head {
	out := make(map[string]*store.Head, len(j.heads))
	for n, h := range j.heads {
		c := *h
		out[n] = &c
	}
	return out
}

// finish writes what was decided, the heads that moved, and whose op was the newest, and names the networks.
func (j *sitting) finish() ([]string, error) {
	if err := j.book.Flush(); err != nil {
		return nil, err
	}
	for _, m := range j.met {
		if err := j.tx.PutAuthor(m.network, m.author); err != nil {
			return nil, err
		}
	}
	var moved []string
	for n, h := range j.heads {
		old, err := j.book.Head(n)
		if err != nil {
			return nil, err
		}
		if stood := old != nil; stood && old.Seq == h.Seq || !stood && h.Seq == 0 {
			continue
		}
		if err := j.tx.PutHead(*h); err != nil {
			return nil, err
		}
		moved = append(moved, n)
	}
	sort.Strings(moved)
	for _, device := range slices.Sorted(maps.Keys(j.last)) {
		if err := j.tx.PutLast(device, j.last[device]); err != nil {
			return nil, err
		}
	}
	for _, device := range slices.Sorted(maps.Keys(j.deleted)) {
		if n := j.deleted[device].made; n > 0 {
			if err := j.tx.AddDeletions(device, store.HoursTo(j.now, deletionsDay), n); err != nil {
				return nil, err
			}
		}
	}
	return moved, nil
}
