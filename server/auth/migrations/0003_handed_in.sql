-- How many edits a device handed in as proposals.
ALTER TABLE auth_device ADD COLUMN handed_in BIGINT NOT NULL DEFAULT 0;
