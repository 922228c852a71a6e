-- How many records a device has deleted, by the hour: so many within any 24 hours, and from some number on the office is asked.
CREATE TABLE deletions_by_hour (
  device INTEGER NOT NULL,
  hour   INTEGER NOT NULL,
  count  INTEGER NOT NULL,
  PRIMARY KEY (device, hour)
);
INSERT INTO deletions_by_hour (device, hour, count) SELECT device, since / 3600000, count FROM deletions;
DROP TABLE deletions;
