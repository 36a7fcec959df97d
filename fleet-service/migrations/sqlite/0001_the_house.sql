-- One database for everything the service keeps. Moments are milliseconds since 1970-01-01 UTC (…_ms), places integers
-- of 1e-7 degree (…_e7), points integers of 0.01 (…_centi). What must never change after it is written is guarded by
-- triggers at the end: they are the last line of defence, behind code that has no such statements.

-- The durable report log: one row is one group commit. Written in order, read in order, never changed.
CREATE TABLE report_log (
    position    INTEGER PRIMARY KEY,  -- 1, 2, 3 … without holes; what the judge's position refers to
    appended_ms INTEGER NOT NULL,     -- when the batch was committed
    first_ms    INTEGER NOT NULL,     -- earliest report time in the batch: finds a stretch of time without decoding
    last_ms     INTEGER NOT NULL,     -- latest report time in the batch
    reports     INTEGER NOT NULL,     -- how many reports the batch holds
    batch       BLOB    NOT NULL      -- the reports, postcard-encoded
) STRICT;
CREATE INDEX report_log_by_last ON report_log (last_ms);

-- Which reports are in the log already. Clustered by time because that is the order of arrival: clustered by truck,
-- every batch would touch one page per truck.
CREATE TABLE report_seen (
    time_ms   INTEGER NOT NULL,  -- the report's own time
    report_id BLOB    NOT NULL,  -- 16 bytes of a hash over all it says except when it was received
    PRIMARY KEY (time_ms, report_id)
) STRICT, WITHOUT ROWID;

-- How far the judge's findings below account for the log. Moves in the same transaction as the findings.
CREATE TABLE judged (
    id       INTEGER PRIMARY KEY CHECK (id = 1),  -- a single row
    position INTEGER NOT NULL                     -- last report_log.position accounted for
) STRICT;
INSERT INTO judged (id, position) VALUES (1, 0);

-- Registers as versions: each is the set of texts that were imported, unchanged, so that any day can be judged again by
-- what was in force then.
CREATE TABLE register_version (
    version     INTEGER PRIMARY KEY,  -- 1, 2, 3 …
    in_force_ms INTEGER NOT NULL,     -- from when reports are judged by it
    imported_ms INTEGER NOT NULL      -- when it was stored
) STRICT;
CREATE TABLE register_file (
    version INTEGER NOT NULL REFERENCES register_version (version),
    name    TEXT    NOT NULL,  -- file name in the registry folder
    text    TEXT    NOT NULL,  -- its content
    PRIMARY KEY (version, name)
) STRICT;

-- Terminals that have registered. Whether they may is asked of the registers each time.
CREATE TABLE device (
    terminal       TEXT PRIMARY KEY,     -- JT/T 808 identity without padding
    plate          TEXT    NOT NULL,     -- truck it registered for
    code_hash      BLOB    NOT NULL,     -- SHA-256 of the authentication code; the code itself is not kept
    registered_ms  INTEGER NOT NULL      -- last registration
) STRICT;

-- What the judge found, and what an officer made of it.
CREATE TABLE clue (
    id           TEXT PRIMARY KEY,      -- violation id: the same facts give the same id
    rule         TEXT    NOT NULL,      -- rule code as detected
    plate        TEXT    NOT NULL,
    uscc         TEXT,                  -- company, when the truck is registered
    start_ms     INTEGER NOT NULL,
    end_ms       INTEGER NOT NULL,
    violation    TEXT    NOT NULL,      -- the whole finding as JSON, as the judge sees it now
    state        TEXT    NOT NULL CHECK (state IN ('pending', 'confirmed', 'rejected', 'withdrawn')),
    disproved    INTEGER NOT NULL DEFAULT 0,  -- 1: decided, but later reports no longer show it; an officer must look
    opened_ms    INTEGER NOT NULL,      -- when the service first found it
    decided_ms   INTEGER,               -- when an officer decided
    decided_by   TEXT,                  -- that officer's name
    reason       TEXT,                  -- that officer's reason
    decided_on   TEXT,                  -- the finding as it stood when it was decided: what the officer saw
    ledger_seq   INTEGER,               -- the deduction, when one was posted
    points_centi INTEGER                -- its amount
) STRICT;
CREATE INDEX clue_by_state ON clue (state, start_ms);
CREATE INDEX clue_by_time ON clue (start_ms);

-- What happened to each clue, in order.
CREATE TABLE clue_history (
    seq     INTEGER PRIMARY KEY,
    clue_id TEXT    NOT NULL REFERENCES clue (id),
    at_ms   INTEGER NOT NULL,
    what    TEXT    NOT NULL,  -- opened, amended, withdrawn, confirmed, rejected, disproved, shown again
    by_whom TEXT    NOT NULL   -- an officer's name, or "judge"
) STRICT;
CREATE INDEX clue_history_by_clue ON clue_history (clue_id, seq);

-- Hauls as the judge sees them.
CREATE TABLE haul (
    id          TEXT PRIMARY KEY,
    plate       TEXT    NOT NULL,
    departed_ms INTEGER NOT NULL,
    haul        TEXT    NOT NULL  -- the whole haul as JSON
) STRICT;
CREATE INDEX haul_by_departure ON haul (departed_ms);

-- The score ledger: hash-chained, in order, never changed. The score is a fold over it and is not stored.
CREATE TABLE ledger (
    seq   INTEGER PRIMARY KEY,   -- as in the entry
    id    TEXT NOT NULL UNIQUE,  -- from case and kind: one case is posted once
    uscc  TEXT NOT NULL,         -- company
    entry TEXT NOT NULL          -- the entry as JSON; its hash covers its canonical encoding, not this text
) STRICT;
CREATE INDEX ledger_by_company ON ledger (uscc, seq);

-- Who is on the black list now; a reading of the feed, kept for quick answers.
CREATE TABLE listing (
    uscc        TEXT PRIMARY KEY,
    name        TEXT    NOT NULL,
    since_ms    INTEGER NOT NULL,
    score_centi INTEGER NOT NULL,  -- score at which it was listed
    cause       TEXT    NOT NULL,  -- JSON array of the deductions that led to it
    feed_seq    INTEGER NOT NULL REFERENCES feed (seq)
) STRICT;

-- The public feed: numbered, hash-chained, signed lines, never changed.
CREATE TABLE feed (
    seq  INTEGER PRIMARY KEY,
    line TEXT NOT NULL  -- the JSON line exactly as published and signed
) STRICT;

-- Deliveries of feed events that a configured platform has yet to acknowledge, or has.
CREATE TABLE outbox (
    target       TEXT    NOT NULL,  -- the platform's address
    seq          INTEGER NOT NULL REFERENCES feed (seq),
    attempts     INTEGER NOT NULL DEFAULT 0,
    next_ms      INTEGER NOT NULL,  -- not before
    delivered_ms INTEGER,           -- when it was acknowledged
    last_error   TEXT,              -- what the last attempt met
    PRIMARY KEY (target, seq)
) STRICT;

-- People who decide. Only a hash of each token is kept.
CREATE TABLE officer (
    id         INTEGER PRIMARY KEY,
    name       TEXT    NOT NULL UNIQUE,
    authority  TEXT    NOT NULL,
    role       TEXT    NOT NULL,
    token_hash BLOB    NOT NULL UNIQUE,  -- SHA-256 of the 256-bit token
    added_ms   INTEGER NOT NULL
) STRICT;

-- Every decision and every change of registers and officers, hash-chained.
CREATE TABLE audit (
    seq       INTEGER PRIMARY KEY,
    at_ms     INTEGER NOT NULL,
    who       TEXT    NOT NULL,
    what      TEXT    NOT NULL,  -- confirm, reject, import, add officer
    subject   TEXT    NOT NULL,  -- id of what was acted on
    detail    TEXT    NOT NULL,
    prev_hash TEXT    NOT NULL,  -- hash of the entry before, 64 zeros for the first
    hash      TEXT    NOT NULL   -- SHA-256, hexadecimal, over the members above
) STRICT;

CREATE TRIGGER report_log_keeps BEFORE UPDATE ON report_log BEGIN SELECT RAISE(ABORT, 'report_log is append-only'); END;
CREATE TRIGGER report_log_holds BEFORE DELETE ON report_log BEGIN SELECT RAISE(ABORT, 'report_log is append-only'); END;
CREATE TRIGGER ledger_keeps BEFORE UPDATE ON ledger BEGIN SELECT RAISE(ABORT, 'ledger is append-only'); END;
CREATE TRIGGER ledger_holds BEFORE DELETE ON ledger BEGIN SELECT RAISE(ABORT, 'ledger is append-only'); END;
CREATE TRIGGER feed_keeps BEFORE UPDATE ON feed BEGIN SELECT RAISE(ABORT, 'feed is append-only'); END;
CREATE TRIGGER feed_holds BEFORE DELETE ON feed BEGIN SELECT RAISE(ABORT, 'feed is append-only'); END;
CREATE TRIGGER audit_keeps BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END;
CREATE TRIGGER audit_holds BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END;
