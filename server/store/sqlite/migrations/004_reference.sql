-- Who refers to a record, or did once: what has to move when it is merged into another. Rows are never wrong by being
-- too many: whoever reads them looks at the records.
CREATE TABLE reference (
  target     BLOB NOT NULL,
  network    TEXT NOT NULL,
  collection INTEGER NOT NULL,
  id         BLOB NOT NULL,
  PRIMARY KEY (target, network, collection, id)
) WITHOUT ROWID;
