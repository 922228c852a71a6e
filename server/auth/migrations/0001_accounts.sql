-- People, devices, codes, console sessions and the audit. Times are milliseconds since 1970 UTC, 0 for never; hashes
-- are SHA-256 in hexadecimal; truth is 0 or 1. Only words that PostgreSQL knows too, but for the triggers.

CREATE TABLE auth_user (
    id         TEXT PRIMARY KEY,
    email      TEXT NOT NULL UNIQUE,
    name       TEXT NOT NULL,
    role       TEXT NOT NULL,
    networks   TEXT NOT NULL, -- a JSON list; empty for roles that reach every network
    active     INTEGER NOT NULL,
    password   TEXT NOT NULL, -- argon2id, as a PHC string
    created_at BIGINT NOT NULL,
    seen_at    BIGINT NOT NULL
);

CREATE TABLE auth_device (
    id         TEXT PRIMARY KEY,
    number     BIGINT NOT NULL UNIQUE,
    kind       TEXT NOT NULL,
    user_id    TEXT NOT NULL, -- empty for the server itself
    name       TEXT NOT NULL,
    platform   TEXT NOT NULL,
    version    TEXT NOT NULL,
    token_hash TEXT UNIQUE, -- none for the console
    created_at BIGINT NOT NULL,
    seen_at    BIGINT NOT NULL,
    pending    BIGINT NOT NULL,
    revoked_at BIGINT NOT NULL
);
CREATE INDEX auth_device_user ON auth_device (user_id);

INSERT INTO auth_device (id, number, kind, user_id, name, platform, version, created_at, seen_at, pending, revoked_at)
VALUES ('00000000-0000-5000-8000-000000000001', 1, 'console', '', 'Servidor', '', '', 0, 0, 0, 0);

-- A used code keeps its row, so that it can be told from a wrong one, with the request that used it.
CREATE TABLE auth_code (
    code_hash    TEXT PRIMARY KEY,
    user_id      TEXT NOT NULL,
    created_at   BIGINT NOT NULL,
    expires_at   BIGINT NOT NULL,
    used_at      BIGINT NOT NULL,
    device_id    TEXT NOT NULL,
    request_hash TEXT NOT NULL
);

CREATE TABLE auth_session (
    token_hash TEXT PRIMARY KEY,
    user_id    TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    seen_at    BIGINT NOT NULL
);
CREATE INDEX auth_session_user ON auth_session (user_id);

-- The one-time link for the first administrator: at most one row.
CREATE TABLE auth_setup (
    token_hash TEXT PRIMARY KEY,
    created_at BIGINT NOT NULL
);

-- Numbers are given in commit order, without gaps: a running server reads on from the last one it knows.
CREATE TABLE auth_audit (
    n          BIGINT PRIMARY KEY,
    at         BIGINT NOT NULL,
    actor      TEXT NOT NULL, -- user id; empty for a command
    actor_name TEXT NOT NULL,
    action     TEXT NOT NULL,
    kind       TEXT NOT NULL, -- user or device
    subject    TEXT NOT NULL, -- its id
    name       TEXT NOT NULL, -- its name then
    detail     TEXT NOT NULL
);
CREATE TRIGGER auth_audit_keeps BEFORE UPDATE ON auth_audit
BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
CREATE TRIGGER auth_audit_stays BEFORE DELETE ON auth_audit
BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
