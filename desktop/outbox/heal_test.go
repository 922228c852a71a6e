package outbox

import (
	"context"
	"database/sql"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"acopio/shared/record"
	"acopio/shared/replica"
	"acopio/shared/schema"
)

// restore takes the office back to a copy of itself; its versions then begin above all before.
func (o *office) copy() *office {
	c := &office{records: map[record.Key]*record.Record{}, seq: o.seq, judged: map[record.OpID]record.Verdict{}}
	for k, r := range o.records {
		c.records[k] = r.Clone()
	}
	for op, v := range o.judged {
		c.judged[op] = v
	}
	return c
}

// startOver is what the syncer does when the server's log is not the one the replica grew from.
func (l *laptop) startOver() {
	l.t.Helper()
	l.check(l.rep.Write(func(tx *replica.Tx) error {
		if err := l.Hold(context.Background(), tx, "PE"); err != nil {
			return err
		}
		if err := l.Resend(tx, "PE"); err != nil {
			return err
		}
		return tx.ResetNetwork("PE")
	}))
}

// refill fetches the network anew, to its checkpoint.
func (l *laptop) refill() {
	l.t.Helper()
	l.check(l.rep.Write(func(tx *replica.Tx) error {
		var all []*record.Record
		for _, r := range l.office.records {
			if !r.Deleted {
				all = append(all, r.Clone())
			}
		}
		if err := tx.ApplyRecords(all, l.Outbox); err != nil {
			return err
		}
		err := tx.PutNetwork(replica.NetworkState{Code: "PE", Class: record.Everything, Seq: l.office.seq, Complete: true})
		if err != nil {
			return err
		}
		if err := l.Reapply(tx, "PE"); err != nil {
			return err
		}
		if err := l.GiveBack(tx, "PE", schema.Coordinator); err != nil {
			return err
		}
		done, err := l.Confirm(tx, "PE", l.office.seq)
		if err != nil {
			return err
		}
		return l.Refresh(tx, done)
	}))
}

func TestARestoredOfficeGetsBackWhatItLost(t *testing.T) {
	l := newLaptop(t)
	theirs := record.NewID()
	l.others(theirs, 0, "name", nil, "De otra")
	kept := l.create("Guardada")
	l.send()
	l.pull()
	backup := l.office.copy()

	lost := l.create("Perdida")
	l.edit(updating(kept, fields{"acronym": "GG"}))
	l.others(theirs, 1, "acronym", nil, "DO") // another laptop's edit, which this one only holds
	gone := record.NewID()
	l.others(gone, 0, "name", nil, "Solo aquí")
	l.send()
	l.pull()
	l.clean()
	waiting := l.create("Aún no enviada")

	l.office = backup
	l.startOver()
	l.shows(waiting, replica.Pending, fields{"name": "Aún no enviada"})
	l.refill()
	for range 3 { // sent, and what was given back sent, and confirmed
		l.send()
		l.pull()
	}
	l.clean()
	l.shows(lost, replica.Clean, fields{"name": "Perdida"})
	l.shows(kept, replica.Clean, fields{"acronym": "GG"})
	l.shows(theirs, replica.Clean, fields{"name": "De otra", "acronym": "DO"})
	l.shows(gone, replica.Clean, fields{"name": "Solo aquí"})
	l.shows(waiting, replica.Clean, fields{"name": "Aún no enviada"})
}

// What the disk made of a row is not what the server had said: a restored office is given nothing of it, least of all a
// record whose deletion this laptop had seen. What is under an edit of one's own is held to it, too.
func TestWhatIsDamagedIsNotGivenBack(t *testing.T) {
	l := newLaptop(t)
	buried, spoiled, edited, whole := l.create("Borrada"), l.create("Intacta"), l.create("Editada"), l.create("Entera")
	l.send()
	l.pull()
	l.edit(deleting(buried))
	l.send()
	l.pull()
	l.clean()
	l.edit(updating(edited, fields{"acronym": "ED"}))
	l.check(l.rep.Write(func(tx *replica.Tx) error {
		for id, damage := range map[record.ID]string{
			buried:  "UPDATE r2 SET deleted = 0 WHERE id = ?",
			spoiled: "UPDATE r2 SET f10 = 'Dañada' WHERE id = ?",
		} {
			if _, err := tx.Exec(damage, id[:]); err != nil {
				return err
			}
		}
		server, _, err := l.shadow(tx, l.key(edited))
		if err != nil {
			return err
		}
		server.Set(10, "Dañada")
		return l.putShadow(tx, l.key(edited), server)
	}))

	l.check(l.rep.Write(func(tx *replica.Tx) error {
		if err := l.Hold(context.Background(), tx, "PE"); err != nil {
			return err
		}
		rows, err := tx.Query(`SELECT collection, id, body FROM held WHERE collection > 0`)
		if err != nil {
			return err
		}
		held, err := l.scanHeld(rows, "PE")
		if err != nil {
			return err
		}
		if len(held) != 1 || held[0].ID != whole {
			t.Errorf("held: %v", held)
		}
		return nil
	}))
}

// A damaged row shows a record whose deletion this laptop had been told of, and its person edits it twice: the edits count
// as made without having seen the deletion, and are marked. An edit of a whole row names its version.
func TestAnEditOfADamagedRowNamesNoVersion(t *testing.T) {
	l := newLaptop(t)
	id, whole := l.create("Borrada"), l.create("Entera")
	l.send()
	l.office.judge(t, record.Mutation{Op: record.NewOpID(), Key: l.key(id), Kind: record.Delete, Base: 1, Edited: 1767200000000}, 2002)
	l.pull()
	l.clean()
	l.check(l.rep.Write(func(tx *replica.Tx) error {
		_, err := tx.Exec("UPDATE r2 SET deleted = 0 WHERE id = ?", id[:])
		return err
	}))
	l.edit(updating(id, fields{"acronym": "BO"}))
	l.edit(updating(id, fields{"notes": "visita"}))
	l.edit(updating(whole, fields{"acronym": "EN"}))
	for i, base := range []uint64{0, 0, 1} {
		if m := l.list()[i].Mutation; m.Base != base {
			t.Errorf("edit %d names version %d", i, m.Base)
		}
	}
	if v := l.send()[0]; v.Status != record.Conflict {
		t.Errorf("%+v", v)
	}
	l.pull()
	l.clean()
	l.shows(id, replica.Clean, fields{"name": "Borrada", "acronym": "BO", "notes": "visita"})
}

// What a newer edit has replaced is given back with it, and is not shown on top of it meanwhile.
func TestOldEditsThatAreSentAgainAreNotShown(t *testing.T) {
	l := newLaptop(t)
	id := l.create("A")
	l.edit(updating(id, fields{"name": "B"}))
	l.send()
	l.pull()
	l.others(id, 2, "name", "B", "C")
	l.pull()
	l.shows(id, replica.Clean, fields{"name": "C"})
	l.startOver()
	l.refill()
	l.shows(id, replica.Clean, fields{"name": "C"})
	l.counts(2, 0)
	l.send()
	l.pull()
	l.shows(id, replica.Clean, fields{"name": "C"})
	l.clean()
}

// What another laptop had changed is given back also where an edit of one's own is pending, and ahead of it.
func TestWhatIsUnderAPendingEditIsGivenBack(t *testing.T) {
	l := newLaptop(t)
	id := l.create("A")
	l.send()
	l.pull()
	backup := l.office.copy()
	l.others(id, 1, "acronym", nil, "AA")
	l.pull()
	l.edit(updating(id, fields{"notes": "visita"}))
	l.office = backup
	l.startOver()
	l.refill()
	l.shows(id, replica.Pending, fields{"name": "A", "acronym": "AA", "notes": "visita"})
	l.send()
	l.pull()
	l.shows(id, replica.Clean, fields{"name": "A", "acronym": "AA", "notes": "visita"})
	l.clean()
}

// A restored office may refuse what it once took: the people see it, the row is the office's.
func TestAnOldEditThatIsRefused(t *testing.T) {
	l := newLaptop(t)
	id := l.create("A")
	l.edit(updating(id, fields{"name": "Malo"}))
	l.send()
	l.pull()
	backup := l.office.copy()
	backup.judged = map[record.OpID]record.Verdict{}
	backup.refuse = refusing(10, "Malo")
	l.office = backup
	l.startOver()
	l.refill()
	l.send()
	l.pull()
	l.counts(0, 1)
	l.check(l.Discard(l.list()[0].Mutation.Op))
	l.clean()
}

// A network that is no longer granted goes with its rows; edits that were not sent stay, and show again if it comes back.
func TestANetworkThatIsNoLongerGranted(t *testing.T) {
	l := newLaptop(t)
	id := record.NewID()
	l.others(id, 0, "name", nil, "A")
	l.pull()
	l.edit(updating(id, fields{"name": "Mía"}))
	made := l.create("Nueva")
	l.check(l.rep.Write(func(tx *replica.Tx) error {
		if err := l.Forget(tx, "PE"); err != nil {
			return err
		}
		return tx.DropNetwork("PE")
	}))
	if l.row(id) != nil || l.row(made) != nil {
		t.Error("rows are left")
	}
	l.counts(2, 0)
	l.restart()
	l.counts(2, 0)
	if ops, _ := l.next(-1<<62, 10, 1<<20); len(ops) != 2 {
		t.Errorf("%v", ops)
	}
	l.check(l.rep.Write(func(tx *replica.Tx) error {
		return tx.PutNetwork(replica.NetworkState{Code: "PE", Class: record.Everything})
	}))
	l.refill()
	l.send()
	l.pull()
	l.shows(id, replica.Clean, fields{"name": "Mía"})
	l.shows(made, replica.Clean, fields{"name": "Nueva"})
	l.clean()
}

func TestSalvage(t *testing.T) {
	old := newLaptop(t)
	id := record.NewID()
	old.others(id, 0, "name", nil, "A")
	old.pull()
	confirmed := old.create("Enviada")
	old.send()
	old.pull()
	old.edit(updating(id, fields{"acronym": "AA"}))
	made := old.create("Nueva")
	old.edit(updating(made, fields{"acronym": "NN"}))
	old.office.refuse = refusing(10, "Mala")
	refused := old.create("Mala")
	old.check(old.Settle([]record.Verdict{old.office.judge(t, old.list()[3].Mutation, myDevice)}))
	old.counts(3, 1)
	old.close()

	fresh := newLaptop(t)
	fresh.office = old.office
	saved, lost, err := fresh.Salvage(filepath.Join(old.dir, "replica.db"))
	if err != nil || saved != 4 || lost != 0 {
		t.Fatalf("%d saved, %d lost, %v", saved, lost, err)
	}
	fresh.shows(made, replica.Pending, fields{"name": "Nueva", "acronym": "NN"})
	fresh.restart()
	fresh.refill()
	fresh.shows(id, replica.Pending, fields{"name": "A", "acronym": "AA"})
	fresh.shows(confirmed, replica.Clean, fields{"name": "Enviada"})
	fresh.send()
	fresh.pull()
	fresh.shows(id, replica.Clean, fields{"name": "A", "acronym": "AA"})
	fresh.shows(made, replica.Clean, fields{"name": "Nueva", "acronym": "NN"})
	fresh.shows(refused, replica.Rejected, fields{"name": "Mala"})
	fresh.counts(0, 1)
	old.open() // for its clean-up
}

// Of a file with damaged pages, whatever can be read is saved.
func TestSalvageFromADamagedFile(t *testing.T) {
	old := newLaptop(t)
	for i := range 300 {
		old.edit(creating(fields{"name": fmt.Sprint("Organización ", i), "notes": fmt.Sprintf("%0500d", i)}))
	}
	old.close()
	path := filepath.Join(old.dir, "replica.db")
	b, err := os.ReadFile(path)
	old.check(err)
	page := outboxPage(t, path)
	for i := page; i < page+4096 && i < len(b); i++ {
		b[i] = 0x5a
	}
	old.check(os.WriteFile(path, b, 0o600))

	fresh := newLaptop(t)
	saved, lost, err := fresh.Salvage(path)
	if err != nil {
		t.Fatal(err)
	}
	if saved < 200 || saved+lost > 300 || saved == 300 {
		t.Errorf("%d saved, %d lost", saved, lost)
	}
	fresh.counts(saved, 0)
	old.check(os.WriteFile(path, nil, 0o600))
	old.open() // for its clean-up
}

// outboxPage is the place in the file of a page with rows of the outbox: a child of the table's root, which is an interior
// page of SQLite's file format.
func outboxPage(t *testing.T, path string) int {
	t.Helper()
	db, err := sql.Open("sqlite3", "file:"+path+"?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	var root, size int
	if err := db.QueryRow(`SELECT rootpage, (SELECT page_size FROM pragma_page_size) FROM sqlite_schema WHERE name = 'outbox'`).Scan(&root, &size); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	page := b[(root-1)*size : root*size]
	if cells := binary.BigEndian.Uint16(page[3:]); page[0] != 5 || cells < 10 {
		t.Fatalf("page of type %d with %d cells", page[0], cells)
	}
	cell := binary.BigEndian.Uint16(page[12+2*5:])
	return int(binary.BigEndian.Uint32(page[cell:])-1) * size
}
