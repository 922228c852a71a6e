-- The newest mutation judged as each device's: by it a laptop knows whether another uses its number.
CREATE TABLE last (
  device INTEGER PRIMARY KEY,
  op     BLOB NOT NULL
);
