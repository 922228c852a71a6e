package sqlite

import (
	"context"
	"strconv"
	"sync"
	"time"
)

// How long the write-ahead log gets, in pages of 4 kB, before it is folded into the file. What many transactions change is
// written there once.
const (
	foldWhenQuiet = 8_000  // nobody waits for the disk meanwhile
	foldWhenBusy  = 24_000 // beside the transactions, on the way of none
	foldAtOnce    = 64_000 // within one: folding beside them does not keep up
)

// foldQuiet is how long nothing may have been committed for a store to be quiet: longer than a commit of a large push takes.
const foldQuiet = 500 * time.Millisecond

// foldPragma has a connection fold the log itself only when it has become too long.
var foldPragma = "PRAGMA wal_autocheckpoint = " + strconv.Itoa(foldAtOnce)

// How many entries of the feed may be out of date before they are taken out. Whoever reads all of it passes over so many.
const (
	tidyWhenQuiet = 32_000
	tidyWhenBusy  = tidyRange
)

// folder folds the write-ahead log into the file beside the transactions: within one, all who wait for it would wait for some
// thousand pages to be written all over the file. For the same reason it is its part to tidy the feed.
type folder struct {
	st     *Store
	moved  chan struct{} // holds one token when something was committed
	ctx    context.Context
	cancel context.CancelFunc
	wg     sync.WaitGroup
}

func newFolder(st *Store) *folder {
	f := &folder{st: st, moved: make(chan struct{}, 1)}
	f.ctx, f.cancel = context.WithCancel(context.Background())
	f.wg.Go(f.run)
	return f
}

// committed says that the log has grown. It does not block.
func (f *folder) committed() {
	select {
	case f.moved <- struct{}{}:
	default: // it is about to look anyway
	}
}

func (f *folder) close() {
	f.cancel()
	f.wg.Wait()
}

func (f *folder) run() {
	for {
		select {
		case <-f.ctx.Done():
			return
		case <-f.moved:
		}
		select {
		case <-f.ctx.Done():
			return
		case <-time.After(foldQuiet):
		}
		most, untidy := foldWhenQuiet, tidyWhenQuiet
		if len(f.moved) > 0 {
			most, untidy = foldWhenBusy, tidyWhenBusy
		}
		if n, err := f.st.outdated(f.ctx); err == nil && n >= untidy {
			_ = f.st.Tidy(f.ctx) // what it could not take out is passed over as before
		}
		if unfolded, err := f.checkpoint("NOOP"); err == nil && unfolded >= most {
			_, _ = f.checkpoint("PASSIVE") // what it cannot fold stays in the log, as durable as it was
		}
	}
}

// checkpoint runs a checkpoint of a kind and says how many pages of the log are not in the file after it.
func (f *folder) checkpoint(kind string) (unfolded int, err error) {
	var busy, pages, folded int
	err = f.st.reader.QueryRowContext(f.ctx, `PRAGMA wal_checkpoint(`+kind+`)`).Scan(&busy, &pages, &folded)
	return pages - folded, Translate(err)
}
