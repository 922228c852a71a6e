-- How computers come to be twice, and how they leave.

-- origin is the device that this one was found to be a copy of. ticket is the hash of what the laptop must show next time,
-- valid in one epoch of the server. handed_in_at is when a device that was shut out handed in the last of its edits.
ALTER TABLE auth_device ADD COLUMN origin TEXT NOT NULL DEFAULT '';
ALTER TABLE auth_device ADD COLUMN ticket TEXT NOT NULL DEFAULT '';
ALTER TABLE auth_device ADD COLUMN ticket_epoch TEXT NOT NULL DEFAULT '';
ALTER TABLE auth_device ADD COLUMN handed_in_at BIGINT NOT NULL DEFAULT 0;

-- Networks that somebody once worked in: of those alone they may still hand in edits. * stands for all.
CREATE TABLE auth_withdrawn (
    user_id TEXT NOT NULL,
    network TEXT NOT NULL,
    at      BIGINT NOT NULL,
    PRIMARY KEY (user_id, network)
);

-- The order to wipe a device, as it was signed; at most one per device.
CREATE TABLE auth_wipe (
    device_id TEXT PRIMARY KEY,
    id        TEXT NOT NULL,
    at        BIGINT NOT NULL,
    at_once   INTEGER NOT NULL, -- nothing is handed in first: it was stolen
    body      TEXT NOT NULL,    -- hexadecimal
    signature TEXT NOT NULL,    -- hexadecimal
    obeyed_at BIGINT NOT NULL   -- the laptop said that it wipes itself
);

-- Settings of the server, and its signing key (the seed, in hexadecimal).
CREATE TABLE auth_setting (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
);
