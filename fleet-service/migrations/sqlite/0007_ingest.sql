-- Which reports are in the log already: no longer a row a report, but runs of many, made from the log. What was noted
-- before is not carried over: the log itself is, and the first start reads it through and makes the runs anew.
DROP TABLE report_seen;

-- One run: the reports of one hour and one shard that came to the log between two writings of runs.
CREATE TABLE report_seen_run (
    hour    INTEGER NOT NULL,  -- the reports' own time in hours since 1970-01-01 UTC
    shard   INTEGER NOT NULL,  -- 0 to 1023, by what reports: the same truck is always in the same one
    last_ms INTEGER NOT NULL,  -- latest report time in the run: what is later is not in it
    ids     BLOB    NOT NULL   -- 16 bytes a report, in no order: its shard and a hash over all it says except when it was received
) STRICT;
CREATE INDEX report_seen_run_by_hour ON report_seen_run (hour, shard, last_ms);

-- How far the runs account for the log; what lies after is read from the log at a start. Moves with the runs.
CREATE TABLE report_seen_upto (
    id       INTEGER PRIMARY KEY CHECK (id = 1),  -- a single row
    position INTEGER NOT NULL,                    -- last report_log.position accounted for
    form     INTEGER NOT NULL                     -- how ids are made; runs of another form are made anew
) STRICT;
INSERT INTO report_seen_upto (id, position, form) VALUES (1, 0, 0);

-- Platforms that hand over the reports they receive. Only a hash of each token is kept; a revoked one stays, so that the
-- audit trail keeps its number.
CREATE TABLE platform_token (
    id         INTEGER PRIMARY KEY,      -- what people name it by
    name       TEXT    NOT NULL,         -- which platform, in a person's words
    token_hash BLOB    NOT NULL UNIQUE,  -- SHA-256 of the 256-bit token
    added_ms   INTEGER NOT NULL,
    revoked_ms INTEGER                   -- from when it is refused
) STRICT;
