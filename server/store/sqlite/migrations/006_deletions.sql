-- How many records a device has deleted within a day: from some number on the office is asked.
CREATE TABLE deletions (
  device INTEGER PRIMARY KEY,
  since  INTEGER NOT NULL,
  count  INTEGER NOT NULL
);
