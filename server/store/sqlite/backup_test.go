package sqlite

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"acopio/server/store"
	"acopio/shared/fault"
	"acopio/shared/record"
	"acopio/shared/schema"
)

func openIn(t *testing.T, dir string) *Store {
	t.Helper()
	st, err := Open(dir, schema.Registry())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	return st
}

// write commits n records, each with its entry and the head, in a transaction of its own.
func write(t *testing.T, st *Store, from, n int) {
	t.Helper()
	for i := from; i < from+n; i++ {
		err := st.Update(func(tx store.Tx) error {
			c, _ := schema.Registry().CollectionByNumber(2)
			r := &record.Record{
				Key: record.Key{Network: "PE", Collection: 2, ID: record.NewID()}, Version: 1, Seq: uint64(i),
				Fields: map[uint16]schema.Value{10: fmt.Sprint(i)},
			}
			e := record.Entry{Key: r.Key, Seq: r.Seq, Version: 1, Op: record.NewOpID(), Kind: record.Create, Status: record.Applied}
			if err := tx.PutRecord(r, record.EncodeBody(c, r)); err != nil {
				return err
			}
			if err := tx.Append(e, 0, []byte{byte(i)}); err != nil {
				return err
			}
			return tx.PutHead(store.Head{Network: "PE", Seq: r.Seq, Hash: []byte{byte(i)}, Records: uint64(i)})
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// count reads how many records and entries there are, and where the head stands: always the same number.
func count(t *testing.T, st *Store) int {
	t.Helper()
	var n int
	err := st.View(context.Background(), func(r store.Reader) error {
		h, _, err := r.Head("PE")
		if err != nil {
			return err
		}
		records, _, err := r.Feed("PE", 0, 0, 1<<20, 1<<30)
		if err != nil {
			return err
		}
		entries, err := r.Log("PE", 0, 1<<40, 1<<20)
		if n = len(records); err == nil && (len(entries) != n || h.Seq != uint64(n)) {
			t.Errorf("%d records, %d entries, head at %d", n, len(entries), h.Seq)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestBackupWhileWriting(t *testing.T) {
	dir := t.TempDir()
	st := openIn(t, dir)
	write(t, st, 1, 20)
	done := make(chan struct{})
	go func() {
		defer close(done)
		write(t, st, 21, 60)
	}()
	var files []string
	for i := range 3 {
		file := filepath.Join(t.TempDir(), fmt.Sprintf("copy%d", i))
		if err := Backup(context.Background(), dir, file); err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	<-done
	for _, file := range files {
		to := filepath.Join(t.TempDir(), "new")
		if err := Restore(context.Background(), file, to); err != nil {
			t.Fatal(err)
		}
		if n := count(t, openIn(t, to)); n < 20 {
			t.Errorf("the copy has %d records", n)
		}
	}
	if n := count(t, st); n != 80 {
		t.Errorf("the store has %d records", n)
	}
}

func TestBackupFile(t *testing.T) {
	dir := t.TempDir()
	write(t, openIn(t, dir), 1, 1)
	file := filepath.Join(t.TempDir(), "copy")
	if err := Backup(context.Background(), dir, file); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info.Mode(), err)
	}
	if err := Backup(context.Background(), dir, file); !fault.Is(err, fault.AlreadyExists) {
		t.Errorf("over another backup: %v", err)
	}
	if err := Backup(context.Background(), t.TempDir(), file+"2"); !fault.Is(err, fault.NotFound) {
		t.Errorf("of nothing: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := Backup(ctx, dir, file+"3"); err == nil {
		t.Error("it went on though it was canceled")
	}
	left, err := filepath.Glob(file + "[23]*")
	if err != nil || len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestRestoreBeginsANewEpoch(t *testing.T) {
	dir := t.TempDir()
	st := openIn(t, dir)
	write(t, st, 1, 3)
	file := filepath.Join(t.TempDir(), "copy")
	if err := Backup(context.Background(), dir, file); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	epochs, floor := map[string]bool{string(st.Epoch()): true}, st.Floor()
	for range 2 {
		to := filepath.Join(t.TempDir(), "deep", "new")
		if err := Restore(context.Background(), file, to); err != nil {
			t.Fatal(err)
		}
		restored := openIn(t, to)
		if epochs[string(restored.Epoch())] {
			t.Error("an epoch came back")
		}
		epochs[string(restored.Epoch())] = true
		// Also of one backup restored twice: what was written in between is still on laptops.
		if restored.Floor() <= floor {
			t.Errorf("versions begin at %d, those before at %d", restored.Floor(), floor)
		}
		floor = restored.Floor()
		if n := count(t, restored); n != 3 {
			t.Errorf("%d records", n)
		}
		write(t, restored, 4, 1)
		info, err := os.Stat(filepath.Join(to, FileName))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%v %v", info.Mode(), err)
		}
	}
	if after, err := os.ReadFile(file); err != nil || !bytes.Equal(after, before) {
		t.Error("restoring changed the backup")
	}
}

func TestRestoreRefuses(t *testing.T) {
	dir := t.TempDir()
	write(t, openIn(t, dir), 1, 50)
	good := filepath.Join(t.TempDir(), "copy")
	if err := Backup(context.Background(), dir, good); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	damaged := bytes.Clone(whole)
	for i := 5000; i < 9000; i++ {
		damaged[i] ^= 0x55
	}
	for name, c := range map[string]struct {
		content []byte
		code    fault.Code
	}{
		"garbage":          {bytes.Repeat([]byte("no database "), 1000), fault.BadBackup},
		"an empty file":    {nil, fault.BadBackup},
		"half of a backup": {whole[:len(whole)/2], fault.BadBackup},
		"a damaged backup": {damaged, fault.BadBackup},
		"another database": {otherDatabase(t), fault.BadBackup},
	} {
		t.Run(name, func(t *testing.T) {
			file, to := filepath.Join(t.TempDir(), "file"), filepath.Join(t.TempDir(), "new")
			if err := os.WriteFile(file, c.content, 0o600); err != nil {
				t.Fatal(err)
			}
			if err := Restore(context.Background(), file, to); !fault.Is(err, c.code) {
				t.Errorf("%v", err)
			}
			if _, err := os.Stat(to); err == nil {
				t.Error("it left a folder behind")
			}
		})
	}
	if err := Restore(context.Background(), good+"x", filepath.Join(t.TempDir(), "new")); !fault.Is(err, fault.NotFound) {
		t.Errorf("of nothing: %v", err)
	}
	to := t.TempDir()
	if err := os.WriteFile(filepath.Join(to, "note.txt"), []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Restore(context.Background(), good, to); !fault.Is(err, fault.DirNotEmpty) {
		t.Errorf("into a folder in use: %v", err)
	}
	if left, err := os.ReadDir(to); err != nil || len(left) != 1 {
		t.Errorf("the folder now has %v", left)
	}
	if err := Restore(context.Background(), good, t.TempDir()); err != nil {
		t.Errorf("into a folder that is there, and empty: %v", err)
	}
}

// otherDatabase is an SQLite file that is no store.
func otherDatabase(t *testing.T) []byte {
	t.Helper()
	dir := t.TempDir()
	st := openIn(t, dir)
	for _, q := range []string{`DROP TABLE meta`, `CREATE TABLE meta (key TEXT, value BLOB)`, `PRAGMA wal_checkpoint(TRUNCATE)`} {
		if _, err := st.writer.Exec(q); err != nil {
			t.Fatal(err)
		}
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join(dir, FileName))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestANewerStoreIsLeftAlone(t *testing.T) {
	dir := t.TempDir()
	st := openIn(t, dir)
	write(t, st, 1, 1)
	if _, err := st.writer.Exec(`PRAGMA user_version = 9999`); err != nil {
		t.Fatal(err)
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, FileName)
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir, schema.Registry()); !fault.Is(err, fault.ReplicaNewer) {
		t.Errorf("%v", err)
	}
	if after, err := os.ReadFile(path); err != nil || !bytes.Equal(after, before) {
		t.Error("it was changed")
	}
}
