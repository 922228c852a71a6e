-- Tombstones up to this seq are gone, and so is what the log said of those records.
ALTER TABLE head ADD COLUMN swept INTEGER NOT NULL DEFAULT 0;
