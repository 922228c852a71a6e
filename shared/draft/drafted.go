package draft

import "acopio/shared/record"

// Drafted is a replica as steps that it does not show yet will leave it.
type Drafted struct {
	Reader
	now map[record.Key]*record.Record
}

// NewDrafted is the replica as it is.
func NewDrafted(r Reader) Drafted { return Drafted{r, map[record.Key]*record.Record{}} }

// Note has what a step does be seen.
func (d Drafted) Note(s Step) { d.now[s.After.Key] = s.After }

// Shown leaves a step to the replica, which shows it by now, unless a later one was about the same record.
func (d Drafted) Shown(s Step) {
	if d.now[s.After.Key] == s.After {
		delete(d.now, s.After.Key)
	}
}

// Record implements Reader.
func (d Drafted) Record(key record.Key) (*record.Record, error) {
	if r, ok := d.now[key]; ok {
		return r, nil
	}
	return d.Reader.Record(key)
}

// Find implements Reader.
func (d Drafted) Find(collection uint16, id record.ID) (*record.Record, error) {
	r, err := d.Reader.Find(collection, id)
	if err != nil || r == nil {
		return nil, err
	}
	return d.Record(r.Key)
}
