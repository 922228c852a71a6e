package feed

import (
	"context"
	"slices"
	"sync"

	"acopio/server/store"
	"acopio/shared/fault"
	"acopio/shared/protocol"
	"acopio/shared/record"
	"acopio/shared/survey"
)

// Bounds of a comparison.
const (
	maxAsked   = 1024     // ranges and lists in one question
	maxListed  = 4096     // records in one listed range: a peer that lacks so many of so few fetches the network
	diffBytes  = 1 << 20  // bodies in one answer, about
	maxDiffer  = 3 << 20  // bodies of one listed range
	maxSurveys = 2        // kept: of a few networks, or classes, at a time
	surveyPage = 16 << 20 // bytes of bodies read at once
)

// surveys keeps what was laid out last, so that the questions of one comparison meet one state. One is laid out at a time.
type surveys struct {
	mu   sync.Mutex
	kept []keptSurvey
}

type keptSurvey struct {
	network string
	class   record.Class
	seq     uint64
	*survey.Survey
}

// Compare answers a peer of a class about where it differs from the network as it was at the question's seq. It fails with
// fault.BadFrame for a question that no peer asks, and with fault.UnknownNetwork.
func (f *Feed) Compare(ctx context.Context, class record.Class, q protocol.Compare) (protocol.Differ, error) {
	d := protocol.Differ{Network: q.Network, Seq: q.Seq}
	if len(q.Ranges)+len(q.Lists) > maxAsked {
		return d, fault.New(fault.BadFrame)
	}
	s, head, err := f.survey(ctx, q.Network, class, q.Seq)
	if d.Head = head; err != nil || s == nil {
		d.Moved = s == nil
		return d, err
	}
	for _, w := range q.Ranges {
		r := survey.Range{First: w.First, Bits: w.Bits}
		sums, ok := survey.GetSums(w.Sums)
		if !ok || !r.Valid() || !r.Splits() {
			return d, fault.New(fault.BadFrame)
		}
		d.Parts = append(d.Parts, s.Differing(r, sums))
	}
	return d, f.store.View(ctx, func(r store.Reader) error {
		return f.list(r, class, s, q, &d)
	})
}

// list answers the listed ranges, as many as an answer takes.
func (f *Feed) list(rd store.Reader, class record.Class, s *survey.Survey, q protocol.Compare, d *protocol.Differ) error {
	bytes := 0
	for _, w := range q.Lists {
		r := survey.Range{First: w.First, Bits: w.Bits}
		claims, ok := survey.GetClaims(w.Claims)
		if !ok || !r.Valid() {
			return fault.New(fault.BadFrame)
		}
		if bytes >= diffBytes {
			return nil
		}
		if len(s.In(r)) > maxListed {
			d.Refused = true
			return nil
		}
		wrong, unknown := s.Judge(r, claims)
		before := bytes
		for _, p := range wrong {
			have, err := f.wire(rd, class, record.Key{Network: q.Network, Collection: p.Collection, ID: p.ID})
			if err != nil {
				return err
			}
			switch {
			case have.Seq > q.Seq:
				d.Moved, d.Head = true, max(d.Head, have.Seq) // it comes with the next page
				return nil
			case have.Body == nil:
				unknown = append(unknown, p.Place) // a tombstone that was discarded meanwhile
				continue
			}
			d.Records = append(d.Records, have)
			if bytes += len(have.Body); bytes-before > maxDiffer {
				d.Refused = true
				return nil
			}
		}
		d.Unknown = append(d.Unknown, unknown...)
		d.Listed++
	}
	return nil
}

// wire is the latest state of a record as a class is given it; without a body when there is none.
func (f *Feed) wire(rd store.Reader, class record.Class, key record.Key) (protocol.Record, error) {
	w := protocol.Record{Collection: key.Collection, ID: key.ID}
	r, err := rd.Record(key)
	if err != nil || r == nil {
		return w, err
	}
	c, ok := f.schema.CollectionByNumber(key.Collection)
	if !ok {
		return w, nil
	}
	w.Seq = r.Seq
	if class != record.Everything {
		if r = record.Redact(c, r); r == nil {
			return w, nil
		}
	}
	w.Body = record.EncodeBody(c, r)
	return w, nil
}

// survey finds or makes the survey of a network at a seq; nil when the network has moved on from there.
func (f *Feed) survey(ctx context.Context, network string, class record.Class, seq uint64) (*survey.Survey, uint64, error) {
	f.surveys.mu.Lock()
	defer f.surveys.mu.Unlock()
	for _, k := range f.surveys.kept {
		if k.network == network && k.class == class && k.seq == seq {
			return k.Survey, seq, nil
		}
	}
	made := keptSurvey{network: network, class: class, seq: seq}
	head := uint64(0)
	err := f.store.View(ctx, func(r store.Reader) error {
		h, ok, err := r.Head(network)
		if err != nil {
			return err
		}
		if !ok {
			return fault.New(fault.UnknownNetwork, "network", network)
		}
		if head = h.Seq; head != seq {
			return nil
		}
		made.Survey, err = f.layOut(r, network, class, int(h.Records)) //nolint:gosec // a size hint
		return err
	})
	if err != nil || made.Survey == nil {
		return nil, head, err
	}
	f.surveys.kept = append(f.surveys.kept, made)
	if over := len(f.surveys.kept) - maxSurveys; over > 0 {
		f.surveys.kept = slices.Delete(f.surveys.kept, 0, over)
	}
	return made.Survey, head, nil
}

// layOut makes the survey of what a class sees of a network, tombstones included.
func (f *Feed) layOut(r store.Reader, network string, class record.Class, about int) (*survey.Survey, error) {
	points := make([]survey.Point, 0, about)
	for after, more := uint64(0), true; more; {
		var records []protocol.Record
		var err error
		if records, more, err = r.Feed(network, after, 0, maxRecords, surveyPage); err != nil {
			return nil, err
		}
		for _, w := range records {
			after = w.Seq
			sum, visible, err := f.share(network, class, w)
			if err != nil {
				return nil, err
			}
			if visible {
				points = append(points, survey.At(w.Collection, w.ID, sum))
			}
		}
	}
	return survey.New(points), nil
}

// share is what a record adds to the checksum of a class.
func (f *Feed) share(network string, class record.Class, w protocol.Record) (sum record.Sum, visible bool, err error) {
	if class == record.Everything {
		return record.SumOfBody(record.Key{Network: network, Collection: w.Collection, ID: w.ID}, w.Body), true, nil
	}
	c, ok := f.schema.CollectionByNumber(w.Collection)
	if !ok || c.Sensitive {
		return sum, false, nil
	}
	r, _, err := w.Record(f.schema, network)
	if err != nil {
		return sum, false, err
	}
	return record.DigestOf(c, r).Of(class), true, nil
}
