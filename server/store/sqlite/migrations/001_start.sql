CREATE TABLE meta (key TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;

CREATE TABLE head (
  network   TEXT PRIMARY KEY,
  seq       INTEGER NOT NULL,
  hash      BLOB NOT NULL,
  public    BLOB NOT NULL,
  sensitive BLOB NOT NULL,
  records   INTEGER NOT NULL,
  shown     INTEGER NOT NULL
) WITHOUT ROWID;

-- The latest state of every record: a feed that compacts itself.
CREATE TABLE record (
  network    TEXT NOT NULL,
  seq        INTEGER NOT NULL,
  collection INTEGER NOT NULL,
  id         BLOB NOT NULL,
  deleted    INTEGER NOT NULL,
  body       BLOB NOT NULL
);
CREATE UNIQUE INDEX record_key ON record (id, collection, network);
CREATE UNIQUE INDEX record_feed ON record (network, seq);

-- Every accepted change, hash-chained.
CREATE TABLE log (
  network    TEXT NOT NULL,
  seq        INTEGER NOT NULL,
  collection INTEGER NOT NULL,
  id         BLOB NOT NULL,
  version    INTEGER NOT NULL,
  op         BLOB NOT NULL,
  kind       INTEGER NOT NULL,
  status     INTEGER NOT NULL,
  device     INTEGER NOT NULL,
  user       TEXT NOT NULL,
  name       TEXT NOT NULL,
  at         INTEGER NOT NULL,
  edited     INTEGER NOT NULL,
  changes    BLOB NOT NULL,
  hash       BLOB NOT NULL,
  PRIMARY KEY (network, seq)
) WITHOUT ROWID;
CREATE INDEX log_record ON log (id, seq);

-- Who has changed anything in a network: what a new replica needs to name the stamps it gets.
CREATE TABLE author (
  network TEXT NOT NULL,
  number  INTEGER NOT NULL,
  device  TEXT NOT NULL,
  user    TEXT NOT NULL,
  PRIMARY KEY (network, number)
) WITHOUT ROWID;

-- The verdict on every mutation ever judged: a mutation sent again gets the same answer.
CREATE TABLE judged (
  op      BLOB PRIMARY KEY,
  device  INTEGER NOT NULL,
  payload BLOB NOT NULL,
  status  INTEGER NOT NULL,
  version INTEGER NOT NULL,
  seq     INTEGER NOT NULL,
  code    TEXT NOT NULL,
  args    TEXT NOT NULL
) WITHOUT ROWID;
