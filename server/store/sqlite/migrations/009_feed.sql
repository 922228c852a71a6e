-- A network's feed: an entry for every change, in their order. An edit adds one at the end. The one of the record's change before it
-- is out of date from then on: whoever reads passes over it, and it is taken out later, together with others and in their order. An
-- index of the records by seq lost that entry at once, which lies anywhere: a page at random for every edit.
CREATE TABLE feed (
  network    TEXT NOT NULL,
  seq        INTEGER NOT NULL,
  collection INTEGER NOT NULL,
  id         BLOB NOT NULL,
  PRIMARY KEY (network, seq)
) WITHOUT ROWID;
INSERT INTO feed SELECT network, seq, collection, id FROM record ORDER BY network, seq;
DROP INDEX record_feed;
-- What the log's entries up to this seq outdated is no longer in the feed.
ALTER TABLE head ADD COLUMN tidied INTEGER NOT NULL DEFAULT 0;
UPDATE head SET tidied = seq;
