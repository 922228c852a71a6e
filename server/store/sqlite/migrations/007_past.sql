-- An entry of the log names the one before it about the same record, and a record's latest state its last: a record's history is
-- found from there back. An index of the log by record was a page at random for every edit, more than all else of it once
-- the register had grown.
ALTER TABLE log ADD COLUMN previous INTEGER NOT NULL DEFAULT 0;
UPDATE log SET previous = COALESCE((
  SELECT MAX(older.seq) FROM log AS older INDEXED BY log_record
  WHERE older.id = log.id AND older.seq < log.seq AND older.network = log.network AND older.collection = log.collection), 0);
-- Of what was deleted and forgotten, only where the log ends.
CREATE TABLE grave (
  id         BLOB NOT NULL,
  network    TEXT NOT NULL,
  collection INTEGER NOT NULL,
  seq        INTEGER NOT NULL,
  version    INTEGER NOT NULL,
  PRIMARY KEY (id, network, collection)
) WITHOUT ROWID;
INSERT INTO grave SELECT id, network, collection, MAX(seq), version FROM log
  WHERE NOT EXISTS (SELECT 1 FROM record WHERE record.id = log.id AND record.collection = log.collection AND record.network = log.network)
  GROUP BY id, network, collection;
DROP INDEX log_record;
